"""Pass the output of a process on as it comes, and keep its last lines where nobody is to see it."""

from __future__ import annotations

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_READ_BYTES = 65536
_KEPT_BYTES = 16384
_KEPT_LINES = 20


def pass_output(streams: Mapping[int, int]) -> list[str]:
    """Read the pipes that are the keys to their end, and write what comes to their values; -1 keeps it.

    Returns the last lines of what was kept. A reader that has gone (EPIPE) loses the rest. Raises other OSErrors.
    """
    kept = b""
    targets = dict(streams)
    poller = select.poll()
    for pipe in targets:
        poller.register(pipe, select.POLLIN)
    while targets:
        for pipe, _events in poller.poll():
            data = os.read(pipe, _READ_BYTES)
            if not data:
                poller.unregister(pipe)
                del targets[pipe]
            elif targets[pipe] < 0:
                kept = (kept + data)[-_KEPT_BYTES:]
            else:
                write_all(targets[pipe], data)
    return kept.decode("utf-8", "replace").splitlines()[-_KEPT_LINES:]


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`."""
    while data:
        data = data[os.write(descriptor, data) :]
