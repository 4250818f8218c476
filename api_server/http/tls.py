"""TLS for clients that come by TCP: a stream's two ends with encryption between, on memory BIOs.

asyncio's own ends both directions when one does, but a client of attach and exec that has sent all its input still reads.
"""

from __future__ import annotations

import contextlib
import os
import ssl

from api_server.http import limits
from pycman.config.bounded_file import read_bounded
from pycman.errors import InvalidInput, NotFound, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any

_BEGIN = b"-----BEGIN "


def server_context(certificate: str, key: str, client_authority: str) -> ssl.SSLContext:
    """Return what the files of a certificate chain and its key say; with a client authority clients need one of its certificates.

    All are PEM files. Raises NotFound, InvalidInput naming the file.
    """
    _check_pem(certificate, key, client_authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise InvalidInput(
            f"no certificate with its key: {_reason(error)}", subject=f"{certificate}, {key}", hint="name PEM files"
        ) from error
    if client_authority:
        try:
            context.load_verify_locations(client_authority)
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"no certificate of an authority: {_reason(error)}", subject=client_authority, hint="name a PEM file"
            ) from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _check_pem(certificate: str, key: str, client_authority: str) -> None:
    """Say of the first file that cannot be what it is named for, what it is: OpenSSL tells one reason for all. Raises NotFound, InvalidInput."""
    for path, noun, wanted in (
        (certificate, "certificate", "CERTIFICATE"), (key, "key", "PRIVATE KEY"), (client_authority, "authority", "CERTIFICATE"),
    ):  # fmt: skip
        if not path or (os.path.exists(path) and not os.path.isfile(path)):  # what a shell makes of <(…) is read once
            continue
        kinds = _pem_kinds(path)
        if not kinds:
            raise InvalidInput(
                "there is nothing in PEM form in it",
                subject=path,
                hint="name a PEM file",
                code=f"empty-pem-{noun}",
            )
        if not any(kind.endswith(wanted) for kind in kinds):
            raise InvalidInput(
                f"it has a {kinds[0].lower()} and no {wanted.lower()}",
                subject=path,
                hint=f"name the file of the {wanted.lower()}",
                code=f"other-pem-{noun}",
                facts={"kind": kinds[0]},
            )


def _pem_kinds(path: str) -> list[str]:
    """Return the labels in a file of PEM blocks (RFC 7468, section 2). Raises NotFound, and what reading the file raises."""
    try:
        lines = read_bounded(path).splitlines()
    except FileNotFoundError as error:
        raise NotFound("no such file", subject=path, hint="name a PEM file", code="missing-pem") from error
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    labels = (line.strip() for line in lines)
    return [line[11:-5].decode("ascii", "replace") for line in labels if line[:11] == _BEGIN and line[-5:] == b"-----"]


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or getattr(error, "reason", "") or error)


class TlsStream:
    """A connection's reader and writer in one. Only what http/connection.py uses of asyncio's is here."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self._reader = reader
        self._writer = writer
        self._come, self._gone = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._come, self._gone, server_side=True)
        self._closed = False
        self.transport = writer.transport

    async def handshake(self) -> None:
        """Agree with the client on keys. Raises ssl.SSLError, ConnectionError."""
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    return
                except ssl.SSLWantReadError:
                    await self._receive()
        finally:
            self._pass_on()  # also what tells the client why there is no connection

    async def _receive(self) -> None:
        self._pass_on()
        data = await self._reader.read(limits.READ_BYTES)
        if data:
            self._come.write(data)
        else:
            self._come.write_eof()

    def _pass_on(self) -> None:
        data = self._gone.read()
        if data:
            self._writer.write(data)

    async def read(self, size: int) -> bytes:
        """Return the next bytes, none once the client has closed its half. Raises ConnectionError for what is no TLS."""
        while True:
            try:
                return bytes(self._tls.read(size))
            except ssl.SSLWantReadError:
                await self._receive()
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""
            except ssl.SSLError as error:
                raise ConnectionResetError(str(error)) from error

    def write(self, data: bytes) -> None:
        """Queue bytes. Raises RuntimeError once this half is closed."""
        if self._closed:
            raise RuntimeError("closed for writing")
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise ConnectionResetError(str(error)) from error
        self._pass_on()

    async def drain(self) -> None:
        """Wait until the client has read enough of what was queued. Raises ConnectionError."""
        await self._writer.drain()

    def can_write_eof(self) -> bool:
        """Return True: TLS has an end for each direction."""
        return True

    def write_eof(self) -> None:
        """Tell the client that nothing more comes."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()  # it would wait for the client's end, too
            self._pass_on()

    def close(self) -> None:
        """End the connection after all that is queued."""
        self.write_eof()
        self._writer.close()

    def get_extra_info(self, name: str) -> Any:
        """Return what asyncio's transport knows."""
        return self._writer.get_extra_info(name)
