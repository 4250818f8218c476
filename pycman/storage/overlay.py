"""Native overlayfs (Documentation/filesystems/overlayfs.rst): as root, and with "userxattr" in a user namespace."""

from __future__ import annotations

import errno
import os

from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import unmount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_OPTIONS_LIMIT = 4000
"""mount(2) takes a page of options; longer lists of lower directories are given relative to the current directory."""


class Overlay:
    """Mounts with the kernel's overlayfs."""

    name = "overlay"

    def __init__(self, why: str, *, rootless: bool) -> None:
        self.why = why
        self._extra = ",userxattr" if rootless else ",metacopy=off,index=off"

    def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
        """Mount; see `driver.Driver`."""
        stack = list(lowers) or [merged]
        if not upper and len(stack) == 1:
            stack = [*stack, merged]  # a read-only overlay needs two lower directories
        tail = f",upperdir={_escape(upper)},workdir={_escape(work)}" if upper else ""
        tail += self._extra + (f",{options}" if options else "")
        data = "lowerdir=" + ":".join(_escape(path) for path in stack) + tail
        if len(data) <= _OPTIONS_LIMIT:
            _mount(merged, data)
            return
        common = os.path.commonpath(stack)
        data = "lowerdir=" + ":".join(_escape(os.path.relpath(path, common)) for path in stack) + tail
        before = os.open(".", os.O_PATH | os.O_CLOEXEC)
        try:
            os.chdir(common)
            _mount(merged, data)
        finally:
            os.fchdir(before)
            os.close(before)

    def unmount(self, merged: str) -> None:
        """Unmount; see `driver.Driver`."""
        unmount(merged)


def _escape(path: str) -> str:
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _mount(merged: str, data: str) -> None:
    try:
        syscalls.mount("overlay", merged, "overlay", syscalls.MS_NODEV, data)
    except OSError as error:
        hint = ""
        if error.errno == errno.EINVAL:
            hint = "the upper directory may itself be on overlayfs; try --storage-driver=fuse-overlayfs"
        raise MountFailed(f"overlay: {(error.strerror or '').lower()}", subject=merged, hint=hint) from error


def make(session: Session, why: str) -> Overlay:
    """Return the driver."""
    return Overlay(why, rootless=session.rootless)


def probe(session: Session) -> str:
    """Return "" if an overlay can be mounted and written below the root, else why not."""
    base = f"{session.paths.tmp}/probe-{os.getpid()}"
    try:
        for part in ("lower", "upper", "work", "merged"):
            make_directory(f"{base}/{part}")
        os.mknod(f"{base}/lower/file")
        Overlay("", rootless=session.rootless).mount(
            [f"{base}/lower"], f"{base}/upper", f"{base}/work", f"{base}/merged"
        )
        try:
            os.unlink(f"{base}/merged/file")  # makes a whiteout: what unprivileged overlays of old kernels could not
        finally:
            unmount(f"{base}/merged")
    except (OSError, MountFailed) as error:
        return str(error)
    finally:
        remove_tree(base)
    return ""
