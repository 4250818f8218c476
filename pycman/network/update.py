"""Change the name servers of a network, which is possible while containers are connected to it."""

from __future__ import annotations

from pycman.errors import NotFound
from pycman.network.addresses import parse_address
from pycman.network.catalogue import format_spec
from pycman.network.networks import get_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


def update_network(session: Session, name: str, *, dns_add: Sequence[str] = (), dns_drop: Sequence[str] = ()) -> None:
    """Add and drop upstream name servers. Raises NotFound (network, server to drop), InvalidInput (address)."""
    for server in dns_add:
        parse_address(server, f"--dns-add {server}")
    with session.db.transaction():
        network = get_network(session, name)
        missing = [server for server in dns_drop if server not in network.dns_servers]
        if missing:
            raise NotFound("the network has no such name server", subject=missing[0])
        servers = [dns_server for dns_server in network.dns_servers if dns_server not in dns_drop]
        servers += [dns_server for dns_server in dns_add if dns_server not in servers]
        session.db.change(
            "UPDATE networks SET spec = ? WHERE id = ?",
            (format_spec(network.replace(dns_servers=tuple(servers))), network.id),
        )
