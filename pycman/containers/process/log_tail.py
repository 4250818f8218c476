"""The last lines of a container's log, from its last 64 KiB."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_TAIL_BYTES = 65_536


def last_lines(session: Session, row: Mapping[str, Any], spec: ContainerSpec, count: int) -> list[str]:
    """Return up to `count` last lines of the log (k8s-file: "TIME STREAM F|P TEXT"), parts joined; [] without a log."""
    path = spec.log.path or session.paths.log(row["id"])
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _TAIL_BYTES))
            data = file.read()
    except OSError:
        return []
    lines: list[str] = []
    partial = ""
    for raw in data.decode("utf-8", "replace").splitlines():
        parts = raw.split(" ", 3)
        if len(parts) < 4:
            continue
        partial += parts[3]
        if parts[2] == "F":
            lines.append(partial)
            partial = ""
    return [*lines, *([partial] if partial else [])][-count:]
