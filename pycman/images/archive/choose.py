"""Load images of a file that a transport names, all of them or the one that is named (containers-transports(5))."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, NotFound
from pycman.images.archive.load import load_chosen
from pycman.images.lookup import full_name
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.images.archive.archive_image import ArchiveImage
    from pycman.spec.image_file import ImageFile
    from pycman.state.session import Session


def load_file(
    session: Session, file: ImageFile, *, progress: Any = None, signature_policy: str = "", single: bool = False
) -> list[str]:
    """Load the image that is named, else all of the file, and return the ids. With `single` the file must have only one then.

    Raises NotFound (file, or no image of that name), InvalidInput, and what `load_images` raises.
    """

    def choose(images: Sequence[ArchiveImage]) -> Sequence[ArchiveImage]:
        if file.reference:
            return [_named(images, file)]
        if single and len(images) > 1:
            names = ", ".join(name for image in images for name in image.names)
            hint = f"name one: {file.transport}:{file.path}:NAME ({names})" if names else "load them with pycman load"
            raise InvalidInput("the file has several images", subject=file.path, hint=hint)
        return images

    path = os.path.abspath(file.path)
    place = f"{file.transport}:{path}{':' if file.reference else ''}{file.reference}"
    loaded = load_chosen(
        session, path, choose, progress=progress, signature_policy=signature_policy, event="pull", place=place
    )
    return list(dict.fromkeys(image_id for _, image_id in loaded))


def _named(images: Sequence[ArchiveImage], file: ImageFile) -> ArchiveImage:
    """Return the image that the reference names, with that name alone; "@N" is the N-th image, counted from 0."""
    number = file.reference.removeprefix("@")
    if number != file.reference and number.isdecimal() and int(number) < len(images):
        return images[int(number)]
    wanted = _possible_names(file.reference)
    for image in images:
        for name in image.names:
            if name in wanted:
                return image.replace(names=(name,))
    raise NotFound("no image of the file has this name", subject=f"{file.transport}:{file.path}:{file.reference}")


def _possible_names(reference: str) -> set[str]:
    """Return the full names that a reference may mean. Raises InvalidInput if it is malformed."""
    return {full_name(reference), str(normalize_reference(reference).replace(digest=""))}
