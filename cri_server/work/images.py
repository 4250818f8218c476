"""The RPCs about images: pull one with the kubelet's credentials, remove one with all its names."""

from __future__ import annotations

import base64
import binascii
import contextlib

from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import find_image
from pycman.images.remove import remove_image
from pycman.images.transfer.pull import PullOptions, pull_image
from pycman.registry.auth import Credentials
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


_DOCKER_HUB = "docker.io"
_DOCKER_HUB_HOSTS = ("docker.io", "index.docker.io", "registry-1.docker.io")


def pull(session: Session, name: str, auth: Mapping[str, Any]) -> str:
    """Pull an image and return its id. Concurrent pulls of one name are serialized, so that layers are fetched once.

    `auth` is an AuthConfig. Raises whatever pulling raises.
    """
    if not name:
        raise InvalidInput("it is missing", subject="image.image")
    with session.lock("pull", name.replace("/", "_")):
        (image_id,) = pull_image(session, name, PullOptions(credentials=credentials_of(auth, name)))
    return image_id


def credentials_of(auth: Mapping[str, Any], name: str) -> Credentials | None:
    """Return the credentials of an AuthConfig for the image `name`; None if there are none, or they are another registry's.

    Raises InvalidInput.
    """
    server = str(auth.get("server_address") or "")
    if server and not _is_same_registry(server, parse_image_reference(name).domain or _DOCKER_HUB):
        return None
    if auth.get("identity_token") or auth.get("registry_token"):
        return Credentials(
            identity_token=str(auth.get("identity_token") or ""), registry_token=str(auth.get("registry_token") or "")
        )
    username, password = str(auth.get("username") or ""), str(auth.get("password") or "")
    if auth.get("auth"):
        try:
            pair = base64.b64decode(str(auth["auth"]), validate=True).decode().rstrip("\0")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidInput("it is not base64 of USER:PASSWORD", subject="auth.auth") from error
        username, colon, password = pair.partition(":")
        if not colon or not username:
            raise InvalidInput("it is not base64 of USER:PASSWORD", subject="auth.auth")
    return Credentials(username=username, password=password) if username else None


def _is_same_registry(server: str, domain: str) -> bool:
    """Return whether a server address ("https://index.docker.io/v1/", "registry.test:5000") is that of a reference's domain."""
    host = server.partition("://")[2] or server
    host = host.partition("/")[0].lower()
    return (_DOCKER_HUB if host in _DOCKER_HUB_HOSTS else host) == domain


def remove(session: Session, name: str) -> None:
    """Remove an image with all its names, whichever of them, id or digest it is given by. Do nothing if it does not exist.

    Raises InUse while a container or another image needs it.
    """
    image = find_image(session, name.removeprefix("sha256:")) or find_image(session, name)
    if image is None:
        return
    with contextlib.suppress(NotFound):  # another call has removed it
        remove_image(session, image.id, force=True)
