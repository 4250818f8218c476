"""`--filter` of images and of every verb that takes images, with docker's and podman's keys together.

Different keys must all hold, values of one key are alternatives, but several labels must all hold.
"""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.images import lookup
from pycman.images.lookup import no_such
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.images.catalogue import Image
    from pycman.state.session import Session

_ALL_MUST_HOLD = frozenset(("label", "label!"))
_TRUTH = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}
_PATTERN = frozenset("*?[\\")


def select_images(session: Session, images: Sequence[Image], filters: Sequence[tuple[str, str]]) -> list[Image]:
    """Return the images that pass all filters; after a `reference`, with those names only that match it.

    Raises InvalidInput for a key or value that is none, NotFound for an image that before or since names.
    """
    by_key: dict[str, list[Callable[[Image], Image | None]]] = {}
    for key, value in filters:
        name = key.strip().lower()
        make = _CHECKS.get(name)
        if make is None:
            raise InvalidInput("invalid filter", subject=key, hint=f"use one of {', '.join(sorted(_CHECKS))}")
        by_key.setdefault(name, []).append(make(session, value))
    found = []
    for image in images:
        passed = _pass(image, by_key)
        if passed is not None:
            found.append(passed)
    return found


def label_matches(labels: Mapping[str, str], value: str) -> bool:
    """Say whether "key" or "key=value" is among the labels."""
    key, equals, wanted = value.partition("=")
    found = labels.get(key)
    return found is not None and (not equals or found == wanted)


def reference_matches(pattern: str, name: str) -> bool:
    """Say whether a full name is meant by a pattern (docker: `reference.FamiliarMatch`; `*` stops at a slash).

    Compared are the name, the name without its domain (docker.io and localhost also without library/), each with and
    without tag.
    """
    without_tag, _, tag = name.rpartition(":")
    domain, _, path = without_tag.partition("/")
    forms = [without_tag, path]
    if domain == "docker.io" and path.startswith("library/"):
        forms += [path.removeprefix("library/"), f"docker.io/{path.removeprefix('library/')}"]
    return any(_glob(pattern, form) or _glob(pattern, f"{form}:{tag}") for form in forms)


def _glob(pattern: str, text: str) -> bool:
    if _PATTERN.isdisjoint(pattern):
        return pattern == text
    import re  # 10 ms, only for patterns

    expression = ""
    rest = pattern
    while rest:
        letter, rest = rest[0], rest[1:]
        if letter == "[" and "]" in rest:
            body, _, rest = rest.partition("]")
            expression += "[" + body.replace("\\", "\\\\") + "]"
        elif letter == "\\" and rest:
            expression, rest = expression + re.escape(rest[0]), rest[1:]
        else:
            expression += {"*": "[^/]*", "?": "[^/]"}.get(letter) or re.escape(letter)
    try:
        return re.fullmatch(expression, text) is not None
    except re.error as error:
        raise InvalidInput(f"not a pattern: {error}", subject=pattern) from error


def _pass(image: Image, by_key: Mapping[str, Sequence[Callable[[Image], Image | None]]]) -> Image | None:
    for key, checks in by_key.items():
        results = [check(image) for check in checks]
        kept = [result for result in results if result is not None]
        if not kept or (key in _ALL_MUST_HOLD and len(kept) < len(results)):
            return None
        if key == "reference":
            matched = {name for each in kept for name in each.names}
            image = image.replace(names=tuple(name for name in image.names if name in matched))
    return image


def _truth(value: str) -> bool:
    found = _TRUTH.get(value.lower())
    if found is None:
        raise InvalidInput("neither true nor false", subject=value or '""', hint="use true or false")
    return found


def _when(holds: Callable[[Image], bool]) -> Callable[[Image], Image | None]:
    return lambda image: image if holds(image) else None


def _reference(session: Session, value: str) -> Callable[[Image], Image | None]:
    wanted = None if any(letter in _PATTERN for letter in value) else lookup.find_id(session, value)
    by_name = None if wanted is None else lookup.find_by_name(session, value)

    def check(image: Image) -> Image | None:
        names = tuple(name for name in image.names if reference_matches(value, name))
        if names:
            return image.replace(names=names)
        if image.id != wanted:
            return None
        if by_name is not None and by_name[1] in image.names:
            return image.replace(names=(by_name[1],))
        return image

    return check


def _moment(session: Session, value: str) -> int:
    found = lookup.find_id(session, value)
    if found is None:
        raise no_such(value)
    return int(session.db.value("SELECT image_created_at_ns FROM images WHERE id = ?", (found,)))


def _before(session: Session, value: str) -> Callable[[Image], Image | None]:
    moment = _moment(session, value)
    return _when(lambda image: image.created_at_ns < moment)


def _since(session: Session, value: str) -> Callable[[Image], Image | None]:
    moment = _moment(session, value)
    return _when(lambda image: image.created_at_ns > moment)


def _until(_session: Session, value: str) -> Callable[[Image], Image | None]:
    moment = parse_time_ns(value)
    return _when(lambda image: image.created_at_ns < moment)


def _dangling(_session: Session, value: str) -> Callable[[Image], Image | None]:
    wanted = _truth(value)
    return _when(lambda image: image.dangling == wanted)


def _intermediate(_session: Session, value: str) -> Callable[[Image], Image | None]:
    wanted = _truth(value)
    return _when(lambda image: image.intermediate == wanted)


def _containers(_session: Session, value: str) -> Callable[[Image], Image | None]:
    wanted = value.lower() != "external" and _truth(value)
    return _when(lambda image: bool(image.containers) == wanted)


def _never_unless_false(_session: Session, value: str) -> Callable[[Image], Image | None]:
    wanted = _truth(value)  # no image here is read-only, none is a list of manifests
    return _when(lambda _image: not wanted)


def _digest(_session: Session, value: str) -> Callable[[Image], Image | None]:
    return _when(
        lambda image: (
            image.manifest_digest.startswith(value)
            or any(digest.partition("@")[2].startswith(value) for digest in image.digests)
        )
    )


_CHECKS: dict[str, Callable[[Session, str], Callable[[Image], Image | None]]] = {
    "after": _since,
    "before": _before,
    "containers": _containers,
    "dangling": _dangling,
    "digest": _digest,
    "id": lambda _session, value: _when(lambda image: image.id.startswith(value.removeprefix("sha256:"))),
    "intermediate": _intermediate,
    "label": lambda _session, value: _when(lambda image: label_matches(image.labels, value)),
    "label!": lambda _session, value: _when(lambda image: not label_matches(image.labels, value)),
    "manifest": _never_unless_false,
    "readonly": _never_unless_false,
    "reference": _reference,
    "since": _since,
    "until": _until,
}
