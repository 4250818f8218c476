"""Whether an image has a path, read from its layers without mounting them."""

from __future__ import annotations

import stat

from pycman.errors import NotFound
from pycman.images.catalogue import find_image
from pycman.storage.layers import ensure_image_layers, layer_paths
from pycman.storage.merged_view import look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def check_subpath(session: Session, name: str, subpath: str) -> None:
    """Raise NotFound if the image `name` is in the store and has no `subpath`.

    What lies behind a link is known once the image is mounted, so it is not looked at.
    """
    image = find_image(session, name)
    if image is None:
        return
    stack = layer_paths(session, ensure_image_layers(session, image.id))
    for part in subpath.split("/"):
        if part in ("", "."):
            continue
        _, status, below = look_up(stack, part)
        if status is None:
            raise NotFound(f"no such path in the image {name}", subject=subpath)
        if stat.S_ISLNK(status.st_mode):
            return
        stack = below
