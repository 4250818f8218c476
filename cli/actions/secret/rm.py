"""secret rm: remove secrets."""

from __future__ import annotations

from cli.targets import for_each
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the secrets and print their ids."""
    secrets = call.engine.secrets
    names = [secret.name for secret in secrets.list()] if call.flag("all") else call.arguments
    if not names and not call.flag("all"):
        raise InvalidInput("secret rm needs a secret", hint="name one, or use --all")
    return for_each(call, names, lambda name: call.print(secrets.remove(name)), print_name=False)
