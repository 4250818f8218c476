"""The CRI server's calls, with a worker, the pool process or the server killed at a moment nobody chose."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc

from tests.support.cri import CriServer
from tests.torture.killing import descendants, settled
from tests.torture.traces import look

if TYPE_CHECKING:
    from tests.torture.place import Place

CRI_VICTIMS = ("cri-create", "cri-stop")
_PATIENCE_S = 120.0
_TRY_AGAIN = "(try again)"


def kill_cri_at_random(place: Place, name: str, times: int, until: float) -> list[str]:
    """Kill what does a call `times` times; print and return what was wrong afterwards."""
    with serving(place) as server:
        act = _create if name == "cri-create" else _stop
        _create(server)
        begun = time.monotonic()
        _stop(server)
        if act is _create:
            begun = time.monotonic()
            _create(server)
        took_s = time.monotonic() - begun
        _stop(server)
        before = without_server(settled(place))
        found: list[str] = []
        number = hits = 0
        while number < times and time.monotonic() < until:
            number += 1
            if act is _stop:
                _create(server)
            moment_s, who = (
                random.uniform(0, took_s),
                random.choice(("worker", "worker", "worker and children", "pool", "server")),
            )
            hits += _kill_during(server, act, who, moment_s)
            problems = _problems(server, act)
            problems += sorted(left_of(place, before))
            if problems:
                found += [f"{name}: {problem}" for problem in problems]
                print(f"{name}: {who} killed after {moment_s * 1000:.0f} ms", *problems, sep="\n    ", flush=True)
                before = without_server(settled(place))
        print(
            f"{name}: {number} kills ({hits} failed the call, which takes {took_s * 1000:.0f} ms), {len(found)} problems",
            flush=True,
        )
        return found


@contextlib.contextmanager
def serving(place: Place) -> Iterator[CriServer]:
    """Give a server over the place's store, with a network of its own."""
    place.pycman("volume", "ls")
    if (place.pycman.folder / "net.d").exists():
        (place.pycman.folder / "net.d/10-pods.conflist").unlink()
        (place.pycman.folder / "net.d").rmdir()
    server = CriServer(place.pycman, place.machine)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _create(server: CriServer) -> None:
    config = server.sandbox("p")
    with contextlib.suppress(FileExistsError):
        (server.folder / "logs/p").mkdir(parents=True)
    pod = next((item.id for item in server.runtime("ListPodSandbox").items if item.state == 0), "")
    pod = pod or server.runtime("RunPodSandbox", config=config).pod_sandbox_id
    container = server.container("sleep", "100000")
    made = server.runtime("CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=config).container_id
    status = server.runtime("ContainerStatus", container_id=made).status
    if status.state == 0:  # CONTAINER_CREATED; another was started before the kill
        server.runtime("StartContainer", container_id=made)


def _stop(server: CriServer) -> None:
    for item in server.runtime("ListPodSandbox").items:
        server.runtime("StopPodSandbox", pod_sandbox_id=item.id)
        server.runtime("RemovePodSandbox", pod_sandbox_id=item.id)


def _kill_during(server: CriServer, act: Callable[[CriServer], None], who: str, moment_s: float) -> bool:
    """Return whether the call failed."""
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(act, server)
        time.sleep(moment_s)
        main, process, workers = server.tree()
        if who == "server":
            server.stop(kill=True)
        else:
            targets = [process] if who == "pool" else [*workers]
            targets += [child for worker in workers for child in descendants(worker)] if "children" in who else []
            for pid in filter(None, targets):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        del main
        failed = call.exception(_PATIENCE_S) is not None
    if who == "server":
        server.start()
    return failed


def _problems(server: CriServer, act: Callable[[CriServer], None]) -> list[str]:
    """Return what is wrong: the node must become ready again, and a kubelet's next attempts must succeed."""
    problems = _ready(server)
    for again in (act, _create, _stop):
        problem = _problem_of_call(server, again)
        if (
            _TRY_AGAIN in problem
        ):  # the pool process was killed so late that the server had not seen it when it was asked
            problems += _ready(server)
            problem = _problem_of_call(server, again)
        problems += [problem] if problem else []
    return problems


def _problem_of_call(server: CriServer, act: Callable[[CriServer], None]) -> str:
    try:
        act(server)
    except (grpc.RpcError, ValueError) as error:
        return f"{act.__name__.strip('_')} fails: {_words(error)}"
    return ""


def _ready(server: CriServer) -> list[str]:
    deadline = time.monotonic() + _PATIENCE_S
    problem: Any = ""
    while time.monotonic() < deadline:
        try:
            conditions = server.runtime("Status").status.conditions
        except grpc.RpcError as error:
            problem = _words(error)
        else:
            problem = [condition.message for condition in conditions if not condition.status]
            if not problem:
                return []
        time.sleep(0.1)
    return [f"not ready again: {problem}"]


def _words(error: Exception) -> str:
    return f"{error.code()}: {error.details()}" if isinstance(error, grpc.Call) else str(error)


def without_server(found: set[str]) -> set[str]:
    """Leave out the server's own processes and sockets, which come and go with it."""
    return {line for line in found if not ("cri serve" in line or "__pool" in line or line.startswith("machine: tcp"))}


def left_of(place: Place, before: set[str]) -> set[str]:
    """Return what there is now and was not before, or the reverse, once it stays so for half a minute."""
    deadline = time.monotonic() + 30
    while True:
        now = without_server(look(place))
        left = (now - before) | {f"lost: {line}" for line in before - now}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)
