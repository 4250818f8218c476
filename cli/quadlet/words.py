"""Words of a value in a unit file, as systemd splits and quotes them (systemd.syntax(7), systemd.service(5) "Command lines")."""

from __future__ import annotations

_BLANKS = " \t\n\r"
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'", "s": " ",
}  # fmt: skip
_NUMBERED = {"x": (1, 2, 16), "u": (1, 4, 16), "U": (1, 8, 16)}
"""Letter of an escape: where its digits begin after the backslash, how many there are, and their base."""
_ESCAPED = {character: letter for letter, character in _SIMPLE.items() if letter not in "s'"}


class WordError(ValueError):
    """A value cannot be split into words; the text says why."""


def split_words(text: str, *, escapes: bool) -> list[str]:
    r"""Return the words of a value. Quotes join blanks into a word and are dropped.

    With `escapes`, as in command lines, \n, \x20 and the like mean characters, a quote that is never closed ends with the
    value, and a backslash at its end is dropped; else a backslash is a character like any other, as in lists of units.
    Raises WordError for an unknown escape, and without `escapes` for a quote that is never closed.
    """
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    place = 0
    while place < len(text):
        character = text[place]
        place += 1
        if word is None and character in _BLANKS:
            continue
        if word is None:
            word = []
        if character == "\\" and escapes:
            if place < len(text):
                meant, place = _unescape(text, place)
                word.append(meant)
        elif quote:
            if character == quote:
                quote = ""
            else:
                word.append(character)
        elif character in "'\"":
            quote = character
        elif character in _BLANKS:
            words.append("".join(word))
            word = None
        else:
            word.append(character)
    if quote and not escapes:
        raise WordError("unbalanced quotes")
    if word is not None:
        words.append("".join(word))
    return words


def _unescape(text: str, place: int) -> tuple[str, int]:
    """Return the character that the escape at `place`, behind its backslash, means, and the place after it. Raises WordError."""
    letter = text[place]
    if letter in _SIMPLE:
        return _SIMPLE[letter], place + 1
    skipped, count, base = _NUMBERED.get(letter, (0, 3, 8))
    digits = text[place + skipped : place + skipped + count]
    allowed = "01234567" if base == 8 else "0123456789abcdefABCDEF"
    if len(digits) == count and all(digit in allowed for digit in digits):
        number = int(digits, base)
        if 0 < number <= (0xFF if base == 8 else 0x10FFFF):
            return chr(number), place + skipped + count
    raise WordError("unsupported escape char")


def quote_word(word: str) -> str:
    """Return a word as a command line of a unit holds it: in double quotes with escapes where it needs any."""
    if word and not any(map(_needs_escape, word)):
        return word
    return '"' + "".join(map(_escape, word)) + '"'


def quote_words(words: list[str]) -> str:
    """Return the text of a command line. Specifiers and variables (%n, $PORT) stay what they are."""
    return " ".join(map(quote_word, words))


def _needs_escape(character: str) -> bool:
    return ord(character) <= 128 and (character.isspace() or not character.isprintable() or character in "\"'\\")


def _escape(character: str) -> str:
    if character == "'" or not _needs_escape(character):
        return character
    letter = _ESCAPED.get(character)
    return f"\\{letter}" if letter else f"\\x{ord(character):02x}"
