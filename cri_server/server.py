"""The life of the server: bind the unix socket, serve both services on it, and stop in order at SIGTERM or SIGINT."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from concurrent import futures

import grpc

from cri_server.metrics.operations import unobserved
from cri_server.proto import api_pb2 as api
from cri_server.rpc import guarded, guarded_feed, guarded_stream
from cri_server.services import ImageService, RuntimeService
from cri_server.work.sandboxes import stray_networks
from pycman.errors import InvalidInput, PycmanError, from_os_error
from pycman.linux.attributes import dress
from pycman.linux.files import make_directory
from pycman.linux.stale_socket import remove_stale_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cri_server.config import CriConfig
    from cri_server.metrics.operations import Observe
    from cri_server.streaming.listener import Streams
    from pycman.pool.pool import Pool
    from pycman.state.session import Session

_THREADS = 1024
"""For calls that wait: for a worker, a grace period. A thread is started when a call needs it."""
_READING_THREADS = 8
_READING = frozenset((
    "Version", "Status", "RuntimeConfig", "PodSandboxStatus", "ListPodSandbox", "ListContainers", "ContainerStatus",
    "ContainerStats", "ListContainerStats", "ListImages", "ImageStatus", "ImageFsInfo", "Exec", "Attach", "PortForward",
))  # fmt: skip
"""The RPCs that this process answers at once. They have threads of their own, so that they never queue behind those that wait."""
_FEEDS = frozenset(("GetContainerEvents",))
"""The RPCs whose streams wait for what happens: they hold no thread (container_events.py)."""
_MESSAGE_BYTES = 80 << 20
_MODE = 0o660
_SWEEP_S = 120.0
_SWEEP_EVERY_S = 60.0


def socket_path(address: str) -> str:
    """Return the path of unix:///PATH. Raises InvalidInput."""
    path = address.removeprefix("unix://")
    if not path.startswith("/"):
        raise InvalidInput(
            "not the address of a unix socket", subject=address, hint="write unix:///run/pycman/cri.sock"
        )
    return path


def prepare_socket(path: str) -> None:
    """Remove the socket that a killed server left behind. Raises AlreadyExists if another server listens on it."""
    try:
        make_directory(os.path.dirname(path))
        remove_stale_socket(path, hint="stop it, or use another --listen")
    except OSError as error:
        raise from_os_error(error, subject=path) from error


def serve(session: Session, pool: Pool, settings: CriConfig, streams: Streams, observe: Observe = unobserved) -> None:
    """Serve until SIGTERM or SIGINT; running calls then have ten seconds to finish. `observe` is called at the end of each."""
    path = socket_path(settings.listen)
    prepare_socket(path)
    server = grpc.server(
        futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="waiting"),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ],
    )
    runtime = RuntimeService(session, pool, settings, streams)
    reading = futures.ThreadPoolExecutor(_READING_THREADS, thread_name_prefix="reading")
    file = api.DESCRIPTOR
    for name, service in (
        ("RuntimeService", runtime),
        ("ImageService", ImageService(session, pool, settings)),
    ):
        handlers = _handlers(file.services_by_name[name], service, observe, reading)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"{file.package}.{name}", handlers),))
    mask = os.umask(0o777 & ~_MODE)
    try:
        server.add_insecure_port(f"unix://{path}")
        server.start()
    finally:
        os.umask(mask)
    dress(path, mode=_MODE)
    ended = threading.Event()
    threading.Thread(target=_sweep, args=(session, pool, settings, ended), daemon=True).start()
    _wait_for_signal()
    ended.set()
    runtime.events.close()
    server.stop(grace=10).wait()


def _wait_for_signal() -> None:
    """Wait for SIGTERM or SIGINT.

    The kernel may deliver it to any thread, one of gRPC's too, which wakes no other that waits for a lock: so this thread waits for
    the byte that the interpreter writes in the thread which got the signal.
    """
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    poller = select.poll()
    poller.register(woken, select.POLLIN)
    poller.poll()


def _sweep(session: Session, pool: Pool, settings: CriConfig, ended: threading.Event) -> None:
    """Disconnect sandboxes that were removed by other commands than the server: now, and then every minute."""
    while True:
        with contextlib.suppress(PycmanError):
            if stray_networks(session, settings):
                pool.call("sweep", {}, timeout_s=_SWEEP_S)
        if ended.wait(_SWEEP_EVERY_S):
            return


def _handlers(
    descriptor: Any, service: object, observe: Observe, reading: futures.ThreadPoolExecutor
) -> dict[str, Any]:
    """Return a handler for every RPC of a service; one that is not implemented answers with UNIMPLEMENTED."""
    handlers = {}
    for method in descriptor.methods:
        request = _message(method.input_type.name)
        call = getattr(service, method.name, None)
        make, guard = (
            (grpc.unary_stream_rpc_method_handler, guarded_feed if method.name in _FEEDS else guarded_stream)
            if method.server_streaming
            else (grpc.unary_unary_rpc_method_handler, guarded)
        )
        behavior: Any = guard(call, observe) if call is not None else _unimplemented(method.name)
        if method.name in _FEEDS:
            behavior.experimental_non_blocking = True  # grpc.Server then gives it a function that sends, and no thread
        if method.name in _READING:
            behavior.experimental_thread_pool = reading  # grpc.Server takes a method's own executor from there
        handlers[method.name] = make(
            behavior,
            request_deserializer=request.FromString,
            response_serializer=_serialize,
        )
    return handlers


def _message(name: str) -> Any:
    return getattr(api, name)


def _serialize(answer: Any) -> bytes:
    """Return the bytes of an answer; some methods return them themselves (answers.py)."""
    data: bytes = answer if isinstance(answer, bytes) else answer.SerializeToString()
    return data


def _unimplemented(name: str) -> Any:
    def call(_request: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not supported yet")

    return call
