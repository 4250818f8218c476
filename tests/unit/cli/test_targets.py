"""Which containers a command means: names, filters, and both."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cli.targets import containers_meant
from pycman.containers.container import Container
from pycman.errors import InvalidInput
from tests.support.calls import call_of

RUNS = Container(id="a" * 64, name="runs", state="running", restart_policy="always")
ENDED = Container(id="b" * 64, name="ended", state="exited")


class Containers:
    """A listing of two containers, of which a filter passes those with the state it names."""

    def list(self, filters=(), *, all=False, last=0):
        states = [value for _, value in filters]
        found = [each for each in (RUNS, ENDED) if not states or each.state in states]
        return [each for each in found if all or each.running or states]

    def get(self, name):
        return {"runs": RUNS, "ended": ENDED}[name]


def meant(*words: str, command: str, **how: bool) -> list[str]:
    call = call_of(*words, command=command)
    call._engine = SimpleNamespace(containers=Containers(), session=SimpleNamespace(warnings=[], debug_log=[]))
    return containers_meant(call, **how)


def test_start_of_all_means_those_that_do_not_run() -> None:
    assert meant("--all", command="start", stopped=True) == [ENDED.id]
    assert meant("runs", command="start", stopped=True) == ["runs"]


def test_names_with_a_filter_are_those_that_pass_it() -> None:
    assert meant("--filter", "status=exited", "runs", "ended", command="start", stopped=True) == ["ended"]
    assert meant("--filter", "status=exited", "runs", command="rm") == []
    assert meant("--filter", "status=exited", command="rm") == [ENDED.id]


def test_all_and_names_or_nothing_at_all_are_errors() -> None:
    for words in (("--all", "runs"), ()):
        with pytest.raises(InvalidInput):
            meant(*words, command="stop", running=True)
