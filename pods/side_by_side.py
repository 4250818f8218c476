"""Do one verb on several containers at once, each in a forked child with its own database connection."""

from __future__ import annotations

import os

from pycman.errors import PycmanError
from pycman.linux.forked_child import ForkedChild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.state.session import Session

_TIMEOUT_S = 3600.0


def side_by_side(session: Session, names: Sequence[str], verb: Callable[[str], Any], *, width: int = 0) -> list[Any]:
    """Return what `verb` returned for each name (JSON values), in order. Raises the first error after all are done.

    A single name is done in this process; several are done in children, `width` at a time (0: two more than there are processors).
    """
    results, errors = try_side_by_side(session, names, verb, width=width)
    for error in errors.values():
        raise error
    return [results[name] for name in names]


def try_side_by_side(
    session: Session, names: Sequence[str], verb: Callable[[str], Any], *, width: int = 0
) -> tuple[dict[str, Any], dict[str, PycmanError]]:
    """Do `verb` for each name as `side_by_side` does; return results and errors by name. `width`: how many at once, for verbs that wait."""
    results: dict[str, Any] = {}
    errors: dict[str, PycmanError] = {}
    if len(names) < 2:
        for name in names:
            try:
                results[name] = verb(name)
            except PycmanError as error:
                errors[name] = error
        return results, errors
    waiting = list(names)
    working: dict[str, ForkedChild] = {}
    width = width or (os.cpu_count() or 1) + 2
    session.close(reopens=True)  # SQLite connections must not be used across fork; the session reopens it on demand
    while waiting or working:
        while waiting and len(working) < width:
            name = waiting.pop(0)
            working[name] = ForkedChild(_worker(session, name, verb), subject=name, timeout_s=_TIMEOUT_S)
        name = next(iter(working))
        try:
            reply = working.pop(name).finish()
        except PycmanError as error:
            errors[name] = error
            continue
        results[name] = reply["result"]
        session.warnings += reply["warnings"]
        session.debug_log += reply["debug_log"]
    return results, errors


def _worker(session: Session, name: str, verb: Callable[[str], Any]) -> Callable[[ForkedChild], Any]:
    def work(_child: ForkedChild) -> Any:
        session.warnings.clear()
        session.debug_log.clear()
        try:
            result = verb(name)
        finally:
            session.close(process_ends=True)
        return {"result": result, "warnings": session.warnings, "debug_log": session.debug_log}

    return work
