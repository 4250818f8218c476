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
    folder = str(root_pycman.folder)
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", _SCRIPT],
        env={**root_pycman.env, "FOLDER": folder, "PROGRAM": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    _end_the_old_boot(folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:5] == ["kept exited", "255", "kept", "here", "kept running"]
    assert "0 left" in lines[5]
