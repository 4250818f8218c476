"""help: the help of a command."""

from __future__ import annotations

from cli.help_texts import TEXTS
from cli.parse import UsageError, nearest
from cli.table import ALIASES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it."""
    name = " ".join(call.arguments)
    text = TEXTS.get(ALIASES.get(name, name))
    if text is None:
        found = nearest(name, list(TEXTS))
        raise UsageError(f"unknown command: {name}", hint=f"did you mean {found}?" if found else "see pycman --help")
    call.print(text.rstrip("\n"))
    return 0
