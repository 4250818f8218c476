"""`--filter` of images and of every command with a list of images, with docker's and podman's keys together.

Filters of different keys must all match; of several values of one key one must match, but of several labels all.
"""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.images import lookup
from pycman.images.lookup import no_such
from pycman.state.matching import label_matches, parse_bool
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.images.image import Image
    from pycman.state.session import Session

_ALL_MUST_HOLD = frozenset(("label", "label!"))

_PATTERN = frozenset("*?[\\")


def select_images(session: Session, images: Sequence[Image], filters: Sequence[tuple[str, str]]) -> list[Image]:
    """Return the images that pass all filters; a `reference` filter also drops the names that do not match it.

    Raises InvalidInput for an unknown key or a bad value, NotFound for the image of `before` or `since`.
    """
    by_key: dict[str, list[Callable[[Image], Image | None]]] = {}
    for key, value in filters:
        name = key.strip().lower()
        make = _CHECKS.get(name)
        if make is None:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(sorted(_CHECKS))}", code="not-a-filter-key"
            )
        by_key.setdefault(name, []).append(make(session, value))
    selected = []
    for image in images:
        passed = _pass(image, by_key)
        if passed is not None:
            selected.append(passed)
    return selected


def reference_matches(pattern: str, name: str) -> bool:
    """Say whether a pattern matches a full name (docker's `reference.FamiliarMatch`; `*` does not match a slash).

    The pattern may match the name, the name without its domain (for docker.io also without library/), each with and
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
    import re  # 10 ms: only imported for patterns

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
        raise InvalidInput(f"invalid pattern: {error}", subject=pattern) from error


def _pass(image: Image, by_key: Mapping[str, Sequence[Callable[[Image], Image | None]]]) -> Image | None:
    for key, checks in by_key.items():
        results = [check(image) for check in checks]
        kept = [result for result in results if result is not None]
        if not kept or (key in _ALL_MUST_HOLD and len(kept) < len(results)):
            return None
        if key == "reference":
            matched = {name for match in kept for name in match.names}
            image = image.replace(names=tuple(name for name in image.names if name in matched))
    return image


def _keep_if(condition: Callable[[Image], bool]) -> Callable[[Image], Image | None]:
    return lambda image: image if condition(image) else None


def _reference(session: Session, value: str) -> Callable[[Image], Image | None]:
    image_id = None if any(letter in _PATTERN for letter in value) else lookup.find_id(session, value)
    by_name = None if image_id is None else lookup.find_by_name(session, value)

    def check(image: Image) -> Image | None:
        names = tuple(name for name in image.names if reference_matches(value, name))
        if names:
            return image.replace(names=names)
        if image.id != image_id:
            return None
        if by_name is not None and by_name[1] in image.names:
            return image.replace(names=(by_name[1],))
        return image

    return check


def _created_at_ns(session: Session, value: str) -> int:
    image_id = lookup.find_id(session, value)
    if image_id is None:
        raise no_such(value)
    return int(session.db.value("SELECT image_created_at_ns FROM images WHERE id = ?", (image_id,)))


def _before(session: Session, value: str) -> Callable[[Image], Image | None]:
    limit_ns = _created_at_ns(session, value)
    return _keep_if(lambda image: image.created_at_ns < limit_ns)


def _since(session: Session, value: str) -> Callable[[Image], Image | None]:
    limit_ns = _created_at_ns(session, value)
    return _keep_if(lambda image: image.created_at_ns > limit_ns)


def _until(_session: Session, value: str) -> Callable[[Image], Image | None]:
    limit_ns = parse_time_ns(value)
    return _keep_if(lambda image: image.created_at_ns < limit_ns)


def _dangling(_session: Session, value: str) -> Callable[[Image], Image | None]:
    expected = parse_bool(value)
    return _keep_if(lambda image: image.dangling == expected)


def _intermediate(_session: Session, value: str) -> Callable[[Image], Image | None]:
    expected = parse_bool(value)
    return _keep_if(lambda image: image.intermediate == expected)


def _containers(_session: Session, value: str) -> Callable[[Image], Image | None]:
    expected = value.lower() != "external" and parse_bool(value)
    return _keep_if(lambda image: bool(image.containers) == expected)


def _match_only_false(_session: Session, value: str) -> Callable[[Image], Image | None]:
    expected = parse_bool(value)  # no image of a store is read-only
    return _keep_if(lambda _image: not expected)


def _manifest(_session: Session, value: str) -> Callable[[Image], Image | None]:
    expected = parse_bool(value)
    return _keep_if(lambda image: image.is_list == expected)


def _digest(_session: Session, value: str) -> Callable[[Image], Image | None]:
    return _keep_if(
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
    "id": lambda _session, value: _keep_if(lambda image: image.id.startswith(value.removeprefix("sha256:"))),
    "intermediate": _intermediate,
    "label": lambda _session, value: _keep_if(lambda image: label_matches(image.labels, value)),
    "label!": lambda _session, value: _keep_if(lambda image: not label_matches(image.labels, value)),
    "manifest": _manifest,
    "readonly": _match_only_false,
    "reference": _reference,
    "since": _since,
    "until": _until,
}
