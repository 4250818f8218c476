"""Processes, resource usage and logs of a pod's members."""

from __future__ import annotations

import heapq

from pods.catalogue import get_pod, list_pods
from pycman.containers.inspect.stats import sample_stats
from pycman.containers.process.logs import follow_all, read_logs
from pycman.containers.process.top import top
from pycman.errors import InvalidInput, NotRunning
from pycman.linux.namespaces import namespace_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pycman.containers.inspect.stats import Stats
    from pycman.containers.process.logs import LogLine, LogOptions
    from pycman.state.session import Session


def top_pod(session: Session, name: str, descriptors: Sequence[str] = ()) -> list[list[str]]:
    """Return headings and one row for each process of all members. Raises NotRunning, InvalidInput."""
    pod = get_pod(session, name)
    headings: list[str] = []
    listed: dict[str, set[tuple[str, ...]]] = {}
    table: list[list[str]] = []
    for member in pod.members:
        if member.running and member.pid:
            headings, *rows = top(session, member.id, descriptors, inside=True)
            # in one pid namespace every member lists all processes; in two, processes may look the same
            known = listed.setdefault(namespace_id(member.pid, "pid"), set())
            table += [row for row in rows if tuple(row) not in known]
            known.update(tuple(row) for row in rows)
    if not headings:
        raise NotRunning(f"pod is not running ({pod.state})", subject=name, hint=f"run pycman pod start {name}")
    return [headings, *table]


def pod_stats(
    session: Session, names: Sequence[str] = (), *, all: bool = False, previous: Sequence[Stats] = ()
) -> list[Stats]:
    """Return a sample for each running member of the named pods, else of running pods (`all`: of all pods)."""
    pods = [get_pod(session, name) for name in names] or list_pods(session)
    if not names and not all:
        pods = [pod for pod in pods if pod.state in ("running", "degraded")]
    members = [member.id for pod in pods for member in pod.members if member.running and member.pid]
    return sample_stats(session, members, previous=previous) if members else []


def pod_logs(session: Session, name: str, options: LogOptions, *, container: str = "") -> Iterator[tuple[str, LogLine]]:
    """Yield (member's name, line), merged by time, or with `options.follow` as they are written.

    Raises NotFound, InvalidInput (`container` is not a member).
    """
    pod = get_pod(session, name)
    members = [worker for worker in pod.workers if container in ("", worker.name)]
    members = members or [worker for worker in pod.workers if worker.id.startswith(container)]
    if container and not members:
        names = ", ".join(worker.name for worker in pod.workers) or "none"
        raise InvalidInput(f"not a container of pod {pod.name}", subject=container, hint=f"its containers are {names}")
    if options.follow:
        return follow_all(session, [member.name for member in members], options)
    streams = [_named(session, member.id, member.name, options) for member in members]
    return heapq.merge(*streams, key=lambda pair: pair[1].time)


def _named(session: Session, container_id: str, name: str, options: LogOptions) -> Iterator[tuple[str, LogLine]]:
    for line in read_logs(session, container_id, options):
        yield name, line
