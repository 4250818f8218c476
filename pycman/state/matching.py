"""How `--filter` matches texts, labels and booleans; shared by the listings of all nouns."""

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
    """Say whether the regular expression `pattern` matches a part of one of the texts.

    A pattern without special characters is compared without importing `re`. Raises InvalidInput (not a regular expression).
    """
    if not _PATTERN_LETTERS.intersection(pattern):
        return any(pattern in text for text in texts)
    import re  # 10 ms: only imported for patterns with special characters

    try:
        return any(re.search(pattern, text) for text in texts)
    except re.error as error:
        raise InvalidInput(f"not a regular expression: {error}", subject=pattern) from error


def label_matches(labels: Mapping[str, str], value: str) -> bool:
    """Say whether the labels have the filter's `value`: KEY or KEY=VALUE, where a * of the key is any text (podman)."""
    key, equals, label = value.partition("=")
    if "*" in key and key not in labels:
        parts = key.split("*")
        return any(_fits(name, parts) and (not equals or found == label) for name, found in labels.items())
    return key in labels and (not equals or labels[key] == label)


def _fits(text: str, parts: Sequence[str]) -> bool:
    """Say whether a text begins with the first part, ends with the last and has the others between them in their order."""
    if not text.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.endswith(parts[-1]) and len(text) - len(parts[-1]) >= at


def grouped(filters: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of filters by key; keys are stripped and lower-cased, as docker does."""
    by_key: dict[str, list[str]] = {}
    for key, value in filters:
        by_key.setdefault(key.strip().lower(), []).append(value)
    return by_key


def parse_bool(value: str) -> bool:
    """Return a boolean written as Go accepts it: 1, t, true, 0, f, false in any case. Raises InvalidInput."""
    if value.lower() in ("1", "t", "true"):
        return True
    if value.lower() in ("0", "f", "false"):
        return False
    raise InvalidInput("not a boolean", subject=value or '""', hint="write true or false")


def passing(
    session: Session,
    items: list[Item],
    filters: Sequence[tuple[str, str]],
    checks: Mapping[str, Callable[[Session, str], Callable[[Item], bool]]],
    *,
    all_must_hold: Collection[str],
) -> list[Item]:
    """Return the items that match the filters: for each key one of its values, or all of them for keys in `all_must_hold`.

    `checks` has for each key a function that makes a predicate of (session, value). Raises InvalidInput for any other key.
    """
    for key, values in grouped(filters).items():
        make = checks.get(key)
        if make is None:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(sorted(checks))}", code="not-a-filter-key"
            )
        predicates = [make(session, value) for value in values]
        combine = all if key in all_must_hold else any
        items = [item for item in items if combine(predicate(item) for predicate in predicates)]
    return items
