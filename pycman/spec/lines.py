"""Words that become part of a file of lines, such as /etc/hosts or resolv.conf: one word each, and nothing that ends one. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def is_word(text: str) -> bool:
    """Say whether a text is one word: printable, without blanks, and no comment."""
    return bool(text) and text.isprintable() and not any(letter.isspace() or letter in "#;" for letter in text)


def is_host_name(text: str) -> bool:
    """Say whether a text may be a host's name (as docker has it: RFC 1123 and "_"), up to 253 letters."""
    return 0 < len(text) <= 253 and _OF_NAMES.issuperset(text)


def check_words(words: Iterable[str], option: str) -> None:
    """Raise InvalidInput for what is no word; `option` is the flag or field it came from."""
    for word in words:
        if not is_word(word):
            raise InvalidInput(f"{word[:80]!r} is not one word", subject=option)


def check_host_names(names: Iterable[str], option: str) -> None:
    """Raise InvalidInput for what is no host name."""
    for name in names:
        if not is_host_name(name):
            raise InvalidInput(
                f"{name[:80]!r} is not a host name", subject=option, hint="use letters, digits, -, _ and ."
            )


def check_nul(value: object, subject: str) -> None:
    """Refuse a NUL anywhere in a spec: what is a C string for the kernel or the runtime would end there. Raises InvalidInput."""
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidInput("it contains a NUL", subject=subject)
    elif isinstance(value, Record):
        for name, field in value.__dict__.items():
            if field:
                check_nul(field, name)
    elif isinstance(value, dict):
        for key, entry in value.items():
            check_nul(key, subject)
            check_nul(entry, subject)
    elif isinstance(value, (tuple, list)):
        for entry in value:
            check_nul(entry, subject)
