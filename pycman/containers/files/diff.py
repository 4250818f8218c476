"""`diff`: the files a container added, changed and deleted, from its writable layer."""

from __future__ import annotations

from pycman.containers.catalogue import get_row, spec_of
from pycman.errors import Unsupported
from pycman.jsontext import parse_json
from pycman.storage.diff import list_changes
from pycman.storage.layers import layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session
    from pycman.storage.diff import Change

_MOUNT_POINTS = frozenset(
    (
        "/dev",
        "/dev/console",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/mtab",
        "/etc/resolv.conf",
        "/proc",
        "/run",
        "/run/.containerenv",
        "/run/secrets",
        "/sys",
    )
)
"""Mount points that the OCI runtime creates; podman leaves them out too."""


def diff_container(session: Session, name: str) -> list[Change]:
    """Return what a container added (A), changed (C) and deleted (D), parents first.

    The engine's own mount points are left out, and directories that changed only because of them. Raises NotFound,
    Unsupported for a container created with --rootfs.
    """
    session.enter_namespaces()
    row = get_row(session, name)
    if spec_of(row).rootfs:
        raise Unsupported("it was created with --rootfs, so it has no layers", subject=name, hint="use pycman export")
    lowers = layer_paths(session, parse_json(row["layer_names"]))
    return without_engine_changes(list_changes(session.paths.upper(row["id"]), lowers))


def without_engine_changes(changes: list[Change]) -> list[Change]:
    """Return changes without those the engine made: mount points, and directories that changed only because of them.

    Pure.
    """
    kept = [change for change in changes if not _is_mount_point(change.path)]
    parents_of_kept = {parent for change in kept for parent in _parents(change.path)}
    parents_of_others = {parent for change in changes if change not in kept for parent in _parents(change.path)}
    return [
        change
        for change in kept
        if change.kind == "D" or change.path not in parents_of_others or change.path in parents_of_kept
    ]


def _is_mount_point(path: str) -> bool:
    return path in _MOUNT_POINTS or path.startswith("/run/secrets/")


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:number]) for number in range(2, len(parts))]
