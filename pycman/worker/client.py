"""The program's side: start the worker at the first verb, send requests, receive replies. Threads take turns by a lock."""

from __future__ import annotations

import os
import threading

from pycman.errors import Unavailable, decode_error
from pycman.linux.processes import reap, spawn
from pycman.worker.frames import Unpacker, check_request, decode, encode, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

import _socket

_CHUNK_BYTES = 1 << 16


class Worker:
    """One worker process. `command` is its argv, to which the number of its end of the socket pair is appended."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._descriptor = -1
        self._pid = 0

    def call(self, api: str, verb: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run a verb in the worker and return its result, or raise its error. Raises Unavailable if the worker ends."""
        check_request(api, verb)
        request = pack({"api": api, "verb": verb, "arguments": encode(list(arguments)), "options": encode(options)})
        with self._lock:
            if self._descriptor < 0:
                self._start()
            view = memoryview(request)
            while view:
                view = view[os.write(self._descriptor, view) :]
            reply = self._receive()
        if "error" in reply:
            raise decode_error(reply["error"])
        return decode(reply["result"])

    def _start(self) -> None:
        """Start the process with one end of a socket pair as descriptor 3."""
        ours, theirs = _socket.socketpair()
        descriptor = os.dup(theirs.fileno())
        try:
            self._pid = spawn([*self._command, "3"], env=os.environ, descriptors={3: descriptor})
            self._descriptor = ours.detach()
        finally:
            os.close(descriptor)
            theirs.close()

    def _receive(self) -> dict[str, Any]:
        unpacker = Unpacker()
        while data := os.read(self._descriptor, _CHUNK_BYTES):
            messages = unpacker.feed(data)
            if messages:
                return messages[0]
        self._end()
        raise Unavailable("the worker ended before it answered", subject="worker", hint="call again")

    def _end(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
        reap(self._pid)

    def close(self) -> None:
        """End the worker; the next call starts another."""
        with self._lock:
            if self._descriptor >= 0:
                self._end()


class RemoteApi:
    """Has the verbs of one API of the engine ("containers", "images", …); the worker runs them."""

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker = worker
        self._name = name

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        if verb.startswith("_"):
            raise AttributeError(verb)

        def call(*arguments: Any, **options: Any) -> Any:
            return self._worker.call(self._name, verb, arguments, options)

        return call
