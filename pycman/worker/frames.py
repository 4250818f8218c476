"""Requests and replies between a program and its worker: length-prefixed JSON, and the verbs that are allowed. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.record import Record, known_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT_BYTES = 64 << 20
VERBS = {
    "containers": frozenset(
        "create run initialize start stop restart kill pause unpause remove cleanup rename update spec_for_clone prune wait attach execute capture log_lines"
        " find get list inspect size top stats ports why check_health mount unmount mounted diff commit copy_from_host"
        " copy_to_host copy_between".split()
    ),
    "images": frozenset(
        "pull push search login logout find get list inspect history tree diff tag untag remove prune load mount unmount"
        " mounted build prune_builds build_cache".split()
    ),
    "manifests": frozenset("create entries_of find get add annotate change fetch remove_entry remove push".split()),
    "artifacts": frozenset("add find list inspect pull push remove".split()),
    "networks": frozenset("create get find list inspect remove prune connect disconnect reload update".split()),
    "volumes": frozenset("create get find list inspect remove prune mount unmount".split()),
    "secrets": frozenset("create find list inspect remove".split()),
    "system": frozenset("info disk_usage check doctor recover".split()),
}
"""The verbs a program may request, by API. Verbs that take or return byte streams are not among them."""


def encode(value: Any) -> Any:
    """Return a value as JSON; records, tuples, dictionaries and bytes are tagged. Raises Unsupported for any other type."""
    if isinstance(value, Record):
        return {"record": type(value).__name__, "module": type(value).__module__, "fields": encode(value.to_dict())}
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[key, encode(item)] for key, item in value.items()]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise Unsupported(f"a {type(value).__name__} cannot be sent to the worker", hint="give a path instead of a stream")


def decode(value: Any) -> Any:
    """Return the value that `encode` encoded. Raises Corrupt for a class that is no record of pycman's."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "record" in value:
        return known_record(value["module"], value["record"]).from_dict(decode(value["fields"]))
    if "tuple" in value:
        return tuple(decode(item) for item in value["tuple"])
    if "bytes" in value:
        return bytes.fromhex(value["bytes"])
    return {key: decode(item) for key, item in value["dict"]}


def check_request(api: str, verb: str) -> None:
    """Raise InvalidInput unless the verb is one of `VERBS`."""
    if verb not in VERBS.get(api, ()):
        raise InvalidInput("the worker does not serve this verb", subject=f"{api}.{verb}")


def pack(message: dict[str, Any]) -> bytes:
    """Return a frame: the length as four bytes (big-endian), then JSON."""
    data = format_json(message).encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data


class Unpacker:
    """Collects bytes as they arrive and returns whole messages."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Add bytes and return the messages that are now complete. Raises InvalidInput for one over 64 MiB."""
        self._data += data
        messages = []
        while len(self._data) >= 4:
            size = int.from_bytes(self._data[:4], "big")
            if size > LIMIT_BYTES:
                raise InvalidInput(f"a message of {size} bytes is too large", subject="worker")
            if len(self._data) < 4 + size:
                break
            messages.append(parse_json(self._data[4 : 4 + size].decode("utf-8", "surrogatepass"), subject="worker"))
            self._data = self._data[4 + size :]
        return messages
