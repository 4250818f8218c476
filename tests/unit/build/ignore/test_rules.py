"""Ignore files: what is left out, what need not be walked, and that no pattern takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pycman.build.ignore.pattern import Pattern
from pycman.build.ignore.rules import IgnoreRules, parse_ignore, rules_of
from pycman.errors import InvalidInput


def rules(text: str) -> IgnoreRules:
    return parse_ignore(text.encode(), ".dockerignore")


@pytest.mark.parametrize(
    ("text", "left_out", "kept"),
    [
        ("node_modules", ["node_modules", "node_modules/a/b"], ["src/node_modules", "node_modules2"]),
        ("**/node_modules", ["node_modules", "src/x/node_modules/y"], ["src/node_modules.js"]),
        ("*.pyc", ["a.pyc", "a.pyc/below"], ["src/a.pyc", "pyc"]),
        ("*/*.txt", ["a/b.txt"], ["b.txt", "a/b/c.txt"]),
        ("**/*.txt", ["b.txt", "a/b/c.txt"], ["b.txt2"]),
        ("a?c", ["abc", "axc/d"], ["ac", "a/c", "abbc"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "src2"]),
        ("src/**/test", ["src/test", "src/a/b/test"], ["src/tests", "test"]),
        ("**/a/**/b", ["a/b", "x/a/y/b", "x/a/y/b/z"], ["a", "b/a"]),
        ("a**b", ["ab", "ax/b", "a/x/y/b"], ["axb", "a"]),
        ("**a", ["a", "xa", "x/ya"], ["ax"]),
        ("a**", ["a", "ab", "a/b/c"], ["ba"]),
        ("***", ["a", "a/b"], []),
        ("[a-c]x", ["ax", "cx/y"], ["dx", "x"]),
        ("[^a]x", ["bx"], ["ax"]),
        ("a[x\\-z]", ["a-", "az"], ["ay"]),
        (r"\*", ["*"], ["a"]),
        (r"a\ b*", ["a b", "a bc"], ["ab"]),
        ("*", ["a", "a/b", ".git"], []),
        ("/a/b/", ["a/b", "a/b/c"], ["b", "a"]),
        ("./a/../b", ["b"], ["a"]),
        ("  a  \r\n\n#b\n", ["a"], ["b", "#b"]),
        (" #b", ["#b"], ["b"]),
        ("\ufeffa", ["a"], []),
        (".", [], ["a", "a/b"]),
        ("/", [], ["a"]),
        ("../a", [], ["a"]),
        ("*.md\n!README.md", ["a.md"], ["README.md"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["a.md", "README-secret.md"], ["README.md", "README-x.md"]),
        ("!README.md\n*.md", ["README.md"], []),
        ("docs\n!docs/keep", ["docs", "docs/x"], ["docs/keep", "docs/keep/y"]),
        ("docs/x\n!docs", [], ["docs/x", "docs/x/y"]),
        ("*\n! src \n", ["a"], ["src", "src/a"]),
        ("caf\u00e9/*", ["caf\u00e9/a"], ["cafe/a"]),
        ("a.b+(c)|{d}$^", ["a.b+(c)|{d}$^"], ["aXb+(c)|{d}$^"]),
        ("*a.b+(c)|{d}$^", ["xa.b+(c)|{d}$^"], ["xaXb+(c)|{d}$^"]),
    ],
)
def test_paths_are_left_out_by_the_last_pattern_that_matches(text: str, left_out: list[str], kept: list[str]) -> None:
    found = rules(text)
    assert [path for path in left_out if not found.excludes(path)] == []
    assert [path for path in kept if found.excludes(path)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n!", ".ignore:2: an exception has no pattern (write !PATH)"),
        ("a\n\n[a", ".ignore:3: a class in a pattern is not complete (write it as in [a-z], or \\[)"),
        ("[]a]", ".ignore:1: a class in a pattern is not complete (write it as in [a-z], or \\[)"),
        ("[-a]", ".ignore:1: a class in a pattern is not complete (write it as in [a-z], or \\[)"),
        ("[a-]", ".ignore:1: a class in a pattern is not complete (write it as in [a-z], or \\[)"),
        ("[z-a]", ".ignore:1: a class in a pattern has a range that ends before it begins"),
        ("a\\", ".ignore:1: a pattern ends with \\ (write \\\\ for a backslash)"),
        ("a\0b", ".ignore:1: there is a NUL byte (is it a text file?)"),
        ("a" * 5000, ".ignore:1: a pattern is longer than 4096 letters"),
        ("a\n" * 10_001, ".ignore: there are more than 10000 patterns"),
    ],
)
def test_a_broken_pattern_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_ignore(text.encode(), ".ignore")
    assert str(caught.value) == said


def naive(pattern: str) -> re.Pattern[str]:
    """Translate a pattern as BuildKit's matcher is documented to, without any care for time."""
    text = ""
    rest = pattern
    while rest:
        if rest.startswith("**"):
            rest = rest[2:].removeprefix("/")
            text += "(.*/)?" if rest else ".*"
        elif rest[0] == "*":
            rest, text = rest[1:], text + "[^/]*"
        else:
            text += "[^/]" if rest[0] == "?" else re.escape(rest[0])
            rest = rest[1:]
    return re.compile(text, re.DOTALL)


