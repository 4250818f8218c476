"""Images in files, named by a transport as podman does: "oci-archive:FILE", "oci:DIRECTORY:NAME" (containers-transports(5)). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

FORMATS = {
    "docker-archive": "docker-archive", "oci-archive": "oci-archive", "oci": "oci-dir", "dir": "docker-dir",
}  # fmt: skip
"""The format of `save` for each transport."""


class ImageFile(Record):
    """`path` as it was typed; `reference` names one image of several in it, "" if none was named ("@N" is the N-th)."""

    transport: str
    path: str
    reference: str = ""


def parse_image_file(text: str) -> ImageFile | None:
    """Parse TRANSPORT:PATH[:REFERENCE]; None for the name of an image. Raises InvalidInput if the path is missing.

    A directory of `dir` holds one image, so all that follows that transport is its path.
    """
    transport, colon, rest = text.partition(":")
    if not colon or transport not in FORMATS:
        return None
    path, _, reference = (rest, "", "") if transport == "dir" else rest.partition(":")
    if not path:
        raise InvalidInput("it names no file", subject=text, hint=f"write {transport}:PATH")
    return ImageFile(transport=transport, path=path, reference=reference)
