"""Why a step was not found in the cache: which of its inputs differs from those of an earlier build."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 60


class Difference(Record):
    """One input that differs. A value that was not there is None."""

    name: str
    before: str | None
    now: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.name} is new: {_short(self.now)}"
        if self.now is None:
            return f"{self.name} is gone; it was {_short(self.before)}"
        return f"{self.name} was {_short(self.before)}, is {_short(self.now)}"


def differences(before: Iterable[tuple[str, str]], now: Iterable[tuple[str, str]]) -> tuple[Difference, ...]:
    """Return what differs between the inputs of a step then and now, in the order of now."""
    old, new = dict(before), dict(now)
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        Difference(name=name, before=old.get(name), now=new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    )


def explain(
    now: Sequence[tuple[str, str]], earlier: Iterable[Sequence[tuple[str, str]]]
) -> tuple[Difference, ...] | None:
    """Return how `now` differs from the nearest of earlier steps after the same parent; None if there was no such step.

    () says that nothing differs: the result of the earlier one is gone. Steps of another instruction are not compared.
    """
    instruction = now[0] if now else ("", "")
    found = [differences(each, now) for each in earlier if each and each[0] == tuple(instruction)]
    return min(found, key=len, default=None)


def _short(text: str | None) -> str:
    line = " ".join((text or "").split()) or '""'
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
