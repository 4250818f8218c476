"""Events that a shim sends to whoever started it (containerd.services.events.ttrpc.v1.Events, Forward): out of memory is noted.

The shim of a pod sends those of all its containers to the monitor of the first. An exit is told to each monitor that waits for it.
"""

from __future__ import annotations

import _socket

from pycman.errors import Corrupt
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import decode
from pycman.runtime.shim.publish import OOM, note_oom
from pycman.runtime.shim.ttrpc import Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MOST_CONNECTIONS = 16
_READ_BYTES = 65536


class EventListener:
    """Serves `listener`; `bundles` is the directory of all bundles, where a container's file `oom` says that memory was short.

    `watched` has what to do for each descriptor that is readable.
    """

    def __init__(self, listener: _socket.socket, bundles: str) -> None:
        self._listener = listener
        self._bundles = bundles
        self.watched: dict[int, Callable[[], None]] = {listener.fileno(): self._accept}

    def _accept(self) -> None:
        try:
            descriptor, _address = self._listener._accept()  # type: ignore[attr-defined]
        except OSError:
            return
        connection = _socket.socket(fileno=descriptor)
        if len(self.watched) > _MOST_CONNECTIONS:
            connection.close()
            return
        connection.setblocking(False)
        server = Server()
        self.watched[descriptor] = lambda: self._read(connection, server)

    def _read(self, connection: _socket.socket, server: Server) -> None:
        try:
            data = connection.recv(_READ_BYTES)
            for stream, request in server.feed(data) if data else ():
                self._note(request)
                connection.sendall(server.answer(stream))
        except (OSError, Corrupt):
            data = b""
        if not data:
            del self.watched[connection.fileno()]
            connection.close()

    def _note(self, request: dict[str, Any]) -> None:
        """Write the file `oom` for a container that ran out of memory. Raises Corrupt."""
        envelope = decode(TABLE, "ForwardRequest", request["payload"])["envelope"]
        if envelope.get("topic") == OOM:
            note_oom(self._bundles, envelope["event"].get("value", b""))
