"""Whether the kernel's pid of a container leads into it. That of a virtual machine or of gVisor is a process outside, which has the
container's processes and files within itself.
"""

from __future__ import annotations

from pycman.jsontext import parse_json
from pycman.linux.files import read_text
from pycman.linux.processes import root_of, shares_namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def is_seen(session: Session, row: Mapping[str, Any]) -> bool:
    """Say whether a running container's processes and mounts are this kernel's: its pid is in the namespaces that it was to have."""
    if shares_namespace(row["pid"], "mnt"):
        return False
    if not shares_namespace(row["pid"], "pid"):
        return True
    text = read_text(f"{session.paths.bundle(row['id'])}/config.json")
    linux = parse_json(text, subject="config.json").get("linux", {}) if text else {}
    return not any(namespace.get("type") == "pid" for namespace in linux.get("namespaces", ()))


def root_path(session: Session, row: Mapping[str, Any]) -> str:
    """Return the path of a running container's root: as its process sees it, or as it was given to its sandbox."""
    return root_of(row["pid"]) if is_seen(session, row) else session.paths.merged(row["id"])
