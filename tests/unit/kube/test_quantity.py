"""Quantities are read and written exactly."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube_yaml.quantity import ONE, cpu_millis, format_bytes, format_cpu, page_size, parse_quantity, whole_bytes
from pycman.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("100m", "0.1"), ("1.5Gi", "1610612736"), ("1e3", "1000"), ("0.1", "0.1"), ("64Mi", "67108864"), ("2k", "2000"),
     (".5", "0.5"), ("1E", "1e18"), ("-1", "-1"), ("12e-1", "1.2"), ("5n", "5e-9"), ("-.5e-30", "-5e-31"),
     ("1." + "1" * 60 + "m", "1." + "1" * 60 + "e-3"), ("9" * 62 + "Ei", str(int("9" * 62) << 60))],
)  # fmt: skip
def test_quantities(text: str, wanted: str) -> None:
    assert Fraction(parse_quantity(text), ONE) == Fraction(wanted)


@pytest.mark.parametrize(
    "text", ["", "x", "1x", "1.2.3", "1 Gi", "--1", "e3", "1e", "1e3Ki", "NaN", "Infinity", "1" * 80, "1e999", "٣"]
)
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_quantity(text)


def test_they_are_rounded_up() -> None:
    assert cpu_millis("0.0001") == 1
    assert whole_bytes("1.2") == 2


@given(st.integers(0, 2**50))
def test_bytes_and_processors_survive_being_written(count: int) -> None:
    assert whole_bytes(format_bytes(count)) == count
    assert cpu_millis(format_cpu(count)) == count


@given(st.text(max_size=20))
def test_no_text_brings_it_down(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        parse_quantity(text)


def test_huge_pages_have_the_kernels_names() -> None:
    assert page_size("hugepages-2Mi") == ("2MB", 2 << 20)
    assert page_size("hugepages-1Gi") == ("1GB", 1 << 30)
    assert page_size("hugepages-64Ki") == ("64KB", 64 << 10)
    for text in ("hugepages-", "hugepages-x", "hugepages-3"):
        with pytest.raises(InvalidInput):
            page_size(text)
