"""Descriptors of pipes and sockets in an event loop: read and write without blocking it."""

from __future__ import annotations

import asyncio
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_READ_BYTES = 64 << 10


def make_pipe() -> tuple[int, int]:
    """Return the reading and the writing end of a pipe. Both are closed by an exec; whichever end stays here is to be made
    non-blocking.
    """
    return os.pipe2(os.O_CLOEXEC)


async def wait_readable(descriptor: int) -> None:
    """Wait until a descriptor can be read, or its other end has been closed."""
    loop = asyncio.get_running_loop()
    await _wait(descriptor, loop.add_reader, loop.remove_reader)


async def wait_writable(descriptor: int) -> None:
    """Wait until a descriptor can be written to, or its other end has been closed."""
    loop = asyncio.get_running_loop()
    await _wait(descriptor, loop.add_writer, loop.remove_writer)


async def _wait(descriptor: int, add: Callable[..., None], remove: Callable[[int], bool]) -> None:
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    add(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        remove(descriptor)


async def read_some(descriptor: int, size: int = _READ_BYTES) -> bytes:
    """Return the next bytes of a non-blocking descriptor, none at its end."""
    while True:
        try:
            return os.read(descriptor, size)
        except BlockingIOError:
            await wait_readable(descriptor)
        except ConnectionResetError:
            return b""


async def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data` to a non-blocking descriptor. Raises BrokenPipeError."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            await wait_writable(descriptor)


class Pipe:
    """A pipe between the event loop and a worker: `ours` is non-blocking, `theirs` is sent to the worker and then closed here."""

    def __init__(self, *, reads: bool) -> None:
        """`reads`: the event loop reads and the worker writes."""
        read, write = make_pipe()
        self.ours, self.theirs = (read, write) if reads else (write, read)
        os.set_blocking(self.ours, False)

    def release(self) -> None:
        """Close the end that the worker has got a copy of."""
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1

    def close(self) -> None:
        """Close both ends."""
        self.release()
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1
