"""--preserve-fds and --preserve-fd: which descriptors conmon and the runtime get, and where conmon's own go."""

from __future__ import annotations

import os

import pytest

from cli.call import Call
from cli.specs.descriptors import inherited_descriptors
from pycman.errors import InvalidInput
from pycman.runtime.conmon import monitor_argv
from pycman.runtime.monitor import Monitor, RuntimeProgram


def _call(**flags: object) -> Call:
    return Call("run", {name.replace("_", "-"): value for name, value in flags.items()}, [], {}, "podman", [])


def _options(inherited: tuple[int, ...]) -> list[str]:
    """Return the options that conmon hands to the runtime's create."""
    monitor = Monitor(
        container_id="c", name="c", bundle="/b", pid_file="/p",
        conmon_pid_file="/q", exit_dir="/e", persist_dir="/d", inherited=inherited,
    )  # fmt: skip
    argv = monitor_argv(monitor, RuntimeProgram(name="crun", path="/crun"), "conmon")
    return [argv[number + 1] for number, word in enumerate(argv) if word == "--runtime-opt"]


def test_the_runtime_keeps_descriptors_up_to_the_highest() -> None:
    assert _options(()) == []
    assert _options((3, 4)) == ["--preserve-fds", "2"]
    assert _options((9, 40)) == ["--preserve-fds", "38"]


def test_open_descriptors_are_named_and_others_refused() -> None:
    read, write = os.pipe()
    try:
        os.dup2(read, 201, inheritable=True)
        assert inherited_descriptors(_call()) == ()
        assert inherited_descriptors(_call(preserve_fd=["201"])) == (201,)
        for flags in ({"preserve_fd": ["202"]}, {"preserve_fd": ["2"]}, {"preserve_fd": ["x"]}, {"preserve_fds": -1}):
            with pytest.raises(InvalidInput):
                inherited_descriptors(_call(**flags))
    finally:
        for descriptor in (read, write, 201):
            os.close(descriptor)
