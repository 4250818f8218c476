from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_it_writes_and_reads_what_the_standard_library_does(value: object) -> None:
    assert format_json(value) == json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert parse_json(json.dumps(value)) == value


@given(values)
def test_many_lines_are_laid_out_as_the_standard_library_does(value: object) -> None:
    assert format_json(value, indent=4) == json.dumps(value, indent=4, ensure_ascii=False)


@given(st.binary())
def test_bytes_that_are_not_utf8_are_written_as_escapes_and_come_back(data: bytes) -> None:
    value = {"é": [os.fsdecode(data)]}
    assert os.fsencode(parse_json(format_json(value).encode())["é"][0]) == data
    assert os.fsencode(parse_json(format_json(value, indent=4).encode())["é"][0]) == data


@pytest.mark.parametrize("text", ["", "{", "[1,]", "1 2", '{"a":}', "nul", b"\xff"])
def test_what_is_no_json_is_corrupt(text: str) -> None:
    with pytest.raises(Corrupt):
        parse_json(text)


def test_faults_are_told_where_the_standard_librarys_decoder_is_not_loaded() -> None:
    script = """
import sys
sys.path.insert(0, {root!r})
from pycman.errors import Corrupt
from pycman.jsontext import parse_json
for text in ("{{nonsense", "{{", '{{"a" 1}}', '{{"a":1,}}', "{{1:2}}", '"abc', "[1,", "nul", ""):
    assert "json" not in sys.modules or text != "{{nonsense"
    try:
        parse_json(text, subject="file")
    except Corrupt as error:
        assert "not valid JSON" in str(error), error
    else:
        raise SystemExit(f"{{text}} was taken")
"""
    root = str(Path(__file__).resolve().parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script.format(root=root)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_what_follows_the_first_value_may_be_nobody_s() -> None:
    assert parse_json(' {"a": 1}}} ', first=True) == {"a": 1}
    with pytest.raises(Corrupt, match="text after"):
        parse_json('{"a": 1}}')


def test_an_indented_text_is_the_compact_one_with_blanks() -> None:
    import json

    value = {
        "text": 'a"\\\n\x00ä\u2028',
        "numbers": [0, -1, 2**70, 1.5, True, False, None],
        "empty": [{}, [], "", ()],
        "deep": [{"b": {"a": [1, "x"]}}],
        "": {"key": ""},
    }
    assert format_json(value, indent=4) == json.dumps(value, indent=4, ensure_ascii=False)
    assert format_json(value, indent=2, sort_keys=True) == json.dumps(
        value, indent=2, ensure_ascii=False, sort_keys=True
    )
    assert json.loads(format_json({"\udcff": "\udcfe"}, indent=1)) == {"\udcff": "\udcfe"}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_levels_are_bounded_whatever_python_bears(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        return f'{{"wide": [{"[]," * 600}1], "deep": {opening * (levels - 1)}0{closing * (levels - 1)}}}'

    assert parse_json(nested(512))["wide"][-1] == 1
    for levels in (513, 9000):
        with pytest.raises(Corrupt):
            parse_json(nested(levels))
