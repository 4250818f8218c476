"""A host that was started again: another boot id, an empty run root. No container, image or volume is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

_SCRIPT = """
set -e
echo 11111111-2222-3333-4444-555555555555 > "$FOLDER/boot_id"
mount --bind "$FOLDER/boot_id" /proc/sys/kernel/random/boot_id
P() { "$PROGRAM" --root "$FOLDER/root" --runroot "$FOLDER/run2" "$@"; }
P ps -a --format '{{.Names}} {{.State}}'
P inspect -f '{{.State.ExitCode}}' kept
P start kept
P exec kept cat /data/file
P ps -a --format '{{.Names}} {{.State}}'
P system check | tail -n 1
P rm -f kept
"""


def _after_a_boot(pycman, program, script: str) -> str:
    """Return what a script prints that looks at the store as another boot would find it."""
    folder = str(pycman.folder)
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", script],
        env={**pycman.env, "FOLDER": folder, "PROGRAM": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    _end_the_old_boot(folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _end_the_old_boot(folder: str) -> None:
    """End what a reboot would have ended: the first boot's containers, monitors and mounts."""
    for name in Path(folder, "run/containers").iterdir():
        for pid_file in ("pidfile", "conmon.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((name / pid_file).read_text()), signal.SIGKILL)
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(Path(folder, "run/network/names/aardvark.pid").read_text()), signal.SIGKILL)
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for target in reversed([mount for mount in mounts if mount.startswith(folder)]):
        subprocess.run(["umount", "-l", target], check=True)
    for name in ("containers", "network"):
        shutil.rmtree(f"{folder}/run/{name}")


def test_after_a_reboot_containers_are_exited_and_can_be_started(root_pycman, program) -> None:
    root_pycman(
        "run", "-d", "--name", "kept", "-v", "v:/data", "busybox:1", "sh", "-c", "echo here > /data/file; sleep 1000"
    )
    root_pycman("run", "-d", "--rm", "--name", "gone", "busybox:1", "sleep", "1000")
    output = _after_a_boot(root_pycman, program, _SCRIPT)
    lines = output.splitlines()
    assert lines[:5] == ["kept exited", "255", "kept", "here", "kept running"]
    assert "0 left" in lines[5]


_BOOT = """
set -e
echo 11111111-2222-3333-4444-555555555556 > "$FOLDER/boot_id"
mount --bind "$FOLDER/boot_id" /proc/sys/kernel/random/boot_id
P() { "$PROGRAM" --root "$FOLDER/root" --runroot "$FOLDER/run2" "$@"; }
P boot start
echo --
P inspect -f '{{.State.Health.Status}}' db
P boot stop
echo --
P ps -aq | wc -l
P ps -q | wc -l
P boot start
P rm -af >/dev/null
P pod rm -af >/dev/null
"""


def test_what_has_a_restart_policy_starts_with_the_host_in_its_order(root_pycman, program) -> None:
    sleep = ("busybox:1", "sleep", "1000")
    health = ("--health-cmd", "test -e /ready", "--health-interval", "1s")
    slow = ("busybox:1", "sh", "-c", "sleep 1; touch /ready; sleep 1000")
    root_pycman("create", "--name", "db", *health, *slow)
    root_pycman("run", "-d", "--restart", "unless-stopped", "--name", "web", "--requires", "db", *sleep)
    root_pycman("run", "-d", "--restart", "unless-stopped", "--name", "stopped", *sleep)
    root_pycman("stop", "-t0", "stopped")
    root_pycman("run", "-d", "--name", "once", *sleep)
    root_pycman("pod", "create", "--name", "pod")
    root_pycman("run", "-d", "--pod", "pod", "--restart", "always", "--name", "member", *sleep)
    output = _after_a_boot(root_pycman, program, _BOOT)
    started, healthy, stopped_and_again = output.split("--\n")
    assert started.split() == ["db", "web", "pod"]
    assert healthy.split() == ["healthy", "pod", "web", "db"]
    assert stopped_and_again.split() == ["6", "0", "db", "web", "pod"]
