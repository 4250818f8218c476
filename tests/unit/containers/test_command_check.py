from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.containers.diagnose.command_check import check_command

ENV = {"PATH": "/bin:/usr/bin"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    shell = tmp_path / "bin/sh"
    shell.write_bytes(
        Path("/bin/busybox").read_bytes() if os.path.exists("/bin/busybox") else Path("/bin/true").read_bytes()
    )
    shell.chmod(0o755)
    return tmp_path


def put(root: Path, name: str, content: bytes, mode: int = 0o755) -> None:
    path = root / name
    path.write_bytes(content)
    path.chmod(mode)


def reference(root: Path, *argv: str) -> str:
    finding = check_command(str(root), argv, ENV)
    return finding.reference if finding else "fine"


def elf(machine: int = 62, loader: bytes = b"") -> bytes:
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + machine.to_bytes(2, "little") + bytes(12)
    head += (64).to_bytes(8, "little") + bytes(12) + (64).to_bytes(2, "little") + (56).to_bytes(2, "little")
    head += (1).to_bytes(2, "little") + bytes(6)
    offset, size = (200).to_bytes(8, "little"), len(loader).to_bytes(8, "little")
    header = (3).to_bytes(4, "little") + bytes(4) + offset + bytes(16) + size + bytes(16) if loader else bytes(56)
    return (head + header).ljust(200, b"\0") + loader


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the crafted program is for x86_64")
def test_programs_for_another_machine_and_missing_loaders_are_reported(root: Path) -> None:
    put(root, "bin/good", elf())
    put(root, "bin/arm", elf(183))
    put(root, "bin/dynamic", elf(loader=b"/lib/ld-musl-x86_64.so.1\0"))
    assert [reference(root, name) for name in ("good", "arm", "dynamic")] == ["fine", "other-machine", "loader-missing"]


def test_each_cause_has_its_reference(root: Path) -> None:
    put(root, "bin/plain", b"#!/bin/sh\n", 0o644)
    put(root, "bin/dos", b"#!/bin/sh\r\n")
    put(root, "bin/python", b"#!/usr/bin/python9\n")
    put(root, "bin/by-env", b"#!/usr/bin/env node\n")
    put(root, "bin/text", b"hello\n")
    put(root, "bin/empty", b"")
    (root / "bin/folder").mkdir()
    (root / "bin/link").symlink_to("/nowhere")
    os.makedirs(root / "usr/bin")
    put(root, "usr/bin/env", b"#!/bin/sh\n")
    names = ("plain", "dos", "python", "by-env", "text", "empty", "folder", "missing")
    assert {name: reference(root, name) for name in names} == {
        "plain": "not-executable",
        "dos": "crlf-line-ends",
        "python": "interpreter-missing",
        "by-env": "interpreter-missing",
        "text": "no-interpreter-line",
        "empty": "empty-file",
        "folder": "is-directory",
        "missing": "command-missing",
    }
    assert reference(root, "/bin/link") == "dangling-link"


def test_a_link_that_points_out_of_the_root_is_followed_within_it(root: Path) -> None:
    (root / "bin/escape").symlink_to("../../../../../../etc/passwd")
    assert reference(root, "/bin/escape") == "dangling-link"


def test_a_shell_builtin_is_to_be_run_by_a_shell(root: Path) -> None:
    finding = check_command(str(root), ("cd", "/"), ENV)
    assert finding is not None
    assert "sh -c" in finding.fix
