"""A process that forks workers for what is to be done, so that the threads of the server never fork.

The zygote is started before the first thread. A request comes as two descriptors over a socket pair: a memory file with the
verb and its arguments (JSON), and a pipe for the answer. A worker does one thing at a time and some dozens in its life: what
a fork costs is pages that are copied when they are first written to, which is more than most verbs cost. It has a session of its
own in both senses, so that it and what it started can be killed when the caller gives up; it is nobody else's before the
caller has closed the pipe. When the server ends, however it does, the zygote reads the end of its socket and ends too; workers
finish what they are at. One that is free and has the store open is always there.

It also has the socket of the streaming server, and forks a worker for each connection.
"""

from __future__ import annotations

import array
import gc
import os
import select
import signal
import socket
import time

from pycman.errors import Cancelled, PycmanError, TimedOut, Unavailable, decode_error, encode_error, from_os_error
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Verb = Callable[[str, dict[str, Any]], Any]
    Prepare = Callable[[], Verb]
    Converse = Callable[[socket.socket], None]

_POLL_MS = 200
_MOST_VERBS = 50
"""After as many a worker ends: settings it has read once may have changed."""
_MOST_FREE = 4
_PATIENCE_MS = 5000
"""With nothing to do for as long, one fresh worker takes the place of all that are free."""


class Zygote:
    """The server's end. `run` may be called by any thread."""

    def __init__(self, prepare: Prepare, listener: socket.socket, converse: Converse) -> None:
        """Start it. In a worker, `prepare` returns what does one verb with arguments, and `converse` serves a connection."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            self._socket.close()
            _serve(theirs, prepare, listener, converse)
        theirs.close()
        listener.close()
        self.pid = pid

    def run(
        self,
        verb: str,
        arguments: dict[str, Any],
        *,
        timeout_s: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Any:
        """Return what a verb returns. Raises what it raises, TimedOut, Cancelled; the worker is then killed."""
        request = os.memfd_create("request", os.MFD_CLOEXEC)
        answer, theirs = os.pipe()
        try:
            os.write(request, format_json({"verb": verb, "arguments": arguments}).encode())
            descriptors = array.array("i", [request, theirs])
            self._socket.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        except OSError as error:
            os.close(answer)
            raise Unavailable(
                "the process that does it has ended", subject=verb, hint="start the server again"
            ) from error
        finally:
            os.close(request)
            os.close(theirs)
        try:
            return _read_answer(answer, verb, timeout_s, is_cancelled)
        finally:
            os.close(answer)

    def close(self) -> None:
        """End it, once its workers have been told nothing more."""
        self._socket.close()
        os.waitpid(self.pid, 0)


def _read_answer(answer: int, verb: str, timeout_s: float, is_cancelled: Callable[[], bool]) -> Any:
    """Read the worker's pid and then its answer, each a line."""
    deadline = time.monotonic() + timeout_s
    poller = select.poll()
    poller.register(answer, select.POLLIN)
    data = b""
    worker = 0
    while not (worker and data.endswith(b"\n")):
        if time.monotonic() > deadline or is_cancelled():
            if worker:
                _kill(worker)
            if is_cancelled():
                raise Cancelled("the caller gave up", subject=verb)
            raise TimedOut(f"it took longer than {timeout_s:g} s", subject=verb)
        if not poller.poll(_POLL_MS):
            continue
        piece = os.read(answer, 1 << 20)
        if not piece:
            raise Unavailable("the process that did it was killed", subject=verb, hint="try again")
        data += piece
        if not worker and b"\n" in data:
            first, _, data = data.partition(b"\n")
            worker = int(first)
    message = parse_json(data, subject=verb)
    if "error" in message:
        raise decode_error(message["error"])
    return message["value"]


def _kill(worker: int) -> None:
    try:
        os.killpg(worker, signal.SIGKILL)
    except OSError:
        return


