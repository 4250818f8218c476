"""compat: print whose habits the command line has, and all that differs between docker's and podman's."""

from __future__ import annotations

from cli.habits import habits_table
from cli.output.listing import Columns, print_listing
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_COLUMNS = (("HABIT", "Habit"), ("DOCKER", "Docker"), ("PODMAN", "Podman"), ("MEANING", "Meaning"))


def run(call: Call) -> int:
    """Print the table of habits, a line each."""
    rows = [_row(*habit, here=getattr(call.habits, habit[0])) for habit in habits_table()]
    if not call.string("format"):
        call.print(f"Habits here: {call.habits.peer}'s (PYCMAN_COMPAT=docker or podman chooses)\n")
    print_listing(call, rows, Columns(_COLUMNS, {"Here": "HERE"}, ("Habit", "Docker", "Podman", "Here", "Meaning")))
    return 0


def _row(name: str, docker: Any, podman: Any, meaning: str, *, here: Any) -> dict[str, Any]:
    values = {"Docker": docker, "Podman": podman, "Here": here}
    return {"Habit": name, "Meaning": meaning, **{key: _text(value) for key, value in values.items()}}


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else format_json(value)
