"""Ids of processes: as the container sees them, and as the host does."""

from __future__ import annotations

import os

from pycman.linux.process_table import _inside, process_row
from pycman.linux.user.namespaces import id_map_below
from pycman.spec.id_map import IdRange


def test_ids_are_the_containers() -> None:
    ranges = (IdRange(container_id=0, host_id=1000, size=1), IdRange(container_id=1, host_id=200_000, size=100))
    assert [_inside(ranges, here) for here in ("1000", "200006", "5")] == ["0", "7", "5"]
    assert _inside((), "7") == "7"


def test_a_process_of_the_same_namespace_has_the_ids_that_proc_shows() -> None:
    assert id_map_below(os.getpid()).uids == ()
    row = process_row(os.getpid(), ("uid", "gid"))
    assert row == [str(os.getuid()), str(os.getgid())]
