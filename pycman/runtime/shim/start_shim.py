"""Run a shim's own commands: `start`, which leaves a server behind and tells its address, and `delete` for what a killed one left.

The working directory must be the bundle (containerd, core/runtime/v2/README.md, "Commands").
"""

from __future__ import annotations

from pycman.errors import PycmanError, RuntimeFailed, Unsupported
from pycman.jsontext import parse_json
from pycman.linux.processes import made_environment, run
from pycman.record import Record
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import decode
from pycman.runtime.shim.task_client import NAMESPACE, ShimAddress, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EVENTS_SOCKET = "events.sock"
"""Where the shim sends events: in the bundle, which is its working directory, so that the path is short wherever the store is."""
_TIMEOUT_S = 60.0
_NEWEST = 3
_LONGEST_ADDRESS = 4096
_MOST_OUTPUT_BYTES = 1 << 16


class Shim(Record):
    """A shim's program, what errors call it, its container, and the `address` that tells this store from others."""

    name: str
    path: str
    container_id: str
    address: str
    publish_program: str = ""


def start_shim(shim: Shim, options: bytes) -> ShimAddress:
    """Start the server, or find the one that serves the container's pod already; `options` are those of Create, a message Any.

    Raises RuntimeFailed with what the shim said, Unsupported for one that does not speak ttrpc.
    """
    finished = run(
        _argv(shim, "start"), env=_environment(), stdin=options, timeout_s=_TIMEOUT_S, limit_bytes=_MOST_OUTPUT_BYTES
    )
    if finished.status:
        said = (finished.stderr or finished.stdout).decode("utf-8", "replace").strip()
        raise refusal(shim.name, said or f"the shim ended with status {finished.status}")
    return parse_start(shim.name, finished.stdout)


def parse_start(name: str, said: bytes) -> ShimAddress:
    """Return the address that `start` printed: alone (version 2), or in a JSON object with version and protocol. Pure."""
    text = said[:_LONGEST_ADDRESS].decode("utf-8", "replace").strip()
    found: Any = {"version": 2, "address": text}
    if text.startswith("{"):
        found = parse_json(text, subject=name)
    address, version = str(found.get("address", "")), found.get("version", 2)
    protocol = found.get("protocol") or "ttrpc"
    if protocol != "ttrpc" or version not in (2, _NEWEST):
        raise Unsupported(f"it speaks {protocol} of version {version}, and pycman ttrpc of 2 and 3", subject=name)
    if not address.startswith("unix://"):
        raise RuntimeFailed(f"it told no address of a socket: {text[:100]}", subject=name)
    return ShimAddress(address=address, version=version)


def delete_shim(shim: Shim, bundle: str) -> int:
    """Have the shim's program kill and forget a container whose server is gone; return the exit status that it reports.

    The working directory must be `bundle`. Raises RuntimeFailed.
    """
    finished = run(
        _argv(shim, "-bundle", bundle, "delete"),
        env=_environment(),
        timeout_s=_TIMEOUT_S,
        limit_bytes=_MOST_OUTPUT_BYTES,
    )
    if finished.status:
        said = finished.stderr.decode("utf-8", "replace").strip()
        raise RuntimeFailed(f"the shim's delete failed: {said or finished.status}", subject=shim.name)
    try:
        return int(decode(TABLE, "DeleteResponse", finished.stdout)["exit_status"])
    except PycmanError:
        return 0


def _argv(shim: Shim, *rest: str) -> list[str]:
    publish = ["-publish-binary", shim.publish_program] if shim.publish_program else []
    return [shim.path, "-namespace", NAMESPACE, "-address", shim.address, *publish, "-id", shim.container_id, *rest]


def _environment() -> dict[str, str]:
    return {
        **made_environment(),
        "TTRPC_ADDRESS": EVENTS_SOCKET,
        "NAMESPACE": NAMESPACE,
        "MAX_SHIM_VERSION": str(_NEWEST),
    }
