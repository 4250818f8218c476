"""Whether the kernel's pid of a container leads into it. A virtual machine's is that of its monitor, which sees the host's files."""

from __future__ import annotations

from pycman.linux.processes import root_of, shares_mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def is_seen(row: Mapping[str, Any]) -> bool:
    """Say whether a running container's processes and mounts are this kernel's."""
    return not shares_mounts(row["pid"])


def root_path(session: Session, row: Mapping[str, Any]) -> str:
    """Return the path of a running container's root: as its process sees it, or as it was given to a virtual machine."""
    return root_of(row["pid"]) if is_seen(row) else session.paths.merged(row["id"])
