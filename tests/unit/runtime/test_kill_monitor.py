"""A monitor that waits for its exit command is not killed where systemd waits for its exit status."""

import os
import shutil

import pytest

from pycman.linux.processes import find_program, reap, spawn
from pycman.runtime import conmon
from pycman.runtime.conmon import kill_monitor
from pycman.spec.cgroup_names import is_in_service

SERVICE = "/system.slice/web.service/supervisor"


@pytest.mark.parametrize(
    ("group", "wanted"),
    [
        (SERVICE, True),
        ("/system.slice/web.service", True),
        ("/user.slice/user-1.slice/user@1.service/app.slice/web.service", True),
        ("/user.slice/user-1.slice/user@1.service/init.scope", False),
        ("/user.slice/user-1.slice/user@1.service", False),
        ("/user.slice/user-1.slice/user@1.service/user.slice/pycman-conmon-1.scope", False),
        ("/machine.slice/pycman-conmon-1.scope", False),
        ("/pycman/pycman-1", False),
        ("/", False),
        ("", False),
    ],
)
def test_the_innermost_unit_counts(group, wanted) -> None:
    assert is_in_service(group) is wanted


@pytest.mark.parametrize(
    ("group", "has_exited", "killed"),
    [
        (SERVICE, True, False),
        (SERVICE, False, True),
        ("/machine.slice/pycman-conmon-1.scope", True, True),
        ("/", True, True),
    ],
    ids=["a service's, after the exit", "a service's, of a failed start", "in a scope", "without systemd"],
)
@pytest.mark.parametrize("hierarchy", ["", "name=systemd"], ids=["v2", "v1"])
def test_a_services_main_process_ends_by_itself(tmp_path, monkeypatch, group, has_exited, killed, hierarchy) -> None:
    monkeypatch.setattr(conmon, "group_of", lambda _pid, which: group if which == hierarchy else "/")
    shutil.copy(find_program("cat"), tmp_path / "conmon")
    (tmp_path / "conmon").chmod(0o755)
    read, write = os.pipe()
    pid = spawn([f"{tmp_path}/conmon"], descriptors={0: read})
    os.close(read)
    (tmp_path / "pid").write_text(str(pid))
    kill_monitor(f"{tmp_path}/pid", has_exited=has_exited)
    os.close(write)  # one that was left alone ends now, with status 0
    assert reap(pid) == (137 if killed else 0)
