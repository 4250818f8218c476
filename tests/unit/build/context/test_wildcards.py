"""Patterns of COPY, held against what Go's path.Match says of them."""

from __future__ import annotations

import pytest

from pycman.build.context.git import parse_git_url
from pycman.build.context.tree import clean
from pycman.build.context.wildcards import compile_name, has_wildcard
from pycman.errors import InvalidInput


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("abc", "abc", True),
        ("*", "abc", True),
        ("*", ".hidden", True),
        ("*c", "abc", True),
        ("a*", "ba", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a[ab]c", "abc", True),
        ("a[^ab]c", "abc", False),
        ("a[^ab]c", "axc", True),
        ("[a-c]x", "bx", True),
        ("[a-c]x", "dx", False),
        ("[]a]", "]", True),
        ("[\\-x]", "-", True),
        ("a\\*c", "a*c", True),
        ("a\\*c", "abc", False),
        ("a.c", "abc", False),
        ("*.tx?", "b.txt", True),
        ("(a|b)", "a", False),
    ],
)
def test_names_match_as_go_says(pattern: str, name: str, matches: bool) -> None:
    assert bool(compile_name(pattern).fullmatch(name)) is matches


@pytest.mark.parametrize("pattern", ["[a", "a\\", "[z-a]", "[", "[^"])
def test_patterns_that_never_end_are_errors(pattern: str) -> None:
    with pytest.raises(InvalidInput):
        compile_name(pattern)


def test_plain_names_are_not_matched_against_a_directory() -> None:
    assert not has_wildcard("dir/file.txt")
    assert has_wildcard("dir/\\[x")


@pytest.mark.parametrize(
    ("source", "path"),
    [(".", ""), ("./", ""), ("/a/b", "a/b"), ("a//b/./c", "a/b/c"), ("../../x", "x"), ("a/../../b", "b"), ("a/", "a")],
)
def test_no_source_leads_above_its_tree(source: str, path: str) -> None:
    assert clean(source) == path


@pytest.mark.parametrize(
    ("text", "url", "reference", "folder"),
    [
        ("https://host/a.git", "https://host/a.git", "", ""),
        ("https://host/a.git#v1:sub/dir", "https://host/a.git", "v1", "sub/dir"),
        ("https://host/a.git#:sub", "https://host/a.git", "", "sub"),
        ("github.com/owner/name", "https://github.com/owner/name", "", ""),
        ("git@host:owner/name.git#main", "git@host:owner/name.git", "main", ""),
        ("git+https://host/a", "https://host/a", "", ""),
    ],
)
def test_git_urls_have_a_reference_and_a_folder(text: str, url: str, reference: str, folder: str) -> None:
    parts = parse_git_url(text)
    assert (parts.url, parts.reference, parts.subdirectory) == (url, reference, folder)
