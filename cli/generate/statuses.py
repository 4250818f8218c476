"""The exit statuses of a command: those described, and those that `cli/exit_status.py` gives its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.exit_status import status_of
from cli.parse import ArgumentsError, UsageError
from pycman.errors import InUse, NotFound, PycmanError

if TYPE_CHECKING:
    from cli.generate.read import Verb

_ERRORS: tuple[tuple[type[PycmanError], str], ...] = (
    (PycmanError, "pycman failed"),
    (NotFound, "an object does not exist"),
    (InUse, "an object is in use"),
    (ArgumentsError, "the number of arguments is wrong"),
    (UsageError, "a flag is unknown or its value is wrong"),
)


def statuses(verb: Verb) -> list[tuple[str, str]]:
    """Return (status, meaning) in the order of a manual page."""
    own = dict(verb.description.statuses)
    found = {} if own.get("N", "").startswith("Otherwise") else {"0": "Success."}
    meanings: dict[int, list[str]] = {}
    for kind, meaning in _ERRORS:
        meanings.setdefault(status_of(kind("x"), verb.name), []).append(meaning)
    for status, parts in sorted(meanings.items()):
        text = ", or ".join(parts)
        found[str(status)] = f"{text if text.startswith('pycman') else text[0].upper() + text[1:]}."
    return sorted((found | own).items(), key=lambda row: (not row[0].isdigit(), row[0].zfill(3)))
