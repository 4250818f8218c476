"""A process that forks another for each thing to be done, so that the threads of the server never fork.

The zygote is started before the first thread. A request comes as two descriptors over a socket pair: a memory file with the
verb and its arguments (JSON), and a pipe for the answer. The worker it forks has a session of its own in both senses, so
that it and what it started can be killed when the caller gives up. When the server ends, however it does, the zygote
reads the end of its socket and ends too; workers finish what they are at.

One worker is always forked ahead, and has the database open when its request comes: 5 ms less to wait for.

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
    while True:
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
            break
        data += piece
        if not worker and b"\n" in data:
            first, _, data = data.partition(b"\n")
            worker = int(first)
    if not data:
        raise Unavailable("the process that did it was killed", subject=verb, hint="try again")
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
    """Be the zygote: fork for each request and connection until the server has gone. Never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # the server says when it is over, by closing its socket
    gc.collect()
    gc.freeze()  # workers share what is there now: their collector would write to every page of it
    listener.setblocking(False)
    poller = select.poll()
    poller.register(requests, select.POLLIN)
    poller.register(listener, select.POLLIN)
    spare = _fork_spare(requests, listener, prepare)
    while True:
        for descriptor, _events in poller.poll():
            if descriptor != requests.fileno():
                _take_connection(requests, listener, spare, converse)
                continue
            request, answer = _take_request(requests)
            while not _hand_over(spare, request, answer):
                spare.close()  # somebody killed it
                spare = _fork_spare(requests, listener, prepare)
            os.close(request)
            os.close(answer)
            spare.close()
            spare = _fork_spare(requests, listener, prepare)


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


def _fork_spare(requests: socket.socket, listener: socket.socket, prepare: Prepare) -> socket.socket:
    """Fork a worker that prepares itself and waits for one request; return the socket it waits at."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    if os.fork() == 0:
        try:
            for each in (requests, listener, ours):
                each.close()
            _be_worker()
            perform, problem = None, None
            try:
                perform = prepare()
            except Exception as error:
                problem = error
            request, answer = _take_request(theirs)
            _work(request, answer, perform, problem)
        finally:
            os._exit(0)
    theirs.close()
    return ours


def _hand_over(spare: socket.socket, request: int, answer: int) -> bool:
    try:
        spare.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [request, answer]))])
    except OSError:
        return False
    return True


def _take_connection(
    requests: socket.socket, listener: socket.socket, spare: socket.socket, converse: Converse
) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return  # it went before it was looked at
    if os.fork() == 0:
        try:
            for each in (requests, listener, spare):
                each.close()
            _be_worker()
            converse(connection)
        finally:
            os._exit(0)
    connection.close()


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
    data = format_json(reply).encode()
    while data:
        data = data[os.write(answer, data) :]
