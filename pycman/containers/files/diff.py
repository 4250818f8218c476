"""What a container changed in its image."""

from __future__ import annotations

from pycman.containers.catalogue import get_row, spec_of
from pycman.errors import Unsupported
from pycman.jsontext import parse_json
from pycman.storage.diff import list_changes
from pycman.storage.layers import layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session
    from pycman.storage.diff import Change

_MADE_FOR_MOUNTS = frozenset(
    (
        "/dev",
        "/dev/console",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/mtab",
        "/etc/resolv.conf",
        "/proc",
        "/run/.containerenv",
        "/run/secrets",
        "/sys",
    )
)
"""Places the OCI runtime makes for its own mounts; podman leaves them out too."""


def diff_container(session: Session, name: str) -> list[Change]:
    """Return what a container added (A), changed (C) and deleted (D), parents first. Raises NotFound.

    Mount points that the engine itself needs are left out, and a directory changed by nothing but them. Raises
    Unsupported for a container that has a root file system of the user's own instead of an image.
    """
    session.enter_namespaces()
    row = get_row(session, name)
    if spec_of(row).rootfs:
        raise Unsupported("it runs on a root file system of its own, which has no layers", subject=name)
    return engine_left_out(list_changes(session.paths.upper(row["id"]), lowers_of(session, row)))


def lowers_of(session: Session, row: Mapping[str, Any]) -> list[str]:
    """Return the directories of a container's layers, top first."""
    return layer_paths(session, parse_json(row["layer_names"]))


def engine_left_out(changes: list[Change]) -> list[Change]:
    """Return changes without those that are the engine's own doing. Pure."""
    kept = [change for change in changes if not _made_for_mounts(change.path)]
    needed = {parent for change in kept for parent in _parents(change.path)}
    dropped = {parent for change in changes if change not in kept for parent in _parents(change.path)}
    return [change for change in kept if change.kind == "D" or change.path not in dropped or change.path in needed]


def _made_for_mounts(path: str) -> bool:
    return path in _MADE_FOR_MOUNTS or path.startswith("/run/secrets/")


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:number]) for number in range(2, len(parts))]
