"""Which processes are moved to scopes of their own: nobody else's unit ends helpers that containers of others need."""

from __future__ import annotations

import os
import sys

import pytest

from pycman.errors import Unavailable
from pycman.linux.processes import spawn, start_time
from pycman.linux.systemd import own_scope, units
from pycman.network.reconcile.helpers import has_dead_helper, living_helpers
from pycman.spec.cgroup_names import is_scope_of_helpers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("group", "stays"),
    [
        ("/system.slice/web.service", False),
        ("/system.slice/web.service/supervisor", False),
        ("/user.slice/user-0.slice/session-4.scope", False),
        ("/machine.slice/pycman-conmon-abc.scope", False),
        ("/machine.slice/pycman-network-77.scope", True),
        ("/user.slice/user-9.slice/user@9.service/user.slice/pycman-12.scope", True),
        ("/machine.slice/pycman-supervisor-5.scope", True),
        ("/system.slice/pycman-restart.service", False),
        ("", False),
    ],
)
def test_where_helpers_may_stay(group: str, stays: bool) -> None:
    assert is_scope_of_helpers(group) is stays


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """A host with systemd, and what is asked of it."""
    asked: list[tuple[object, ...]] = []

    def start(_manager: units.Manager, unit: str, slice_name: str, pids: list[int], _description: str) -> None:
        asked.append((unit, slice_name, pids))

    monkeypatch.setattr(own_scope, "_has_units", lambda: True)
    monkeypatch.setattr(own_scope, "bus_path", lambda _uid, rootless: "/bus")
    monkeypatch.setattr(units.Manager, "start_scope", start)
    return asked


def groups(monkeypatch: pytest.MonkeyPatch, of: dict[int, str]) -> None:
    monkeypatch.setattr(own_scope, "group_of", of.__getitem__)


def test_helpers_leave_a_service_together(started: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    service = "/system.slice/web.service"
    groups(monkeypatch, {7: service, 8: "/machine.slice/pycman-network-8.scope", 9: service})
    own_scope.move_helpers(0, [7, 8, 9], rootless=False)
    own_scope.move_helpers(0, [8], rootless=False)
    assert started == [("pycman-network-7.scope", "machine.slice", [7, 9])]


def test_a_user_has_a_slice_of_the_users(started: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    groups(monkeypatch, {7: "/user.slice/user-9.slice/user@9.service/app.slice/web.service"})
    own_scope.move_helpers(9, [7], rootless=True)
    assert started == [("pycman-network-7.scope", "user.slice", [7])]


def test_systemd_that_refuses_is_no_error(started: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        started.append(("asked",))
        raise Unavailable("no", subject="systemd")

    monkeypatch.setattr(units.Manager, "start_scope", refuse)
    groups(monkeypatch, {7: ""})
    own_scope.move_helpers(0, [7], rootless=False)
    assert started == [("asked",)]


@pytest.fixture
def named(tmp_path: Path) -> Iterator[int]:
    """A process that was told the folder of names, as aardvark-dns is."""
    (tmp_path / "names").mkdir()
    pid = spawn([sys.executable, "-IS", "-c", "import signal; signal.pause()", f"{tmp_path}/names"])
    yield pid
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def test_only_the_process_that_was_meant_is_a_helper(tmp_path: Path, named: int) -> None:
    folder, me = str(tmp_path), os.getpid()
    assert (living_helpers(folder), has_dead_helper(folder)) == ([], False)
    (tmp_path / "names/aardvark.pid").write_text(f"{named}\n")
    (tmp_path / "relay.pid").write_text(f"{me} {start_time(me)}\n")
    assert (living_helpers(folder), has_dead_helper(folder)) == ([me, named], False)
    (tmp_path / "relay.pid").write_text(f"{me} {start_time(me) + 1}\n")  # the pid has been given to another since
    (tmp_path / "names/aardvark.pid").write_text(f"{os.getppid()}\n")
    assert (living_helpers(folder), has_dead_helper(folder)) == ([], True)
