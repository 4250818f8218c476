"""The worker's side: join the namespaces, then serve requests until the program closes its end."""

from __future__ import annotations

import os

from pycman.errors import encode_error
from pycman.worker.frames import Unpacker, check_request, decode, encode, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_CHUNK = 1 << 16


def serve(descriptor: int, face_of: Callable[[str], Any]) -> int:
    """Answer requests read from `descriptor` with the faces that `face_of` gives; return 0 when the program has gone."""
    os.set_inheritable(descriptor, False)  # nobody's but ours: not to be handed on by --preserve-fds
    unpacker = Unpacker()
    while data := os.read(descriptor, _CHUNK):
        for message in unpacker.feed(data):
            reply = memoryview(pack(_answer(message, face_of)))
            while reply:
                reply = reply[os.write(descriptor, reply) :]
    return 0


def _answer(message: dict[str, Any], face_of: Callable[[str], Any]) -> dict[str, Any]:
    try:
        check_request(message["face"], message["verb"])
        verb = getattr(face_of(message["face"]), message["verb"])
        return {"result": encode(verb(*decode(message["arguments"]), **decode(message["options"])))}
    except BaseException as error:  # all goes back to the one who asked
        return {"error": encode_error(error)}
