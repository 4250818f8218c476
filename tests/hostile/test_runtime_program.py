"""The OCI runtime's program is not what runs in a container: who writes to it through /proc writes to nothing (CVE-2019-5736)."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

import pytest

from pycman.linux.processes import find_program

CRUN = Path(find_program("crun"))
LIBRARIES = [
    word
    for folder in ("/lib", "/lib64", "/usr/lib")
    if Path(folder).exists()
    for word in ("-v", f"{folder}:{folder}:ro")
]
SEALED = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def test_a_container_that_has_the_runtime_execute_itself_gets_a_sealed_copy(pycman) -> None:
    known = hashlib.sha256(CRUN.read_bytes()).digest()
    none = ("--network", "none")
    pycman("create", "--name", "c", *none, "busybox:1", "sleep", "1000")
    pycman("container", "init", "c")
    pid = pycman("inspect", "--format", "{{.State.Pid}}", "c").strip()
    program = f"/proc/{pid}/exe"  # the runtime waits in the container for its start
    if os.readlink(program).startswith(
        "/memfd:"
    ):  # else crun shows itself read-only: where its path counts (sealed_crun.py)
        descriptor = os.open(program, os.O_RDONLY)
        assert fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) == SEALED
        os.close(descriptor)
    with pytest.raises(OSError, match=r"busy|Read-only"):
        os.open(program, os.O_WRONLY)
    pycman("start", "c")
    assert pycman("exec", "c", "echo", "in").strip() == "in"
    pycman("rm", "-f", "-t", "0", "c")
    ran = pycman("run", "--rm", *none, *LIBRARIES, "busybox:1", "/proc/self/exe", "--version")
    assert "crun version" in ran, "the attack's way: the image's command is the runtime itself"
    assert hashlib.sha256(CRUN.read_bytes()).digest() == known
