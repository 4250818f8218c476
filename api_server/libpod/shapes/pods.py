"""Pods as podman's JSON (entities.ListPodsReport, define.InspectPodData). Pure."""

from __future__ import annotations

from api_server.libpod.shapes.containers import state_of
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pods.catalogue import Pod
    from pycman.errors import PycmanError


def pod_summary(pod: Pod) -> dict[str, Any]:
    """Return an entry of the listing."""
    return {
        "Cgroup": pod.cgroup,
        "Containers": [
            {"Id": member.id, "Names": member.name, "Status": state_of(member), "RestartCount": member.restart_count}
            for member in pod.members
        ],
        "Created": format_rfc3339(pod.created_at_ns),
        "Id": pod.id,
        "InfraId": pod.infra_id,
        "Name": pod.name,
        "Namespace": "",
        "Networks": sorted({network for member in pod.members for network in member.networks}),
        "Status": pod.state.capitalize(),
        "Labels": dict(pod.labels),
    }


_EMPTY_IS_ABSENT = (
    "Containers",
    "CreateCommand",
    "SharedNamespaces",
    "Labels",
    "InfraContainerID",
    "InfraConfig",
    "CgroupParent",
)


def pod_object(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inspection; what is empty is absent, as in podman."""
    return {name: value for name, value in inspected.items() if value or name not in _EMPTY_IS_ABSENT}


def pod_report(pod_id: str, errors: Mapping[str, PycmanError], doing: str) -> dict[str, Any]:
    """Return the result of a verb on a pod; clients read texts of errors only with status 409."""
    texts = [f"{doing} container {name}: {error}" for name, error in errors.items()]
    return {"Errs": texts or None, "Id": pod_id}
