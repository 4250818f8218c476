from __future__ import annotations

import signal

import pytest

from pycman.errors import InvalidInput
from pycman.spec.signals import NAMES, signal_name, signal_number


def test_the_table_agrees_with_the_kernel_headers() -> None:
    assert {name: number + 1 for number, name in enumerate(NAMES) if hasattr(signal, "SIG" + name)} == {
        name: int(getattr(signal, "SIG" + name)) for name in NAMES if hasattr(signal, "SIG" + name)
    }


@pytest.mark.parametrize(
    ("text", "number"), [("KILL", 9), ("sigterm", 15), ("SIGUSR1", 10), ("1", 1), ("RTMIN+3", 37), ("SIGRTMAX-1", 63)]
)
def test_signals_are_read_as_users_write_them(text: str, number: int) -> None:
    assert signal_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "0", "65", "SIGFOO", "-9", "RTMIN+99", "²", "RTMIN+²", "9" * 5000, "RTMIN+" + "9" * 5000]
)
def test_other_names_and_numbers_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="invalid signal"):
        signal_number(text)


def test_numbers_have_names() -> None:
    assert [signal_name(9), signal_name(37), signal_name(32)] == ["SIGKILL", "SIGRTMIN+3", "32"]
