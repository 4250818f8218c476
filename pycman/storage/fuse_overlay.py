"""The driver "fuse-overlayfs" (fuse-overlayfs(1)), for hosts where the kernel's overlayfs does not work unprivileged."""

from __future__ import annotations

import os

from pycman.errors import MountFailed, Unavailable
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import unmount
from pycman.linux.processes import find_program, how_to_install, run
from pycman.state.settings import containers_conf, storage_conf
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


class FuseOverlay:
    """Mounts with fuse-overlayfs, whose process ends when the mount is unmounted."""

    name = "fuse-overlayfs"

    def __init__(self, why: str, program: str, options: Sequence[str] = ()) -> None:
        """`options` are those of storage.conf: nosuid, noexec, volatile."""
        self.why = why
        self._program = program
        self._options = "".join(f",{option}" for option in options)

    def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
        """Mount; see `driver.Driver`."""
        if not self._program:
            raise Unavailable("not installed", subject="fuse-overlayfs", hint=how_to_install("fuse-overlayfs"))
        data = "lowerdir=" + ":".join(list(lowers) or [merged])
        data += f",upperdir={upper},workdir={work}" if upper else ""
        data += self._options + (f",{options}" if options else "")
        finished = run([self._program, "-o", data, merged], timeout_s=30)
        if finished.status:
            lines = finished.stderr.decode("utf-8", "replace").strip().splitlines()
            raise MountFailed(f"fuse-overlayfs: {lines[-1] if lines else finished.status}", subject=merged)

    def unmount(self, merged: str) -> None:
        """Unmount; see `driver.Driver`."""
        unmount(merged)


def make(session: Session, why: str) -> FuseOverlay:
    """Return the driver."""
    conf = storage_conf(session)
    return FuseOverlay(why, _program(session), conf.mount_options if conf is not None else ())


def _program(session: Session) -> str:
    """Return mount_program of storage.conf, else fuse-overlayfs from helper_binaries_dir or $PATH; "" if it is not installed."""
    conf = storage_conf(session)
    if conf is not None and conf.mount_program:
        return conf.mount_program
    return find_program("fuse-overlayfs", containers_conf(session).helper_binaries_dir)


def probe(session: Session) -> str:
    """Return "" if fuse-overlayfs can mount below the root, else the reason why not."""
    program = _program(session)
    if not program:
        return "fuse-overlayfs is not installed"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "this user may not open /dev/fuse"
    base = scratch_path(session, "probe")
    try:
        for part in ("lower", "upper", "work", "merged"):
            make_directory(f"{base}/{part}")
        FuseOverlay("", program).mount([f"{base}/lower"], f"{base}/upper", f"{base}/work", f"{base}/merged")
        unmount(f"{base}/merged")
    except (OSError, MountFailed) as error:
        return str(error)
    finally:
        remove_tree(base)
    return ""
