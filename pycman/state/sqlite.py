"""`_sqlite3`, the C half of the standard library's `sqlite3`, without what it would bring.

`sqlite3` itself has adapters which import datetime: 2 ms. `_sqlite3` imports `functools` for its cache of prepared statements, and that
brings `collections`: half as long as starting the interpreter. The cache is a class in C, which is all that is given to it here.
"""

from __future__ import annotations

import sys
from _functools import _lru_cache_wrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["sqlite3"]


class _Functools:
    """As much of `functools` as `_sqlite3` reads."""

    @staticmethod
    def lru_cache(size: int) -> Callable[[Any], Any]:
        return lambda statement: _lru_cache_wrapper(statement, size, False, tuple)


if "functools" not in sys.modules and "_sqlite3" not in sys.modules:
    sys.modules["functools"] = _Functools  # type: ignore[assignment]
    try:
        import _sqlite3 as sqlite3
    finally:
        del sys.modules["functools"]
else:
    import _sqlite3 as sqlite3
