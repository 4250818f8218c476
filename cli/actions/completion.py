"""completion: print the completion script for a shell."""

from __future__ import annotations

import sys

from cli.completion_scripts import SCRIPTS, without_descriptions
from pycman.errors import InvalidInput, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the script, or write it to --file."""
    script = SCRIPTS.get(call.arguments[0])
    if script is None:
        raise InvalidInput("no completion for this shell", subject=call.arguments[0], hint=f"use {', '.join(SCRIPTS)}")
    text = script[1](call.habits.program)
    if call.flag("no-desc"):
        text = without_descriptions(text)
    if call.string("file"):
        try:
            with open(call.string("file"), "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise from_os_error(error, subject=f"--file {call.string('file')}") from error
        return 0
    sys.stdout.write(text)
    return 0
