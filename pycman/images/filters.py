"""`--filter` of images: different keys must all hold, values of one key are alternatives; several labels must all hold."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.images.lookup import find_id, no_such
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.images.catalogue import Image
    from pycman.state.session import Session


def matches_all(session: Session, image: Image, filters: Sequence[tuple[str, str]]) -> bool:
    """Say whether an image passes. Raises InvalidInput for a key that is none."""
    by_key: dict[str, list[str]] = {}
    for key, value in filters:
        by_key.setdefault(key.strip().lower(), []).append(value)
    for key, values in by_key.items():
        check = _CHECKS.get(key)
        if check is None:
            raise InvalidInput("invalid filter", subject=key, hint=f"use one of {', '.join(sorted(_CHECKS))}")
        results = [check(session, image, value) for value in values]
        if not (all(results) if key in ("label", "label!") else any(results)):
            return False
    return True


def _label(labels: Mapping[str, str], value: str) -> bool:
    key, equals, wanted = value.partition("=")
    return key in labels and (not equals or labels[key] == wanted)


def _bool(key: str, value: str) -> bool:
    if value.lower() in ("true", "1", "t"):
        return True
    if value.lower() in ("false", "0", "f"):
        return False
    raise InvalidInput("not true or false", subject=f"{key}={value}")


def _time_of(session: Session, value: str) -> int:
    found = find_id(session, value)
    if found is None:
        raise no_such(value)
    return int(session.db.value("SELECT image_created_at_ns FROM images WHERE id = ?", (found,)))


def _reference(_session: Session, image: Image, pattern: str) -> bool:
    from fnmatch import fnmatchcase  # pulls in re; only for this filter

    for name in image.names:
        repository, _, _tag = name.rpartition(":")
        short = repository.rpartition("/")[2]
        bare = name.removeprefix("docker.io/library/").removeprefix("docker.io/").removeprefix("localhost/")
        texts = (name, repository, bare, bare.rpartition(":")[0], short)
        if any(fnmatchcase(text, pattern) for text in texts):
            return True
    return False


_CHECKS: dict[str, Callable[[Session, Image, str], bool]] = {
    "dangling": lambda _s, i, v: i.dangling == _bool("dangling", v),
    "label": lambda _s, i, v: _label(i.labels, v),
    "label!": lambda _s, i, v: not _label(i.labels, v),
    "before": lambda s, i, v: i.image_created_at_ns < _time_of(s, v),
    "since": lambda s, i, v: i.image_created_at_ns > _time_of(s, v),
    "after": lambda s, i, v: i.image_created_at_ns > _time_of(s, v),
    "until": lambda _s, i, v: i.image_created_at_ns < parse_time_ns(v),
    "reference": _reference,
    "id": lambda _s, i, v: i.id.startswith(v.removeprefix("sha256:")),
    "digest": lambda _s, i, v: i.manifest_digest == v or any(d.endswith("@" + v) for d in i.digests),
    "containers": lambda s, i, v: _bool("containers", v)
    == bool(s.db.value("SELECT 1 FROM containers WHERE image_id = ?", (i.id,))),
    "intermediate": lambda s, i, v: _bool("intermediate", v)
    == (i.dangling and bool(s.db.value("SELECT 1 FROM images WHERE parent_id = ?", (i.id,)))),
    "readonly": lambda _s, _i, v: not _bool("readonly", v),
    "manifest": lambda _s, _i, v: not _bool("manifest", v),
}
