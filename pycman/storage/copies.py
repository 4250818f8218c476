"""The driver "copies", for hosts without any overlay: the first mount copies the layers into `upper`, and each one binds
`upper` at `merged`. Where nothing can be mounted at all, `merged` is a link to `upper` meanwhile.
"""

from __future__ import annotations

import os
import stat

from pycman.errors import MountFailed, from_os_error
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import bind, is_mounted, unmount
from pycman.storage.copy_tree import copy_tree
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_MARK = ".pycman-copied"


class Copies:
    """Copies layers, bottom first, applying their whiteouts."""

    name = "copies"

    def __init__(self, why: str) -> None:
        self.why = why

    def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
        """Mount; see `driver.Driver`. For a read-only mount the layers are copied into `merged` itself, an empty directory."""
        del options
        try:
            if not upper:
                for lower in reversed(lowers):
                    copy_tree(lower, merged, whiteouts=True)
            elif not os.path.exists(f"{work}/{_MARK}"):
                _copy_once(lowers, upper, work)
            _show(upper or merged, merged, read_only=not upper)
        except OSError as error:
            raise from_os_error(error, subject=merged, doing="cannot copy the layers") from error

    def unmount(self, merged: str) -> None:
        """Unmount; see `driver.Driver`."""
        if os.path.islink(merged):
            os.unlink(merged)
            make_directory(merged)
        elif is_mounted(merged):
            unmount(merged)


def _show(path: str, merged: str, *, read_only: bool) -> None:
    """Bind `path` at `merged`, or make `merged` a link to it. Raises MountFailed, if that is not for want of privileges."""
    try:
        bind(path, merged, read_only=read_only)
    except MountFailed as error:
        if not is_not_permitted(error):
            raise
        if path != merged:
            os.rmdir(merged)
            os.symlink(path, merged)


def is_not_permitted(error: MountFailed) -> bool:
    """Say whether this process may mount nothing at all (mount(2), EPERM)."""
    return isinstance(error.__cause__, PermissionError)


def _copy_once(lowers: Sequence[str], upper: str, work: str) -> None:
    """Copy below `work`, rename to `upper`, then write the mark: a copy that was killed has no mark and is made again."""
    make_directory(work)
    half = f"{work}/copy"
    remove_tree(half)
    make_directory(half)
    for lower in reversed(lowers):
        copy_tree(lower, half, whiteouts=True)
    if os.path.isdir(upper):
        copy_tree(upper, half)  # files that the engine wrote there before the first mount
        remove_tree(upper)
    os.rename(half, upper)
    os.mknod(f"{work}/{_MARK}", 0o600 | stat.S_IFREG)


def is_copy(upper: str) -> bool:
    """Return whether a writable layer was made by this driver and so contains all files of its lower layers."""
    return os.path.exists(f"{os.path.dirname(upper)}/work/{_MARK}")


def make(_session: Session, why: str) -> Copies:
    """Return the driver."""
    return Copies(why)


def probe(session: Session) -> str:
    """Return "" if directories can be bind-mounted below the root, or nothing can be mounted; else the reason why not."""
    base = scratch_path(session, "probe")
    try:
        make_directory(f"{base}/upper")
        make_directory(f"{base}/merged")
        bind(f"{base}/upper", f"{base}/merged")
        unmount(f"{base}/merged")
    except MountFailed as error:
        return "" if is_not_permitted(error) else str(error)
    except OSError as error:
        return str(error)
    finally:
        remove_tree(base)
    return ""
