"""The network counters of pods, read without joining their namespaces in this process."""

from __future__ import annotations

from cri_server.config import INTERFACE
from cri_server.proto import api_pb2 as api
from cri_server.translate.sandbox import is_on_host_network
from pycman.containers.start.pinned_sandbox import namespace_path
from pycman.errors import PycmanError
from pycman.jsontext import parse_json
from pycman.linux.cgroup.container_usage import InterfaceCounters, net_interfaces, read_net_dev

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from pycman.pool.pool import Pool
    from pycman.state.session import Session

_TIMEOUT_S = 10.0


def pod_interfaces(
    session: Session, pool: Pool, pods: Iterable[Mapping[str, Any]], members: Mapping[str, Sequence[Any]]
) -> dict[str, list[InterfaceCounters]]:
    """Return interfaces by sandbox id; none for a sandbox on the host's network, or one that has just ended.

    `members` are running containers by sandbox id. For a sandbox with one, /proc/PID/net/dev is read; the namespaces of all
    others are entered by one worker.
    """
    found: dict[str, list[InterfaceCounters]] = {}
    without: dict[str, str] = {}
    for pod in pods:
        if is_on_host_network(parse_json(pod["config"])):
            continue
        rows = members.get(pod["pod_id"])
        pid = rows[0]["pid"] if rows else 0 if pod["pinned"] else pod["pid"]
        text = read_net_dev(pid) if pid else ""
        if text:
            found[pod["pod_id"]] = net_interfaces(text)
        elif pod["infra_id"]:
            without[pod["pod_id"]] = namespace_path(session, {**pod, "id": pod["infra_id"]}, "net")
    if without:
        found |= _by_worker(pool, without)
    return found


def _by_worker(pool: Pool, paths: Mapping[str, str]) -> dict[str, list[InterfaceCounters]]:
    try:
        texts = pool.call("read_interfaces", {"paths": list(paths.values())}, timeout_s=_TIMEOUT_S)
    except PycmanError:
        return {}  # the other stats are still returned
    return {pod_id: net_interfaces(text) for pod_id, text in zip(paths, texts, strict=True) if text}


def network_usage(interfaces: Sequence[InterfaceCounters], timestamp: int) -> api.NetworkUsage:
    """Return the message: the interface that CNI made first, and the others."""
    messages = {
        interface.name: api.NetworkInterfaceUsage(
            name=interface.name,
            rx_bytes=api.UInt64Value(value=interface.received_bytes),
            rx_errors=api.UInt64Value(value=interface.received_errors),
            tx_bytes=api.UInt64Value(value=interface.sent_bytes),
            tx_errors=api.UInt64Value(value=interface.sent_errors),
        )
        for interface in interfaces
    }
    default = messages.pop(INTERFACE, None)
    return api.NetworkUsage(timestamp=timestamp, default_interface=default, interfaces=list(messages.values()))
