"""--platform where an image is here already: it must be for that one. Images are stored for one platform each."""

from __future__ import annotations

import os

from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call


def check_platform(call: Call, names: Sequence[str]) -> None:
    """Raise NotFound for an image that is for another platform than --platform says, InvalidInput if that is none."""
    if not call.string("platform"):
        return
    from pycman.images.platform import Platform, parse_platform  # only loaded with --platform

    wanted = parse_platform(call.string("platform"), machine=os.uname().machine)
    for name in names:
        image = call.engine.images.get(name)
        variant = image.variant if wanted.variant else ""
        if (wanted.os, wanted.architecture, wanted.variant) != (image.os, image.architecture, variant):
            here = Platform(os=image.os, architecture=image.architecture, variant=image.variant)
            raise NotFound(
                f"the image is not for {wanted}", subject=name, hint=f"it is for {here}: pull it with --platform"
            )
