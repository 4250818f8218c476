"""docs/systemd.md names the keys that there are, and every unit that is shipped can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.boot_service import unit_text
from cli.quadlet.task import _ALL_KINDS
from cli.quadlet.translate import _WRITERS
from cli.quadlet.unit_file import UnitFile

ROOT = Path(__file__).resolve().parents[4]


def test_the_documentation_names_every_key() -> None:
    lines = (ROOT / "docs/systemd.md").read_text().splitlines()
    rows = {cells[1].strip(" `[]"): cells[2].split() for line in lines if len(cells := line.split("|")) == 4}
    for section, (flags, _write) in _WRITERS.items():
        assert rows[section] == sorted(flags.keys - set(_ALL_KINDS)), section


def test_the_manual_page_names_every_key() -> None:
    page = (ROOT / "docs/man5/pycman-systemd.unit.5").read_text()
    for section, (flags, _write) in _WRITERS.items():
        keys = page.partition(f".SS [{section}]\n")[2].partition(". See\n")[0]
        assert keys.split(", ") == sorted(flags.keys - set(_ALL_KINDS)), section


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples/systemd").iterdir()))
def test_units_that_are_shipped_are_units(name: str) -> None:
    unit = UnitFile.parse((ROOT / "examples/systemd" / name).read_text(), name)
    assert unit.value("Unit", "Description")
    for key in ("ExecStart", "ExecStop", "ExecStopPost"):
        assert unit.command("Service", key) != [""]


def test_the_shipped_unit_is_the_one_that_is_written() -> None:
    shipped = UnitFile.parse((ROOT / "examples/systemd/pycman-restart.service").read_text())
    written = UnitFile.parse(unit_text(["/usr/bin/env", "pycman"], user=False))
    for section in ("Unit", "Service"):
        assert {key: shipped.values(section, key) for key in shipped.keys(section)} == {
            key: written.values(section, key) for key in written.keys(section)
        }
