"""When crun is executed from sealed memory: only crun itself, and only where its path counts for nothing."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from pycman.linux import apparmor
from pycman.linux.processes import find_program
from pycman.runtime import sealed_crun as room
from pycman.runtime.failures import UnknownToRuntime
from pycman.runtime.oci_runtime import OciRuntime
from pycman.runtime.oci_runtimes import choose_runtime
from tests.support.sessions import open_session

CRUN = find_program("crun")


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        opened.kept = {}
        yield opened


def _runtime(session, path: str) -> OciRuntime:
    found = choose_runtime(session, path)
    assert isinstance(found, OciRuntime)
    return found


def test_each_container_has_a_copy_of_its_own(session) -> None:
    runtime = _runtime(session, CRUN)
    first = runtime.copy_for("a")
    assert first >= 0
    assert _runtime(session, CRUN).copy_for("a") == first
    inode = os.fstat(first).st_ino
    assert os.fstat(runtime.copy_for("b")).st_ino != inode
    changed = os.fstat(runtime.copy_for("b")).st_ino
    os.fchmod(runtime.copy_for("b"), 0)
    assert os.fstat(runtime.copy_for("b")).st_ino != changed


def test_the_copy_answers_as_crun_does(session) -> None:
    runtime = _runtime(session, CRUN)
    assert runtime.state("nobody") is None
    with pytest.raises(UnknownToRuntime):
        runtime.pause("nobody")


def test_crun_by_another_name_and_scripts_are_executed_by_their_path(session, tmp_path: Path) -> None:
    other = tmp_path / "krun"
    shutil.copy(CRUN, other)
    assert _runtime(session, str(other)).copy_for("a") == -1
    wrapper = tmp_path / "crun"
    wrapper.write_text(f'#!/bin/sh\nexec {CRUN} "$@"\n')
    wrapper.chmod(0o755)
    runtime = _runtime(session, str(wrapper))
    assert runtime.copy_for("a") == -1
    assert runtime.state("nobody") is None


def test_without_executable_memory_it_is_executed_by_its_path(session, monkeypatch) -> None:
    def refused(_name: str, _flags: int) -> int:
        raise PermissionError(errno.EACCES, "vm.memfd_noexec is 2")

    monkeypatch.setattr(os, "memfd_create", refused)
    runtime = _runtime(session, CRUN)
    assert runtime.copy_for("a") == -1
    assert runtime.state("nobody") is None


def test_a_copy_that_does_not_run_is_found_out_once_per_boot(session, tmp_path: Path) -> None:
    broken = tmp_path / "crun"
    broken.write_bytes(b"\x7fELF nothing")
    broken.chmod(0o755)
    assert room.sealed_crun(session, str(broken)) is None
    assert [
        path.read_text()
        for path in Path(session.paths.cache).glob("sealed-crun.json")
        if '"value":false' in path.read_text()
    ]


def test_a_policy_that_goes_by_paths_keeps_it_at_its_path(session, monkeypatch) -> None:
    monkeypatch.setattr(room, "has_selinux", lambda: True)
    assert room.sealed_crun(session, CRUN) is None
    monkeypatch.setattr(room, "has_selinux", lambda: False)
    monkeypatch.setattr(room, "is_dumpable", lambda: False)
    assert room.sealed_crun(session, CRUN) is None
    assert not Path(session.paths.cache, "sealed-crun.json").exists(), "another process may"
    monkeypatch.setattr(room, "is_dumpable", lambda: True)
    monkeypatch.setattr(room, "has_apparmor", lambda: True)
    for confines in (True, False):
        monkeypatch.setattr(apparmor, "confines_program", lambda _path, confines=confines: confines)
        assert (room.sealed_crun(session, CRUN) is None) == confines


@pytest.mark.parametrize(
    ("profiles", "closed", "confined"),
    [
        ([], "0\n", False),
        (["docker-default.3", "crunchy.4"], "0\n", False),
        (["docker-default.3"], "1\n", True),
        (["crun.12"], "0\n", True),
        (["usr.bin.crun.12"], "0\n", True),
        (None, "0\n", True),
    ],
)
def test_profiles_that_name_it_count(profiles, closed, confined, tmp_path: Path, monkeypatch) -> None:
    for name in profiles or ():
        (tmp_path / "policy/profiles" / name).mkdir(parents=True)
    if profiles == []:
        (tmp_path / "policy/profiles").mkdir(parents=True)
    (tmp_path / "closed").write_text(closed)
    monkeypatch.setattr(apparmor, "_FOLDER", str(tmp_path))
    monkeypatch.setattr(apparmor, "_CLOSED_TO_UNCONFINED", f"{tmp_path}/closed")
    assert apparmor.confines_program("/usr/bin/crun") == confined
