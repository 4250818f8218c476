"""pod ps: list pods."""

from __future__ import annotations

import sys

from cli.output.listing import Columns, print_ids, print_listing, sort_key
from cli.output.words import ago, labels_text, short
from pods.api import Pods
from pycman.jsontext import format_json
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cli.call import Call
    from pods.catalogue import Pod

_COLUMNS = (("POD ID", "ID"), ("NAME", "Name"), ("STATUS", "Status"), ("CREATED", "Created"), ("INFRA ID", "InfraID"))
_COUNT = ("# OF CONTAINERS", "NumberOfContainers")
_CONTAINERS = {"ctr-ids": ("IDS", "ContainerIds"), "ctr-names": ("NAMES", "ContainerNames"),
               "ctr-status": ("STATUS", "ContainerStatuses")}  # fmt: skip
_HEADINGS = {"Labels": "LABELS", "Networks": "NETWORKS", "Cgroup": "CGROUP", "Namespace": "NAMESPACE",
             "Restarts": "RESTARTS", "InfraId": "INFRA ID", "Id": "POD ID", "Ready": "READY"}  # fmt: skip
_SORTS: dict[str, Callable[[Pod], Any]] = {
    "created": lambda pod: -pod.created_at_ns,
    "id": lambda pod: pod.id,
    "name": lambda pod: pod.name,
    "number": lambda pod: len(pod.members),
    "status": lambda pod: pod.state,
}


def run(call: Call) -> int:
    """Print the listing, newest pods first unless --sort says otherwise."""
    sort = sort_key(call, _SORTS) or "created"
    pods = sorted(Pods(call.engine).list(call.pairs("filter")), key=_SORTS[sort])
    if call.flag("latest"):
        pods = sorted(pods, key=_SORTS["created"])[:1]
    whole = call.flag("no-trunc")
    if call.flag("quiet"):
        print_ids([short(pod.id, whole=whole) for pod in pods])
        return 0
    if call.string("format") == "json":
        sys.stdout.write(format_json([_object(pod) for pod in pods], indent=4) + "\n")
        return 0
    extra = [column for flag, column in _CONTAINERS.items() if call.flag(flag)]
    columns = [*_COLUMNS, *(extra or [_COUNT])]
    if call.flag("ns"):
        columns += [("NAMESPACE", "Namespace")]
    print_listing(call, [_row(pod, whole=whole) for pod in pods], Columns(columns, _HEADINGS, ()))
    return 0


def _row(pod: Pod, *, whole: bool) -> dict[str, Any]:
    infra = short(pod.infra_id, whole=whole)
    return {
        "ID": short(pod.id, whole=whole),
        "Id": short(pod.id, whole=whole),
        "Name": pod.name,
        "Namespace": "",
        "Status": pod.state.capitalize(),
        "Created": ago(pod.created_at_ns),
        "Labels": labels_text(pod.labels),
        "Label": lambda key: pod.labels.get(key, ""),
        "Networks": ",".join(_networks(pod)),
        "NumberOfContainers": len(pod.members),
        "Containers": len(pod.members),
        "ContainerIds": ",".join(short(member.id, whole=whole) for member in pod.members),
        "ContainerNames": ",".join(member.name for member in pod.members),
        "ContainerStatuses": ",".join(member.state for member in pod.members),
        "InfraID": infra,
        "InfraId": infra,
        "Cgroup": pod.cgroup,
        "Restarts": sum(member.restart_count for member in pod.members),
        "ManagedBy": pod.managed_by,
        "Ready": _ready(pod),
    }


def _ready(pod: Pod) -> str:
    """Return kubectl's READY column, ready and all members: 1/2. Init containers do not count, sidecars do."""
    counted = [worker for worker in pod.workers if worker.init_kind in ("", "sidecar")]
    return f"{sum(worker.ready for worker in counted)}/{len(counted)}"


def _networks(pod: Pod) -> list[str]:
    return sorted({network for member in pod.members for network in member.networks})


def _object(pod: Pod) -> dict[str, Any]:
    """Return one pod as `podman pod ps --format json` prints it, plus ManagedBy."""
    return {
        "Cgroup": pod.cgroup,
        "Containers": [
            {"Id": member.id, "Names": member.name, "Status": member.state, "RestartCount": member.restart_count}
            for member in pod.members
        ],
        "Created": format_rfc3339(pod.created_at_ns),
        "Id": pod.id,
        "InfraId": pod.infra_id,
        "Name": pod.name,
        "Namespace": "",
        "Networks": _networks(pod),
        "Status": pod.state.capitalize(),
        "Labels": dict(pod.labels),
        "ManagedBy": pod.managed_by,
    }
