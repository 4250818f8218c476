from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_it_writes_and_reads_what_the_standard_library_does(value: object) -> None:
    assert format_json(value) == json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert parse_json(json.dumps(value)) == value


@given(values)
def test_many_lines_are_laid_out_as_the_standard_library_does(value: object) -> None:
    assert format_json(value, indent=4) == json.dumps(value, indent=4, ensure_ascii=False)


@pytest.mark.parametrize("text", ["", "{", "[1,]", "1 2", '{"a":}', "nul", b"\xff"])
def test_what_is_no_json_is_corrupt(text: str) -> None:
    with pytest.raises(Corrupt):
        parse_json(text)
