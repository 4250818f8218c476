"""`boot start` beside services that make their pods anew at the same moment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pods import boot
from pods.boot import BootUnit
from pycman.errors import NotFound

UNITS = [
    BootUnit(id="p1", name="replaced", is_pod=True),
    BootUnit(id="p2", name="broken", is_pod=True),
    BootUnit(id="c1", name="removed"),
]


def test_what_has_been_removed_meanwhile_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def value(query: str, ids: tuple[str, ...]) -> int | None:
        assert ("FROM pods" in query) == ids[0].startswith("p")
        return 1 if ids == ("p2",) else None

    def start(_session: Any, unit: BootUnit) -> None:
        raise NotFound("not there", subject=unit.name)

    session: Any = SimpleNamespace(enter_namespaces=lambda: None, db=SimpleNamespace(value=value))
    monkeypatch.setattr(boot, "boot_units", lambda _session: UNITS)
    monkeypatch.setattr(boot, "_start", start)
    found = list(boot.start_at_boot(session))
    assert [(result.name, type(result.error)) for result in found] == [("broken", NotFound)]
