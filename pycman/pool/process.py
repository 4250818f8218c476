"""The pool process: one thread that passes requests to free workers, forks new ones, and keeps connections until they are decided.

A worker performs some dozens of requests (`worker.MOST_REQUESTS`), because a fork costs more than most requests: all pages that are
written to afterwards are copied. One free worker with the store open is always kept ready. When the server ends, even by a kill, this
process reads the end of its socket and ends too; workers finish their request first.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import time

from pycman.errors import encode_error, from_os_error
from pycman.linux.process_name import name_process
from pycman.pool.messages import close_all, receive_packet, send_message, send_packet
from pycman.pool.waiting import WaitingConnections
from pycman.pool.worker import do_requests, serve_connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.pool.connection import Connection
    from pycman.pool.entry import Admitted, Entry, Work

_MOST_FREE = 4
_IDLE_S = 5.0
"""After this time without requests, all free workers are replaced by one fresh worker."""


def run_pool_process(requests: socket.socket, listener: socket.socket | None, entry: Entry) -> None:
    """Run the pool process until the server has ended. Send it `ready` once the entry is loaded, or the `error`."""
    name_process("pycman-pool")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps workers
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # this process ends when the server closes its socket
    try:
        work = entry.load()
    except Exception as error:
        send_message(requests, {"error": encode_error(error)})
        return
    gc.collect()
    gc.freeze()  # workers share the present objects: their garbage collector would write to, and so copy, every page
    PoolProcess(requests, listener, work).run()


class PoolProcess:
    """Knows which workers are free and which are busy; workers are identified by the descriptor of their socket."""

    def __init__(self, requests: socket.socket, listener: socket.socket | None, work: Work) -> None:
        self._requests = requests
        self._prepare = work.prepare
        self._workers: dict[int, socket.socket] = {}
        self._free: list[int] = []
        self._used: set[int] = set()
        """Workers that have performed a request, and so have cached the settings of that time."""
        self._poller = select.poll()
        self._poller.register(requests, select.POLLIN)
        self._waiting: WaitingConnections | None = None
        if listener is not None and work.reception is not None:
            self._waiting = WaitingConnections(listener, work.reception, self._poller, self._fork_for_connection)

    def run(self) -> None:
        """Fork workers and pass requests to them until the server has ended."""
        self._add_worker_if_possible()
        with contextlib.suppress(OSError):
            send_message(self._requests, {"ready": True})
        renew_at = float("inf")
        while True:
            waiting_until = self._waiting.next_deadline if self._waiting is not None else float("inf")
            ready = self._poller.poll(_milliseconds_until(min(waiting_until, renew_at)))
            if self._requests.fileno() in (descriptor for descriptor, _ in ready) and not self._take_request():
                return
            for descriptor, _events in ready:
                if descriptor in self._workers:
                    self._handle_worker(descriptor)
                elif self._waiting is not None and descriptor in self._waiting:
                    self._waiting.handle(descriptor)
            if self._waiting is not None:
                self._waiting.expire()
            renew_at = self._renew_in_time(renew_at, idle=not ready)

    def _renew_in_time(self, renew_at: float, *, idle: bool) -> float:
        """Replace the free workers if they have been idle for long enough; return the time of the next check."""
        if idle and time.monotonic() >= renew_at:
            self._renew()
        is_stale = len(self._free) > 1 or not self._used.isdisjoint(self._free)
        if not is_stale:
            return float("inf")
        return renew_at if idle and renew_at > time.monotonic() else time.monotonic() + _IDLE_S

    def _renew(self) -> None:
        """Dismiss all free workers but one that has not performed any request; fork one if there is none."""
        fresh = next((worker for worker in self._free if worker not in self._used), -1)
        for worker in [worker for worker in self._free if worker != fresh]:
            self._dismiss(worker)
        if fresh < 0:
            self._add_worker_if_possible()

    def _take_request(self) -> bool:
        """Pass the next request to a worker; return False when the server has ended."""
        data, descriptors = receive_packet(self._requests)
        if not data:
            return False
        if not descriptors:  # lost because this process has too many open: the caller reads the end of its reply
            return True
        try:
            self._hand_over(data, descriptors)
        except OSError as error:  # no more processes can be forked
            with socket.socket(fileno=descriptors.pop(0)) as reply, contextlib.suppress(OSError):
                problem = from_os_error(error, subject="worker", doing="cannot be started")
                send_message(reply, {"worker": 0})
                send_message(reply, {"error": encode_error(problem)})
        finally:
            close_all(descriptors)
        if not self._free:
            self._add_worker_if_possible()
        return True

    def _hand_over(self, data: bytes, descriptors: list[int]) -> None:
        """Pass a request to the free worker that was busy last (its caches are warm), or to a new one if none is free."""
        while True:
            if not self._free:
                self._add_worker(descriptors)
            worker = self._free.pop()
            try:
                send_packet(self._workers[worker], data, descriptors)
            except OSError:
                self._dismiss(worker)  # it has been killed
                continue
            self._used.add(worker)
            return

    def _handle_worker(self, descriptor: int) -> None:
        """Record that a worker is free again, or has ended."""
        try:
            is_free = bool(self._workers[descriptor].recv(1))
        except BlockingIOError:
            return  # the descriptor belonged to another socket when it was polled
        except OSError:
            is_free = False
        if is_free and len(self._free) < _MOST_FREE:
            self._free.append(descriptor)
        else:
            self._dismiss(descriptor)

    def _dismiss(self, descriptor: int) -> None:
        """Close a worker's socket: it reads the end and exits."""
        self._poller.unregister(descriptor)
        self._workers.pop(descriptor).close()
        self._used.discard(descriptor)
        if descriptor in self._free:
            self._free.remove(descriptor)

    def _add_worker_if_possible(self) -> None:
        with contextlib.suppress(OSError):
            self._add_worker(())

    def _add_worker(self, others: list[int] | tuple[int, ...]) -> None:
        """Fork a worker, which closes `others`: descriptors of a request that is being handled. Raises OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        ours.setblocking(False)

        def work() -> None:
            close_all(others)
            ours.close()
            do_requests(theirs, self._prepare)

        try:
            self._fork(work)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._workers[ours.fileno()] = ours
        self._free.append(ours.fileno())
        self._poller.register(ours, select.POLLIN)

    def _fork_for_connection(self, connection: Connection, admitted: Admitted) -> None:
        self._fork(lambda: serve_connection(connection, admitted.serve), kept=connection)

    def _fork(self, work: Callable[[], None], kept: Connection | None = None) -> None:
        """Run `work` in a forked child. It closes its copies of the pool process's sockets: otherwise their peers would not
        see the end when the pool process closes them.
        """
        if os.fork():
            return
        try:
            for worker in (self._requests, *self._workers.values()):
                worker.close()
            if self._waiting is not None:
                self._waiting.close_others(kept)
            work()
        finally:
            os._exit(0)


def _milliseconds_until(deadline: float) -> int | None:
    return None if deadline == float("inf") else max(0, int((deadline - time.monotonic()) * 1000) + 1)
