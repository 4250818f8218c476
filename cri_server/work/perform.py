"""The verbs by name, as the zygote's workers do them."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from cri_server.config import CriConfig
    from cri_server.streaming.tickets import Tickets
    from pycman.state.session import Options

_LOADED_LATE = (
    "encodings.ascii", "pycman.linux.user.identity", "pycman.state.database", "pycman.state.reserve", "pycman.state.locks",
    "pycman.storage.overlay", "pycman.containers.end.pod_end", "pycman.containers.attach.attach_and_wait", "tomllib",
)  # fmt: skip
"""What the verbs import where they need it, so that `ps` need not pay for it; each worker would anew (4 ms)."""


def performer(options: Options, settings: CriConfig) -> Callable[[], Callable[[str, dict[str, Any]], Any]]:
    """Return what opens the store of `options` and returns what does one verb with arguments there.

    All that verbs need is loaded now, once for all workers.
    """
    from cri_server.work import containers, images, interfaces, sandboxes
    from pycman.engine import open_engine

    for name in _LOADED_LATE:
        importlib.import_module(name)

    verbs: dict[str, Callable[..., Any]] = {
        "run_sandbox": lambda session, config, handler: sandboxes.run_sandbox(session, settings, config, handler),
        "sweep": lambda session: sandboxes.sweep_networks(session, settings),
        "stop_sandbox": lambda session, pod_id: sandboxes.stop_sandbox(session, settings, pod_id),
        "remove_sandbox": lambda session, pod_id: sandboxes.remove_sandbox(session, settings, pod_id),
        "create_container": containers.create,
        "start_container": containers.start,
        "stop_container": containers.stop,
        "remove_container": containers.remove,
        "exec_sync": containers.execute,
        "update_container": containers.update,
        "reopen_log": containers.reopen,
        "pull_image": images.pull,
        "remove_image": images.remove,
        "read_interfaces": interfaces.read_interfaces,
    }

    def prepare() -> Callable[[str, dict[str, Any]], Any]:
        engine = open_engine(options, join_namespaces=True)
        engine.session.enter_namespaces()
        engine.session.db.rows("SELECT id FROM pods LIMIT 0")  # opened, and the schema read

        def perform(verb: str, arguments: dict[str, Any]) -> Any:
            engine.session.warnings.clear()
            engine.session.debug_log.clear()
            return verbs[verb](engine.session, **arguments)

        return perform

    return prepare


def conversation(options: Options, settings: CriConfig, tickets: Tickets) -> Callable[[socket.socket], None]:
    """Return what serves a connection to the streaming server."""
    from cri_server.streaming.converse import converse
    from pycman.engine import open_engine

    tls = (settings.stream_tls_cert, settings.stream_tls_key)

    def serve(connection: socket.socket) -> None:
        with open_engine(options, join_namespaces=True) as engine:
            engine.session.enter_namespaces()
            converse(engine.session, connection, tickets, tls=tls, idle_s=settings.stream_idle_s)

    return serve
