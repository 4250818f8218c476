"""Values as docker shows them; the durations are those of go-units' documentation."""

from __future__ import annotations

import pytest

from cli.output.words import ago, binary_size, cut, familiar_name, human_duration, human_size, short

MINUTE, HOUR = 60, 3600
DAY = 24 * HOUR
WEEK, MONTH, YEAR = 7 * DAY, 30 * DAY, 365 * DAY


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (999, "999B"), (1000, "1kB"), (1024, "1.02kB"), (1_500_000, "1.5MB"), (7_830_000, "7.83MB"), (10**9, "1GB")],
)  # fmt: skip
def test_sizes_have_decimal_units_and_three_digits(size: int, text: str) -> None:
    assert human_size(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (1000, "1000B"), (1024, "1KiB"), (1536, "1.5KiB"), (64 << 20, "64MiB"), (1 << 40, "1TiB")],
)
def test_memory_has_binary_units(size: int, text: str) -> None:
    assert binary_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.45, "Less than a second"), (1, "1 second"), (47, "47 seconds"), (MINUTE, "About a minute"), (3 * MINUTE, "3 minutes"),
        (35 * MINUTE + 40, "35 minutes"), (HOUR, "About an hour"), (HOUR + 45 * MINUTE, "2 hours"), (3 * HOUR, "3 hours"),
        (3 * HOUR + 59 * MINUTE, "4 hours"), (DAY, "24 hours"), (36 * HOUR, "36 hours"), (2 * DAY, "2 days"), (WEEK, "7 days"),
        (13 * DAY + 5 * HOUR, "13 days"), (2 * WEEK, "2 weeks"), (2 * WEEK + 4 * DAY, "2 weeks"), (3 * WEEK, "3 weeks"),
        (MONTH, "4 weeks"), (MONTH + 2 * WEEK, "6 weeks"), (2 * MONTH, "2 months"), (13 * MONTH, "13 months"),
        (23 * MONTH, "23 months"), (24 * MONTH, "24 months"), (24 * MONTH + 2 * WEEK, "2 years"), (3 * YEAR + 2 * MONTH, "3 years"),
    ],
)  # fmt: skip
def test_durations_are_dockers_words(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


def test_a_time_is_so_long_ago_and_never_is_not_available() -> None:
    assert ago(10**18, 10**18 + 3 * 10**9) == "3 seconds ago"
    assert ago(0) == "N/A"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("docker.io/library/busybox:1", "busybox:1"), ("docker.io/me/x", "me/x"), ("quay.example/a/b", "quay.example/a/b"), ("localhost/x", "x"), ("localhost:5000/x", "localhost:5000/x")],
)  # fmt: skip
def test_names_of_images_are_as_short_as_docker_has_them(name: str, shown: str) -> None:
    assert familiar_name(name) == shown


def test_ids_have_twelve_digits_and_texts_end_in_an_ellipsis() -> None:
    assert short("sha256:" + "a" * 64) == "a" * 12
    assert short("b" * 64, whole=True) == "b" * 64
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
