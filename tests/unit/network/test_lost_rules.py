"""Another program has removed the table of pycman's networks: that is seen, and every step is done again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pycman.containers.change.revive import has_lost_helpers
from pycman.network.reconcile import in_child
from pycman.network.reconcile.reconcile import Applied, Place

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_FLUSHED = """
import subprocess
from pycman.network.reconcile.nftables import apply_table, table_is_gone
said = [table_is_gone("pycman")]
apply_table("table inet pycman {}; table inet other {}")
said.append(table_is_gone("pycman"))
subprocess.run(["nft", "flush", "ruleset"], check=True)
print(*said, table_is_gone("pycman"))
"""


def test_the_kernel_is_asked_for_the_table() -> None:
    command = ["unshare", "--net", sys.executable, "-c", _FLUSHED]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False", "True"]


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_networks_without_their_table_were_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    monkeypatch.setattr(in_child, "table_is_gone", lambda name: gone and name == "pycman_1")
    place = Place(folder=str(tmp_path), table="pycman_1")
    assert not in_child.was_undone(place, Applied())  # nothing was applied, so nothing is lost
    (tmp_path / "applied.json").write_text("{}")
    assert in_child.was_undone(place, Applied()) is gone
    assert not in_child.was_undone(place.replace(uplink=object()), Applied())


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_the_supervisor_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    monkeypatch.setattr(in_child, "table_is_gone", lambda _name: gone)
    monkeypatch.setattr(
        "pycman.containers.change.revive.place_of", lambda _session: Place(folder=str(tmp_path), table="t")
    )
    (tmp_path / "applied.json").write_text("{}")
    session = SimpleNamespace(paths=SimpleNamespace(network=str(tmp_path)), db=SimpleNamespace(rows=lambda _sql: []))
    assert has_lost_helpers(session) is gone  # type: ignore[arg-type]
