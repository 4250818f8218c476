"""What may follow `{{.` in the value of --format: fields of rows, and those of the object itself, also below a field ({{.State.)."""

from __future__ import annotations

from cli.output.template_fields import FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cli.call import Call


def fields_after_braces(call: Call, command: str, names: Sequence[str], current: str) -> list[str]:
    """Return what `current`, which has a "{{" that is still open, may become; [] where no field stands at its end.

    `names` are the objects that are named already: the fields of the first are offered beside those that all have.
    """
    head, _, action = current.rpartition("{{")
    before, blank, word = action.rpartition(" ")
    if not word.startswith(".") or "}}" in action:
        return []
    *path, beginning = word[1:].split(".")
    found = _below(_object(call, command, names), path) or {}
    if not path:
        found = {**dict.fromkeys(FIELDS.get(command, "").split()), **found}
    return [
        f"{head}{{{{{before}{blank}.{'.'.join((*path, name))}" + ("." if isinstance(value, dict) and value else "}}")
        for name, value in sorted(found.items())
        if name.startswith(beginning) and name[:1].isupper()
    ]


def _below(value: Any, path: Sequence[str]) -> Mapping[str, Any] | None:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) and value else None


def _object(call: Call, command: str, names: Sequence[str]) -> Any:
    """Return the object that the command itself prints as JSON, None if it prints none."""
    if command.endswith("inspect") and not names:
        return None
    if not command.endswith("inspect") and command not in ("info", "version"):
        return None
    import contextlib  # all of these only where an object is looked at
    import io  # as above
    from importlib import import_module  # as above

    from cli.call import Call as Asked  # as above
    from pycman.jsontext import parse_json  # as above

    action = import_module(f"cli.actions.{command.replace(' ', '.')}")
    printed = io.StringIO()
    asked = Asked(command, {"format": "{{json .}}"}, list(names[:1]), call.globals, call.habits.program, [])
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        action.run(asked)
    return parse_json(printed.getvalue().partition("\n")[0])
