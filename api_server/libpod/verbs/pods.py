"""/libpod/pods: everything but streams."""

from __future__ import annotations

from api_server.libpod.query import count, filters_of, switch
from api_server.libpod.shapes.pods import pod_object, pod_report, pod_summary
from api_server.libpod.spec.pod import pod_spec
from api_server.verbs.call import NO_CONTENT, NOT_MODIFIED, Answer, json_answer
from pods.api import Pods
from pycman.errors import InUse, NotRunning, PycmanError, WrongState
from pycman.spec.signals import signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call
    from pods.catalogue import Pod
    from pods.on_members import PodReport


def list_pods(call: Call) -> Answer:
    """List pods."""
    return json_answer([pod_summary(pod) for pod in Pods(call.engine).list(filters_of(call.request))])


def create(call: Call) -> Answer:
    """Create a pod."""
    return json_answer({"Id": Pods(call.engine).create(pod_spec(call.request.json))}, 201)


def inspect(call: Call) -> Answer:
    """Describe a pod."""
    return json_answer(pod_object(Pods(call.engine).inspect(call.name)))


def exists(call: Call) -> Answer:
    """Say whether there is a pod."""
    Pods(call.engine).get(call.name)
    return NO_CONTENT


def _answer(report: PodReport, doing: str) -> Answer:
    """Return the result of a verb; 409 if members failed, whose errors clients read then."""
    return json_answer(pod_report(report.pod_id, report.errors, doing), 409 if report.errors else 200)


def start(call: Call) -> Answer:
    """Start a pod; 304 for one that runs."""
    pods = Pods(call.engine)
    if pods.get(call.name).state == "running":
        return NOT_MODIFIED
    return _answer(pods.start(call.name), "starting")


def stop(call: Call) -> Answer:
    """Stop a pod; 304 for one that does not run."""
    pods, timeout_s = Pods(call.engine), count(call.request, "t", "timeout")
    if pods.get(call.name).state not in ("running", "degraded", "paused"):
        return NOT_MODIFIED
    return _answer(pods.stop(call.name, timeout_s=timeout_s or None), "stopping")


def restart(call: Call) -> Answer:
    """Restart a pod."""
    return _answer(Pods(call.engine).restart(call.name), "restarting")


def kill(call: Call) -> Answer:
    """Send a signal to the members of a pod. Raises NotRunning if none runs."""
    pods = Pods(call.engine)
    signal = call.request.text("signal") or "KILL"
    signal_number(signal)
    pod = pods.get(call.name)
    if not any(member.running for member in pod.members):
        raise NotRunning("cannot kill a pod with no running containers", subject=pod.name)
    return _answer(pods.kill(pod.id, signal=signal), "killing")


def pause(call: Call) -> Answer:
    """Pause a pod; one of which no member runs is no error."""
    pods = Pods(call.engine)
    try:
        return _answer(pods.pause(call.name), "pausing")
    except WrongState:
        return json_answer(pod_report(pods.get(call.name).id, {}, ""))


def unpause(call: Call) -> Answer:
    """Unpause a pod; one of which no member is paused is no error."""
    pods = Pods(call.engine)
    try:
        return _answer(pods.unpause(call.name), "unpausing")
    except WrongState:
        return json_answer(pod_report(pods.get(call.name).id, {}, ""))


def remove(call: Call) -> Answer:
    """Remove a pod with its members, running ones only with `force`."""
    request, pods = call.request, Pods(call.engine)
    members = {member.id: None for member in pods.get(call.name).members}
    try:
        pod_id = pods.remove(call.name, force=switch(request, "force"), timeout_s=count(request, "timeout"))
    except (InUse, WrongState) as error:
        raise _members_run(error, pods.get(call.name)) from error
    return json_answer({"RemovedCtrs": members, "Err": None, "Id": pod_id})


def _members_run(error: PycmanError, pod: Pod) -> PycmanError:
    """Return podman's sentences for a pod that is not removed as members of it run."""
    running = [member.name for member in pod.workers if member.running]
    reasons = "; ".join(
        f"cannot remove container {name} as it is running - running or paused containers cannot be removed without force: container state"
        " improper"
        for name in running
    )
    if not running:
        return error
    return InUse(
        f"removing pod containers. {reasons}", subject=f"not all containers could be removed from pod {pod.name}"
    )


def prune(call: Call) -> Answer:
    """Remove stopped pods."""
    return json_answer([{"Err": None, "Id": each} for each in Pods(call.engine).prune()])
