"""The entry point of the pool's workers (pycman/pool): requests by the handler's name in the table of routes."""

from __future__ import annotations

import importlib

from api_server.http.request import Request
from api_server.verbs import (
    build,
    checkpoints,
    containers,
    execs,
    files,
    images,
    networks,
    secrets,
    system,
    transfer,
    volumes,
)
from api_server.verbs.call import Answer, Call
from pycman.engine import open_engine
from pycman.pool.entry import Entry, Work
from pycman.state.session import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pycman.pool.entry import Perform

_MODULES = {
    "build": build, "checkpoints": checkpoints, "containers": containers, "execs": execs, "files": files, "images": images, "networks": networks,
    "secrets": secrets, "system": system, "transfer": transfer, "volumes": volumes,
}  # fmt: skip
_INTERNAL = frozenset(("containers.initialize", "containers.sample", "execs.run", "execs.run_detached"))
"""What streams/ asks for: functions of (engine, their own arguments), which return JSON-shaped values."""
_LOADED_LATE = (
    "encodings.ascii", "pycman.linux.user.identity", "pycman.state.database", "pycman.state.reserve", "pycman.state.locks",
    "pycman.storage.overlay", "pycman.containers.create.create", "pycman.containers.end.remove",
    "pycman.containers.start.start", "pycman.containers.inspect.container",
)  # fmt: skip
"""Modules that functions import on first use; loaded before the workers are forked, which saves each the time."""


def entry(options: Options) -> Entry:
    """Return the entry that makes a pool process call `load` with these options."""
    return Entry(module=__name__, function="load", arguments={"options": options.to_dict()})


def load(options: dict[str, Any]) -> Work:
    """Return the work of a server of a store. It imports what workers need."""
    for name in _LOADED_LATE:
        importlib.import_module(name)
    the_options = Options.from_dict(options)
    return Work(prepare=lambda: _open_store(the_options))


def _open_store(options: Options) -> Perform:
    """Open the store and return the function that does requests on it."""
    engine = open_engine(options, join_namespaces=True)
    engine.session.enter_namespaces()
    engine.session.db.rows("SELECT id FROM containers LIMIT 0")  # opens the database ahead of the first request

    def perform(name: str, arguments: dict[str, Any]) -> Any:
        engine.session.warnings.clear()
        engine.session.kept = {}
        engine.session.debug_log.clear()
        function = handler(name)
        if name in _INTERNAL or name.startswith("libpod.internal."):
            return function(engine, **arguments)
        call = Call(engine, Request.from_dict(arguments["request"]), arguments.get("descriptors", []))
        answer = function(call)
        return answer.packed() if isinstance(answer, Answer) else None

    return perform


def handler(name: str) -> Callable[..., Any]:
    """Return the function with the name MODULE.FUNCTION, or libpod.MODULE.FUNCTION: that package is imported when it is asked for."""
    if name.startswith("libpod."):
        from api_server.libpod.verbs.entry import handler as libpod_handler  # only for clients of podman's API

        return libpod_handler(name)
    module, _, function = name.partition(".")
    found: Callable[..., Any] = getattr(_MODULES[module], function)
    return found
