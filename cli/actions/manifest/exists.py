"""manifest exists: exit with 0 if the manifest list exists, else 1."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Return 0 if the list exists, else 1."""
    return 0 if call.engine.manifests.find(call.arguments[0]) is not None else 1
