"""Sizes, numbers and times of flags (docker run's reference; go-units' RAMInBytes)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.specs.sizes import optional_size, parse_cpus, parse_number, parse_size, parse_time_ns
from pycman.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("32", 32), ("32b", 32), ("32B", 32), ("32k", 32 << 10), ("32K", 32 << 10), ("32kb", 32 << 10),
        ("32Kb", 32 << 10), ("32KiB", 32 << 10), ("32m", 32 << 20), ("32Mb", 32 << 20), ("32MiB", 32 << 20), ("32 mib", 32 << 20),
        ("32g", 32 << 30), ("32t", 32 << 40), ("32p", 32 << 50), ("32.5kB", 33280), (".5m", 1 << 19), ("1.m", 1 << 20),
    ],
)  # fmt: skip
def test_sizes_are_in_binary_units(text: str, size: int) -> None:
    assert parse_size(text, "--memory") == size


@pytest.mark.parametrize(
    "text",
    ["", " ", "hello", "-32", "-1", " 32 m b", "32e", "32mbi", "k", "m32", "inf", "nan", "1e3", "1_000", "0x10", "²", "1..2",
     "9" * 400, "9" * 19, "8192p", "."],
)  # fmt: skip
def test_what_is_no_size_is_an_error_that_names_the_flag(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_size(text, "--memory")
    assert caught.value.subject == f"--memory {text}"
    assert "512m" in caught.value.hint


@given(st.text(max_size=12))
def test_no_text_brings_the_parser_of_sizes_down(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert 0 <= parse_size(text, "--memory") < 1 << 63


def test_without_limit_is_minus_one_where_that_is_allowed() -> None:
    assert parse_size("-1", "--memory-swap", unlimited=True) == -1
    assert optional_size("", "--memory") is None
    assert optional_size("0", "--memory") == 0


@pytest.mark.parametrize(
    ("text", "wanted"), [("1.5", (150_000, 100_000)), ("0.01", (1000, 100_000)), ("2", (200_000, 100_000)), ("0", (None, None))]
)  # fmt: skip
def test_processors_are_a_share_of_a_tenth_of_a_second(text: str, wanted: tuple) -> None:
    assert parse_cpus(text) == wanted


@pytest.mark.parametrize("text", ["-1", "0.001", "many", "nan", "inf", "1e9", ""])
def test_what_is_no_number_of_processors_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_cpus(text)


@pytest.mark.parametrize(
    ("text", "wanted"), [("", 7), ("disable", 0), ("0", 0), ("30s", 30 * 10**9), ("1m30s", 90 * 10**9), ("500ms", 500_000_000)]
)  # fmt: skip
def test_times_are_gos_durations(text: str, wanted: int) -> None:
    assert parse_time_ns(text, "--health-interval", 7) == wanted


@pytest.mark.parametrize("text", ["-1s", "soon", "5"])
def test_what_is_no_duration_names_the_flag(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_time_ns(text, "--health-interval", 0)
    assert "--health-interval" in caught.value.subject


def test_numbers_are_whole() -> None:
    assert parse_number("-5", "--oom-score-adj") == -5
    for text in ("", "1.5", "²", "x"):
        with pytest.raises(InvalidInput, match="whole number"):
            parse_number(text, "--oom-score-adj")
