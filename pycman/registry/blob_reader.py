"""A blob as a stream that fixes itself: a connection that breaks is opened again where it broke (RFC 9110, 14)."""

from __future__ import annotations

import urllib3

from pycman.errors import Corrupt
from pycman.registry.failures import MayPass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3 import BaseHTTPResponse

    from pycman.registry.transport import Transport

_PIECE = 1 << 16
_CHUNK = 1 << 18


class BlobReader:
    """Reads from `offset` on; `resumed` is false if the registry would not, and the bytes begin at 0.

    `open_at(offset)` makes the request. Retries begin to count anew whenever bytes have come.
    """

    def __init__(
        self, transport: Transport, open_at: Callable[[int], BaseHTTPResponse], offset: int = 0, *, subject: str = ""
    ) -> None:
        self._transport = transport
        self._subject = subject
        self._open_at = open_at
        self._offset = offset
        self._response: BaseHTTPResponse | None = None
        transport.again(self._begin)
        self.resumed = bool(offset) and self._offset == offset

    def _begin(self) -> None:
        """Open the body at the offset; where the registry gives it from 0, be at 0."""
        response = self._open_at(self._offset)
        if self._offset and not (response.status == 206 and _starts_at(response, self._offset)):
            if response.status != 200:  # 416: there is no such range; or a range nobody asked for
                response.close()
                response = self._open_at(0)
            self._offset = 0
        self._response = response

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes (fewer, if that is what has come); b"" at the end."""
        return self._transport.again(lambda: self._read(size if size > 0 else _CHUNK))

    def _read(self, size: int) -> bytes:
        if self._response is None:
            self._reopen()
        response = self._response
        assert response is not None
        pieces: list[bytes] = []
        have = 0
        try:
            with self._transport.watched(response):
                while have < min(size, _PIECE):
                    piece = response.read1(size - have, decode_content=False)
                    if not piece:
                        break
                    pieces.append(piece)
                    have += len(piece)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            self._response = None
            if not have:
                raise self._transport.broken(error, response) from error
        self._offset += have
        return b"".join(pieces)

    def _reopen(self) -> None:
        """Go on where it broke; a registry that cannot has to send everything again, of which the known part is passed by."""
        wanted = self._offset
        self._begin()
        response = self._response
        assert response is not None
        while self._offset < wanted:
            try:
                with self._transport.watched(response):
                    skipped = len(response.read1(min(wanted - self._offset, _CHUNK), decode_content=False))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                self._offset, self._response = wanted, None
                raise self._transport.broken(error, response) from error
            self._offset += skipped
            if not skipped:
                self._offset, self._response = wanted, None
                raise MayPass(Corrupt("the registry sent fewer bytes than before", subject=self._subject))


def _starts_at(response: BaseHTTPResponse, offset: int) -> bool:
    """Say whether a partial answer is the part that was asked for; one that does not say is believed."""
    told = response.headers.get("Content-Range", "")
    return not told or told.removeprefix("bytes ").partition("-")[0].strip() == str(offset)
