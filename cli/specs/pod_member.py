"""--pod and --pod-id-file of `run` and `create`: the spec of a member, in a pod that is there or a new one."""

from __future__ import annotations

from cli.specs.pairs import read_lines
from pods.api import Pods
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_THE_PODS = ("ports", "network", "hostname", "dns", "dns_search", "dns_options", "extra_hosts")
"""What the flags of a container say of its pod, where the pod is made for it (podman)."""


def in_pod(call: Call, spec: ContainerSpec) -> ContainerSpec:
    """Return the spec of a member. Raises InvalidInput (two pods named), NotFound."""
    name = call.string("pod")
    if call.string("pod-id-file"):
        if name:
            raise InvalidInput("a pod is named twice", subject=f"--pod {name}", hint="leave --pod or --pod-id-file out")
        name = next(iter(read_lines(call.string("pod-id-file"), "--pod-id-file")), "")
    pods = Pods(call.engine)
    if name.startswith("new:"):
        name, spec = _make(call, pods, name[len("new:") :], spec)
    return pods.member(name, spec)


def _make(call: Call, pods: Pods, name: str, spec: ContainerSpec) -> tuple[str, ContainerSpec]:
    """Make the pod that a member wants, with what the member's flags say of a pod; return its id and the spec left."""
    if not name:
        raise InvalidInput("the new pod needs a name", subject="--pod new:", hint="write --pod new:NAME")
    theirs = {field: getattr(spec, field) for field in _THE_PODS}
    pod_id = pods.create(PodSpec(name=name, create_command=("pycman", *call.line), exit_policy="stop", **theirs))
    return pod_id, spec.replace(**{field: getattr(ContainerSpec, field) for field in _THE_PODS})
