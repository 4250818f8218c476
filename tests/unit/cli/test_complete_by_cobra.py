"""The completion protocol of podman's own scripts, and paths in images and containers."""

from __future__ import annotations

import pytest

from cli.actions.hidden.complete import command_and_arguments, paths_in

TREE = {
    "/": {"etc": True, "empty": True, "init": False},
    "/etc": {"os-release": False, "os-other": False, "ssl": True},
    "/empty": {},
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["/empty/", "/etc/", "/init"]),
        ("/et", ["/etc/"]),
        ("/etc", ["/etc/os-other", "/etc/os-release", "/etc/ssl/"]),
        ("/etc/os-r", ["/etc/os-release"]),
        ("i", ["init"]),
        ("../../e", ["../../empty/", "../../etc/"]),
        ("/empty", ["/empty/"]),
        ("/no/such", []),
    ],
)
def test_paths_begin_as_they_were_typed(typed: str, found: list[str]) -> None:
    assert paths_in(TREE.get, typed) == found


@pytest.mark.parametrize(
    ("words", "command", "arguments"),
    [
        (["--root", "/r", "run", "-it", "--name", "x", "busybox"], "run", ["busybox"]),
        (["container", "cp", "a"], "cp", ["a"]),
        (["run", "--name"], "", []),
        ([], "", []),
    ],
)
def test_the_command_and_its_arguments_are_found_behind_flags(words, command: str, arguments: list[str]) -> None:
    assert command_and_arguments(words) == (command, arguments)
