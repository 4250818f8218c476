"""Image references: what a user, a Dockerfile or YAML names (distribution/reference, grammar of `reference.go`).

reference  = name [":" tag] ["@" digest]      name   = [domain "/"] component *("/" component)
domain     = host [":" digits]                host   = label *("." label) | "[" IPv6 "]"
label      = letters and digits, "-" between them
component  = [a-z0-9]+ *(separator [a-z0-9]+) separator = "." | "_" | "__" | any number of "-"
tag        = [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}

The first part of a name is a domain if it has "." or ":" or an upper case letter, or is "localhost" (`normalize.go`).
"""

from __future__ import annotations

from pycman.digest import check_digest
from pycman.errors import InvalidInput
from pycman.record import Record

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_ALNUM = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LABEL = _ALNUM | frozenset("-")
_WORD_CHARACTERS = _ALNUM | frozenset("_")
_TAG = _WORD_CHARACTERS | frozenset(".-")
_HEX = frozenset("0123456789abcdef")
_IPV6 = frozenset("0123456789abcdefABCDEF:")
_DIGITS = frozenset("0123456789")
_MAX_PATH_CHARACTERS = 255

DEFAULT_DOMAIN = "docker.io"
LOCAL_DOMAIN = "localhost"


class ImageReference(Record):
    """A parsed reference. `domain` is "" for a short name; `tag` and `digest` are "" when not given."""

    path: str
    domain: str = ""
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """Return domain and path: "docker.io/library/alpine"."""
        return f"{self.domain}/{self.path}" if self.domain else self.path

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"

    def with_default_tag(self) -> ImageReference:
        """Return the reference with tag "latest" if it has neither tag nor digest."""
        return self if self.tag or self.digest else self.replace(tag="latest")

    def with_domain(self, domain: str) -> ImageReference:
        """Return the reference in `domain`; a one-component path on docker.io gets "library/"."""
        path = f"library/{self.path}" if domain == DEFAULT_DOMAIN and "/" not in self.path else self.path
        return self.replace(domain=domain, path=path)


def parse_image_reference(text: str) -> ImageReference:
    """Parse `text` without resolving it: a short name keeps domain "". Raises InvalidInput.

    "docker.io/alpine" and "index.docker.io/alpine" become docker.io/library/alpine. A transport prefix "docker://" is
    dropped. 64 hexadecimal digits are refused: they are an image id.
    """
    rest = text.removeprefix("docker://")
    if not rest:
        raise _wrong(text, "it is empty", "write it as in docker.io/library/alpine:3")
    if len(rest) == 64 and _HEX.issuperset(rest):
        raise _wrong(text, "64 hexadecimal digits are an image id, not a name", "")
    rest, at, digest = rest.partition("@")
    if at:
        _check_digest(text, digest)
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    if colon and not is_tag(tag):
        raise _wrong(text, f"{tag!r} is not a tag", "use letters, digits, _ . - and at most 128 of them")
    domain, path = _split_domain(text, f"{head}{slash}{last}")
    _check_path(text, path)
    reference = ImageReference(path=path, domain=domain, tag=tag, digest=digest)
    return reference.with_domain(DEFAULT_DOMAIN) if domain in ("index.docker.io", DEFAULT_DOMAIN) else reference


def is_tag(text: str) -> bool:
    """Say whether `text` may be a tag."""
    return bool(text) and len(text) <= 128 and text[0] in _WORD_CHARACTERS and _TAG.issuperset(text)


def normalize_reference(text: str) -> ImageReference:
    """Parse `text` and fill in what docker fills in: docker.io, library/ and (without a digest) latest."""
    reference = parse_image_reference(text)
    if not reference.domain:
        reference = reference.with_domain(DEFAULT_DOMAIN)
    return reference.with_default_tag()


def _split_domain(text: str, name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash or not (first == LOCAL_DOMAIN or "." in first or ":" in first or first.lower() != first):
        return "", name
    host, colon, port = first, "", ""
    if first.startswith("["):
        inner, bracket, colon_and_port = first[1:].partition("]")
        _, colon, port = colon_and_port.rpartition(":")
        valid = bool(inner and bracket) and _IPV6.issuperset(inner) and colon_and_port in ("", f":{port}")
    else:
        host, colon, port = first.partition(":")
        valid = all(_is_label(label) for label in host.split("."))
    if not valid or (colon and (not port or not _DIGITS.issuperset(port))):
        raise _wrong(text, f"{first!r} is not a host", "write HOST[:PORT]/NAME")
    return first, rest


def _is_label(label: str) -> bool:
    return bool(label) and _LABEL.issuperset(label) and label[0] != "-" != label[-1]


def _check_path(text: str, path: str) -> None:
    if len(path) > _MAX_PATH_CHARACTERS:
        raise _wrong(text, f"the name is longer than {_MAX_PATH_CHARACTERS} characters", "")
    for component in path.split("/"):
        if not component:
            raise _wrong(text, "a part of the name is empty", "")
        if component.lower() != component:
            raise _wrong(text, "the repository name must be lower case", f"write {path.lower()}")
        if not _is_component(component):
            hint = "use a-z and 0-9, and between them . or _ or __ or dashes"
            raise _wrong(text, f"{component!r} is not a valid part of a name", hint)


def _is_component(component: str) -> bool:
    """Say whether runs of letters and digits alternate with single separators: "a--b", "a__b", but not "a_-b"."""
    separator, seen = "", False
    for letter in component:
        if letter in _LOWER:
            if separator and separator not in (".", "_", "__") and separator.strip("-"):
                return False
            separator = ""
            seen = True
        elif letter in "._-" and (separator or seen):
            separator += letter
            seen = False
        else:
            return False
    return not separator


def _check_digest(text: str, digest: str) -> None:
    try:
        check_digest(digest)
    except InvalidInput as error:
        raise _wrong(text, f"{digest!r} is not a digest", error.hint) from error


def _wrong(text: str, problem: str, hint: str) -> InvalidInput:
    return InvalidInput(f"invalid reference format: {problem}", subject=text or '""', hint=hint)
