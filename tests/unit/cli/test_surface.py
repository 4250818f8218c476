"""The commands and flags of docker and podman (tools/surface) are taken, or refused with a reason."""

from __future__ import annotations

import pytest

from cli.main import _find
from cli.unsupported_commands import UNSUPPORTED_COMMANDS
from pycman.errors import Unsupported
from tools.surface_coverage import PROGRAMS, coverage, out_of_scope

LEAST_PERCENT = {"docker": 99.5, "podman": 99.3}
"""Never lower these: cover the command or flag, or refuse it with a reason."""


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_surface_is_covered(program: str) -> None:
    found = coverage(program)
    assert found.total > 900
    assert found.percent >= LEAST_PERCENT[program], "\n".join(found.missing)


@pytest.mark.parametrize("name", sorted(UNSUPPORTED_COMMANDS))
def test_a_refused_command_says_why_and_what_to_use(name: str) -> None:
    with pytest.raises(Unsupported) as refused:
        _find(name.split())
    assert (refused.value.problem, refused.value.hint) == UNSUPPORTED_COMMANDS[name]
    assert refused.value.subject == f"pycman {name}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_out_of_scope_is_refused_in_a_line_too(program: str) -> None:
    for command in out_of_scope(program):
        try:
            _find(command.split())
        except Unsupported as refused:
            assert refused.hint, command
