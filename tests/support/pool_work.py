"""What the workers of the pool's own tests do: named by an `Entry`, so that a pool process that is started anew finds it too."""

from __future__ import annotations

import os
import time
from typing import Any

from pycman.errors import NotFound
from pycman.pool.connection import Connection
from pycman.pool.entry import Admitted, Entry, Refusal, Work


def entry(function: str = "load", **arguments: Any) -> Entry:
    return Entry(module=__name__, function=function, arguments=arguments)


def load(greeting: str = "") -> Work:
    def prepare():
        done = 0

        def perform(name: str, arguments: dict[str, Any]) -> Any:
            nonlocal done
            done += 1
            return done if name == "count" else REQUESTS[name](**arguments)

        return perform

    return Work(prepare=prepare, reception=Lines(greeting))


def load_broken() -> Work:
    def prepare():
        raise NotFound("no such store", subject="x")

    return Work(prepare=prepare)


def load_when(path: str) -> Work:
    """Load once the file is there: a test decides how long a pool process that was started again is not ready."""
    while not os.path.exists(path):
        time.sleep(0.01)
    return load()


def load_never() -> Work:
    raise NotFound("no such module", subject="x")


def _missing() -> None:
    raise NotFound("no such thing", subject="x", hint="look elsewhere")


def _bug() -> None:
    raise KeyError("oops")


def _sleep_with_child(folder: str) -> None:
    child = os.fork()
    if child == 0:
        with open(f"{folder}/new", "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}")
        os.replace(f"{folder}/new", f"{folder}/child")
    time.sleep(1000)


REQUESTS = {
    "add": lambda numbers: sum(numbers),
    "pid": lambda: [os.getpid(), os.getppid(), os.getsid(0)],
    "missing": _missing,
    "bug": _bug,
    "sleep": lambda: time.sleep(1000),
    "sleep_with_child": _sleep_with_child,
    "die": lambda: os._exit(9),
    "text": lambda size, ballast="": "x" * size,
    "bytes": lambda data: {"data": data[::-1], "size": len(data)},
    "touch": lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY)),
}


class Lines:
    """A protocol of lines: "no" is refused, "bug" a fault, anything else is answered by a worker with its pid and the line."""

    def __init__(self, greeting: str) -> None:
        self._greeting = greeting

    def tls(self) -> None:
        return None

    def admission(self) -> _Line:
        return _Line(self._greeting)


class _Line:
    def __init__(self, greeting: str) -> None:
        self._greeting = greeting
        self._line = b""

    def receive(self, data: bytes) -> Refusal | Admitted | None:
        self._line += data
        if b"\n" not in self._line:
            return None
        line = self._line.partition(b"\n")[0].decode()
        if line == "no":
            return Refusal(answer=b"refused\n")
        if line == "bug":
            raise KeyError("oops")

        def serve(connection: Connection) -> None:
            connection.send(f"{self._greeting}{os.getpid()} {line}\n".encode())
            connection.close()

        return Admitted(serve=serve, busy=b"busy\n")
