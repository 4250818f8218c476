"""The worker's side: serve requests until the program closes its end. The engine it serves joins the namespaces."""

from __future__ import annotations

import os

from pycman.errors import encode_error
from pycman.worker.frames import Unpacker, check_request, decode, encode, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_CHUNK_BYTES = 1 << 16


def serve(descriptor: int, api_of: Callable[[str], Any]) -> int:
    """Serve requests read from `descriptor`; `api_of` returns the API of a name. Return 0 when the program closes its end."""
    os.set_inheritable(descriptor, False)  # --preserve-fds must not hand it to a container
    unpacker = Unpacker()
    while data := os.read(descriptor, _CHUNK_BYTES):
        for message in unpacker.feed(data):
            reply = memoryview(pack(_answer(message, api_of)))
            while reply:
                reply = reply[os.write(descriptor, reply) :]
    return 0


def _answer(message: dict[str, Any], api_of: Callable[[str], Any]) -> dict[str, Any]:
    """Carry out one request and return its reply, {"result": …} or {"error": …}; it never raises."""
    try:
        check_request(message["api"], message["verb"])
        verb = getattr(api_of(message["api"]), message["verb"])
        return {"result": encode(verb(*decode(message["arguments"]), **decode(message["options"])))}
    except BaseException as error:  # every error, even SystemExit, is sent to the program
        return {"error": encode_error(error)}
