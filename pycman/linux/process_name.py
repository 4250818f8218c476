"""Names of processes that live long, as ps, top and the kernel's log show them (prctl(2), PR_SET_NAME)."""

from __future__ import annotations

import prctl


def name_process(name: str) -> None:
    """Give this process (its main thread) a name of at most 15 bytes, so that it can be told from other Pythons."""
    prctl.set_name(name)
