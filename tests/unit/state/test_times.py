from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.state.times import format_rfc3339, parse_duration_ns, parse_time_ns

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "ns"),
    [("1h30m", 5400 * SECOND), ("1.5s", 1_500_000_000), ("300ms", 300_000_000), ("0", 0), ("-2s", -2 * SECOND)],
)
def test_durations_are_gos(text: str, ns: int) -> None:
    assert parse_duration_ns(text) == ns


@pytest.mark.parametrize("text", ["", "5", "1x", "s", "1..5s", "abc", "²s", ".s", "9" * 400 + "s", "9" * 5000 + "h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a duration"):
        parse_duration_ns(text)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1700000000", 1_700_000_000 * SECOND),
        ("1700000000.25", 1_700_000_000 * SECOND + 250_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000 * SECOND),
        ("2023-11-14T23:13:20.123456789+01:00", 1_700_000_000 * SECOND + 123_456_789),
        ("10m", 400 * SECOND),
    ],
)
def test_moments_are_read_in_every_form(text: str, ns: int) -> None:
    assert parse_time_ns(text, now_ns=1000 * SECOND) == ns


@pytest.mark.parametrize("text", ["yesterday", "", "²", "9" * 5000, "²²²²-01-01", "."])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a time"):
        parse_time_ns(text)


def test_moments_are_written_as_go_writes_them() -> None:
    assert format_rfc3339(1_700_000_000 * SECOND + 5_000_000) == "2023-11-14T22:13:20.005Z"
    assert format_rfc3339(0) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    ["9" * 23, "9999-12-31T23:59:59Z", "9999-12-31", "-9999999999999999999d", "0001-01-01", "9999999999999999999d"],
)
def test_every_moment_fits_into_64_bits(text: str) -> None:
    number = parse_time_ns(text)
    assert number.to_bytes(8, "big", signed=True)
    assert abs(number) > 1 << 62
    assert parse_duration_ns("9999999999999999999d") == (1 << 63) - 1
