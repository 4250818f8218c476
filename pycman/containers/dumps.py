"""The rows of `checkpoints`: which run of a container is being dumped by CRIU, and whether its last run ended or began so.

begin_dump ──▶ the runtime dumps the process, which ends by that ──▶ run_end: "dumped", cleanup records it (record_dumped)

A dump is complete when its inventory is written: CRIU ends the process only after that. So whoever records the end of the run
knows a checkpoint from a crash, also after the command that made it was killed.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

CHECKPOINT = "checkpoint"
"""Directory of CRIU's images below a container's, in podman's archives too."""
PREVIOUS = "pre-checkpoint"
"""Directory of the images of memory that were written before the checkpoint, as the container ran on."""
_INVENTORY = "inventory.img"


def is_complete(images: str) -> bool:
    """Say whether CRIU has finished the dump in a directory."""
    return os.path.isfile(f"{images}/{_INVENTORY}")


def begin_dump(session: Session, row: Mapping[str, Any], images: str) -> None:
    """Record that the process of a container is about to end by being dumped into a directory, which is empty."""
    _change(session, row["id"], dumped_pid=row["pid"], dumped_start=row["pid_start"], dumped_into=images)


def forget_dump(session: Session, container_id: str) -> None:
    """Record that no process is being dumped: it failed, and the container runs on."""
    _change(session, container_id, dumped_pid=0, dumped_start=0, dumped_into="")


def was_dumped(session: Session, row: Mapping[str, Any]) -> bool:
    """Say whether the run of a row, whose process is gone, ended because it was dumped."""
    found = session.db.row(
        "SELECT dumped_pid, dumped_start, dumped_into FROM checkpoints WHERE container_id = ?", (row["id"],)
    )
    if found is None or (found["dumped_pid"], found["dumped_start"]) != (row["pid"], row["pid_start"]):
        return False
    return bool(row["pid"]) and is_complete(found["dumped_into"])


def record_dumped(session: Session, container_id: str) -> None:
    """Record that the last run of a container ended in a checkpoint; in the caller's transaction."""
    _change(
        session, container_id, dumped_pid=0, dumped_start=0, dumped_into="", checkpointed=1, restored=0,
        checkpointed_at_ns=time.time_ns(), restored_at_ns=0,
    )  # fmt: skip


def record_copied(session: Session, container_id: str) -> None:
    """Record that a checkpoint was made of a container that runs on."""
    _change(session, container_id, checkpointed_at_ns=time.time_ns())


def record_restored(session: Session, container_id: str) -> None:
    """Record that a container's run began from its checkpoint; in the caller's transaction."""
    _change(session, container_id, checkpointed=0, restored=1, restored_at_ns=time.time_ns())


def forget_checkpoint(session: Session, container_id: str) -> None:
    """Record that a container's run began as every other; in the caller's transaction. Nothing is written without a checkpoint."""
    session.db.change(
        "UPDATE checkpoints SET checkpointed = 0, restored = 0 WHERE container_id = ? AND (checkpointed OR restored)",
        (container_id,),
    )


def facts(session: Session, container_id: str) -> Mapping[str, Any] | None:
    """Return the row of a container in `checkpoints`, None if no checkpoint was ever made of it or restored to it."""
    found: Mapping[str, Any] | None = session.db.row(
        "SELECT * FROM checkpoints WHERE container_id = ?", (container_id,)
    )
    return found


def _change(session: Session, container_id: str, **values: object) -> None:
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    changes = ", ".join(f"{name} = excluded.{name}" for name in values)
    session.db.change(
        f"INSERT INTO checkpoints (container_id, {names}) VALUES (?, {marks})"
        f" ON CONFLICT (container_id) DO UPDATE SET {changes}",
        (container_id, *values.values()),
    )
