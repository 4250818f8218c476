"""Command lines as actions get them, read by the table of all flags."""

from __future__ import annotations

from cli.call import Call
from cli.parse import FlagTable, parse_flags
from cli.table import COMMANDS

FIRST_ENDS = ("run", "create", "exec")


def call_of(*words: str, command: str = "create", program: str = "pycman") -> Call:
    """Return the call of `pycman COMMAND words…`."""
    flags, arguments = parse_flags(FlagTable(COMMANDS[command][3]), list(words), stop_at_first=command in FIRST_ENDS)
    return Call(command, flags, arguments, {}, program, [command, *words])
