"""Docker's multiplexed stream: one byte for the stream, three zeros, four bytes of length (big endian), the bytes. Pure."""

from __future__ import annotations

STDIN, STDOUT, STDERR = 0, 1, 2
RAW_STREAM = "application/vnd.docker.raw-stream"
MULTIPLEXED_STREAM = "application/vnd.docker.multiplexed-stream"


def frame(stream: int, data: bytes) -> bytes:
    """Return bytes of a stream as a frame."""
    return bytes((stream, 0, 0, 0)) + len(data).to_bytes(4, "big") + data


def content_type(version: tuple[int, int], *, terminal: bool) -> str:
    """Return the type of a container's output; the multiplexed one has a name of its own since 1.42."""
    return RAW_STREAM if terminal or version < (1, 42) else MULTIPLEXED_STREAM
