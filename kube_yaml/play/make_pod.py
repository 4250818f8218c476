"""Make one pod of a play with its files and containers, and start it."""

from __future__ import annotations

import os

from kube_yaml.play.objects import claim_pod, mark_complete
from pods.create import create_pod
from pods.members import member_spec, sandbox_of
from pods.start import start_pod, start_sandbox
from pods.volumes import write_files
from pycman.containers.create.create_together import create_together
from pycman.containers.mounts.steps import pod_volume
from pycman.contexts import suppress
from pycman.errors import PycmanError, RuntimeFailed
from pycman.linux.files import make_directory
from pycman.plan import crash_point
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kube_yaml.translate.plans import HostPath, PodPlan
    from pycman.containers.networks.connection import Connection
    from pycman.state.session import Session

_SHORT_S = 1.0
"""How long the maker of a pod waits for its init containers; a play waits for all pods together after that."""


class PlayedPod(Record):
    """A pod of a play: its id, and the ids of its containers in the order of the YAML. `created`: by this play."""

    pod_id: str
    name: str
    containers: tuple[str, ...]
    created: bool


def make_host_path(host_path: HostPath) -> None:
    """Make the directory or file that a HostPathType asks for if nothing is there."""
    if host_path.kind == "DirectoryOrCreate" and not os.path.lexists(host_path.path):
        make_directory(host_path.path, 0o755)
    elif host_path.kind == "FileOrCreate" and not os.path.lexists(host_path.path):
        make_directory(os.path.dirname(host_path.path), 0o755)
        os.close(os.open(host_path.path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))


def make_pod(session: Session, plan: PodPlan, *, starts: bool = False) -> tuple[str, tuple[str, ...], list[Connection]]:
    """Create a pod with its files and containers, without starting it; return its id, theirs, and connections for `start_made`.

    With `starts` it is claimed, and its sandbox, if it needs no process, is started before the containers are created: its network is made meanwhile.
    """
    pod_id = create_pod(session, plan.spec)
    crash_point("kube-play:pod")
    connections: list[Connection] = []
    if starts:
        claim_pod(session, pod_id)
        connections = start_sandbox(session, pod_id)
    try:
        write_pod_files(session, pod_id, plan)
        sandbox = sandbox_of(session, pod_id)
        # the play has pulled the images already
        specs = [member_spec(sandbox, container.spec.replace(pull="missing")) for container in plan.containers]
        containers = create_together(session, specs)
        mark_complete(session, pod_id)
    except BaseException:
        for connection in connections:
            with suppress(PycmanError):  # the first error is raised
                connection.complete()
        raise
    return pod_id, containers, connections


def write_pod_files(session: Session, pod_id: str, plan: PodPlan) -> None:
    """Write the files of a pod's volumes, each volume's all at once."""
    for file in plan.files:
        write_files(pod_volume(session, pod_id, file.volume), file.files, gid=file.gid)


def start_made(session: Session, pod_id: str, connections: list[Connection] | None = None) -> str:
    """Start a pod, whose sandbox's `connections` may be under way; return the id of the init container after which the start goes on, "" if it has started.

    Raises InitFailed, RuntimeFailed if one of its containers does not start.
    """
    report = start_pod(session, pod_id, wait_s=_SHORT_S, connections=connections)
    for name, error in report.errors.items():
        raise RuntimeFailed(f"container {name} did not start: {error}", subject=f"pod {pod_id[:12]}") from error
    return report.pending
