"""Sockets that a service manager passes are the container's, if they were passed to this very process."""

from __future__ import annotations

import os

import pytest

from cli.specs.descriptors import passed_sockets
from pycman.errors import InvalidInput

ME = str(os.getpid())


@pytest.mark.parametrize(
    ("environment", "passed"),
    [
        ({}, ((), {})),
        ({"LISTEN_FDS": "1"}, ((), {})),
        ({"LISTEN_FDS": "1", "LISTEN_PID": "1"}, ((), {})),
        ({"LISTEN_FDS": "2", "LISTEN_PID": ME}, ((3, 4), {"LISTEN_FDS": "2", "LISTEN_PID": "1"})),
        (
            {"LISTEN_FDS": "1", "LISTEN_PID": ME, "LISTEN_FDNAMES": "web"},
            ((3,), {"LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "web"}),
        ),
    ],
    ids=["none", "of nobody", "of another", "two", "named"],
)
def test_sockets_are_taken_by_whom_they_are_for(environment, passed):
    assert passed_sockets(environment) == passed


def test_a_wrong_number_is_told():
    with pytest.raises(InvalidInput, match="LISTEN_FDS=many"):
        passed_sockets({"LISTEN_FDS": "many", "LISTEN_PID": ME})