def naive_excludes(patterns: list[str], path: str) -> bool:
    above = [path[:place] for place, letter in enumerate(path) if letter == "/"]
    result = False
    for each in patterns:
        pattern = each.removeprefix("!")
        if any(naive(pattern).fullmatch(name) for name in [*above, path]):
            result = not each.startswith("!")
    return result


NAMES = st.text("ab", min_size=1, max_size=3)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
PIECES = st.one_of(st.text("ab*?", min_size=1, max_size=4), st.just("**"))
PATTERNS = st.lists(PIECES, min_size=1, max_size=5).map("/".join)


def is_special(pattern: str) -> bool:
    """Say whether moby reads "**x" and "x**" by a rule of their own: what ends or begins with x."""
    return (
        pattern.startswith("**") and pattern[2:3] != "/" and not set(pattern[2:]) & set("*?") and pattern != "**"
    ) or (pattern.endswith("**") and not set(pattern[:-2]) & set("*?"))


@given(PATTERNS, PATHS)
def test_a_pattern_matches_what_a_naive_one_does(pattern: str, path: str) -> None:
    assume(not is_special(pattern))
    assert Pattern(pattern).matches(path) == (naive(pattern).fullmatch(path) is not None)


@given(st.lists(st.tuples(st.sampled_from(["", "!"]), PATTERNS).map("".join), max_size=6), st.lists(PATHS, max_size=8))
def test_rules_leave_out_what_naive_ones_do(patterns: list[str], paths: list[str]) -> None:
    assume(not any(is_special(each.removeprefix("!")) for each in patterns))
    found = rules_of(patterns)
    assert [found.excludes(path) for path in paths] == [naive_excludes(patterns, path) for path in paths]


@given(st.lists(st.tuples(st.sampled_from(["", "!"]), PATTERNS).map("".join), max_size=6), PATHS)
def test_a_directory_is_only_pruned_if_nothing_below_it_is_wanted(patterns: list[str], path: str) -> None:
    found = rules_of(patterns)
    above = [path[:place] for place, letter in enumerate(path) if letter == "/"]
    if any(found.excludes(name) and not found.may_include_below(name) for name in above):
        assert found.excludes(path)


def test_most_directories_that_are_left_out_are_pruned() -> None:
    found = rules("**/node_modules\n.git\n!src/*/keep\n!**/wanted.txt")
    assert not rules(".git\n!src/keep").may_include_below(".git")
    assert rules("*\n!src/keep").may_include_below("src")
    assert not rules("*\n!src/keep").may_include_below("docs")
    assert not rules("*\n!src/keep").may_include_below("src/other")
    assert found.may_include_below("node_modules")


@pytest.mark.parametrize(
    "pattern",
    [
        "**/" * 60 + "x",
        "**/a" * 200 + "/x",
        "*a" * 200 + "x",
        "a**" * 200 + "x",
        "?*" * 300 + "x",
        "[^b]**" * 100 + "x",
    ],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """Each of these needs more than the age of the universe where every star is tried at every place."""
    found = rules(f"{pattern}\n*.y*z\n")
    assert not found.excludes("/".join(["a"] * 1000))
    assert not found.excludes("a" * 250)


def test_a_hundred_thousand_paths_are_looked_at_once_each() -> None:
    text = "\n".join(f"**/dir{number}/*.o\n**/name{number}\nexact/{number}" for number in range(50))
    found = rules(text)
    paths = [f"top{number % 10}/dir{number % 60}/file{number}.o" for number in range(100_000)]
    left_out = sum(found.excludes(path) for path in paths)
    assert left_out == sum(number % 60 < 50 for number in range(100_000))
