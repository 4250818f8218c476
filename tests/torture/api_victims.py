"""Requests to the API server, with a worker, the pool process or the server killed at a moment nobody chose."""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.engine_api import EngineApi
from tests.torture.killing import descendants, problem_of, problems_after, settled
from tests.torture.place import IMAGE, LARGE, NAME
from tests.torture.traces import look
from tests.torture.victim import Words, run_words

if TYPE_CHECKING:
    from tests.torture.place import Place

_PATIENCE_S = 120.0
_TRIES = 50
_SPEC = {
    "Image": IMAGE,
    "Cmd": ["sleep", "100000"],
    "HostConfig": {"Binds": ["named:/named"], "PortBindings": {"81/tcp": [{"HostPort": "8081"}]}},
}


class _Request(NamedTuple):
    """What is asked for, the commands that make what it needs, and those that remove what it made."""

    method: str
    path: str
    body: Any = None
    prepare: tuple[Words, ...] = ()
    remove: tuple[Words, ...] = ()


def _requests(place: Place) -> dict[str, _Request]:
    gone: Words = ("rm", "-f", "-i", "-v", "-t", "0", NAME)
    made: Words = ("create", "--name", NAME, "-v", "named:/named", "-p", "8081:81", IMAGE, "sleep", "100000")
    run: Words = ("run", "-d", *made[1:])
    removed = (gone, ("volume", "rm", "-f", "named"))
    pulled, built = f"{place.registry.host}/{LARGE}", ("rmi", "-f", "-i", "built:1")
    pod: Words = ("pod", "rm", "-f", "-i", "-t", "0", "podded")
    return {
        "api-create": _Request("POST", f"/containers/create?name={NAME}", _SPEC, (gone,), removed),
        "api-start": _Request("POST", f"/containers/{NAME}/start", None, (gone, made), removed),
        "api-stop": _Request("POST", f"/containers/{NAME}/stop?t=0", None, (gone, run), removed),
        "api-restart": _Request("POST", f"/containers/{NAME}/restart?t=0", None, (gone, run), removed),
        "api-remove": _Request("DELETE", f"/containers/{NAME}?force=1&v=1", None, (gone, run), removed),
        "api-rename": _Request("POST", f"/containers/{NAME}/rename?name=renamed", None, (gone, (*gone[:-1], "renamed"), run), ((*gone[:-1], "renamed"), *removed)),
        "api-archive": _Request("PUT", f"/containers/{NAME}/archive?path=/", _archive(), (gone, run), removed),
        "api-export": _Request("GET", f"/containers/{NAME}/export", None, (gone, run), removed),
        "api-commit": _Request("POST", f"/commit?container={NAME}&repo=built&tag=1", None, (gone, run, built), (*removed, built)),
        "api-build": _Request("POST", "/build?t=built:1", _context(), (built,), (built, ("builder", "prune", "-f", "--all"))),
        "api-pull": _Request("POST", f"/images/create?fromImage={pulled}&tlsVerify=false", None, (), (("rmi", "-f", "-i", pulled), ("image", "prune", "-f"))),
        "api-load": _Request("POST", "/images/load?quiet=1", place.other_archive.read_bytes(), (), (("image", "prune", "-f"),)),
        "api-network": _Request("POST", "/networks/create", {"Name": "unused"}, (("network", "rm", "-f", "unused"),), (("network", "rm", "-f", "unused"),)),
        "api-volume": _Request("POST", "/volumes/create", {"Name": "unused"}, (("volume", "rm", "-f", "unused"),), (("volume", "rm", "-f", "unused"),)),
        "api-secret": _Request("POST", "/secrets/create", {"Name": "made", "Data": "eA=="}, (("secret", "rm", "-i", "made"),), (("secret", "rm", "-i", "made"),)),
        "api-pod": _Request("POST", "/v5.0.0/libpod/pods/create", {"name": "podded"}, (pod,), (pod,)),
        "api-pod-start": _Request("POST", "/v5.0.0/libpod/pods/podded/start", None, (pod, ("pod", "create", "--name", "podded"), ("create", "--pod", "podded", "--name", NAME, IMAGE, "sleep", "100000")), (pod, *removed)),
        "api-prune": _Request("POST", "/containers/prune", None, (gone, made), removed),
    }  # fmt: skip


