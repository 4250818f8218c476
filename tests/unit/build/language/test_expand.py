"""$NAME and ${NAME…}: every form, quotes and escapes, and bounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.build.language.errors import Wrong
from pycman.build.language.expand import DEEPEST, LONGEST_VALUE, Budget, expand
from pycman.build.language.patterns import replaced, without_prefix, without_suffix

VALUES = {"X": "value", "EMPTY": "", "PATHNAME": "/usr/local/lib/x.tar.gz", "Y": "X", "STARS": "a***yy*", "NAME_1": "n"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("$X", "value"),
        ("${X}s", "values"),
        ("$Xs", ""),
        ("$NAME_1-", "n-"),
        ("a$UNSET-b", "a-b"),
        ("$", "$"),
        ("$.", "$."),
        ("a$1b", "ab"),
        ("$$X", "X"),
        (r"\$X", "$X"),
        (r"\\$X", r"\value"),
        (r"a\b", "ab"),
        ("end\\", "end"),
        ("'$X'", "$X"),
        ('"$X"', "value"),
        (r'"a\"b\$X\\c\d"', r'a"b$X\c\d'),
        ("'a'\"b\"c", "abc"),
        ("''", ""),
        ("${X:-w}", "value"),
        ("${UNSET:-w}", "w"),
        ("${EMPTY:-w}", "w"),
        ("${EMPTY-w}", ""),
        ("${UNSET-w}", "w"),
        ("${X:+w}", "w"),
        ("${EMPTY:+w}", ""),
        ("${EMPTY+w}", "w"),
        ("${UNSET+w}", ""),
        ("${X:?no}", "value"),
        ("${EMPTY?no}", ""),
        ("${UNSET:-$X}", "value"),
        ("${UNSET:-${EMPTY:-${X}}}", "value"),
        ("${UNSET:-'a}b'}", "a}b"),
        (r"${UNSET:-a\}b}", "a}b"),
        ("${UNSET:-}", ""),
        ("${PATHNAME#*/}", "usr/local/lib/x.tar.gz"),
        ("${PATHNAME##*/}", "x.tar.gz"),
        ("${PATHNAME%.*}", "/usr/local/lib/x.tar"),
        ("${PATHNAME%%.*}", "/usr/local/lib/x"),
        ("${PATHNAME%/*}", "/usr/local/lib"),
        ("${PATHNAME#/???}", "/local/lib/x.tar.gz"),
        ("${PATHNAME#nothing}", "/usr/local/lib/x.tar.gz"),
        ("${PATHNAME/\\/lib/}", "/usr/local/x.tar.gz"),
        ("${PATHNAME//l/L}", "/usr/LocaL/Lib/x.tar.gz"),
        ("${PATHNAME/l*l/-}", "/usr/-ib/x.tar.gz"),
        ("${PATHNAME/$UNSET/x}", "/usr/local/lib/x.tar.gz"),
        ("${X/$Y/b}", "value"),
        ("${STARS%%\\**\\*}", "a"),
        ("${UNSET#x}", ""),
        ("${UNSET/x/y}", ""),
        ("\u00e9$X\U0001f600", "\u00e9value\U0001f600"),
    ],
)
def test_forms(text: str, result: str) -> None:
    assert expand(text, VALUES, Budget()).text == result


@pytest.mark.parametrize(
    "text",
    [
        "'open", '"open', "${X", "${", "${}", "${:-x}", "${{X}}", "${X!}", "${X=y}", "${X:#y}", "${X:x}", "${X^^}", "${X/a}",
        "${X//a}", "${X/a/b", "${X:-'}", "${X#a\\b}", "${UNSET:?}", "${UNSET?}", "${EMPTY:?}",
    ],
)  # fmt: skip
def test_what_is_no_substitution_is_an_error(text: str) -> None:
    with pytest.raises(Wrong):
        expand(text, VALUES, Budget())


def test_an_error_has_the_text_that_the_file_gives_it() -> None:
    with pytest.raises(Wrong, match="UNSET: give me one"):
        expand("${UNSET:?give me one}", VALUES, Budget())


def test_the_other_escape_character() -> None:
    assert expand(r"C:\dir`$X$X", VALUES, Budget(), escape="`").text == r"C:\dir$Xvalue"


def test_quotes_of_here_documents_are_letters() -> None:
    text = 'it\'s "$X" \\$X'
    assert expand(text, VALUES, Budget(), keep_quotes=True).text == 'it\'s "value" $X'


def test_names_that_were_asked_for_are_told() -> None:
    expanded = expand("$X ${NO} ${NEITHER:-x} ${EMPTY:+$Y}", VALUES, Budget())
    assert (expanded.used, expanded.unset) == ({"X", "EMPTY", "Y"}, {"NO"})


def test_a_value_that_doubles_and_doubles_ends() -> None:
    value = "x"
    budget = Budget()
    with pytest.raises(Wrong, match="MiB"):
        for _ in range(64):
            value = expand("$A$A", {"A": value}, budget).text
    assert len(value) <= LONGEST_VALUE


def test_many_long_values_end() -> None:
    budget = Budget()
    with pytest.raises(Wrong, match="32 MiB"):
        for _ in range(64):
            expand("$A", {"A": "x" * LONGEST_VALUE}, budget)


def test_nesting_ends() -> None:
    text = "${A:-" * 20_000 + "x" + "}" * 20_000
    with pytest.raises(Wrong, match=f"deeper than {DEEPEST}"):
        expand(text, {}, Budget())
    assert expand("${A:-" * DEEPEST + "x" + "}" * DEEPEST, {}, Budget()).text == "x"


@pytest.mark.parametrize("form", ["#", "##", "%", "%%", "/", "//"])
def test_no_pattern_takes_long(form: str) -> None:
    """Tried at every place, each star of these multiplies the time by the length of the value."""
    pattern = "*a" * 100 + "b"
    text = f"${{V{form}{pattern}{'/x' if '/' in form else ''}}}"
    assert expand(text, {"V": "a" * 5000}, Budget()).text == "a" * 5000


def test_the_time_of_patterns_is_counted() -> None:
    budget = Budget()
    with pytest.raises(Wrong, match="expand to more"):
        for _ in range(100):
            expand("${V//" + "a?" * 2000 + "/}", {"V": "ab" * 50_000}, budget)


TEXTS = st.text("ab\n", max_size=8)
PATTERNS = st.text("ab*?", max_size=6)


def as_regex(pattern: str, *, longest: bool) -> str:
    star = ".*" if longest else ".*?"
    return "".join(star if letter == "*" else "." if letter == "?" else letter for letter in pattern)


@given(TEXTS, PATTERNS, st.booleans())
def test_a_prefix_is_cut_as_by_a_plain_expression(value: str, pattern: str, longest: bool) -> None:
    match = re.match(as_regex(pattern, longest=longest), value)
    assert without_prefix(value, pattern, longest=longest) == (value if match is None else value[match.end() :])


@given(TEXTS, PATTERNS, st.booleans())
def test_a_suffix_is_cut_as_a_prefix_of_the_reversed(value: str, pattern: str, longest: bool) -> None:
    assert without_suffix(value, pattern, longest=longest)[::-1] == without_prefix(
        value[::-1], pattern[::-1], longest=longest
    )


@given(TEXTS, PATTERNS.filter(bool))
def test_the_first_match_is_replaced_as_by_a_plain_expression(value: str, pattern: str) -> None:
    expected = re.sub(as_regex(pattern, longest=True), "-", value, count=1)
    assert replaced(value, pattern, "-", everywhere=False) == expected


@given(TEXTS, st.text("ab?", min_size=1, max_size=3))
def test_every_match_is_replaced_as_by_a_plain_expression(value: str, pattern: str) -> None:
    expected = re.sub(as_regex(pattern, longest=True), "-", value)
    assert replaced(value, pattern, "-", everywhere=True) == expected


@given(st.text(max_size=30))
def test_any_text_expands_or_is_wrong(text: str) -> None:
    try:
        expand(text, VALUES, Budget())
    except Wrong as error:
        assert "\n" not in error.problem  # noqa: PT017
