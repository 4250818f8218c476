"""Standard streams: what is written to a terminal cannot steer it (names, labels and errors may be a stranger's: ECMA-48, control
functions), and standard output that cannot be written is one clear error.
"""

from __future__ import annotations

import os
import sys

from pycman.errors import output_failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_ESCAPED = {number: f"\\x{number:02x}" for number in (*range(32), *range(0x7F, 0xA0)) if chr(number) not in "\n\t"}
_ESCAPED |= {number: f"\\u{number:04x}" for number in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_ESCAPED |= {number: f"\\x{number - 0xDC00:02x}" for number in range(0xDC80, 0xDD00)}
"""C0, DEL, C1, what turns the order of letters round, and bytes that are not UTF-8 (PEP 383)."""


def printable(text: str) -> str:
    """Return a text with every control character but newline and tab written out. Pure."""
    return text.translate(_ESCAPED)


class Output:
    """A stream of text or bytes whose failing writes raise OutputFailed (BrokenPipeError as it is); `raw` is the stream itself."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, text: Any) -> int:
        """Write a text, or bytes. Raises OutputFailed, BrokenPipeError."""
        try:
            return int(self.raw.write(text))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error) from error

    def writelines(self, lines: Iterable[Any]) -> None:
        """Write several. Raises OutputFailed, BrokenPipeError."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is in the buffer. Raises OutputFailed, BrokenPipeError."""
        try:
            self.raw.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error) from error

    @property
    def buffer(self) -> Output:
        """Return the stream of bytes below a stream of text."""
        return Output(self.raw.buffer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


class Printable(Output):
    """A text stream on a terminal; `raw` takes the program's own escape sequences, too."""

    def write(self, text: str) -> int:
        """Write a text, printable."""
        super().write(printable(text))
        return len(text)


def guard_streams() -> None:
    """Have standard output raise OutputFailed, and both write printable texts where they are terminals."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, Output):
            continue
        stream.reconfigure(errors="surrogateescape")  # bytes of names that are not UTF-8, as they came
        if stream.isatty():
            setattr(sys, name, Printable(stream))
        elif name == "stdout":
            sys.stdout = Output(stream)


def discard(descriptor: int) -> None:
    """Have what is still in the buffers of standard output or error, and cannot be written, end in /dev/null at our exit."""
    null = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(null, descriptor)
    os.close(null)


def raw_stream(stream: Any) -> Any:
    """Return the stream below, for escape sequences of our own and nothing else."""
    return stream.raw if isinstance(stream, Output) else stream
