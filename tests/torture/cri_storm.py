"""Pods that come and go eight at a time while workers, the pool process and the server are killed: what a kubelet would go through.

Each client does what a kubelet does after an error: it lists what there is, goes on with a sandbox that is ready, stops and removes one
that is not, and makes the next attempt. In the end every pod must have run and gone, and nothing may be left.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc

from cri_server.proto import api_pb2 as api
from tests.torture.cri_victims import left_of, serving, without_server
from tests.torture.killing import descendants
from tests.torture.traces import look

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cri import CriServer
    from tests.torture.place import Place

_AT_ONCE = 8
_PATIENCE_S = 600.0
_PAUSE_S = (0.1, 3.0)
"""The time between two kills."""
_WHO = ("worker", "worker", "worker", "worker and children", "pool", "server")


def storm(place: Place, pods: int, until: float) -> list[str]:
    """Create and remove so many pods under kills; print and return what was wrong."""
    with serving(place) as server:
        _Client(server, -1).life()
        shutil.rmtree(server.folder / "logs")
        before = without_server(look(place))
        ended = threading.Event()
        killed: Counter[str] = Counter()
        killer = threading.Thread(target=_kill, args=(server, ended, killed))
        killer.start()
        try:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                clients = [_Client(server, number) for number in range(pods)]
                found = [problem for problem in pool.map(lambda client: client.until(until), clients) if problem]
        finally:
            ended.set()
            killer.join()
        done = sum(client.is_done for client in clients)
        retries = sum(client.errors for client in clients)
        found += [f"a pod is left: {item.metadata}" for item in server.runtime("ListPodSandbox").items]
        shutil.rmtree(server.folder / "logs", ignore_errors=True)  # a kubelet's
        found += sorted(left_of(place, before))
        kills = ", ".join(f"{count} {who}" for who, count in sorted(killed.items()))
        print(
            f"cri-storm: {done} of {pods} pods, killed: {kills}; {retries} calls failed, {len(found)} problems",
            flush=True,
        )
        for problem in found:
            print(f"    {problem}", flush=True)
        return [f"cri-storm: {problem}" for problem in found]


def _kill(server: CriServer, ended: threading.Event, killed: Counter[str]) -> None:
    """Kill somebody again and again; a server that was killed is started again, as a service manager does."""
    while not ended.wait(random.uniform(*_PAUSE_S)):
        who = random.choice(_WHO)
        killed[who] += 1
        if who == "server":
            server.stop(kill=True)
            server.start()
            continue
        _, process, workers = server.tree()
        worker = random.choice(sorted(workers) or [0])
        targets = [process] if who == "pool" else [worker]
        targets += descendants(worker) if "children" in who and worker else []
        for pid in filter(None, targets):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class _Client:
    """A kubelet's work for one pod."""

    def __init__(self, server: CriServer, number: int) -> None:
        self._server = server
        self._name = f"p{number}"
        self.errors = 0
        self.is_done = False

    def until(self, deadline: float) -> str:
        """Bring the pod to life and take it away; return what went wrong, "" if nothing did."""
        if time.monotonic() > deadline:
            return ""
        last: BaseException | None = None
        give_up = time.monotonic() + _PATIENCE_S
        for step in (self._up, self._down):
            while True:
                try:
                    step()
                    break
                except (grpc.RpcError, ValueError, AssertionError) as error:  # the last two while the server is away
                    last = error
                    self.errors += 1
                    if time.monotonic() > give_up:
                        words = f"{error.code()}: {error.details()}" if isinstance(error, grpc.Call) else repr(error)
                        return f"{self._name}: {step.__name__.strip('_')} fails: {words}"
                    time.sleep(0.3)
        del last
        self.is_done = True
        return ""

    def life(self) -> None:
        """Do it once, without errors."""
        self._up()
        self._down()

    def _sandboxes(self) -> list[api.PodSandbox]:
        items = self._server.runtime(
            "ListPodSandbox", filter=api.PodSandboxFilter(label_selector={"app": self._name})
        ).items
        return sorted(items, key=lambda item: item.metadata.attempt)

    def _up(self) -> None:
        call: Callable[..., object] = self._server.runtime
        there = self._sandboxes()
        ready = [item for item in there if item.state == api.SANDBOX_READY]
        for item in there:
            if item not in ready[-1:]:
                self._remove(item.id)
        attempt = ready[-1].metadata.attempt if ready else (there[-1].metadata.attempt + 1 if there else 0)
        config = self._server.sandbox(self._name, attempt=attempt)
        pod = ready[-1].id if ready else self._server.runtime("RunPodSandbox", config=config).pod_sandbox_id
        container = self._server.container("sleep", "100000")
        made = self._server.runtime(
            "CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=config
        ).container_id
        status = self._server.runtime("ContainerStatus", container_id=made).status
        if status.state == api.CONTAINER_EXITED:  # killed while it started: a kubelet makes another
            call("RemoveContainer", container_id=made)
            raise ValueError(f"its container has ended: {status.reason} {status.message}")
        if status.state == api.CONTAINER_CREATED:
            call("StartContainer", container_id=made)
        state = self._server.runtime("ContainerStatus", container_id=made).status.state
        if state != api.CONTAINER_RUNNING:
            raise ValueError(f"its container is {state} after its start")

    def _down(self) -> None:
        for item in self._sandboxes():
            self._remove(item.id)

    def _remove(self, pod: str) -> None:
        self._server.runtime("StopPodSandbox", pod_sandbox_id=pod)
        self._server.runtime("RemovePodSandbox", pod_sandbox_id=pod)
