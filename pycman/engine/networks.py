"""`engine.networks`. `name` is a name, an id or a unique prefix of an id; the default network is called `bridge`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.spec.network import Network, NetworkSpec
    from pycman.spec.network_attachment import NetworkAttachment
    from pycman.state.session import Session


class Networks:
    """Verbs of networks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, spec: NetworkSpec, *, ignore: bool = False) -> Network:
        """Create a network and return it, with its subnets. Raises AlreadyExists, InvalidInput, InUse (subnet)."""
        from pycman.network.create import create_network

        return create_network(self._session, spec, ignore=ignore)

    def get(self, name: str) -> Network:
        """Return the network. Raises NotFound."""
        from pycman.network.networks import get_network

        return get_network(self._session, name)

    def find(self, name: str) -> Network | None:
        """Return the network, or None."""
        from pycman.network.networks import find_network

        return find_network(self._session, name)

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all details, with the addresses of running containers, under docker's and podman's names."""
        from pycman.network.inspect import inspect_network

        return inspect_network(self._session, name)

    def remove(
        self, name: str, *, force: bool = False, timeout_s: int | None = None, stopped_count: bool = True
    ) -> str:
        """Remove a network and return its name. Raises InUse; `force` removes its containers first.

        With `stopped_count` false, as docker has it, a stopped container does not hold the network.
        """
        from pycman.system.remove_network import remove_network_and_users

        return remove_network_and_users(
            self._session, name, force=force, timeout_s=timeout_s, stopped_count=stopped_count
        )

    def prune(self, filters: Sequence[tuple[str, str]] = (), *, stopped_count: bool = True) -> list[str]:
        """Remove the networks that no container is connected to, except the default one; return their names.

        With `stopped_count` false, as docker has it, a stopped container does not hold its networks.
        """
        from pycman.network.remove import prune_networks

        return prune_networks(self._session, filters, stopped_count=stopped_count)

    def connect(self, container: str, attachment: NetworkAttachment) -> None:
        """Connect a container to the network `attachment.name`, at once if it runs."""
        from pycman.containers.change.connect import connect_container

        connect_container(self._session, container, attachment)

    def disconnect(self, container: str, network: str, *, force: bool = False) -> None:
        """Disconnect a container from a network. With `force`, a container that is not connected is no error."""
        from pycman.containers.change.connect import disconnect_container

        disconnect_container(self._session, container, network, force=force)

    def reload(self, containers: Sequence[str] = (), *, all: bool = False) -> list[str]:
        """Set up bridges, firewall rules and name server again; return the ids of the containers on them."""
        from pycman.containers.change.connect import reload_networks

        return reload_networks(self._session, containers, all=all)

    def update(self, name: str, *, dns_add: Sequence[str] = (), dns_drop: Sequence[str] = ()) -> None:
        """Add and remove name servers that a network's unknown names are forwarded to."""
        from pycman.network.update import update_network

        update_network(self._session, name, dns_add=dns_add, dns_drop=dns_drop)

    def enter_shared(self) -> None:
        """Move this process into the network namespace that has all bridges of a rootless store. Raises NotRunning if there is none."""
        from pycman.errors import NotRunning
        from pycman.network.reconcile.work import place_of

        uplink = place_of(self._session).uplink
        if uplink is None or not uplink.is_up():
            raise NotRunning(
                "there is none while no container is on a bridge", subject="rootless network", hint="start one first"
            )
        uplink.enter()

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self, filters: Sequence[tuple[str, str]] = ()) -> list[Network]:
        """Return networks, sorted by name. Filters: name, id, driver, label, label!, dangling, until, type, scope."""
        from pycman.network.filters import list_filtered

        return list_filtered(self._session, filters)
