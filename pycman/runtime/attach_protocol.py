"""What is said through conmon's attach socket and control fifo (conmon, `conn_sock.c`, `ctrl.c`), and by typed detach keys. Pure.

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


def parse_detach_keys(text: str) -> bytes:
    """Return the bytes of a detach sequence: "ctrl-p,ctrl-q", "a,ctrl-@,[". "" is none. Raises InvalidInput."""
    found = bytearray()
    for key in text.split(",") if text else ():
        name = key.lower()
        if len(key) == 1 and key.isascii():
            found += key.encode()
        elif name.startswith("ctrl-") and len(name) == 6 and ("a" <= name[5] <= "z" or name[5] in "@[\\]^_"):
            found.append(ord(name[5].upper()) & 0x1F)
        elif name in _NAMED_KEYS:
            found.append(_NAMED_KEYS[name])
        else:
            raise InvalidInput(
                "not a detach key", subject=text, hint='write them as in ctrl-p,ctrl-q ("" is no keys at all)'
            )
    return bytes(found)


class DetachFilter:
    """Looks for the detach sequence in what is typed, also when it comes in pieces.

    The beginning of a sequence is held back until the next key tells; what turns out to be none is passed on whole.
    """

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._held = b""

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Return what is to be passed on, and whether the sequence is complete."""
        if not self._keys:
            return data, False
        data = self._held + data
        self._held = b""
        at = data.find(self._keys)
        if at >= 0:
            return data[:at], True
        for length in range(min(len(self._keys) - 1, len(data)), 0, -1):
            if data.endswith(self._keys[:length]):
                self._held = data[-length:]
                return data[:-length], False
        return data, False

    def flush(self) -> bytes:
        """Return what is held back: there will be no next key."""
        held, self._held = self._held, b""
        return held
