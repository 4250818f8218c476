"""Exit statuses: docker's, and podman's where it is called so (docker run, "Exit status"; podman-run(1), podman-rm(1))."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pycman.errors
from cli.exit_status import status_of
from cli.parse import ArgumentsError, UsageError
from pycman.errors import (
    CommandNotExecutable,
    CommandNotFound,
    InUse,
    InvalidInput,
    NotFound,
    NotRunning,
    PycmanError,
    Unavailable,
)


def tree(kind: type[PycmanError] = PycmanError) -> Iterator[type[PycmanError]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from tree(subclass)


KINDS = sorted({kind for kind in tree() if kind.__module__ == pycman.errors.__name__}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("command", ["run", "exec", "rm", "ps", "pod rm", "kube play", "inspect"])
@pytest.mark.parametrize("podman", [False, True])
def test_every_kind_of_error_ends_every_command_with_a_status_that_is_no_success(
    kind, command: str, podman: bool
) -> None:
    assert 1 <= status_of(kind("it failed"), command, podman=podman) <= 255


@pytest.mark.parametrize("podman", [False, True])
@pytest.mark.parametrize("command", ["run", "create", "exec", "start"])
@pytest.mark.parametrize(("kind", "status"), [(CommandNotFound, 127), (CommandNotExecutable, 126)])
def test_a_command_that_is_not_there_or_cannot_be_executed_has_its_own_status(command, kind, status, podman) -> None:
    expected = 125 if podman and command == "start" else status  # podman's start has no statuses of its own
    assert status_of(kind("it failed"), command, podman=podman) == expected


@pytest.mark.parametrize(
    ("kind", "command", "docker", "podman"),
    [
        (NotFound, "run", 125, 125), (InvalidInput, "run", 125, 125), (Unavailable, "create", 125, 125),
        (NotFound, "ps", 1, 125), (NotFound, "rm", 1, 1), (InUse, "rm", 1, 2), (Unavailable, "rm", 1, 125), (InUse, "network rm", 1, 2),
        (NotRunning, "exec", 1, 255), (UsageError, "ps", 125, 125), (ArgumentsError, "ps", 1, 125),
        (NotFound, "pod rm", 1, 1), (InUse, "pod rm", 2, 2), (InvalidInput, "kube play", 125, 125),
    ],
)  # fmt: skip
def test_statuses_are_those_of_the_tool_whose_command_it_is(kind, command: str, docker: int, podman: int) -> None:
    assert status_of(kind("it failed"), command) == docker
    assert status_of(kind("it failed"), command, podman=True) == podman


def test_references_are_in_kebab_case_and_each_kinds_own() -> None:
    references = [kind.reference for kind in KINDS]
    assert len(set(references)) == len(references)
    assert all(set(reference) <= set("abcdefghijklmnopqrstuvwxyz-") for reference in references)
