"""How a line of arguments falls into words, flags and pairs (Dockerfile reference; BuildKit's parser where it is silent).

All functions work on text in which quotes, escapes and variables are kept: `expand` removes them later.
"""

from __future__ import annotations

from pycman.build.language.errors import MOST_ARGUMENTS, Wrong, quoted
from pycman.errors import Corrupt
from pycman.jsontext import parse_json

BLANKS = " \t\v\f\r"
"""What divides words; line ends do not occur in a joined line."""


def split_name(line: str) -> tuple[str, str]:
    """Return the first word of a line and the rest, both without blanks around them."""
    words = line.strip().split(None, 1)
    return (words[0], words[1]) if len(words) == 2 else (words[0] if words else "", "")


def split_flags(text: str, escape: str) -> tuple[list[str], str]:
    """Return the words that begin with "--" at the start of `text`, quotes removed, and what follows them.

    A bare "--" ends the flags.
    """
    flags: list[str] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if not text.startswith("--", position):
            return flags, text[position:]
        word, position = _unquoted_word(text, position, escape)
        if word == "--":
            return flags, text[position:].lstrip()
        flags.append(word)


def _unquoted_word(text: str, position: int, escape: str) -> tuple[str, int]:
    letters: list[str] = []
    quote = ""
    while position < len(text):
        letter = text[position]
        if not quote and letter.isspace():
            break
        if letter == escape:
            position += 1
            letters.append(text[position : position + 1])
        elif quote and letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        else:
            letters.append(letter)
        position += 1
    return "".join(letters), position


def split_words(text: str, escape: str, *, heredocs: bool = False) -> list[str]:
    """Return the words of `text`, divided by blanks that are neither quoted nor escaped; quotes and escapes are kept.

    A quote that is not closed goes on to the end. With `heredocs`, "<<" and blanks after it belong to the next word.
    """
    words: list[str] = []
    start = -1
    position = 0
    quote = ""
    while position < len(text):
        letter = text[position]
        if quote:
            if letter == quote:
                quote = ""
            elif letter == escape and quote != "'":
                position += 1
        elif letter.isspace():
            if start >= 0:
                words.append(text[start:position])
            start = -1
        else:
            start = position if start < 0 else start
            if letter in "'\"":
                quote = letter
            elif letter == escape:
                position += 1
            elif heredocs and text.startswith("<<", position):
                position += 1
                while text[position + 1 : position + 2] in (" ", "\t"):
                    position += 1
        position += 1
    if start >= 0:
        words.append(_without_last_escape(text[start:], escape))
    return words


def _without_last_escape(word: str, escape: str) -> str:
    """Return a text's last word without an escape that escapes nothing."""
    count = len(word) - len(word.rstrip(escape))
    return word[:-1] if count % 2 else word


def split_pairs(text: str, name: str, escape: str) -> list[tuple[str, str, bool]]:
    """Return (name, value, spaced) of ENV and LABEL: NAME=VALUE …, or one pair in the old form NAME VALUE. Raises Wrong."""
    words = split_words(text, escape)
    if not words:
        raise Wrong(f"{name} needs at least one argument", f"write {name} NAME=VALUE")
    if len(words) > MOST_ARGUMENTS:
        raise Wrong(f"{name} has more than {MOST_ARGUMENTS} arguments", "divide it")
    if "=" not in words[0]:
        parts = text.split(None, 1)
        if len(parts) < 2:
            raise Wrong(f"{name} {quoted(text)} has no value", f"write {name} {quoted(parts[0])}=VALUE")
        return [(parts[0], parts[1], True)]
    pairs = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise Wrong(f"{quoted(word)} is not NAME=VALUE", "quote values that have blanks in them")
        if not key:
            raise Wrong(f"{quoted(word)} has no name", f"write {name} NAME=VALUE")
        pairs.append((key, value, False))
    return pairs


def json_words(text: str) -> list[str] | None:
    """Return the texts of a JSON array, or None if `text` is none. Raises Wrong if it has other values than texts."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = parse_json(text.strip())
    except Corrupt:  # as in docker, text that is not JSON is the shell form
        return None
    if not isinstance(value, list):
        return None
    if not all(isinstance(each, str) for each in value):
        raise Wrong("a JSON array of arguments has values other than texts", "write every argument in double quotes")
    if any("\0" in each for each in value):
        raise Wrong("a JSON array of arguments has a NUL character", "no argument of a process can have one")
    return [_without_surrogates(each) for each in value]


def _without_surrogates(text: str) -> str:
    """Return text as it can be written: halves of a pair, which JSON can name alone, become U+FFFD as in Go."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
