"""The entry point of the pool's workers (pycman/pool): requests by verb name, and the streaming server's connections."""

from __future__ import annotations

import importlib

from cri_server.config import CriConfig
from cri_server.streaming.reception import StreamReception
from cri_server.streaming.serve_stream import serve_stream
from cri_server.streaming.tickets import Tickets
from cri_server.work import checkpoints, containers, images, interfaces, sandboxes
from pycman.engine import open_engine
from pycman.pool.entry import Entry, Work
from pycman.state.session import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cri_server.streaming.negotiation import Upgrade
    from pycman.pool.connection import Connection
    from pycman.pool.entry import Perform

_LOADED_LATE = (
    "encodings.ascii", "pycman.linux.user.identity", "pycman.state.database", "pycman.state.reserve", "pycman.state.locks",
    "pycman.storage.overlay", "pycman.containers.end.pod_end", "pycman.containers.attach.attach_and_wait", "tomllib",
    "pycman.containers.cleanup.release", "pycman.containers.process.kill_all", "pycman.containers.start.start", "pycman.linux.mounts",
)  # fmt: skip
"""Modules that functions import on first use, to keep `ps` fast; loaded before the workers are forked, which saves each 4 ms."""

_WAIT_TOGETHER = frozenset((
    "run_sandbox", "stop_sandbox", "remove_sandbox", "create_container", "start_container", "stop_container", "remove_container",
))  # fmt: skip
"""Requests whose changes wait for the disk together: a kubelet is told when all is done, and asks again for what it was not told."""


def entry(options: Options, settings: CriConfig, tickets_folder: str) -> Entry:
    """Return the entry that makes a pool process call `load` with these arguments."""
    arguments = {"options": options.to_dict(), "settings": settings.to_dict(), "tickets_folder": tickets_folder}
    return Entry(module=__name__, function="load", arguments=arguments)


def load(options: dict[str, Any], settings: dict[str, Any], tickets_folder: str) -> Work:
    """Return the work of a server with these options and settings. It imports all modules that the workers need."""
    for name in _LOADED_LATE:
        importlib.import_module(name)
    the_options, the_settings = Options.from_dict(options), CriConfig.from_dict(settings)
    return Work(
        prepare=lambda: _open_store(the_options, the_settings),
        reception=_reception(the_options, the_settings, Tickets(tickets_folder)),
    )


def _open_store(options: Options, settings: CriConfig) -> Perform:
    """Open the store of `options` and return the function that does requests on it."""
    requests = _requests(settings)
    engine = open_engine(options, join_namespaces=True)
    engine.session.enter_namespaces()
    engine.session.db.rows(
        "SELECT id FROM pods LIMIT 0"
    )  # opens the database and reads its schema, ahead of the first request

    def perform(name: str, arguments: dict[str, Any]) -> Any:
        engine.session.warnings.clear()
        engine.session.debug_log.clear()
        engine.session.kept = {}
        if name not in _WAIT_TOGETHER:
            return requests[name](engine.session, **arguments)
        with engine.session.db.waiting_together():
            return requests[name](engine.session, **arguments)

    return perform


def _requests(settings: CriConfig) -> dict[str, Callable[..., Any]]:
    return {
        "run_sandbox": lambda session, config, handler: sandboxes.run_sandbox(session, settings, config, handler),
        "sweep": lambda session: sandboxes.sweep_networks(session, settings),
        "stop_sandbox": lambda session, pod_id: sandboxes.stop_sandbox(session, settings, pod_id),
        "remove_sandbox": lambda session, pod_id: sandboxes.remove_sandbox(session, settings, pod_id),
        "create_container": lambda session, pod_id, config: containers.create(
            session, pod_id, config, restores=settings.restore_checkpoints
        ),
        "checkpoint_container": checkpoints.checkpoint,
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


def _reception(options: Options, settings: CriConfig, tickets: Tickets) -> StreamReception:
    def serve(connection: Connection, upgrade: Upgrade, ticket: dict[str, Any], first: bytes) -> None:
        with open_engine(options, join_namespaces=True) as engine:
            engine.session.enter_namespaces()
            serve_stream(engine.session, connection, upgrade, ticket, first, settings.stream_idle_s)

    return StreamReception(tickets, settings.stream_tls_cert, settings.stream_tls_key, serve)
