"""One connection to the streaming server, from its first byte to its end. Runs in a worker of its own."""

from __future__ import annotations

import contextlib
import os
import time

from cri_server.streaming.client import Client
from cri_server.streaming.command_session import Command, Monitor, open_streams, pump
from cri_server.streaming.forward_session import forward
from cri_server.streaming.negotiation import HEAD_BYTES, TUNNEL, Refused, negotiate, parse_head
from cri_server.streaming.port_forward import SpdyForward, TunnelledForward, WebSocketForward
from cri_server.streaming.remote_command import SpdyCommand, Wanted, WebSocketCommand, failure
from cri_server.streaming.tickets import Tickets
from pods.catalogue import get_pod
from pycman.containers.catalogue import row_of
from pycman.containers.process.exec import Prepared
from pycman.containers.start.pinned_sandbox import namespace_path
from pycman.errors import Corrupt, PycmanError
from pycman.linux import syscalls
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl
    from typing import Any

    from cri_server.streaming.negotiation import Upgrade
    from cri_server.streaming.remote_command import CommandWire
    from pycman.state.session import Session

_HEAD_S = 10.0


def converse(
    session: Session, connection: socket.socket, tickets: Tickets, *, tls: tuple[str, str], idle_s: float
) -> None:
    """Serve a connection: read its request, claim the ticket, speak what was agreed on. Errors are told to the client."""
    client = Client(connection, _context(tls))
    try:
        head, first = client.receive_until(b"\r\n\r\n", HEAD_BYTES, time.monotonic() + _HEAD_S)
        try:
            request = parse_head(head)
            _, kind, token = [*request.path.split("/"), "", ""][:3]
            upgrade = negotiate(request, kind) if kind in _SERVE else None
            ticket = tickets.claim(token) if upgrade is not None else None
            if upgrade is None or ticket is None or ticket["kind"] != kind:
                raise Refused(
                    404, "no such stream, or it was opened already: a URL is good for one use within a minute"
                )
        except Refused as refused:
            client.send(refused.answer)
            return
        client.send(upgrade.answer)
        _SERVE[kind](session, client, upgrade, ticket, first, idle_s)
    except (PycmanError, OSError):
        return  # the client has gone, was too slow, or broke the protocol; what ran for it has been ended
    finally:
        client.close()


def _context(tls: tuple[str, str]) -> ssl.SSLContext | None:
    if not tls[0]:
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)  # at each connection: it may have been renewed
    return context


def _command_wire(upgrade: Upgrade, wanted: Wanted) -> CommandWire:
    return (SpdyCommand if upgrade.is_spdy else WebSocketCommand)(wanted, upgrade.protocol)


def _wanted(ticket: dict[str, Any]) -> Wanted:
    return Wanted(stdin=ticket["stdin"], stdout=ticket["stdout"], stderr=ticket["stderr"], terminal=ticket["terminal"])


@contextlib.contextmanager
def _last_words(client: Client, wire: CommandWire) -> Any:
    """Give the client what a wire says to a broken protocol, and the status of what could not be run."""
    try:
        yield
    except Corrupt:
        client.send(wire.output())
        raise
    except PycmanError as error:
        wire.finish(failure(str(error)))
        client.send(wire.output())
        raise


def _execute(
    session: Session, client: Client, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
) -> None:
    """Run a command for the client; it ends with the client."""
    wanted = _wanted(ticket)
    wire = _command_wire(upgrade, wanted)
    with _last_words(client, wire):
        early = open_streams(client, wire, first)
        process = ProcessSpec(command=tuple(ticket["command"]), terminal=wanted.terminal)
        prepared = Prepared(session, ticket["id"], process, detach=False)
        try:
            command = Command(prepared, wanted)
            try:
                pump(client, wire, command, early, idle_s)
            finally:
                command.kill()
        finally:
            prepared.remove()


def _attach(
    session: Session, client: Client, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
) -> None:
    """Connect the client with a container's own streams, until either goes."""
    wanted = _wanted(ticket)
    wire = _command_wire(upgrade, wanted)
    with _last_words(client, wire):
        early = open_streams(client, wire, first)
        pump(client, wire, Monitor(session, ticket["id"], wanted), early, idle_s)


def _forward(
    session: Session, client: Client, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
) -> None:
    """Join the pod's network, and connect to its ports for the client."""
    wire: Any
    if upgrade.is_spdy:
        wire = SpdyForward()
    elif upgrade.protocol == TUNNEL:
        wire = TunnelledForward()
    else:
        wire = WebSocketForward(ticket["ports"], upgrade.protocol)
    if not ticket["host_network"]:
        row = row_of(session, get_pod(session, ticket["id"]).infra_id)
        namespace = os.open(namespace_path(session, row, "net"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            syscalls.setns(namespace, syscalls.CLONE_NEWNET)
        finally:
            os.close(namespace)
    try:
        forward(client, wire, first, idle_s)
    except Corrupt:
        client.send(wire.output())
        raise


_SERVE = {"exec": _execute, "attach": _attach, "portforward": _forward}
