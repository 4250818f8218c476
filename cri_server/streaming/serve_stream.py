"""Serve one connection to the streaming server, from the answer to its request to its end. Runs in a worker of its own."""

from __future__ import annotations

import contextlib
import os

from cri_server.streaming.command_session import Command, Monitor, open_streams, pump
from cri_server.streaming.forward_session import forward
from cri_server.streaming.negotiation import TUNNEL
from cri_server.streaming.port_forward import SpdyForward, TunnelledForward, WebSocketForward
from cri_server.streaming.remote_command import SpdyCommand, Wanted, WebSocketCommand, failure
from pods.catalogue import get_pod
from pycman.containers.catalogue import row_of
from pycman.containers.process.exec import Prepared
from pycman.containers.start.pinned_sandbox import namespace_path
from pycman.errors import Corrupt, PycmanError
from pycman.linux import syscalls
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cri_server.streaming.negotiation import Upgrade
    from cri_server.streaming.remote_command import CommandWire
    from pycman.pool.connection import Connection
    from pycman.state.session import Session


def serve_stream(
    session: Session, client: Connection, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
) -> None:
    """Serve the ticket's request in the negotiated protocol; `first` are the bytes after the head. Errors are sent to the client."""
    try:
        client.send(upgrade.answer)
        _SERVE[ticket["kind"]](session, client, upgrade, ticket, first, idle_s)
    except (PycmanError, OSError):
        return  # the client has disconnected, was too slow, or broke the protocol; its command has been killed
    finally:
        client.close()


def _command_wire(upgrade: Upgrade, wanted: Wanted) -> CommandWire:
    return (SpdyCommand if upgrade.is_spdy else WebSocketCommand)(wanted, upgrade.protocol)


def _wanted(ticket: dict[str, Any]) -> Wanted:
    return Wanted(stdin=ticket["stdin"], stdout=ticket["stdout"], stderr=ticket["stderr"], terminal=ticket["terminal"])


@contextlib.contextmanager
def _last_words(client: Connection, wire: CommandWire) -> Any:
    """Send the client the protocol's closing frame after a protocol error, or the Status of a command that could not be run."""
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
    session: Session, client: Connection, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
) -> None:
    """Run a command for the client; it is killed when the client disconnects."""
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
    session: Session, client: Connection, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
) -> None:
    """Attach the client to a container's own streams, until either ends."""
    wanted = _wanted(ticket)
    wire = _command_wire(upgrade, wanted)
    with _last_words(client, wire):
        early = open_streams(client, wire, first)
        pump(client, wire, Monitor(session, ticket["id"], wanted), early, idle_s)


def _forward(
    session: Session, client: Connection, upgrade: Upgrade, ticket: dict[str, Any], first: bytes, idle_s: float
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
