"""Errors are text that every stream and every JSON takes: bytes that are not UTF-8 are written out."""

from __future__ import annotations

import os

import pytest

from pycman.errors import InvalidInput, NotFound, decode_error, encode_error

NAME = os.fsdecode(b"a\xff")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound("no such container", subject=NAME), r"no such container: a\xff"),
        (InvalidInput(f"{NAME!r} is no size", subject="--memory"), r"--memory: 'a\xff' is no size"),
        (InvalidInput("no", subject="x", hint=f"not {NAME}"), r"x: no (not a\xff)"),
        (InvalidInput("no", subject="\ud800"), r"\ud800: no"),
        (InvalidInput("no", subject="größe 日本"), "größe 日本: no"),
        (InvalidInput(repr("a\\udcff")), r"'a\\udcff'"),  # typed so: a backslash, which repr doubles
        (InvalidInput(r"\udc7f \udc"), r"\udc7f \udc"),
    ],
    ids=["byte", "repr", "hint", "surrogate", "letters", "backslash", "no-byte"],
)
def test_bytes_that_are_not_utf8_are_written_out(error, text) -> None:
    assert str(error) == text
    assert str(decode_error(encode_error(error))) == text
    assert str(error).encode()
