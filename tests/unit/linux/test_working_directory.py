"""A working directory that was deleted: programs are started all the same, and this process stays where it is."""

from __future__ import annotations

import os

import pytest

from pycman.linux.processes import run


def test_programs_are_started_from_a_directory_that_was_deleted(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone").mkdir()
    os.chdir("gone")
    here = os.stat(".")
    (tmp_path / "gone").rmdir()
    assert run(["/bin/pwd"]).stdout == b"/\n"
    assert os.path.samestat(os.stat("."), here)
    with pytest.raises(FileNotFoundError):
        os.getcwd()  # so that no relative path means another file


def test_programs_are_started_where_this_process_is(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["/bin/pwd"]).stdout == f"{tmp_path}\n".encode()
