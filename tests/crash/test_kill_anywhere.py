"""kill -9 at every named point of run, stop, rm and load: the next command finds a sane state, and no container is doubled."""

from __future__ import annotations

import os
import signal

import pytest

RUN_POINTS = [
    "create:row", "create:directories", "create:volumes", "create:ready", "start:marked", "start:0", "start:1", "start:2",
    "start:3", "start:4", "start:5", "start:6", "start:7", "start:8", "start:initialized", "start:started", "cleanup:written", "cleanup:deleted",
    "cleanup:unmounted", "remove:marked", "remove:directories", "remove:row",
]  # fmt: skip


@pytest.mark.parametrize("point", RUN_POINTS)
def test_a_killed_run_can_be_run_again(pycman, point: str) -> None:
    words = ("run", "--rm", "--name", "c", "-v", "/anonymous", "busybox:1", "echo", "done")
    killed = pycman.run(*words, env={"PYCMAN_TEST_CRASH_AT": point})
    assert killed.returncode == -9
    pycman.run("rm", "-f", "c")
    assert pycman(*words) == "done\n"
    assert pycman("ps", "-aq") == ""
    assert pycman("volume", "ls", "-q") == ""
    assert list(pycman.folder.glob("run/runtime/*/*")) == []  # what the runtime keeps of a container, its cgroup too


@pytest.mark.parametrize("point", ["cleanup:written", "cleanup:deleted", "cleanup:unmounted"])
def test_a_killed_stop_loses_nothing(pycman, point: str) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    pycman.run("stop", "-t", "0", "c", env={"PYCMAN_TEST_CRASH_AT": point})
    assert pycman("ps", "-a", "--format", "{{.Names}} {{.State}}") == "c exited\n"
    pycman("start", "c")
    assert pycman("ps", "--format", "{{.Names}}") == "c\n"


@pytest.mark.parametrize("point", ["blob:written", "blob:renamed", "layer:reserved", "layer:unpacked", "layer:renamed"])
def test_a_killed_load_can_be_loaded_again(root_pycman, busybox_archive, point: str) -> None:
    root_pycman("rmi", "busybox:1")
    root_pycman.run("load", "-i", str(busybox_archive), env={"PYCMAN_TEST_CRASH_AT": point})
    root_pycman("load", "-i", str(busybox_archive))
    assert root_pycman("run", "--rm", "busybox:1", "echo", "ok") == "ok\n"
    assert "0 left" in root_pycman("system", "check", "--repair")


def test_a_killed_monitor_loses_no_container(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    pid, conmon = pycman("inspect", "-f", "{{.State.Pid}} {{.State.ConmonPid}}", "c").split()
    os.kill(int(conmon), signal.SIGKILL)
    assert pycman("ps", "--format", "{{.Names}} {{.State}}") == "c running\n"
    os.kill(int(pid), signal.SIGKILL)
    assert pycman("ps", "-a", "--format", "{{.Names}} {{.State}}") in ("c exited\n", "c running\n")
    pycman("rm", "-f", "c")
    assert pycman("ps", "-aq") == ""


def test_a_paused_container_is_told_as_such_where_it_can_be(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    if pycman.rootless:
        assert "no cgroup" in pycman.fails("pause", "c")
        return
    pycman("pause", "c")
    assert pycman("ps", "--format", "{{.State}}") == "paused\n"
    pycman("unpause", "c")
    assert pycman("ps", "--format", "{{.State}}") == "running\n"


@pytest.mark.parametrize("step", range(7))
def test_a_killed_maker_of_namespaces_holds_nobody_up(pycman, step) -> None:
    pycman.end_namespaces()
    killed = pycman.run("run", "--rm", "busybox:1", "true", env={"PYCMAN_TEST_CRASH_AT": f"namespaces-make:{step}"})
    assert killed.returncode == (-9 if pycman.rootless else 0)
    assert pycman.run("run", "--rm", "busybox:1", "echo", "ok").stdout == b"ok\n"
