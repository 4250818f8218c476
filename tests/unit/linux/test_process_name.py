"""Processes that live long have names."""

from __future__ import annotations

import os

from pycman.linux.process_name import name_process
from pycman.linux.processes import program_name


def test_a_named_process_is_shown_by_its_name() -> None:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        name_process("pycman-test")
        os.write(write, program_name(os.getpid()).encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as output:
        assert output.read() == b"pycman-test"
    os.waitpid(child, 0)
