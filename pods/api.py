"""The verbs of pods for a caller: `Pods(engine)`. `name` is always a name, an id or a unique prefix of an id.

A verb's module is imported by the verb that needs it, because `pod ps` must not pay for `pod create`; listing, finding and
inspecting, which most callers use, are imported at the head.
"""

from __future__ import annotations

from pods.catalogue import find_pod, get_pod, list_pods
from pods.inspect import inspect_pod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from pods.boot import BootResult, BootUnit
    from pods.catalogue import Pod
    from pods.clone import CloneChanges
    from pods.members import Sandbox
    from pods.on_members import PodReport
    from pycman.containers.inspect.stats import Stats
    from pycman.containers.process.logs import LogLine, LogOptions
    from pycman.engine import Engine
    from pycman.spec.container import ContainerSpec
    from pycman.spec.pod import PodSpec


class Pods:
    """Verbs of pods, in the store of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._session = engine.session

    def create(self, spec: PodSpec, *, progress: Any = None) -> str:
        """Create a pod with its infra container; return its id."""
        from pods.create import create_pod

        return create_pod(self._session, spec, progress=progress)

    def clone(self, name: str, changes: CloneChanges, *, start: bool = False, destroy: bool = False) -> str:
        """Create a copy of a pod and of its members, with `changes`; return its id. `destroy` removes the original."""
        from pods.clone import clone_pod

        return clone_pod(self._session, name, changes, start=start, destroy=destroy)

    def sandbox(self, name: str) -> Sandbox:
        """Return the namespaces, cgroup, spec and volumes that a member gets from its pod. Raises NotFound, WrongState."""
        from pods.members import sandbox_of

        return sandbox_of(self._session, name)

    def member(self, name: str, spec: ContainerSpec) -> ContainerSpec:
        """Return `spec` as a member of the pod, for `containers.create`. Raises InvalidInput for what only a pod can have."""
        from pods.members import member_spec, sandbox_of

        return member_spec(sandbox_of(self._session, name), spec)

    def start(self, name: str) -> PodReport:
        """Start a pod: infra container, init containers, then the others."""
        from pods.start import start_pod

        return start_pod(self._session, name)

    def boot_units(self) -> list[BootUnit]:
        """Return the pods and containers that start with the host, in the order in which they do."""
        from pods.boot import boot_units

        return boot_units(self._session)

    def start_at_boot(self) -> Iterator[BootResult]:
        """Start what starts with the host, and yield each pod and container as it runs or has failed."""
        from pods.boot import start_at_boot

        return start_at_boot(self._session)

    def stop_for_shutdown(self) -> Iterator[BootResult]:
        """Stop what starts with the host, and yield each; the next boot starts it again."""
        from pods.boot import stop_for_shutdown

        return stop_for_shutdown(self._session)

    def stop(self, name: str, *, timeout_s: int | None = None) -> PodReport:
        """Stop a pod; `timeout_s` None uses each member's own timeout."""
        from pods.stop import stop_pod

        return stop_pod(self._session, name, timeout_s=timeout_s)

    def restart(self, name: str) -> PodReport:
        """Stop and start a pod."""
        from pods.start import restart_pod

        return restart_pod(self._session, name)

    def kill(self, name: str, *, signal: str = "KILL") -> PodReport:
        """Send a signal to every running member."""
        from pods.signals import kill_pod

        return kill_pod(self._session, name, signal=signal)

    def pause(self, name: str) -> PodReport:
        """Freeze every running member."""
        from pods.signals import pause_pod

        return pause_pod(self._session, name)

    def unpause(self, name: str) -> PodReport:
        """Thaw every paused member."""
        from pods.signals import unpause_pod

        return unpause_pod(self._session, name)

    def remove(self, name: str, *, force: bool = False, timeout_s: int | None = None) -> str:
        """Remove a pod with its members (running ones only with `force`); return its id."""
        from pods.remove import remove_pod

        return remove_pod(self._session, name, force=force, timeout_s=timeout_s)

    def prune(self, *, force: bool = False) -> list[str]:
        """Remove stopped pods (`force`: all pods); return their ids."""
        from pods.prune import prune_pods

        return prune_pods(self._session, force=force)

    def find(self, name: str) -> Pod | None:
        """Return the pod, or None."""
        return find_pod(self._session, name)

    def get(self, name: str) -> Pod:
        """Return the pod. Raises NotFound."""
        return get_pod(self._session, name)

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all details of a pod, under the names of podman's pod inspect."""
        return inspect_pod(self._session, name)

    def top(self, name: str, descriptors: Sequence[str] = ()) -> list[list[str]]:
        """Return the processes of all members: headings, then a row each."""
        from pods.logs_and_stats import top_pod

        return top_pod(self._session, name, descriptors)

    def stats(self, names: Sequence[str] = (), *, all: bool = False, previous: Sequence[Stats] = ()) -> list[Stats]:
        """Return one sample for each running member of the named pods, else of running pods (`all`: of all pods)."""
        from pods.logs_and_stats import pod_stats

        return pod_stats(self._session, names, all=all, previous=previous)

    def logs(self, name: str, options: LogOptions, *, container: str = "") -> Iterator[tuple[str, LogLine]]:
        """Yield (container's name, line) of what members wrote, oldest first."""
        from pods.logs_and_stats import pod_logs

        return pod_logs(self._session, name, options, container=container)

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self, filters: Sequence[tuple[str, str]] = ()) -> list[Pod]:
        """Return pods, newest first, after finishing or undoing what killed commands left."""
        from pods.recover import recover_pods

        recover_pods(self._session)
        return list_pods(self._session, filters)
