"""Make the spec of `run` and `create` a pod member's: --pod, --pod-id-file, and --pod new:NAME, which creates the pod."""

from __future__ import annotations

from cli.specs.pairs import read_lines
from pods.api import Pods
from pycman.contexts import contextmanager, suppress
from pycman.errors import InvalidInput, PycmanError
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.call import Call

_POD_FIELDS = ("ports", "network", "hostname", "dns", "dns_search", "dns_options", "extra_hosts")
"""Fields of a container's spec that move to the pod when the pod is created for it (podman)."""


@contextmanager
def in_pod(call: Call, spec: ContainerSpec) -> Iterator[ContainerSpec]:
    """Yield the spec as a member of the pod that the flags name. Raises NotFound, InvalidInput (two pods named).

    A pod that is created for it is removed again if the block fails.
    """
    name = call.string("pod")
    if call.string("pod-id-file"):
        if name:
            raise InvalidInput(
                "the pod is named twice", subject=f"--pod {name}", hint="leave --pod or --pod-id-file out"
            )
        name = next(iter(read_lines(call.string("pod-id-file"), "--pod-id-file")), "")
    pods = Pods(call.engine)
    if not name.startswith("new:"):
        yield pods.member(name, spec)
        return
    name, spec = _create_pod(call, pods, name[len("new:") :], spec)
    try:
        yield pods.member(name, spec)
    except BaseException:
        with suppress(PycmanError):
            pods.remove(name, force=True)
        raise


def _create_pod(call: Call, pods: Pods, name: str, spec: ContainerSpec) -> tuple[str, ContainerSpec]:
    """Create a pod with the pod fields of a member's spec; return the pod's id and the spec without those fields."""
    if not name:
        raise InvalidInput("the new pod needs a name", subject="--pod new:", hint="write --pod new:NAME")
    pod_fields = {field: getattr(spec, field) for field in _POD_FIELDS}
    pod_id = pods.create(PodSpec(name=name, create_command=call.recorded(), exit_policy="stop", **pod_fields))
    return pod_id, spec.replace(**{field: getattr(ContainerSpec, field) for field in _POD_FIELDS})
