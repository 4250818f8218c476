"""Another program has removed the table of pycman's networks: that is seen, and every step is done again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pycman.containers.change.revive import has_lost_helpers
from pycman.errors import TimedOut
from pycman.linux.files import take_lock
from pycman.linux.processes import find_program
from pycman.network.reconcile import work
from pycman.network.reconcile.reconcile import Applied, Place

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_TABLES = """
import subprocess
from pycman.network.reconcile.desired import Bridge, Desired
from pycman.network.reconcile.nftables import begin_table, finish_table, table_is_gone, table_text

def put(*names):
    bridges = tuple(Bridge(name=name, interface=name, subnets=("10.1.0.0/24",), gateways=()) for name in names)
    nft = begin_table(table_text("pycman", Desired(bridges=bridges)), "pycman", lock=-1)
    if nft is not None:
        finish_table(nft)
    listed = subprocess.run(["nft", "list", "ruleset"], check=True, capture_output=True, text=True).stdout
    print(nft is not None, table_is_gone("pycman"), *(name for name in ("first", "second") if name in listed))

put()
put("first")
put("second")
put()
put("second")
subprocess.run(["nft", "flush", "ruleset"], check=True)
print(table_is_gone("pycman"))
"""
_LOCKED = """
import os, sys
from pycman.linux.files import take_lock
from pycman.network.reconcile.desired import Bridge, Desired
from pycman.network.reconcile.nftables import begin_table, table_text

lock = take_lock(sys.argv[1], timeout_s=30, subject="networks")
bridge = Bridge(name="b", interface="b", subnets=("10.1.0.0/24",), gateways=())
begin_table(table_text("pycman", Desired(bridges=(bridge,))), "pycman", lock=lock)
os.kill(os.getpid(), 9)
"""


def test_the_table_is_made_replaced_and_deleted_only_where_it_is_there() -> None:
    command = ["unshare", "--net", sys.executable, "-c", _TABLES]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "False True", "True False first", "True False second", "True True", "True False second", "True",
    ]  # fmt: skip


def test_nobody_changes_the_table_while_the_nft_of_a_killed_command_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    nft = tmp_path / "nft"
    nft.write_text(f'#!/bin/sh\nread line < {gate}\nexec {find_program("nft")} "$@"\n')
    nft.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["unshare", "--net", sys.executable, "-c", _LOCKED, str(tmp_path / "lock")]
    killed = subprocess.run(command, cwd=ROOT, env=env, check=False)
    assert killed.returncode == -9
    with pytest.raises(TimedOut):
        take_lock(str(tmp_path / "lock"), timeout_s=0, subject="networks")
    gate.write_text("go on\n")
    os.close(take_lock(str(tmp_path / "lock"), timeout_s=60, subject="networks"))


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_networks_without_their_table_were_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    monkeypatch.setattr(work, "table_is_gone", lambda name: gone and name == "pycman_1")
    place = Place(folder=str(tmp_path), table="pycman_1")
    assert not work.was_undone(place, Applied())  # nothing was applied, so nothing is lost
    (tmp_path / "applied.json").write_text("{}")
    assert work.was_undone(place, Applied()) is gone
    assert not work.was_undone(place.replace(uplink=object()), Applied())


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_the_supervisor_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    monkeypatch.setattr(work, "table_is_gone", lambda _name: gone)
    monkeypatch.setattr(
        "pycman.containers.change.revive.place_of", lambda _session: Place(folder=str(tmp_path), table="t")
    )
    (tmp_path / "applied.json").write_text("{}")
    session = SimpleNamespace(paths=SimpleNamespace(network=str(tmp_path)), db=SimpleNamespace(rows=lambda _sql: []))
    assert has_lost_helpers(session) is gone  # type: ignore[arg-type]
