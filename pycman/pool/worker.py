"""A worker: a process that performs requests one after the other, or serves one connection.

It has a session and a process group of its own, so that it and its children can be killed when a caller gives up. It takes the
next request only after the caller of the last one has closed the reply: until then the caller may kill it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket

from pycman.errors import PycmanError, Unavailable, encode_error, from_os_error
from pycman.linux.process_name import name_process
from pycman.pool.messages import close_all, receive_message, send_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pycman.pool.connection import Connection
    from pycman.pool.entry import Perform

MOST_REQUESTS = 50
"""After so many requests a worker ends, because the settings it has cached may have changed."""


def do_requests(requests: socket.socket, prepare: Callable[[], Perform]) -> None:
    """Perform requests until the pool process closes its end of the socket."""
    become_worker()
    perform, problem = None, None
    try:
        perform = prepare()
    except Exception as error:
        problem = error
    for left in reversed(range(MOST_REQUESTS if problem is None else 1)):
        request, descriptors = receive_message(requests)
        if request is None:
            return
        with socket.socket(fileno=descriptors[0]) as reply:
            try:
                send_message(reply, {"worker": os.getpid()})
            except OSError:  # the caller has given up
                close_all(descriptors[1:])
            else:
                answer = _do_with(descriptors[1:], request, perform, problem)
                with contextlib.suppress(OSError):  # as above
                    send_message(reply, answer)
            _wait_until_closed(reply)
        if left:
            requests.send(b"x")  # reports the worker as free; not after its last request, because it ends now


def serve_connection(connection: Connection, serve: Callable[[Connection], None]) -> None:
    """Serve one connection to its end."""
    become_worker()
    serve(connection)


def become_worker() -> None:
    """Leave the pool process's session, and restore the default actions of signals."""
    name_process("pycman-worker")
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _do_with(
    descriptors: list[int], request: dict[str, Any], perform: Perform | None, problem: Exception | None
) -> dict[str, Any]:
    """Perform a request that came with `descriptors` beside the reply's, which are closed before it is answered."""
    try:
        if descriptors:
            request["body"]["descriptors"] = descriptors
        return _do(request, perform, problem)
    finally:
        close_all(descriptors)


def _do(request: dict[str, Any], perform: Perform | None, problem: Exception | None) -> dict[str, Any]:
    """Perform a request and return its reply: the result as `body`, or the `error`."""
    name = request["name"]
    try:
        if perform is None:
            raise problem or RuntimeError("the worker was not prepared")
        return {"body": perform(name, request["body"])}
    except Exception as error:
        return {"error": encode_error(_with_subject(error, name))}


def _with_subject(error: Exception, name: str) -> Exception:
    """Return the error as a PycmanError; one that is not gets the request's name as its subject."""
    if isinstance(error, PycmanError):
        return error
    if isinstance(error, OSError):
        return from_os_error(error, subject=name)
    return Unavailable(f"{type(error).__name__}: {error}", subject=name)


def _wait_until_closed(channel: socket.socket) -> None:
    poller = select.poll()
    poller.register(channel, 0)  # POLLHUP is always reported
    poller.poll()
