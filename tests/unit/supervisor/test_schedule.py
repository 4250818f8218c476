from __future__ import annotations

from pycman.supervisor.schedule import Due, StartedWork, on_this_clock, sleep_s, split_due


def test_what_is_due_comes_oldest_first_with_the_time_of_the_next() -> None:
    work = [
        Due(kind="health", subject="b", at_ns=30),
        Due(kind="restart", subject="a", at_ns=10),
        Due(kind="health", subject="c", at_ns=20),
    ]
    ready, next_ns = split_due(work, 20)
    assert ([due.subject for due in ready], next_ns) == (["a", "c"], 30)


def test_what_was_planned_before_the_clock_was_set_back_is_due() -> None:
    now, second = 1_000_000 * 10**9, 10**9
    assert on_this_clock(now + 30 * second, now, 30 * second) == now + 30 * second
    assert on_this_clock(now - second, now, 30 * second) == now - second
    for ahead in (40, 86400):
        due = Due(kind="health", subject="a", at_ns=on_this_clock(now + ahead * second, now, 30 * second))
        assert split_due([due], now) == ([due], 0)
        assert due.at_ns == on_this_clock(now + ahead * second, now + second, 30 * second)  # so that a failure waits


def test_sleep_ends_with_the_next_work_or_when_new_work_may_have_come() -> None:
    assert [sleep_s(0, 5, longest_s=1), sleep_s(500_000_005, 5, longest_s=1), sleep_s(1, 5, longest_s=1)] == [1, 0.5, 0]


def test_work_whose_due_time_did_not_move_waits_before_the_next_attempt() -> None:
    started = StartedWork()
    due = Due(kind="health", subject="a", at_ns=10)
    second = 10**9
    assert started.may_start(due, 0)
    assert not started.may_start(due, 1 * second)
    assert started.may_start(due.replace(at_ns=20), 1 * second)
    assert started.may_start(due.replace(kind="restart"), 1 * second)
    assert started.may_start(due.replace(at_ns=20), 6 * second)


def test_work_that_is_done_is_forgotten() -> None:
    started = StartedWork()
    due = Due(kind="health", subject="a", at_ns=10)
    assert started.may_start(due, 0)
    started.forget_others([])
    assert started.may_start(due, 1)
