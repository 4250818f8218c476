"""Wait for what another process will have done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LONGEST_S = 120
"""How long anything is waited for: a bound for what never comes, which no slow machine reaches."""


def wait_until(condition: Callable[[], Any], what: str = "it did not come") -> Any:
    """Wait until something holds and return it; fail saying that `what` does not."""
    deadline = time.monotonic() + LONGEST_S
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found
