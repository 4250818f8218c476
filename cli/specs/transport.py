"""Images in files that `pull` and `push` name by a transport: "oci-archive:FILE" (containers-transports(5))."""

from __future__ import annotations

import os

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.call import Call

FORMATS = {
    "docker-archive": "docker-archive", "oci-archive": "oci-archive", "oci": "oci-dir", "dir": "docker-dir",
}  # fmt: skip
"""The format of `save` for each transport."""


def file_of(name: str) -> tuple[str, str] | None:
    """Return (transport, full path) of what a transport names, None for the name of an image. Raises Unsupported."""
    transport, colon, rest = name.partition(":")
    if not colon or transport not in FORMATS:
        return None
    path, _, reference = rest.partition(":")
    if not path or reference:
        hint = f"write {transport}:PATH, and tag the image"
        raise Unsupported("one image of several in a file cannot be named", subject=name, hint=hint)
    return transport, os.path.abspath(path)


def refuse_flags(call: Call, names: Iterable[str], subject: str) -> None:
    """Raise Unsupported for flags that are for registries only."""
    for name in names:
        if call.flags.get(name):
            raise Unsupported("it is for registries only", subject=f"--{name} with {subject}", hint="leave it out")
