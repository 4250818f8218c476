"""The driver "overlay": the kernel's overlayfs (Documentation/filesystems/overlayfs.rst), with "userxattr" in a user namespace."""

from __future__ import annotations

import _thread
import errno
import os

from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import unmount
from pycman.state.settings import storage_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.state.session import Session

_OPTIONS_LIMIT = 4095
"""mount(2) accepts one page of options."""
_AS_ROOT = ",metacopy=off,index=off,redirect_dir=off"
"""So that the upper directory has only whole files and plain whiteouts, which a layer tar can represent."""


class Overlay:
    """Mounts with the kernel's overlayfs."""

    name = "overlay"

    def __init__(self, why: str, *, rootless: bool, options: Sequence[str] = ()) -> None:
        """`options` are those of storage.conf: nosuid, noexec, volatile."""
        self.why = why
        self._extra = (",userxattr" if rootless else _AS_ROOT) + (",volatile" if "volatile" in options else "")
        self._flags = syscalls.MS_NODEV
        self._flags |= (syscalls.MS_NOSUID if "nosuid" in options else 0) | (
            syscalls.MS_NOEXEC if "noexec" in options else 0
        )

    def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
        """Mount; see `driver.Driver`."""
        stack = list(lowers) or [merged]
        if not upper and len(stack) == 1:
            stack = [*stack, merged]  # a read-only overlay needs two lower directories
        tail = f",upperdir={_escape(upper)},workdir={_escape(work)}" if upper else ""
        tail += self._extra + (f",{options}" if options else "")
        data = "lowerdir=" + ":".join(_escape(path) for path in stack) + tail
        if len(os.fsencode(data)) <= _OPTIONS_LIMIT:
            _mount(merged, data, self._flags)
        else:
            _mount_many(stack, tail, merged, self._flags)

    def unmount(self, merged: str) -> None:
        """Unmount; see `driver.Driver`."""
        unmount(merged)


def _escape(path: str) -> str:
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _mount(merged: str, data: str, flags: int) -> None:
    try:
        syscalls.mount("overlay", merged, "overlay", flags, data)
    except OSError as error:
        hint = ""
        if error.errno == errno.EINVAL:
            hint = "the upper directory may itself be on overlayfs; try --storage-driver=fuse-overlayfs"
        raise MountFailed(f"overlay: {(error.strerror or '').lower()}", subject=merged, hint=hint) from error


def _mount_many(stack: Sequence[str], tail: str, merged: str, flags: int) -> None:
    """Mount more lower directories than one page of options can name: through short symbolic links, relative to the working
    directory of a thread of its own.
    """
    links = f"{merged}.lower"
    remove_tree(links)
    make_directory(links, 0o700)
    try:
        for number, path in enumerate(stack):
            os.symlink(os.path.abspath(path), f"{links}/{number}")
        data = "lowerdir=" + ":".join(str(number) for number in range(len(stack))) + tail
        _call_in_directory(links, lambda: _mount(merged, data, flags))
    finally:
        remove_tree(links)


def _call_in_directory(directory: str, action: Callable[[], None]) -> None:
    """Call `action` in another working directory, in a thread of its own (unshare(2), CLONE_FS): that of the process does
    not change.
    """
    errors: list[BaseException] = []
    done = _thread.allocate_lock()

    def run() -> None:
        try:
            syscalls.unshare(syscalls.CLONE_FS)
            os.chdir(directory)
            action()
        except BaseException as error:  # raised again below
            errors.append(error)
        finally:
            done.release()

    done.acquire()
    _thread.start_new_thread(run, ())
    done.acquire()
    if errors:
        raise errors[0]


def make(session: Session, why: str) -> Overlay:
    """Return the driver."""
    conf = storage_conf(session)
    return Overlay(why, rootless=session.rootless, options=conf.mount_options if conf is not None else ())


def probe(session: Session) -> str:
    """Return "" if an overlay can be mounted and written below the root, else the reason why not."""
    from pycman.storage.scratch import scratch_path  # once per boot

    base = scratch_path(session, "probe")
    try:
        for part in ("lower", "upper", "work", "merged"):
            make_directory(f"{base}/{part}")
        os.mknod(f"{base}/lower/file")
        Overlay("", rootless=session.rootless).mount(
            [f"{base}/lower"], f"{base}/upper", f"{base}/work", f"{base}/merged"
        )
        try:
            os.unlink(f"{base}/merged/file")  # makes a whiteout, which unprivileged overlays of old kernels cannot
        finally:
            unmount(f"{base}/merged")
    except (OSError, MountFailed) as error:
        return str(error)
    finally:
        remove_tree(base)
    return ""
