"""Remove an image, network or volume together with the containers that use it, which only a room above both can do."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.contexts import suppress
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from pycman.images.remove import ImageInUse
    from pycman.network.remove import NetworkInUse
    from pycman.state.session import Session
    from pycman.volumes.remove import VolumeInUse

    T = TypeVar("T")

_ATTEMPTS = 10
"""Another command may create a container that uses the object while the others are removed."""


def remove_with_users(
    session: Session,
    remove: Callable[[], T],
    in_use: type[ImageInUse | NetworkInUse | VolumeInUse],
    *,
    force: bool,
    volumes: bool = False,
    timeout_s: int | None = None,
) -> T:
    """Call `remove` and return its result; if it raises `in_use` and `force` is set, remove the containers listed and retry.

    `volumes`: with their anonymous volumes; `timeout_s` is for stopping them. Raises what `remove` raises.
    """
    for _ in range(_ATTEMPTS):
        try:
            return remove()
        except in_use as error:
            if not force or not error.containers:
                raise
            for container_id in error.containers:
                with suppress(NotFound):  # removed together with one before it, or by --rm
                    remove_container(
                        session, container_id, force=True, volumes=volumes, timeout_s=timeout_s, depend=True
                    )
    return remove()
