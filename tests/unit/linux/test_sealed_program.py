"""A copy of a program in sealed memory: nobody can change it, it is executed in place of its file, and the file where it cannot be."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import shutil
from pathlib import Path

import pytest

from pycman.linux.processes import reap, spawn
from pycman.linux.sealed_program import SealedProgram

TRUE, FALSE = "/bin/true", "/bin/false"
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def _open_files() -> int:
    gc.collect()  # those of other tests' garbage are closed
    return len(os.listdir("/proc/self/fd"))


def test_nobody_can_change_it() -> None:
    copy = SealedProgram(TRUE)
    content = Path(TRUE).read_bytes()
    assert os.pread(copy.descriptor, len(content) + 1, 0) == content
    assert fcntl.fcntl(copy.descriptor, fcntl.F_GET_SEALS) == SEALS, "crun compares with exactly these"
    assert os.fstat(copy.descriptor).st_mode & 0o7777 == 0o500
    again = os.open(copy.shared_path(), os.O_RDWR)
    try:
        for attempt in (
            lambda: os.pwrite(again, b"#!", 0),
            lambda: os.ftruncate(again, 0),
            lambda: os.ftruncate(again, 1 << 20),
        ):
            with pytest.raises(PermissionError):
                attempt()
        with pytest.raises(PermissionError):
            fcntl.fcntl(again, fcntl.F_ADD_SEALS, 0)
    finally:
        os.close(again)
    assert os.pread(copy.descriptor, len(content) + 1, 0) == content


def test_it_is_executed_in_place_of_its_file_and_the_file_where_it_cannot_be() -> None:
    copy = SealedProgram(TRUE)
    for descriptors in ({}, {0: copy.descriptor}, {copy.descriptor + 1: 0}):
        assert reap(spawn([FALSE], descriptors=descriptors, program=copy.descriptor)) == 0
    assert reap(spawn([FALSE], descriptors={copy.descriptor: 0}, program=copy.descriptor)) == 1, "its number is taken"
    assert reap(spawn([copy.shared_path()])) == 0
    os.fchmod(copy.descriptor, 0)  # what a container that got at it could do
    assert not copy.is_usable()
    assert reap(spawn([FALSE], program=copy.descriptor)) == 1


def test_what_is_more_than_its_bytes_is_not_copied(tmp_path: Path) -> None:
    before = _open_files()
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    set_id = tmp_path / "set-id"
    shutil.copy(TRUE, set_id)
    set_id.chmod(0o4755)
    for path in (script, set_id, tmp_path, Path("/dev/null")):
        with pytest.raises(OSError, match=os.strerror(errno.ENOEXEC)) as caught:
            SealedProgram(str(path))
        assert caught.value.errno == errno.ENOEXEC
    with pytest.raises(FileNotFoundError):
        SealedProgram(f"{tmp_path}/none")
    del caught
    assert _open_files() == before


def test_it_is_made_where_the_kernel_does_not_know_the_flag_for_programs(monkeypatch) -> None:
    create = os.memfd_create

    def older(name: str, flags: int) -> int:
        if flags & ~(os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING):
            raise OSError(errno.EINVAL, "")
        return create(name, flags)

    monkeypatch.setattr(os, "memfd_create", older)
    assert reap(spawn([FALSE], program=SealedProgram(TRUE).descriptor)) == 0


def test_it_belongs_to_the_process_that_made_it_and_goes_with_its_object() -> None:
    before = _open_files()
    copy = SealedProgram(TRUE)
    assert copy.is_usable()
    child = os.fork()
    if child == 0:
        good = not copy.is_usable()
        copy.close()
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert copy.is_usable()
    assert _open_files() == before + 1
    del copy
    assert _open_files() == before
