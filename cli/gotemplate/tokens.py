"""Split a template into tokens (text/template, "Text and spaces", "Actions"); trim markers and comments are resolved here."""

from __future__ import annotations

from pycman.errors import InvalidInput

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset("0123456789")
_WORD = _LETTERS | _DIGITS
_BLANKS = " \t\r\n"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

KEYWORDS = frozenset(("if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"))

Token = tuple[str, str, int]
"""(kind, text, position): text, open, close, field, variable, identifier, keyword, string, char, number, or a mark itself."""


class TemplateError(InvalidInput):
    """A template that cannot be parsed or evaluated; the message names the character."""

    reference = "template-error"


def tokenize(template: str) -> list[Token]:
    """Return the tokens of a whole template. Raises TemplateError naming the character of the mistake."""
    tokens: list[Token] = []
    position = 0
    trim_next = False
    while position < len(template):
        start = template.find("{{", position)
        text = template[position:] if start < 0 else template[position:start]
        if trim_next:
            text = text.lstrip(_BLANKS)
        if start < 0:
            tokens.append(("text", text, position))
            break
        inside = start + 2
        if template[inside : inside + 1] == "-" and template[inside + 1 : inside + 2] in (*_BLANKS, ""):
            text = text.rstrip(_BLANKS)
            inside += 1
        if text:
            tokens.append(("text", text, position))
        position, trim_next = _action(template, inside, start, tokens)
    return tokens


def _action(template: str, position: int, start: int, tokens: list[Token]) -> tuple[int, bool]:
    """Tokenize one action; return the position after it and whether white space after it is trimmed."""
    bare = position
    while template[bare : bare + 1] and template[bare] in _BLANKS:
        bare += 1
    if template.startswith("/*", bare):
        return _comment(template, bare, start)
    tokens.append(("open", "{{", start))
    while True:
        blanks = position
        while position < len(template) and template[position] in _BLANKS:
            position += 1
        if template.startswith("-}}", position) and position > blanks:
            tokens.append(("close", "-}}", position))
            return position + 3, True
        if template.startswith("}}", position):
            tokens.append(("close", "}}", position))
            return position + 2, False
        if position >= len(template):
            raise TemplateError(f"unclosed action that begins at character {start + 1}", subject=template)
        token, position = _token(template, position)
        tokens.append(token)


def _comment(template: str, position: int, start: int) -> tuple[int, bool]:
    end = template.find("*/", position)
    rest = template[end + 2 :].lstrip(_BLANKS) if end >= 0 else ""
    if rest.startswith("-}}"):
        return len(template) - len(rest) + 3, True
    if rest.startswith("}}"):
        return len(template) - len(rest) + 2, False
    raise TemplateError(f"unclosed comment that begins at character {start + 1}", subject=template)


def _token(template: str, position: int) -> tuple[Token, int]:
    letter = template[position]
    if letter in '"`':
        return _string(template, position)
    if letter == "'":
        return _char(template, position)
    following = template[position + 1 : position + 2]
    if letter == "." and following in _LETTERS and following:
        end = _word_end(template, position + 1)
        return ("field", template[position + 1 : end], position), end
    if letter == "$":
        end = _word_end(template, position + 1)
        return ("variable", template[position:end], position), end
    if letter in _LETTERS:
        end = _word_end(template, position)
        word = template[position:end]
        return ("keyword" if word in KEYWORDS else "identifier", word, position), end
    if letter in _DIGITS or (letter in "+-." and following in _DIGITS and following):
        end = position + 1
        while end < len(template) and (template[end] in _WORD or template[end] == "."):
            end += 1
        return ("number", template[position:end], position), end
    if template.startswith(":=", position):
        return (":=", ":=", position), position + 2
    if letter in ".|(),=":
        return (letter, letter, position), position + 1
    raise TemplateError(f"unexpected {letter!r} at character {position + 1}", subject=template)


def _word_end(template: str, position: int) -> int:
    while position < len(template) and template[position] in _WORD:
        position += 1
    return position


def _string(template: str, position: int) -> tuple[Token, int]:
    quote = template[position]
    if quote == "`":
        end = template.find("`", position + 1)
        if end < 0:
            raise TemplateError(f"unclosed string that begins at character {position + 1}", subject=template)
        return ("string", template[position + 1 : end], position), end + 1
    parts = []
    at = position + 1
    while at < len(template) and template[at] not in '"\n':
        if template[at] == "\\":
            piece, at = _escape(template, at)
            parts.append(piece)
        else:
            parts.append(template[at])
            at += 1
    if template[at : at + 1] != '"':
        raise TemplateError(f"unclosed string that begins at character {position + 1}", subject=template)
    return ("string", "".join(parts), position), at + 1


def _escape(template: str, at: int) -> tuple[str, int]:
    letter = template[at + 1 : at + 2]
    if letter in _ESCAPES and letter:
        return _ESCAPES[letter], at + 2
    lengths = {"x": 2, "u": 4, "U": 8}
    digits = template[at + 2 : at + 2 + lengths.get(letter, 0)]
    if letter in lengths and len(digits) == lengths[letter]:
        try:
            return chr(int(digits, 16)), at + 2 + len(digits)
        except (ValueError, OverflowError):
            pass
    raise TemplateError(f"unknown escape \\{letter} at character {at + 1}", subject=template)


def _char(template: str, position: int) -> tuple[Token, int]:
    at = position + 1
    piece, at = _escape(template, at) if template[at : at + 1] == "\\" else (template[at : at + 1], at + 1)
    if not piece or template[at : at + 1] != "'":
        raise TemplateError(f"unclosed character that begins at character {position + 1}", subject=template)
    return ("char", piece, position), at + 1
