"""What a program in a stranger's root may not be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pycman.linux.root_program import refuse_ourselves

OURS = os.stat(sys.executable)


@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_this_interpreter_is_refused_behind_scripts_too(depth: int, tmp_path: Path) -> None:
    path = "/proc/self/exe"
    for number in range(depth):
        script = tmp_path / str(number)
        script.write_text(f"#! {path} -x\nrest\n")
        path = str(script)
    with pytest.raises(PermissionError):
        refuse_ourselves(OURS, path)


def test_a_link_to_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/proc/self/exe")
    with pytest.raises(PermissionError):
        refuse_ourselves(OURS, str(tmp_path / "sh"))


@pytest.mark.parametrize("content", [b"", b"#!", b"#!\n", b"\x7fELF", b"#!/bin/sh\n"])
def test_other_programs_are_not(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(content)
    refuse_ourselves(OURS, str(tmp_path / "program"))
    refuse_ourselves(None, "/proc/self/exe")
    os.mkfifo(tmp_path / "fifo")
    refuse_ourselves(OURS, str(tmp_path / "fifo"))
