"""Check that the working directory is there, once the root is mounted: podman's `run --workdir` makes none (docker's does)."""

from __future__ import annotations

import os

from pycman.errors import CommandNotExecutable
from pycman.linux.open_below import directory_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec


class CheckWorkdir:
    """Refuse a container whose working directory is neither in its root nor among its mounts, before its process is made."""

    def __init__(self, spec: ContainerSpec, root: str) -> None:
        self._spec = spec
        self._root = root

    def describe(self) -> str:
        """Return what the step does, in one line."""
        return f"check that {self._spec.workdir} is there"

    def do(self) -> None:
        """Raise CommandNotExecutable if the directory would have to be made."""
        workdir = self._spec.workdir
        if is_mounted(workdir, [mount.target for mount in self._spec.mounts]):
            return
        found = directory_below(self._root, workdir)
        if found is None:
            raise CommandNotExecutable(
                "the working directory cannot be entered: no such file or directory",
                subject=workdir,
                hint="name another with --workdir",
                code="no-workdir",
            )
        os.close(found)

    def undo(self) -> None:
        """Do nothing: the step changes nothing."""


def is_mounted(path: str, targets: list[str]) -> bool:
    """Say whether a directory is in a mount, or has one in it, for which it is made. Pure."""
    whole = f"{os.path.normpath(path)}/"
    return any(
        whole.startswith(f"{target}/") or f"{target}/".startswith(whole)
        for target in map(os.path.normpath, targets)
        if target != "/"
    )
