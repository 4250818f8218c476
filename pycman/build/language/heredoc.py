"""Here-documents: which ones a line of arguments begins (Dockerfile reference, "Here-Documents")."""

from __future__ import annotations

from pycman.build.language.instructions import Heredoc
from pycman.build.language.words import split_words

MOST_HEREDOCS = 100


def heredocs_of(text: str) -> list[Heredoc]:
    """Return the here-documents that a line begins, in order, without their content."""
    if "<<" not in text:
        return []
    found = [heredoc for word in split_words(text, "\\", heredocs=True) if (heredoc := parse_heredoc(word)) is not None]
    return found[:MOST_HEREDOCS]


def parse_heredoc(word: str) -> Heredoc | None:
    """Return the here-document that a word begins ("<<EOF", "<<-'EOF'", "3<<EOF"), or None if it begins none."""
    digits, operator, rest = word.partition("<<")
    if not operator or (digits and not (digits.isascii() and digits.isdigit() and len(digits) < 10)) or "<" in rest:
        return None
    strip_tabs = rest.startswith("-")
    name = rest.removeprefix("-").lstrip(" \t")
    bare = _unquoted(name)
    if not bare:
        return None
    return Heredoc(
        name=bare,
        expand=not any(quote in name for quote in "'\""),
        strip_tabs=strip_tabs,
        descriptor=int(digits or 0),
    )


def _unquoted(name: str) -> str:
    """Return the name without quotes and escapes, or "" if it is not one word or a quote is not closed."""
    letters = []
    quote = ""
    position = 0
    while position < len(name):
        letter = name[position]
        if letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        elif letter == "\\" and quote != "'":
            position += 1
            letters.append(name[position : position + 1])
        elif letter.isspace() and not quote:
            return ""
        else:
            letters.append(letter)
        position += 1
    return "" if quote else "".join(letters)


def without_tabs(content: str) -> str:
    """Return the content of <<-: tabs at the start of each line removed."""
    return "\n".join(line.lstrip("\t") for line in content.split("\n"))
