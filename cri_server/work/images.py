"""Images: pulled with what the kubelet knows of registries, removed with all their names."""

from __future__ import annotations

import base64
import binascii

from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import find_image
from pycman.images.resolve import resolve_local
from pycman.images.transfer.pull import PullOptions, pull_image
from pycman.system.remove_image import remove_image_and_users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def pull(session: Session, name: str, auth: Mapping[str, Any]) -> str:
    """Pull an image and return its id. Pulls of one name at once are done once: the second finds all layers there.

    Raises what pulling raises.
    """
    if not name:
        raise InvalidInput("it is missing", subject="image.image")
    with session.lock("pull", name.replace("/", "_")):
        (image_id,) = pull_image(session, name, PullOptions(creds=_credentials(auth)))
    return image_id


def _credentials(auth: Mapping[str, Any]) -> str:
    if auth.get("auth"):
        try:
            return base64.b64decode(str(auth["auth"]), validate=True).decode().rstrip("\0")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidInput("it is not base64 of USER:PASSWORD", subject="auth.auth") from error
    if auth.get("username"):
        return f"{auth['username']}:{auth.get('password', '')}"
    return ""


def remove(session: Session, name: str) -> None:
    """Remove an image with all its names. One that is gone is fine; one that containers use keeps being there by id."""
    image = find_image(session, name.removeprefix("sha256:")) or resolve_local(session, name)
    if image is None:
        return
    try:
        remove_image_and_users(session, image.id, force=False)
    except NotFound:
        return
