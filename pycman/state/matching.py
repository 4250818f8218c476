"""What `--filter` means by a text and by a label; shared by the nouns that have listings."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import TypeVar

    from pycman.state.session import Session

    Item = TypeVar("Item")

_PATTERN_LETTERS = frozenset("^$.*+?{}[]()|\\")


def text_matches(pattern: str, *texts: str) -> bool:
    """Say whether the regular expression is found in one of the texts; plain words never import `re`.

    Raises InvalidInput for what is no regular expression.
    """
    if not _PATTERN_LETTERS.intersection(pattern):
        return any(pattern in text for text in texts)
    import re  # 10 ms, only for patterns

    try:
        return any(re.search(pattern, text) for text in texts)
    except re.error as error:
        raise InvalidInput(f"not a regular expression: {error}", subject=pattern) from error


def label_matches(labels: Mapping[str, str], value: str) -> bool:
    """Say whether "key" or "key=value" is among the labels."""
    key, equals, wanted = value.partition("=")
    return key in labels and (not equals or labels[key] == wanted)


def grouped(filters: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of each key; keys are trimmed and lower case, as docker does."""
    by_key: dict[str, list[str]] = {}
    for key, value in filters:
        by_key.setdefault(key.strip().lower(), []).append(value)
    return by_key


def parse_bool(value: str) -> bool:
    """Return a truth value as Go reads it. Raises InvalidInput."""
    if value.lower() in ("1", "t", "true"):
        return True
    if value.lower() in ("0", "f", "false"):
        return False
    raise InvalidInput("not a truth value", subject=value or '""', hint="write true or false")


def passing(
    session: Session,
    items: list[Item],
    filters: Sequence[tuple[str, str]],
    checks: Mapping[str, Callable[[Session, str], Callable[[Item], bool]]],
    *,
    all_must_hold: Collection[str],
) -> list[Item]:
    """Return the items that pass all filters: of one key's values one must hold, for keys in `all_must_hold` each.

    `checks` makes of a key's value the question that an item is asked. Raises InvalidInput for a key that is not in it.
    """
    for key, values in grouped(filters).items():
        make = checks.get(key)
        if make is None:
            raise InvalidInput("invalid filter", subject=key, hint=f"use one of {', '.join(sorted(checks))}")
        questions = [make(session, value) for value in values]
        enough = all if key in all_must_hold else any
        items = [item for item in items if enough(question(item) for question in questions)]
    return items
