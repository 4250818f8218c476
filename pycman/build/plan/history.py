"""The texts that `history` shows (created_by), in the form of docker's builder, which scanners of images know."""

from __future__ import annotations

from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pycman.build.plan.values import BuildStep

_MARK = " # buildkit"
"""Ends the texts of steps that have a layer; by it scanners know that what follows RUN is a command."""


def history_entry(step: BuildStep, created: str, author: str = "") -> dict[str, Any] | None:
    """Return a step's entry in the config's history (image-spec, config.md), or None if it gets none.

    `created` is RFC 3339.
    """
    if not step.created_by:
        return None
    entry: dict[str, Any] = {"created": created, "created_by": step.created_by}
    if author:
        entry["author"] = author
    if step.empty_layer:
        entry["empty_layer"] = True
    return entry


def run_text(argv: Sequence[str], args: Iterable[tuple[str, str]]) -> str:
    """Return "RUN |1 NAME=VALUE /bin/sh -c COMMAND", the number being that of build arguments."""
    given = [f"{name}={value}" for name, value in args]
    return " ".join(["RUN", *([f"|{len(given)}", *given] if given else []), *argv]) + _MARK


def copy_text(name: str, flags: Iterable[tuple[str, str]], sources: Iterable[str], target: str) -> str:
    """Return "COPY --chown=OWNER SOURCE TARGET"; flags without a value were not given."""
    given = [f"--{flag}={value}" if value != "true" else f"--{flag}" for flag, value in flags if value]
    return " ".join([name, *given, *sources, target]) + _MARK


def pairs_text(name: str, pairs: Iterable[tuple[str, str | None]]) -> str:
    """Return "ENV A=1 B=2"; a value of None is left out with its "="."""
    return " ".join([name, *(key if value is None else f"{key}={value}" for key, value in pairs)])


def quoted_list_text(name: str, words: Iterable[str]) -> str:
    """Return 'CMD ["a" "b"]'."""
    return f"{name} [{' '.join(format_json(word) for word in words)}]"


def list_text(name: str, words: Iterable[str]) -> str:
    """Return "EXPOSE [80/tcp 443/tcp]"."""
    return f"{name} [{' '.join(words)}]"


def health_text(check: dict[str, Any]) -> str:
    """Return "HEALTHCHECK {Test:[CMD-SHELL …] Interval:30s …}"."""
    times = (
        f"{field}:{_duration(check.get(field, 0))}" for field in ("Interval", "Timeout", "StartPeriod", "StartInterval")
    )
    return f"HEALTHCHECK {{Test:[{' '.join(check['Test'])}] {' '.join(times)} Retries:{check.get('Retries', 0)}}}"


def _duration(time_ns: int) -> str:
    """Return a duration as Go writes it: "1m30s", "500ms", "0s"."""
    if time_ns < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if time_ns >= size:
                return f"{_decimal(time_ns, size)}{unit}"
        return "0s"
    minutes, rest = divmod(time_ns, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if hours or minutes else ""
    return f"{text}{_decimal(rest, 10**9)}s"


def _decimal(number: int, size: int) -> str:
    whole, rest = divmod(number, size)
    fraction = f"{rest:0{len(str(size)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{fraction}" if fraction else str(whole)
