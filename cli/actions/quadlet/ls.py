"""quadlet list: the Quadlet files of this user and the state of their services."""

from __future__ import annotations

import os
import re

from cli.output.listing import Columns, print_listing
from cli.quadlet.installed import Library
from cli.quadlet.names import service_name
from cli.quadlet.unit_file import UnitFile, UnitFileError
from cli.systemd import Systemd
from pycman.errors import InvalidInput
from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_COLUMNS = (
    ("NAME", "Name"), ("UNIT NAME", "UnitName"), ("PATH ON DISK", "Path"), ("STATUS", "Status"), ("APPLICATION", "App"),
    ("POD", "Pod"),
)  # fmt: skip
_FILTERS = {"name": "Name", "status": "Status", "pod": "Pod"}


def run(call: Call) -> int:
    """Print the listing."""
    rows = [row for row in _rows() if _passes(row, call.pairs("filter"))]
    print_listing(call, rows, Columns(_COLUMNS, {}, [field for _heading, field in _COLUMNS]))
    return 0


def _rows() -> list[dict[str, Any]]:
    library = Library.of_caller()
    of = {name: book for book, names in library.applications().items() for name in names}
    rows = []
    for path in library.paths():
        name = os.path.basename(path)
        row = {"Name": name, "UnitName": "", "Path": path, "Status": "Not loaded", "App": of.get(name, ""), "Pod": ""}
        try:
            unit = UnitFile.parse(read_text(path), name, path)
        except UnitFileError as error:
            row["Status"] = str(error)
        else:
            row["UnitName"] = f"{service_name(unit)}.service"
            row["Pod"] = unit.value("Container", "Pod") or ""
        rows.append(row)
    systemd = Systemd()
    if systemd.runs:
        known = systemd.states([row["UnitName"] for row in rows if row["UnitName"]])
        for row in rows:
            loaded, active, detail = known.get(row["UnitName"], ("", "", ""))
            if loaded == "loaded":
                row["Status"] = f"{active}/{detail}"
    return rows


def _passes(row: dict[str, Any], filters: list[tuple[str, str]]) -> bool:
    """Return whether a row passes: of each key one of the values, which are regular expressions. Raises InvalidInput."""
    by_key: dict[str, list[str]] = {}
    for key, value in filters:
        by_key.setdefault(key, []).append(value)
    for key, values in by_key.items():
        if key not in _FILTERS:
            raise InvalidInput("not a filter", subject=f"--filter {key}", hint=f"use {', '.join(_FILTERS)}")
        try:
            if not any(re.search(value, row[_FILTERS[key]]) for value in values):
                return False
        except re.error as error:
            raise InvalidInput(f"not a regular expression: {error}", subject=f"--filter {key}") from error
    return True
