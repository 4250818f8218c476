"""What is printed in place of running a command: help, and errors of wrong command lines. Only imported when it is needed."""

from __future__ import annotations

import sys

from cli.habits import current_habits
from cli.parse import ArgumentsError, UsageError
from cli.table import ALIASES, COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_LATEST_WITH_WORDS = frozenset(("exec", "port", "top", "pod top"))
"""Commands with --latest whose arguments are no containers."""


def print_help(command: str, typed: str = "", *, needs_command: bool = False) -> int:
    """Print the help of a command, which was called by the words `typed`; `needs_command`: then fail, as one is missing."""
    from cli.help_texts import TEXTS  # only imported for --help

    text = TEXTS.get(command, TEXTS[""])
    if current_habits().podman_help:
        from cli.output.podman_defaults import with_defaults  # only imported for --help
        from cli.output.podman_help import missing_command, podman_help  # only imported for --help

        shown = with_defaults(podman_help(text, typed or command), command)
        sys.stdout.write(shown + ("\n" if needs_command else ""))
        if needs_command:
            sys.stdout.flush()
            sys.stderr.write(f"Error: {missing_command(command)}\n")
            return 125
        return 0
    sys.stdout.write(text)
    return 0


def check_latest(command: str, flags: dict[str, Any], rest: list[str]) -> None:
    """Raise UsageError if --latest stands with what names containers or pods otherwise."""
    if command == "ps" and not current_habits().podman_help:
        return  # docker takes both
    kind = "pods" if command.startswith("pod ") else "containers"
    if flags.get("all"):
        raise UsageError("--all and --latest cannot be used together")
    if rest and command not in _LATEST_WITH_WORDS:
        raise UsageError(f"--latest and {kind} cannot be used together")


def is_group(name: str) -> bool:
    """Say whether `name` is a group of commands and no command itself."""
    return name not in COMMANDS and name not in ALIASES and any(other.startswith(f"{name} ") for other in COMMANDS)


def refuse_unrecognized(words: str, arguments: Sequence[str] = ()) -> None:
    """Raise ArgumentsError in podman's words about a command that does not exist, where its habits hold.

    Podman reads the flags in `arguments` as global ones before: one that there is not is the error. Raises UsageError.
    """
    if current_habits().podman_help:
        from cli.parse import FlagTable, parse_flags  # only imported to report an error
        from cli.table import GLOBAL_FLAGS  # only imported to report an error

        parse_flags(FlagTable(GLOBAL_FLAGS), list(arguments), stop_at_first=False)
        from cli.output.podman_help import unrecognized  # only imported to report an error

        raise ArgumentsError(unrecognized(words))
