"""The server's end of a pool: it sends requests of any thread to the pool process, and restarts that process if it is killed."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time

import pycman
from pycman.errors import PycmanError, Unavailable, decode_error
from pycman.jsontext import format_json
from pycman.linux.processes import is_ending, spawn
from pycman.pool.messages import receive_message, send_message
from pycman.pool.process import run_pool_process
from pycman.pool.reply import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.pool.entry import Entry

_ATTEMPTS = 3
"""How often a request is sent as long as no worker has begun it."""
_ANOTHER_S = 30.0
"""How long a request waits for another pool process where the one that it was sent to had ended."""
_END_S = 10.0
"""How long the pool process may take to end with the server, before it is killed."""
_AGAIN_S, _LONGEST_S = 0.5, 30.0
"""The first and the longest pause before a pool process that ended while loading is started again; doubled each time."""


class _HasEnded(Unavailable):
    """A request could not be sent, as the pool process had ended."""


class Pool:
    """The workers of a server; any thread may `call`. It must be made before the first thread, because it forks."""

    def __init__(self, entry: Entry, listener: socket.socket | None = None) -> None:
        """Start the pool process, which also accepts the connections of `listener`, if there is one."""
        self._entry = entry
        self._listener = listener
        self._lock = threading.Lock()
        self._loaded = threading.Event()
        """Set when the pool process has loaded its entry, or has failed to: then `_failure` is the error."""
        self._failure: PycmanError | None = None
        self._closing = threading.Event()
        self._socket, theirs = _socket_pair()
        pid = os.fork()
        if pid == 0:
            _be_pool_process(self._socket, theirs, listener, entry)
        theirs.close()
        self._use(pid, self._socket)
        self._watcher = threading.Thread(target=self._watch, name="pool", daemon=True)
        self._watcher.start()

    def _use(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)
        self._socket = channel

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        timeout_s: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Any:
        """Have a worker perform a request and return its result.

        Raises whatever performing raises; TimedOut or Cancelled, after killing the worker and its children; Unavailable if the
        worker or the pool process was killed. A request that no worker had begun is sent again first, to another pool process if need be.
        """
        deadline = time.monotonic() + timeout_s
        attempts_left = _ATTEMPTS
        while True:
            attempts_left -= 1
            pid = self.pid
            channel, theirs = _socket_pair()
            with channel:
                try:
                    with theirs:
                        self._send({"name": name, "body": arguments}, theirs)
                except _HasEnded:
                    if attempts_left and self._wait_for_another(pid, deadline):
                        continue
                    raise
                reply = Reply(channel, name, timeout_s, deadline, is_cancelled)
                try:
                    return reply.wait()
                except Unavailable:
                    if reply.was_begun or not attempts_left:
                        raise

    def _wait_for_another(self, pid: int, deadline: float) -> bool:
        """Wait until another pool process than `pid` can perform requests; return whether one can."""
        end = min(deadline, time.monotonic() + _ANOTHER_S)
        while time.monotonic() < end and not self._closing.wait(0.01):
            if self.pid != pid and self._loaded.is_set():
                return self._failure is None
        return False

    def begin(self, name: str, arguments: dict[str, Any], descriptors: Sequence[int] = ()) -> socket.socket:
        """Send a request and return its reply's socket, non-blocking, for a caller with an event loop (`reply.read_reply`).

        The worker gets copies of `descriptors`. Raises Unavailable.
        """
        channel, theirs = _socket_pair()
        try:
            with theirs:
                self._send({"name": name, "body": arguments}, theirs, descriptors)
        except BaseException:
            channel.close()
            raise
        channel.setblocking(False)
        return channel

    def _send(self, message: dict[str, Any], reply: socket.socket, descriptors: Sequence[int] = ()) -> None:
        try:
            with self._lock:
                send_message(self._socket, message, [reply.fileno(), *descriptors], socket.MSG_DONTWAIT)
        except BlockingIOError:
            kind, problem = Unavailable, "too many requests wait for a worker"
        except OSError:
            kind, problem = _HasEnded, "the process that starts workers has ended"
        else:
            return
        raise kind(problem, subject=message["name"], hint="try again")

    @property
    def problem(self) -> str:
        """The reason why requests cannot be performed at the moment; "" if they can."""
        if self._closing.is_set():
            return "the server is ending"
        if self._failure is not None:
            return f"the process that starts workers cannot be started: {self._failure}"
        with self._lock:  # the watcher thread may be replacing the descriptor
            is_running = _is_running(self._pidfd) and not is_ending(self.pid)
        return "" if self._loaded.is_set() and is_running else "the process that starts workers is being started again"

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until requests can be performed. Raises whatever loading the entry raised, and Unavailable."""
        if not self._loaded.wait(timeout_s):
            raise Unavailable("the process that starts workers does not start", subject=self._entry.module)
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """End the pool process and its free workers; busy workers finish their request."""
        self._closing.set()
        with self._lock, contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._watcher.join(_END_S)
        if self._watcher.is_alive():
            os.kill(self.pid, signal.SIGKILL)  # the watcher has not reaped it, so the pid cannot have been reused
            self._watcher.join()
        self._socket.close()
        os.close(self._pidfd)
        if self._listener is not None:
            self._listener.close()

    def _watch(self) -> None:
        """Start the pool process again whenever it has ended, until the pool is closed."""
        pause_s = _AGAIN_S
        while True:
            self._wait_for_end()
            if self._closing.is_set():
                return
            if self._loaded.is_set() and self._failure is None:
                pause_s = _AGAIN_S
            elif self._closing.wait(pause_s):
                return
            else:
                pause_s = min(2 * pause_s, _LONGEST_S)
            self._loaded.clear()
            self._failure = None
            with contextlib.suppress(PycmanError):
                self._start_again()

    def _wait_for_end(self) -> None:
        """Record whether the pool process has loaded its entry; reap it when it has ended."""
        poller = select.poll()
        poller.register(self._pidfd, select.POLLIN)
        poller.register(self._socket, select.POLLIN)
        while self._pidfd not in [descriptor for descriptor, _ in poller.poll()]:
            with contextlib.suppress(OSError):
                message, _ = receive_message(self._socket)
                if message is not None:
                    self._failure = decode_error(message["error"]) if "error" in message else None
                    self._loaded.set()
                    continue
            poller.unregister(self._socket)  # closed: the process is ending
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _start_again(self) -> None:
        """Start another pool process with posix_spawn: a process with threads must not fork. Raises Unavailable, NotFound."""
        ours, theirs = _socket_pair()
        descriptors = {3: theirs.fileno()}
        if self._listener is not None:
            descriptors[4] = self._listener.fileno()
        start = os.path.join(os.path.dirname(os.path.abspath(pycman.__file__)), "__main__.py")
        arguments = ["__pool", format_json(self._entry.to_dict()), *map(str, descriptors)]
        try:
            pid = spawn([sys.executable, start, *arguments], descriptors=descriptors)
        except PycmanError:
            ours.close()
            raise
        finally:
            theirs.close()
        with self._lock:
            self._socket.close()
            os.close(self._pidfd)
            self._use(pid, ours)
            if self._closing.is_set():  # `close` has shut down only the socket of the previous process
                ours.shutdown(socket.SHUT_RDWR)


def _socket_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)


def _is_running(pidfd: int) -> bool:
    poller = select.poll()
    poller.register(pidfd, select.POLLIN)
    return not poller.poll(0)


def _be_pool_process(ours: socket.socket, theirs: socket.socket, listener: socket.socket | None, entry: Entry) -> None:
    """Run the pool process in a forked child and exit: the child must never return to its parent's code."""
    try:
        ours.close()
        run_pool_process(theirs, listener, entry)
    finally:
        os._exit(0)