def _serve(requests: socket.socket, prepare: Prepare, listener: socket.socket, converse: Converse) -> None:
    """Be the zygote until the server has gone. Never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # the server says when it is over, by closing its socket
    gc.collect()
    gc.freeze()  # workers share what is there now: their collector would write to every page of it
    listener.setblocking(False)
    _Zygote(requests, listener, prepare, converse).run()


class _Zygote:
    """Who is free, and who is at work: sockets of workers by descriptor."""

    def __init__(self, requests: socket.socket, listener: socket.socket, prepare: Prepare, converse: Converse) -> None:
        self._requests = requests
        self._listener = listener
        self._prepare = prepare
        self._converse = converse
        self._workers: dict[int, socket.socket] = {}
        self._free: list[int] = []
        self._used: set[int] = set()
        """Those that have done something, and know settings as they were then."""
        self._poller = select.poll()
        self._poller.register(requests, select.POLLIN)
        self._poller.register(listener, select.POLLIN)

    def run(self) -> None:
        """Fork and hand over, for ever."""
        self._fork_worker()
        while True:
            is_stale = len(self._free) > 1 or not self._used.isdisjoint(self._free)
            ready = self._poller.poll(_PATIENCE_MS if is_stale else None)
            if not ready:
                self._renew()
            for descriptor, _events in ready:
                if descriptor == self._requests.fileno():
                    self._hand_over(*_take_request(self._requests))
                elif descriptor == self._listener.fileno():
                    self._take_connection()
                else:
                    self._hear(descriptor)

    def _renew(self) -> None:
        """Keep one free worker that has done nothing yet."""
        fresh = next((each for each in self._free if each not in self._used), -1)
        for each in [each for each in self._free if each != fresh]:
            self._forget(each)
        if fresh < 0:
            self._fork_worker()

    def _hand_over(self, request: int, answer: int) -> None:
        """Give a request to the worker that was at work last; if none is free then, fork the next."""
        while True:
            if not self._free:
                self._fork_worker(request, answer)
            worker = self._free.pop()
            descriptors = array.array("i", [request, answer])
            try:
                self._workers[worker].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
                break
            except OSError:
                self._forget(worker)  # somebody killed it
        self._used.add(worker)
        os.close(request)
        os.close(answer)
        if not self._free:
            self._fork_worker()

    def _hear(self, descriptor: int) -> None:
        """A worker is free again, or has ended."""
        worker = self._workers.get(descriptor)
        try:
            is_free = worker is not None and bool(worker.recv(1))
        except BlockingIOError:
            return  # another has the number now
        except OSError:
            is_free = False
        if is_free and len(self._free) < _MOST_FREE:
            self._free.append(descriptor)
        elif worker is not None:
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        """Let a worker end."""
        self._poller.unregister(descriptor)
        self._workers.pop(descriptor).close()
        self._used.discard(descriptor)
        if descriptor in self._free:
            self._free.remove(descriptor)

    def _fork_worker(self, *not_its_own: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        ours.setblocking(False)
        if os.fork() == 0:
            try:
                for each in not_its_own:
                    os.close(each)
                self._close_all()
                ours.close()
                _work_on(theirs, self._prepare)
            finally:
                os._exit(0)
        theirs.close()
        self._workers[ours.fileno()] = ours
        self._free.append(ours.fileno())
        self._poller.register(ours, select.POLLIN)

    def _take_connection(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it went before it was looked at
        if os.fork() == 0:
            try:
                self._close_all()
                _be_worker()
                self._converse(connection)
            finally:
                os._exit(0)
        connection.close()

    def _close_all(self) -> None:
        """In a child: let go of what is the zygote's, or others would not see its end."""
        for worker in (self._requests, self._listener, *self._workers.values()):
            worker.close()


def _work_on(requests: socket.socket, prepare: Prepare) -> None:
    """Be a worker: do what comes, one after the other."""
    _be_worker()
    perform, problem = None, None
    try:
        perform = prepare()
    except Exception as error:
        problem = error
    left = _MOST_VERBS if problem is None else 1
    while left:
        request, answer = _take_request(requests)
        _work(request, answer, perform, problem)
        poller = select.poll()
        poller.register(answer, 0)
        poller.poll()  # until the caller has closed its end: it might still kill the one who does its work
        os.close(answer)
        left -= 1
        if left:
            requests.send(b"x")  # not after the last one: nothing may be handed to a worker that ends


def _take_request(requests: socket.socket) -> tuple[int, int]:
    """Return the descriptors of a request and for its answer; end with the server."""
    size = array.array("i", [0, 0]).itemsize * 2
    data, ancillary, _, _ = requests.recvmsg(1, socket.CMSG_SPACE(size))
    if not data:
        os._exit(0)
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    request, answer = descriptors
    return request, answer


def _be_worker() -> None:
    os.setsid()
    for each in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)


def _work(request: int, answer: int, perform: Verb | None, problem: Exception | None) -> None:
    """Do one verb and answer."""
    os.set_inheritable(answer, False)
    os.write(answer, f"{os.getpid()}\n".encode())
    size = os.fstat(request).st_size
    message = parse_json(os.pread(request, size, 0))
    os.close(request)
    reply: dict[str, Any]
    try:
        if perform is None:
            raise problem or RuntimeError("it was not prepared")
        reply = {"value": perform(message["verb"], message["arguments"])}
    except PycmanError as error:
        reply = {"error": encode_error(error)}
    except OSError as error:
        reply = {"error": encode_error(from_os_error(error, subject=message["verb"]))}
    except Exception as error:
        reply = {"error": encode_error(Unavailable(f"{type(error).__name__}: {error}", subject=message["verb"]))}
    data = format_json(reply).encode() + b"\n"
    while data:
        data = data[os.write(answer, data) :]
