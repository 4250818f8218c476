"""What podman's habits say of a start: descriptors that are passed on, a working directory that must be there, the log of events."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

IMAGE = "busybox:1"


@pytest.fixture
def podman(pycman, program):
    """The same store under the name podman."""
    path = pycman.folder / "podman"
    shutil.copy(program, path)
    path.chmod(0o755)
    prefix = list(pycman._prefix)
    pycman._prefix = [str(path), *prefix[1:]]
    try:
        yield pycman
    finally:
        pycman._prefix = prefix


def test_a_start_as_podman_has_it(podman) -> None:
    conf = podman.folder / "events.conf"
    conf.write_text(f'[engine]\nevents_logfile_path = "{podman.folder}/events"\n', encoding="utf-8")
    env = {"CONTAINERS_CONF": str(conf)}
    script = 'exec 3<<< three; exec 4<<< four; exec "$@"'
    words = podman.argv("run", "--rm", "--preserve-fds", "2", IMAGE, "sh", "-c", "cat <&3; cat <&4")
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words], capture_output=True, check=False, timeout=60, **podman.options(env)
    )
    assert done.stdout == b"three\nfour\n", done.stderr
    logged = [json.loads(line)["Status"] for line in (podman.folder / "events").read_text().splitlines()]
    assert {"create", "start", "died", "remove"} <= set(logged)
    missing = podman.run("run", "--rm", "--workdir", "/i/do/not/exist", IMAGE, "pwd")
    assert (missing.returncode, missing.stdout) == (126, b"")
    assert b'workdir "/i/do/not/exist" does not exist on container' in missing.stderr
    assert podman("run", "--rm", "--tmpfs", "/made/below", "--workdir", "/made", IMAGE, "pwd") == "/made\n"
