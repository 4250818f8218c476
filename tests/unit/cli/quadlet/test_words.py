"""Words of unit files are split and quoted as systemd does it."""

from __future__ import annotations

import pytest

from cli.quadlet.words import WordError, quote_word, quote_words, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t ", []),
        ("one  two\tthree", ["one", "two", "three"]),
        ('"one two" three', ["one two", "three"]),
        ("a'b c'd", ["ab cd"]),
        ("'it''s' \"a'b\"", ["its", "a'b"]),
        ('before "" behind', ["before", "", "behind"]),
        (r"\a\b\f\n\r\t\v\\\"\'\s", ["\a\b\f\n\r\t\v\\\"' "]),
        (r"\x50odman \u0031\U0001F51F \110ello", ["Podman", "1🔟", "Hello"]),
        (r'"in\x20quotes"', ["in quotes"]),
        ('open "quote to the end', ["open", "quote to the end"]),
        ("at the end\\", ["at", "the", "end"]),
        ("%n ${PORT} $$", ["%n", "${PORT}", "$$"]),
    ],
    ids=str,
)
def test_command_lines_are_split(text, words):
    assert split_words(text, escapes=True) == words


@pytest.mark.parametrize("text", [r"\k", r"\xzz", r"\x1", r"\x00", r"\000", r"\777", r"\u12", r"\UFFFFFFFF", r"\8"])
def test_unknown_escapes_are_refused(text):
    with pytest.raises(WordError, match="unsupported escape char"):
        split_words(text, escapes=True)


def test_lists_keep_backslashes_and_refuse_open_quotes():
    assert split_words(r"a\x2db.service 'c d'", escapes=False) == [r"a\x2db.service", "c d"]
    with pytest.raises(WordError, match="unbalanced quotes"):
        split_words("'open", escapes=False)


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("plain", "plain"),
        ("%n=${X}:/a,b", "%n=${X}:/a,b"),
        ("", '""'),
        ("two words", '"two\\x20words"'),
        ('say "hi"', '"say\\x20\\"hi\\""'),
        ("it's", '"it\'s"'),
        ("a\\b\n\t\x01", '"a\\\\b\\n\\t\\x01"'),
        ("Zoë 🔟", '"Zoë\\x20🔟"'),
    ],
    ids=repr,
)
def test_words_are_quoted_and_read_back(word, quoted):
    assert quote_word(word) == quoted
    assert split_words(quoted, escapes=True) == [word]


def test_a_command_line_is_read_back():
    words = ["sh", "-c", "echo \"$HOME\" 'x'\\", "", "ä b", "\x7f"]
    assert split_words(quote_words(words), escapes=True) == words