def api_victims(place: Place) -> list[str]:
    """Return the names of all."""
    return list(_requests(place))


def kill_api_at_random(place: Place, names: list[str], times: int, until: float) -> list[str]:
    """Kill what does a request, each in turn, `times` times; print and return what was wrong afterwards."""
    requests = _requests(place)
    server = EngineApi(place.pycman)
    server.start()
    found: list[str] = []
    counts = dict.fromkeys(names, 0)
    try:
        for _ in range(times):
            for name in names:
                if time.monotonic() > until:
                    break
                found += _once(place, server, name, requests[name])
                counts[name] += 1
    finally:
        server.end()
        print(*(f"{name}: {count} kills" for name, count in counts.items()), sep="\n", flush=True)
    return found


def _once(place: Place, server: EngineApi, name: str, request: _Request) -> list[str]:
    for words in request.remove:
        run_words(place, words)
    before = _without_server(settled(place))
    _prepare(place, request)
    begun = time.monotonic()
    _ask(server, request)
    took_s = time.monotonic() - begun
    for words in request.remove:
        run_words(place, words)
    _prepare(place, request)
    who = random.choice(("worker", "worker", "worker and children", "pool", "server"))
    moment_s = random.uniform(0, took_s)
    answer = _kill_during(server, request, who, moment_s)
    problems = problems_after(place)
    _prepare(place, request)
    again = _again(server, request)
    if again >= 400:  # noqa: PLR2004 - HTTP's errors
        problems.append(f"again: {again}")
    for words in request.remove:
        problems += problem_of(place, words)
    problems += sorted(_left(place, before))
    if problems:
        print(
            f"{name}: {who} killed after {moment_s * 1000:.0f} ms, answer {answer}", *problems, sep="\n    ", flush=True
        )
    return [f"{name}: {problem}" for problem in problems]


def _prepare(place: Place, request: _Request) -> None:
    for words in request.prepare:
        if run_words(place, words).returncode:
            print(f"cannot prepare: {words}", flush=True)


def _ask(server: EngineApi, request: _Request) -> int:
    """Return the status; 0 if the connection broke."""
    headers = {"Content-Type": "application/json"} if isinstance(request.body, dict) else None
    try:
        with server.open(request.method, request.path, request.body, headers) as answer:
            answer.read()
            return answer.status
    except (OSError, HTTPException):
        return 0


def _again(server: EngineApi, request: _Request) -> int:
    """Return the status of the same request, which is sent until the server answers it (503: "try again")."""
    status = 0
    for _ in range(_TRIES):
        status = _ask(server, request)
        if status not in (0, 503):
            break
        time.sleep(0.2)
    return status or 599


def _kill_during(server: EngineApi, request: _Request, who: str, moment_s: float) -> object:
    assert server.process is not None
    main = server.process.pid
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(_ask, server, request)
        time.sleep(moment_s)
        processes = [pid for pid in _children(main) if "__pool" in _words(pid)]
        workers = [worker for process in processes for worker in _children(process)]
        targets = {"pool": processes, "server": [main]}.get(who, workers)
        targets += [child for worker in workers for child in descendants(worker)] if "children" in who else []
        for pid in targets:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        answer = call.result(_PATIENCE_S)
    if who == "server":
        server.end(kill=True)
        server.start()
    return answer


def _children(pid: int) -> list[int]:
    try:
        return [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _left(place: Place, before: set[str]) -> set[str]:
    deadline = time.monotonic() + 30
    while True:
        now = _without_server(look(place))
        left = (now - before) | {f"lost: {line}" for line in before - now}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.5)


def _without_server(found: set[str]) -> set[str]:
    """Leave out the server's own processes, sockets and the records that it keeps below the run root."""
    return {line for line in found if not ("system service" in line or "__pool" in line or "docker.sock" in line)}


def _archive() -> bytes:
    return _tar({"copied": b"x" * 1_000_000})


def _context() -> bytes:
    return _tar(
        {"Dockerfile": f"FROM {IMAGE}\nCOPY a /a\nRUN echo x > /x\nRUN cat /a /x > /both\n".encode(), "a": b"a"}
    )


def _tar(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()
