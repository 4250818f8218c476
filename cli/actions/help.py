"""help: print the help of a command."""

from __future__ import annotations

from cli.help_texts import TEXTS
from cli.parse import UsageError, nearest
from cli.table import ALIASES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the help text of the command in the arguments. Raises UsageError naming the nearest command."""
    name = " ".join(call.arguments)
    help_text = TEXTS.get(ALIASES.get(name, name))
    if help_text is None:
        if call.habits.podman_help:
            from cli.output.podman_help import unrecognized  # only imported to report an error

            raise UsageError(unrecognized(name))
        similar = nearest(name, list(TEXTS))
        raise UsageError(
            f"unknown command: {name}", hint=f"did you mean {similar}?" if similar else "see pycman --help"
        )
    if call.habits.podman_help:
        from cli.output.podman_help import podman_help  # only imported where podman's habits hold

        help_text = podman_help(help_text, name)
    call.print(help_text.rstrip("\n"))
    return 0
