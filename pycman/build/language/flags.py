"""Flags of an instruction ("--chown=1:1") as values, by the kinds of the table."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, did_you_mean, quoted
from pycman.record import Record


class Flags(Record):
    """What was given: texts, booleans, and lists of texts, by name without "--"."""

    texts: dict[str, str]
    bools: dict[str, bool]
    lists: dict[str, tuple[str, ...]]


def read_flags(words: list[str], known: dict[str, str], instruction: str) -> Flags:
    """Return the flags that `words` are. Raises Wrong for unknown, repeated or incomplete ones."""
    texts: dict[str, str] = {}
    bools: dict[str, bool] = {}
    lists: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word[2:].partition("=")
        kind = known.get(name)
        if kind is None:
            hint = did_you_mean(name, known, "--")
            takes = ", ".join(f"--{each}" for each in known) or "no flags"
            raise Wrong(f"{instruction} has no flag --{quoted(name)}", hint or f"it takes {takes}")
        if kind != "many" and (name in texts or name in bools):
            raise Wrong(f"--{name} is given twice", "remove one of them")
        if kind == "bool":
            bools[name] = _boolean(name, value if equals else "true")
        elif not equals:
            raise Wrong(f"--{name} has no value", f"write --{name}=VALUE")
        elif kind == "text":
            texts[name] = value
        else:
            lists.setdefault(name, []).append(value)
    return Flags(texts=texts, bools=bools, lists={name: tuple(values) for name, values in lists.items()})


def _boolean(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise Wrong(f"--{name}={quoted(value)} is neither true nor false", f"write --{name} or --{name}=false")
    return value.lower() == "true"
