"""Images mounted read-only for somebody to look into; counted, so that one user's unmount leaves another's mount.

The count is a file beside the mount point, below the run root: it ends with the boot, as the mount does.
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
    """Mount an image read-only (or count one more user of its mount) and return where.

    Rootless, the mount is in the user's own mount namespace: look into it below `pycman unshare`. Raises NotFound,
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
    """Undo one `mount`, or with `force` all; return the id. Raises NotFound, WrongState if it is not mounted."""
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
    """Return (id, path) of each image that is mounted."""
    session.enter_namespaces()
    try:
        ids = sorted(os.listdir(session.paths.image_mounts))
    except FileNotFoundError:
        return []
    return [(each, f"{session.paths.image_mount(each)}/merged") for each in ids if _users(session, each)]


def is_image_mounted(session: Session, image_id: str) -> bool:
    """Say whether somebody has mounted the image."""
    return os.path.exists(session.paths.image_mount(image_id)) and _users(session, image_id) > 0


def _users(session: Session, image_id: str) -> int:
    """Return how many use the mount; what a kill left (a mount without count, a count without mount) is put right."""
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
