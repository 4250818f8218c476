"""How commands end: the table of docs/statuses.md, as `run`, `exec`, `wait` and `inspect` tell it."""

from __future__ import annotations

import subprocess

from pycman.linux.mounts import mount_tmpfs, unmount
from tests.support.waiting import wait_until


def state(pycman, name: str) -> str:
    return pycman("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name).strip()


def begun(pycman, *words: str) -> subprocess.Popen[bytes]:
    """Start a command that waits for container c, which runs when this returns."""
    process = subprocess.Popen(
        pycman.argv(*words),
        **pycman.options(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: pycman.run("inspect", "-f", "{{.State.Running}}", "c").stdout == b"true\n", "c does not run")
    return process


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=30)
    return process.returncode, output.decode()


def test_who_waits_for_a_container_that_is_removed_by_force_gets_137(pycman) -> None:
    foreground = begun(pycman, "run", "--name", "c", "--network", "none", "busybox:1", "sleep", "100")
    waiting, attached = begun(pycman, "wait", "c"), begun(pycman, "attach", "c")
    command = begun(pycman, "exec", "c", "sleep", "100")
    wait_until(lambda: pycman("top", "c").count("sleep") == 2, "exec has not begun")
    pycman("rm", "-f", "-t", "0", "c")
    assert ended(foreground)[0] == 137
    assert ended(waiting) == (0, "137\n")
    assert ended(attached)[0] == 137
    assert ended(command)[0] == 137


def test_who_waits_for_one_run_gets_its_status_though_another_follows(root_pycman) -> None:
    pycman = root_pycman
    script = "trap 'exit 3' TERM; while :; do sleep .05; done"
    pycman("run", "-d", "--name", "c", "--network", "none", "busybox:1", "sh", "-c", script)
    waiting = begun(pycman, "wait", "c")
    pycman("restart", "c")
    assert ended(waiting) == (0, "3\n")
    assert state(pycman, "c") == "running 0"
    pycman("kill", "-s", "TERM", "c")
    assert pycman("wait", "c") == "3\n"
    assert state(pycman, "c") == "exited 3"
    assert "container is not running (exited)" in pycman.fails("kill", "c", status=1)
    assert "container is not running (exited)" in pycman.fails("exec", "c", "true", status=1)


def test_a_container_over_its_time_ends_with_255(root_pycman) -> None:
    done = root_pycman.run("run", "--name", "c", "--timeout", "1", "--network", "none", "busybox:1", "sleep", "100")
    assert done.returncode == 255
    assert (root_pycman("wait", "c"), state(root_pycman, "c")) == ("255\n", "exited 255")


def test_a_command_on_a_mount_without_execution_is_denied_and_not_missing(root_pycman, tmp_path) -> None:
    pycman = root_pycman
    mount_tmpfs(str(tmp_path), "mode=755")
    try:
        (tmp_path / "tool").write_text("#!/bin/sh\n")
        (tmp_path / "tool").chmod(0o755)
        words = ("--network", "none", "-v", f"{tmp_path}:/n", "busybox:1")
        line = pycman.fails("run", "--rm", *words, "/n/tool", status=126)
        assert (
            line
            == "Error: /n/tool: permission denied (it lies on a mount: look at its mode, and whether that is mounted noexec)"
        )
        pycman("run", "-d", "--name", "c", *words, "sleep", "100")
        assert "permission denied" in pycman.fails("exec", "c", "/n/tool", status=126)
        pycman("rm", "-f", "-t", "0", "c")
    finally:
        unmount(str(tmp_path))
