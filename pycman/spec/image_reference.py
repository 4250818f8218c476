"""Image references: what a user, a Dockerfile or YAML names (distribution/reference, grammar of `reference.go`).

reference  = path [":" tag] ["@" digest]      path = [domain "/"] component *("/" component)
domain     = host [":" port]                  host holds "." or ":", or is "localhost", or has an upper case letter
component  = [a-z0-9]+ separated by ".", "_", "__" or any number of "-"
tag        = [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
"""

from __future__ import annotations

from pycman.digest import check_digest
from pycman.errors import InvalidInput
from pycman.record import Record

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_WORD = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_TAG = _WORD | frozenset(".-")
_HOST = _TAG
_HEX = frozenset("0123456789abcdef")

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
    """Parse `text` as it stands; a short name keeps domain "". Raises InvalidInput.

    "docker.io/alpine" and "index.docker.io/alpine" become docker.io/library/alpine. A transport prefix "docker://" is
    dropped. 64 hexadecimal digits are refused: they are an image id.
    """
    rest = text.removeprefix("docker://")
    if len(rest) == 64 and _HEX.issuperset(rest):
        raise _wrong(text, "64 hexadecimal digits are an image id, not a name", "")
    rest, at, digest = rest.partition("@")
    if at:
        check_digest(digest)
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    if colon and (not tag or len(tag) > 128 or tag[0] not in _WORD or not _TAG.issuperset(tag)):
        raise _wrong(text, f"{tag!r} is not a tag", "use letters, digits, _ . - and at most 128 of them")
    domain, path = _split_domain(f"{head}{slash}{last}")
    _check_path(text, path)
    if len(path) + len(domain) > 255:
        raise _wrong(text, "the name is longer than 255 characters", "")
    reference = ImageReference(path=path, domain=domain, tag=tag, digest=digest)
    if domain in ("index.docker.io", "registry-1.docker.io", DEFAULT_DOMAIN):
        return reference.with_domain(DEFAULT_DOMAIN)
    return reference


def normalize_reference(text: str) -> ImageReference:
    """Parse `text` and fill in what docker fills in: docker.io, library/ and (without a digest) latest."""
    reference = parse_image_reference(text)
    if not reference.domain:
        reference = reference.with_domain(DEFAULT_DOMAIN)
    return reference.with_default_tag()


def _split_domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if slash and (first == LOCAL_DOMAIN or "." in first or ":" in first or first.lower() != first):
        host, colon, port = first.rpartition(":") if not first.endswith("]") else (first, "", "")
        if not colon:
            host = first
        bare = host.strip("[]") if host.startswith("[") else host
        allowed = _HEX | {":", "."} if host.startswith("[") else _HOST
        if bare and allowed.issuperset(bare) and (not colon or port.isdigit()):
            return first, rest
    return "", name


def _check_path(text: str, path: str) -> None:
    for component in path.split("/"):
        if not component:
            raise _wrong(text, "a part of the name is empty", "")
        if component.lower() != component:
            raise _wrong(text, "the repository name must be lower case", f"write {path.lower()}")
        pieces = component.replace(".", "\0").replace("__", "\0").replace("_", "\0")
        words = [
            word for piece in pieces.split("\0") for word in (piece.split("-") if piece.strip("-") == piece else [""])
        ]
        # "a--b" is allowed: any number of dashes between two alphanumerics
        if "\0" in pieces and "" in pieces.split("\0") or not all(_LOWER.issuperset(word) for word in words):
            raise _wrong(
                text, f"{component!r} is not a valid part of a name", "use a-z, 0-9 and single . _ - between them"
            )
        if component.startswith("-") or component.endswith("-") or "" in (pieces,):
            raise _wrong(text, f"{component!r} may not begin or end with a dash", "")


def _wrong(text: str, problem: str, hint: str) -> InvalidInput:
    return InvalidInput(f"invalid reference format: {problem}", subject=text or '""', hint=hint)
