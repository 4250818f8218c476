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


_ROOTLESS = """
import os, sys, threading, time
sys.path.insert(0, sys.argv[1])
import pycman
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
with pycman.Engine.open(root=sys.argv[3], run_root=sys.argv[4]) as engine:
    engine.images.load(sys.argv[2])
    spec = pycman.ContainerSpec(image="busybox:1", command=("id", "-u"), auto_remove=True)
    print(engine.containers.run(spec, streams=pycman.Streams())[1], flush=True)
    try:
        engine.containers.get("nosuch")
    except pycman.PycmanError as error:
        print(type(error).__name__)
print(os.getuid())
"""


def test_a_program_with_threads_is_never_moved_into_namespaces(pycman, program, busybox_archive) -> None:
    words = [
        str(program.parent / "python"),
        "-c",
        _ROOTLESS,
        str(program.parent.parent / "source"),
        str(busybox_archive),
    ]
    words += [f"{pycman.folder}/root", f"{pycman.folder}/run"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, **pycman.options())
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "0", "NotFound", str(pycman.options().get("user", 0))]
