"""Admit connections to the streaming server: a client gets a worker only if its request can be served and its ticket is valid.

The pool process asks it, in its poll loop. Nothing here waits, and of a connection only its first bytes are kept.
"""

from __future__ import annotations

import os

from cri_server.streaming.http_head import HeadReader, Refused
from cri_server.streaming.negotiation import KINDS, negotiate
from pycman.pool.entry import Admitted, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Any

    from cri_server.streaming.http_head import RequestHead
    from cri_server.streaming.negotiation import Upgrade
    from cri_server.streaming.tickets import Tickets
    from pycman.pool.connection import Connection

    Serve = Callable[[Connection, Upgrade, dict[str, Any], bytes], None]


class StreamReception:
    """The streaming server's `Reception` for its pool; `serve` is called in the worker with the content of the ticket."""

    def __init__(self, tickets: Tickets, certificate: str, key: str, serve: Serve) -> None:
        """`certificate` and `key` are files in PEM, "" for plain HTTP."""
        self._tickets = tickets
        self._files = (certificate, key) if certificate else ()
        self._serve = serve
        self._context: ssl.SSLContext | None = None
        self._loaded: list[tuple[int, int]] = []
        """Identifies the version of the files that the context was loaded from."""

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS context, loaded again when the certificate was renewed. Raises OSError if it could never be loaded."""
        if self._files:
            try:
                self._read_again()
            except OSError:  # the files are being replaced: use the previous context until the next connection
                if self._context is None:
                    raise
        return self._context

    def _read_again(self) -> None:
        now = [(status.st_mtime_ns, status.st_ino) for status in map(os.stat, self._files)]
        if now != self._loaded:
            import ssl  # 5 MiB, only imported with TLS

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._files)
            self._context, self._loaded = context, now

    def admission(self) -> StreamAdmission:
        """Return the admission of the next connection."""
        return StreamAdmission(self._tickets, self._serve)


class StreamAdmission:
    """Reads the request of one connection and decides on it."""

    def __init__(self, tickets: Tickets, serve: Serve) -> None:
        self._reader = HeadReader()
        self._tickets = tickets
        self._serve = serve

    def receive(self, data: bytes) -> Refusal | Admitted | None:
        """Parse the next bytes of the head; once it is complete and can be served, its ticket is used up."""
        try:
            head = self._reader.receive(data)
            return None if head is None else self._admit(head)
        except Refused as refused:
            return Refusal(answer=refused.answer)

    def _admit(self, head: RequestHead) -> Admitted:
        """Negotiate before looking up the ticket, so that a request that cannot be served does not use it up. Raises Refused."""
        _, kind, token = [*head.path.split("/"), "", ""][:3]
        upgrade = negotiate(head, kind) if kind in KINDS else None
        ticket = self._tickets.claim(token) if upgrade is not None else None
        if upgrade is None or ticket is None or ticket["kind"] != kind:
            raise Refused(404, "no such stream, or it was opened already: a URL is good for one use within a minute")
        rest = self._reader.rest
        return Admitted(
            serve=lambda connection: self._serve(connection, upgrade, ticket, rest),
            busy=Refused(503, "no worker can be started for it").answer,
        )
