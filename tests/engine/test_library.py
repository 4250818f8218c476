"""The engine without the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_example_runs_a_container(busybox_archive, tmp_path) -> None:
    words = [
        str(ROOT / "examples/run_container.py"),
        str(busybox_archive),
        "busybox:1",
        f"{tmp_path}/root",
        f"{tmp_path}/run",
    ]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/sbin:/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "hello from the library\n" in done.stdout
    assert "ended with 0" in done.stdout
