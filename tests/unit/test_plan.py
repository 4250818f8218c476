from __future__ import annotations

import pytest

from pycman.plan import carry_out


class Noted:
    def __init__(self, name: str, diary: list[str], *, fails: bool = False, undo_fails: bool = False) -> None:
        self.name, self.diary, self.fails, self.undo_fails = name, diary, fails, undo_fails

    def describe(self) -> str:
        return self.name

    def do(self) -> None:
        self.diary.append(f"do {self.name}")
        if self.fails:
            raise ValueError(self.name)

    def undo(self) -> None:
        self.diary.append(f"undo {self.name}")
        if self.undo_fails:
            raise OSError("stuck")


def test_steps_are_done_in_order() -> None:
    diary: list[str] = []
    carry_out("t", [Noted("a", diary), Noted("b", diary)])
    assert diary == ["do a", "do b"]


def test_a_failure_undoes_the_half_done_step_and_those_before_it() -> None:
    diary: list[str] = []
    with pytest.raises(ValueError, match="b"):
        carry_out("t", [Noted("a", diary), Noted("b", diary, fails=True), Noted("c", diary)])
    assert diary == ["do a", "do b", "undo b", "undo a"]


def test_undoing_goes_on_past_errors_and_tells_them() -> None:
    diary: list[str] = []
    with pytest.raises(ValueError, match="c") as caught:
        carry_out("t", [Noted("a", diary), Noted("b", diary, undo_fails=True), Noted("c", diary, fails=True)])
    assert diary[-1] == "undo a"
    assert caught.value.__notes__ == ["while undoing b: stuck"]
