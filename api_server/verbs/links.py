"""Docker's links: other names of a container for one that is made.

On a network names are known, also those of the container that is linked to. A link with one of these needs nothing; for another
alias the address that the container has now is written into /etc/hosts, and the answer warns that it does not follow restarts.
"""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.containers.networks.endpoints import endpoints_with_networks
from pycman.errors import Unsupported, WrongState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def with_links(session: Session, spec: ContainerSpec, links: Sequence[tuple[str, str]]) -> ContainerSpec:
    """Return the spec with its links. Raises NotFound, WrongState (not running), Unsupported (no network in common)."""
    hosts = list(spec.extra_hosts)
    own = {attachment.name for attachment in spec.network.attachments}
    for container, alias in links:
        row = get_row(session, container)
        if states.state_of(session, row) != states.RUNNING:
            raise WrongState("cannot link to a container that does not run", subject=row["name"])
        common = [
            endpoint
            for endpoint, network in endpoints_with_networks(session, row["id"])
            if not own or network.name in own
        ]
        if not common:
            raise Unsupported("they are on no network together", subject=f"link {container}:{alias}")
        if any(alias in endpoint.names for endpoint in common) and own:
            continue
        address = next((text.partition("/")[0] for endpoint in common for text in endpoint.addresses), "")
        if address:
            hosts.append(f"{alias}:{address}")
            session.warnings.append(f"link {container}:{alias}: an entry of /etc/hosts, which does not follow restarts")
    return spec.replace(extra_hosts=tuple(hosts))
