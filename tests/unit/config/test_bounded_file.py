"""Files of settings that are none: they neither block nor fill the memory."""

from __future__ import annotations

import os
import threading

import pytest

from cli.specs.pairs import read_lines
from cri_server.config import load_config
from pycman.config.auth_json import read_auth_file
from pycman.config.bounded_file import read_bounded
from pycman.config.policy_json import read_policy
from pycman.config.toml_file import load_toml
from pycman.errors import InvalidInput, PycmanError

READERS = {
    "toml": load_toml,
    "auth.json": read_auth_file,
    "policy.json": read_policy,
    "cri.toml": lambda path: load_config(path, must_exist=True),
    "env file": lambda path: read_lines(path, "--env-file"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_device_without_an_end_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="/dev/zero"):
        READERS[name]("/dev/zero")


@pytest.mark.parametrize("name", READERS)
def test_a_fifo_that_nobody_writes_to_is_an_empty_file(name: str, tmp_path) -> None:
    os.mkfifo(tmp_path / "fifo")
    empty = tmp_path / "empty"
    empty.touch()
    assert READERS[name](f"{tmp_path}/fifo") == READERS[name](str(empty))


@pytest.mark.parametrize("name", READERS)
def test_a_directory_is_told(name: str, tmp_path) -> None:
    with pytest.raises(PycmanError, match="is a directory"):
        READERS[name](str(tmp_path))


def test_what_a_shell_makes_of_another_commands_output_is_read_whole() -> None:
    read, write = os.pipe()
    writer = threading.Thread(
        target=lambda: (os.write(write, b"A=1\n" * 10_000), os.write(write, b"B=2\n"), os.close(write))
    )
    writer.start()
    assert read_bounded(f"/dev/fd/{read}") == b"A=1\n" * 10_000 + b"B=2\n"
    writer.join()
    os.close(read)
    assert read_bounded("/dev/null") == b""


@pytest.mark.parametrize("read", [load_toml, READERS["cri.toml"]], ids=["containers.conf", "cri.toml"])
def test_toml_that_is_nested_too_deeply_is_told(read, tmp_path) -> None:
    path = tmp_path / "deep"
    path.write_text("a = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(InvalidInput, match="nested too deeply"):
        read(str(path))
