"""The download of a blob as a stream: after a broken connection it resumes where it broke (RFC 9110, 14)."""

from __future__ import annotations

import urllib3

from pycman.errors import Corrupt
from pycman.registry.failures import Retryable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3 import BaseHTTPResponse

    from pycman.registry.transport import Transport

_MIN_READ_BYTES = 1 << 16
_MAX_READ_BYTES = 1 << 18


class BlobReader:
    """Reads from `offset` on; `resumed` is false if the registry does not support that, and the bytes begin at 0.

    `open_at(offset)` makes the request. After every byte received the full number of retries is available again.
    """

    def __init__(
        self, transport: Transport, open_at: Callable[[int], BaseHTTPResponse], offset: int = 0, *, subject: str = ""
    ) -> None:
        self._transport = transport
        self._subject = subject
        self._open_at = open_at
        self._offset = offset
        self._response: BaseHTTPResponse | None = None
        transport.with_retries(self._begin)
        self.resumed = bool(offset) and self._offset == offset

    def _begin(self) -> None:
        """Request the body from the offset; if the registry sends it from 0, the offset becomes 0."""
        response = self._open_at(self._offset)
        if self._offset and not (response.status == 206 and _starts_at(response, self._offset)):
            if response.status != 200:  # 416, or another range than the requested one
                response.close()
                response = self._open_at(0)
            self._offset = 0
        self._response = response

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, fewer if fewer have arrived; b"" at the end."""
        return self._transport.with_retries(lambda: self._read(size if size > 0 else _MAX_READ_BYTES))

    def _read(self, size: int) -> bytes:
        if self._response is None:
            self._reopen()
        response = self._response
        assert response is not None
        pieces: list[bytes] = []
        received = 0
        try:
            with self._transport.interruptible(response):
                while received < min(size, _MIN_READ_BYTES):
                    data = response.read1(size - received, decode_content=False)
                    if not data:
                        break
                    pieces.append(data)
                    received += len(data)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            self._response = None
            if not received:
                raise self._transport.body_failure(error, response) from error
        self._offset += received
        return b"".join(pieces)

    def _reopen(self) -> None:
        """Resume where the connection broke; if the registry sends everything again, skip the part that was read."""
        offset = self._offset
        self._begin()
        response = self._response
        assert response is not None
        while self._offset < offset:
            try:
                with self._transport.interruptible(response):
                    skipped = len(response.read1(min(offset - self._offset, _MAX_READ_BYTES), decode_content=False))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                self._offset, self._response = offset, None
                raise self._transport.body_failure(error, response) from error
            self._offset += skipped
            if not skipped:
                self._offset, self._response = offset, None
                raise Retryable(Corrupt("the registry sent fewer bytes than before", subject=self._subject))


def _starts_at(response: BaseHTTPResponse, offset: int) -> bool:
    """Say whether a partial response starts at the requested offset; one without Content-Range is assumed to."""
    content_range = response.headers.get("Content-Range", "")
    return not content_range or content_range.removeprefix("bytes ").partition("-")[0].strip() == str(offset)
