"""The protocol of conmon's attach socket and control fifo (conmon, `conn_sock.c`, `ctrl.c`), and the detach keys. Pure.

conmon → us: packets of one byte (2 stdout, 3 stderr) and up to 8 KiB.   us → conmon: plain bytes for stdin.
The control fifo takes lines: "1 HEIGHT WIDTH" sets the window size, "2 0 0" opens the log again.
"""

from __future__ import annotations

from pycman.errors import InvalidInput

STDOUT, STDERR = 2, 3
PACKET_BYTES = 8192 + 1
DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q"
REOPEN_LOG = "2 0 0"

_NAMED_KEYS = {"del": 0x7F, "esc": 0x1B}


def window_line(rows: int, columns: int) -> str:
    """Return the control line that sets the window size."""
    return f"1 {rows} {columns}"


def parse_detach_keys(keys: str) -> bytes:
    """Return the bytes of a detach sequence such as "ctrl-p,ctrl-q" or "a,ctrl-@,["; none for "". Raises InvalidInput."""
    sequence = bytearray()
    for key in keys.split(",") if keys else ():
        name = key.lower()
        if len(key) == 1 and key.isascii():
            sequence += key.encode()
        elif name.startswith("ctrl-") and len(name) == 6 and ("a" <= name[5] <= "z" or name[5] in "@[\\]^_"):
            sequence.append(ord(name[5].upper()) & 0x1F)
        elif name in _NAMED_KEYS:
            sequence.append(_NAMED_KEYS[name])
        else:
            raise InvalidInput(
                "not a detach key", subject=keys, hint='write them as in ctrl-p,ctrl-q ("" is no keys at all)'
            )
    return bytes(sequence)


class DetachFilter:
    """Finds the detach sequence in what the user types, also when it arrives in pieces.

    The beginning of a sequence is kept back until the next key completes it, or shows that it was ordinary input.
    """

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._kept_back = b""

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Return the bytes to pass on to the container, and whether the sequence is complete."""
        if not self._keys:
            return data, False
        data = self._kept_back + data
        self._kept_back = b""
        start = data.find(self._keys)
        if start >= 0:
            return data[:start], True
        for length in range(min(len(self._keys) - 1, len(data)), 0, -1):
            if data.endswith(self._keys[:length]):
                self._kept_back = data[-length:]
                return data[:-length], False
        return data, False

    def flush(self) -> bytes:
        """Return the bytes kept back, at the end of the input."""
        kept_back, self._kept_back = self._kept_back, b""
        return kept_back
