"""--cache-from and --cache-to of `build`: buildah's repositories, and docker's type=…,KEY=VALUE."""

from __future__ import annotations

import os

from cli.parse import split_commas
from pycman.build.options import CachePlace
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELDS = {"registry": frozenset(("ref", "mode")), "local": frozenset(("src", "dest", "mode"))}


def parse_caches(values: Sequence[str], flag: str, directory: str) -> tuple[CachePlace, ...]:
    """Return the places that a flag names; `directory` is the field that names that of a local one, src or dest.

    Raises InvalidInput, Unsupported.
    """
    return tuple(place for value in values for place in _parse(value, flag, directory))


def _parse(value: str, flag: str, directory: str) -> list[CachePlace]:
    parts = split_commas(value)
    if not any("=" in part for part in parts):  # repositories or, as with docker, names of images
        return [CachePlace(kind="registry", target=_reference(part, flag)) for part in parts if part]
    fields = {name.strip().lower(): text for name, _, text in (part.partition("=") for part in parts)}
    kind = fields.pop("type", "registry")
    if kind not in _FIELDS:
        raise Unsupported(
            "there is no such cache", subject=f"{flag} type={kind}", hint="use type=registry or type=local"
        )
    for name in fields:
        if name not in _FIELDS[kind] or (name in ("src", "dest") and name != directory):
            raise Unsupported(
                f"a cache of type {kind} has no such field here", subject=f"{flag} {name}", hint="leave it out"
            )
    mode = fields.get("mode", "min")
    if mode not in ("min", "max"):
        raise InvalidInput("not a mode", subject=f"{flag} mode={mode}", hint="use min or max")
    if kind == "local":
        path = fields.get(directory, "")
        if not path:
            raise InvalidInput(
                "it needs a directory", subject=f"{flag} {value}", hint=f"write type=local,{directory}=DIR"
            )
        return [CachePlace(kind="local", target=os.path.abspath(path), mode=mode)]
    return [CachePlace(kind="registry", target=_reference(fields.get("ref", ""), flag), mode=mode)]


def _reference(text: str, flag: str) -> str:
    if not text:
        raise InvalidInput("it needs a repository", subject=flag, hint="write type=registry,ref=REGISTRY/REPOSITORY")
    reference = parse_image_reference(text)
    if reference.digest or len(reference.tag) > 63:
        raise InvalidInput(
            "a cache is a repository, perhaps with a tag of at most 63 letters", subject=f"{flag} {text}"
        )
    return text
