"""logout: remove stored credentials of a registry."""

from __future__ import annotations

from cli.specs.registry import login_file
from pycman.registry.credentials import LoginOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the credentials of a registry, of docker.io by default, or of --all; print each registry's name."""
    registry = call.arguments[0] if call.arguments else "docker.io"
    options = LoginOptions(all=call.flag("all"), authfile=login_file(call))
    for name in call.engine.images.logout("" if call.flag("all") else registry, options):
        call.print(f"Removed login credentials for {name}")
    return 0
