"""cp killed in the middle: nothing of its view stays mounted, and the container goes on as if it had not been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from pycman.linux.mounts import is_mounted, read_mounts
from pycman.spec.mount import Mount
from tests.support.engines import create
from tests.support.waiting import wait_until

_COPY = """
import sys
from pycman import Engine
with Engine.open(root=sys.argv[1], run_root=sys.argv[2], join_namespaces=True) as engine:
    engine.containers.copy_in("box", "/data", sys.stdin.buffer)
"""


def mounts_of(engine):
    """Return how much is mounted below the engine's directories."""
    folder = os.path.dirname(engine.session.paths.root)
    return sum(mount.target.startswith(folder) for mount in read_mounts())


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def start_copy(engine):
    """Begin a cp that waits for its standard input, and return it once its view is up."""
    paths = engine.session.paths
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    argv = [sys.executable, "-c", _COPY, paths.root, paths.run_root]
    copy = subprocess.Popen(argv, stdin=subprocess.PIPE, env=env)
    wait_until(lambda: children(copy.pid))
    return copy


def test_a_killed_copy_leaves_a_container_that_starts_and_goes(engine):
    volume = Mount(kind="volume", source="v", target="/data")
    container = create(engine, "cat", "/data/file", name="box", mounts=(volume,))
    before = mounts_of(engine)
    copy = start_copy(engine)
    (holder,) = children(copy.pid)
    copy.send_signal(signal.SIGKILL)
    copy.wait()
    copy.stdin.close()
    wait_until(lambda: not os.path.exists(f"/proc/{holder}/ns/mnt"))
    assert mounts_of(engine) <= before + 1
    engine.containers.start(container)
    assert engine.containers.wait(container) == 0
    engine.containers.cleanup(container)
    assert not is_mounted(engine.session.paths.merged(container))
    assert mounts_of(engine) == before


def test_a_container_can_be_removed_after_a_killed_copy(engine):
    container = create(engine, name="box", mounts=(Mount(kind="volume", source="v", target="/data"),))
    copy = start_copy(engine)
    copy.send_signal(signal.SIGKILL)
    copy.wait()
    copy.stdin.close()
    assert engine.containers.remove("box") == [container]
    assert engine.volumes.remove("v", force=True) == "v"
