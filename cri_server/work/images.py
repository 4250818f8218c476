"""The RPCs about images: pull one with the kubelet's credentials, remove one with all its names."""

from __future__ import annotations

import base64
import binascii

from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import find_image
from pycman.images.transfer.pull import PullOptions, pull_image
from pycman.system.remove_image import remove_image_and_users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def pull(session: Session, name: str, auth: Mapping[str, Any]) -> str:
    """Pull an image and return its id. Concurrent pulls of one name are serialized, so that layers are fetched once.

    `auth` is an AuthConfig. Raises whatever pulling raises.
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
    """Remove an image with all its names. Do nothing if it does not exist; one that containers use is kept without a name."""
    image = find_image(session, name.removeprefix("sha256:")) or find_image(session, name)
    if image is None:
        return
    try:
        remove_image_and_users(session, image.id, force=False)
    except NotFound:
        return
