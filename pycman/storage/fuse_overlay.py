"""fuse-overlayfs(1): where the kernel's overlayfs does not work unprivileged."""

from __future__ import annotations

import os

from pycman.errors import MountFailed, Unavailable
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import unmount
from pycman.linux.processes import find_program, run
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


class FuseOverlay:
    """Mounts with fuse-overlayfs; its process ends with the mount."""

    name = "fuse-overlayfs"

    def __init__(self, why: str, program: str) -> None:
        self.why = why
        self._program = program

    def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
        """Mount; see `driver.Driver`."""
        if not self._program:
            raise Unavailable("not installed", subject="fuse-overlayfs", hint="apt install fuse-overlayfs")
        data = "lowerdir=" + ":".join(list(lowers) or [merged])
        data += f",upperdir={upper},workdir={work}" if upper else ""
        data += f",{options}" if options else ""
        finished = run([self._program, "-o", data, merged], timeout_s=30)
        if finished.status:
            words = finished.stderr.decode("utf-8", "replace").strip().splitlines()
            raise MountFailed(f"fuse-overlayfs: {words[-1] if words else finished.status}", subject=merged)

    def unmount(self, merged: str) -> None:
        """Unmount; see `driver.Driver`."""
        unmount(merged)


def make(_session: Session, why: str) -> FuseOverlay:
    """Return the driver."""
    return FuseOverlay(why, find_program("fuse-overlayfs"))


def probe(session: Session) -> str:
    """Return "" if fuse-overlayfs mounts below the root, else why not."""
    program = find_program("fuse-overlayfs")
    if not program:
        return "fuse-overlayfs is not installed"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is closed to this user"
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
