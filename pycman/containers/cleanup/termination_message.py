"""Kubernetes' termination message: what a container wrote into its terminationMessagePath, else the end of its log.

The message is stored in the event "died", and the file is emptied for the next run.
"""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.process.log_tail import last_lines
from pycman.containers.run_end import is_same_run
from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.folder import Folder
from pycman.state.events import of_actor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_FILE_BYTES = 4096
_LOG_BYTES, _LOG_LINES = 2048, 80
"""Kubelet's limits (v1 Container, terminationMessagePath and terminationMessagePolicy)."""


def read_message(session: Session, row: Mapping[str, Any], spec: ContainerSpec, *, failed: bool) -> str:
    """Return the message of the run that just ended, at most the file's last 4096 bytes, "" if there is none.

    If it `failed`, wrote no message and has terminationMessagePolicy FallbackToLogsOnError, the end of its log.
    """
    data = b""
    with suppress(OSError, PycmanError), _opened(spec, os.O_RDONLY) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _FILE_BYTES))
        data = file.read(_FILE_BYTES)
    if not data and failed and spec.message_from_log:
        data = "\n".join(last_lines(session, row, spec, _LOG_LINES)).encode()[-_LOG_BYTES:]
    return data.decode("utf-8", "replace")


def clear_message(spec: ContainerSpec) -> None:
    """Empty the file, so that the next run does not end with this one's message; a failure must not stop the cleanup."""
    with suppress(OSError, PycmanError), _opened(spec, os.O_WRONLY) as file:
        os.ftruncate(file.fileno(), 0)


def last_message(session: Session, container_id: str) -> str:
    """Return the termination message of a container's last exit, "" if there was none. Raises NotFound."""
    message = _unrecorded_message(session, row_of(session, container_id))
    if message is not None:
        return message
    ends = of_actor(session.db, container_id, "died")
    return str(ends[-1].attributes.get("message", "")) if ends else ""


def _unrecorded_message(session: Session, row: Mapping[str, Any]) -> str | None:
    """Return the message of a run that has ended and that no cleanup has recorded yet, None if there is no such run."""
    if not states.needs_cleanup(row):
        return None
    state, ended = states.observe(session, row)
    if not ended["pid"] or state not in (states.EXITED, states.RESTARTING):
        return None
    spec = spec_of(ended)
    message = read_message(session, ended, spec, failed=ended["exit_status"] != 0) if spec.message_path else ""
    return message if is_same_run(ended, row_of(session, row["id"])) else None  # or the cleanup has emptied the file


def _opened(spec: ContainerSpec, flags: int) -> BinaryIO:
    """Open the file without leaving the directory it is mounted from, which a container may be changing meanwhile.

    Raises OSError, InvalidInput.
    """
    target = os.path.normpath(spec.message_path)
    mounts = [mount for mount in spec.mounts if mount.target == target and mount.source]
    if not mounts:
        raise FileNotFoundError(target)
    with Folder(mounts[0].source, make=False) as folder:
        return folder.open(mounts[0].subpath, flags)
