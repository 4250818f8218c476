"""A container as listings return it: a value read from its row."""

from __future__ import annotations

from pycman.containers import states
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Container(Record):
    """One container as listings show it. Times are ns since 1970, 0 for never; `pid` is 0 unless it has a process.

    `ports` are {host_ip, host_port, container_port, protocol, range_size}, `expose` ports without one of the host ("80/tcp"), `mounts` {type, name, source, destination,
    …}, `entrypoint_words` how many words of `command` are the entry point's, `state` is one of `states.py`, `init_kind` Kubernetes' kind of init container ("", "once", "always", "sidecar"),
    `pinned` that files keep a pod's namespaces in place of a process.
    """

    id: str
    name: str
    state: str
    image_id: str = ""
    image_name: str = ""
    pod_id: str = ""
    command: tuple[str, ...] = ()
    entrypoint_words: int = 0
    labels: Mapping[str, str] = {}
    ports: tuple[Mapping[str, Any], ...] = ()
    expose: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    mounts: tuple[Mapping[str, Any], ...] = ()
    auto_remove: bool = False
    restart_policy: str = "no"
    has_health: bool = False
    created_at_ns: int = 0
    started_at_ns: int = 0
    finished_at_ns: int = 0
    pid: int = 0
    conmon_pid: int = 0
    exit_status: int = 0
    term_signal: int = 0
    oom_killed: bool = False
    restart_count: int = 0
    error: str = ""
    health_status: str = ""
    oci_runtime: str = ""
    stopped_by_user: bool = False
    is_infra: bool = False
    init_kind: str = ""
    pinned: bool = False
    ready: bool = False

    @property
    def running(self) -> bool:
        """Say whether its process has been started and has not ended; a paused container counts."""
        return self.state in (states.RUNNING, states.PAUSED)
