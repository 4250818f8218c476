"""`image mount`: images mounted read-only, and counted, so that the unmount of one user leaves the mount of another.

The count is a file beside the mount point, below the run root: neither survives a reboot.
"""

from __future__ import annotations

import os

from pycman.errors import WrongState
from pycman.images.catalogue import get_image
from pycman.linux.files import make_directory, read_text, remove_tree, write_atomic
from pycman.plan import crash_point
from pycman.state import events
from pycman.storage.driver import choose_driver
from pycman.storage.layers import ensure_image_layers, layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def mount_image(session: Session, name: str) -> str:
    """Mount an image read-only, or count one more user of its mount, and return the mount point.

    Rootless, the mount is visible in the user's own mount namespace only (`pycman unshare`). Raises NotFound,
    MountFailed.
    """
    session.enter_namespaces()
    image = get_image(session, name)
    with session.lock("image", image.id):
        base = session.paths.image_mount(image.id)
        merged = f"{base}/merged"
        users = _users(session, image.id)
        if not users:
            make_directory(merged)
            layers = layer_paths(session, ensure_image_layers(session, image.id))
            choose_driver(session).mount(layers, "", "", merged)
            crash_point("image-mount:mounted")
        write_atomic(f"{base}/users", str(users + 1), sync=False)
    events.append(session.db, "image", "mount", image.id, name=image.names[0] if image.names else "")
    return merged


def unmount_image(session: Session, name: str, *, force: bool = False) -> str:
    """Undo one `mount_image`, or with `force` all; return the id. Raises NotFound, WrongState (not mounted)."""
    session.enter_namespaces()
    image = get_image(session, name)
    with session.lock("image", image.id):
        users = _users(session, image.id)
        base = session.paths.image_mount(image.id)
        if not users:
            raise WrongState("the image is not mounted", subject=name)
        if users > 1 and not force:
            write_atomic(f"{base}/users", str(users - 1), sync=False)
            return image.id
        choose_driver(session).unmount(f"{base}/merged")
        crash_point("image-unmount:unmounted")
        remove_tree(base)
    events.append(session.db, "image", "unmount", image.id, name=image.names[0] if image.names else "")
    return image.id


def list_mounted(session: Session) -> list[tuple[str, str]]:
    """Return (id, mount point) of each mounted image."""
    session.enter_namespaces()
    try:
        ids = sorted(os.listdir(session.paths.image_mounts))
    except FileNotFoundError:
        return []
    return [
        (image_id, f"{session.paths.image_mount(image_id)}/merged") for image_id in ids if _users(session, image_id)
    ]


def is_image_mounted(session: Session, image_id: str) -> bool:
    """Say whether the image is mounted by `mount_image`."""
    return os.path.exists(session.paths.image_mount(image_id)) and _users(session, image_id) > 0


def _users(session: Session, image_id: str) -> int:
    """Return the number of users of the mount, 0 without a mount; unmount one that a kill left without a count."""
    base = session.paths.image_mount(image_id)
    if not os.path.exists(base):
        return 0
    text = read_text(f"{base}/users")
    mounted = os.path.ismount(f"{base}/merged") or bool(
        os.path.isdir(f"{base}/merged") and os.listdir(f"{base}/merged")
    )
    if text.isdecimal() and mounted:
        return int(text)
    if mounted:
        choose_driver(session).unmount(f"{base}/merged")
    return 0
