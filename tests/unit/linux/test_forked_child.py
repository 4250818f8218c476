"""A child that tells its result before its work is over waits for its parent, and goes on without it."""

from __future__ import annotations

import os
from pathlib import Path

from pycman.linux.forked_child import ForkedChild

_LONG_S = 3600.0


def test_the_rest_of_the_work_begins_when_the_parent_has_the_result_or_was_killed(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    order = tmp_path / "order"
    order.touch()

    def note(text: str) -> None:
        with open(order, "a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    def work(child: ForkedChild) -> str:
        child.send_result("told")
        child.wait_for_parent(_LONG_S)
        note("child")
        gate.write_text("done")
        return "not sent"

    child = ForkedChild(work)
    note("parent")
    assert child.finish() == "told"
    assert gate.read_text() == "done"  # waits for the grandchild
    parent = os.fork()
    if parent == 0:
        ForkedChild(work)
        note("killed parent")
        os.kill(os.getpid(), 9)
    os.waitpid(parent, 0)
    assert gate.read_text() == "done"
    assert order.read_text().split("\n") == ["parent", "child", "killed parent", "child", ""]
