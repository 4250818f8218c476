"""Read a file of settings that may be anything: a FIFO nobody writes to, a device, a log of gigabytes.

Regular files count, and what a shell makes of `<(…)`; /dev/null is an empty file. Nothing blocks where nobody writes.
"""

from __future__ import annotations

import os

from pycman.errors import InvalidInput

MOST_BYTES = 16 << 20


def read_bounded(path: str, *, subject: str = "", most_bytes: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file. Raises OSError as `open` does, InvalidInput for more than `most_bytes`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        os.set_blocking(descriptor, True)
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        size = f"{most_bytes >> 20} MiB" if most_bytes >> 20 else f"{most_bytes} bytes"
        raise InvalidInput(f"it has more than {size}", subject=subject or path, hint="name another file")
    return data
