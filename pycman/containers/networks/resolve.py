"""Decide which networks a new container is on: validate --network, or take the default of containers.conf(5)."""

from __future__ import annotations

from pycman.containers.catalogue import get_id
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.lines import check_host_names
from pycman.spec.network_attachment import USER_MODES, NetworkAttachment, NetworkMode
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Network
    from pycman.state.session import Session


def resolve_network(session: Session, spec: ContainerSpec) -> NetworkMode:
    """Return the network mode with a container's name replaced by its id, and each network's id or prefix by its name.

    Raises NotFound (network, container), InvalidInput (address, ports with another container's network), Unsupported.
    """
    mode = _with_default(session, spec)
    published = bool(spec.ports or spec.publish_all)
    if mode.kind == "container":
        if published:
            raise InvalidInput(
                "a container that joins another's network cannot publish ports", subject="-p", hint="publish them there"
            )
        return mode.replace(value=get_id(session, mode.value))
    if mode.kind == "bridge":
        from pycman.network.catalogue import default_name  # only imported for containers with a network

        attachments = _check_attachments(session, mode.attachments)
        if published:
            _warn_of_unreachable_ports(session, attachments)
        only_default = [attachment.name for attachment in attachments] == [default_name(session)]
        return mode.replace(attachments=attachments, value="default" if only_default else "")
    if mode.kind in USER_MODES:
        from pycman.network.rootless.user_mode import (  # only imported for slirp4netns and pasta
            check_user_mode,
            with_options_of_conf,
        )

        mode = with_options_of_conf(session, mode)
        check_user_mode(session, mode, spec.ports)
    elif published and mode.kind in ("host", "none", "path"):
        session.warnings.append(f"published ports are discarded with --network={mode.kind}")
    return mode


def _warn_of_unreachable_ports(session: Session, attachments: tuple[NetworkAttachment, ...]) -> None:
    """Warn of published ports if none of the networks lets other hosts in."""
    from pycman.network.networks import get_network  # only imported for containers with a network and published ports

    networks = [get_network(session, attachment.name) for attachment in attachments]
    closed = ["internal" if network.internal else network.driver for network in networks]
    if not any(network.driver == "bridge" and not network.internal for network in networks):
        kinds = ", ".join(f"{network.name} is {kind}" for network, kind in zip(networks, closed, strict=True))
        session.warnings.append(
            f"published ports lead nowhere until it is on a bridge network that is not internal: {kinds}"
        )


def _with_default(session: Session, spec: ContainerSpec) -> NetworkMode:
    """Return the mode of the spec; without one the default of containers.conf (netns, default_rootless_network_cmd)."""
    mode = spec.network
    if mode.kind not in ("", "private"):
        return mode
    conf = containers_conf(session)
    kind, _, value = conf.netns.partition(":") if spec.conf_defaults else ("", "", "")
    if mode.kind == "private" or kind in ("", "private", "bridge"):
        alone = session.rootless and spec.conf_defaults and kind != "bridge" and not spec.pod_id
        return NetworkMode(
            kind=conf.default_rootless_network_cmd if alone and conf.default_rootless_network_cmd else "bridge"
        )
    return NetworkMode(kind={"ns": "path"}.get(kind, kind), value=value)


def _check_attachments(session: Session, attachments: tuple[NetworkAttachment, ...]) -> tuple[NetworkAttachment, ...]:
    """Return the attachments (without any: the default network) by their networks' names.

    Raises InvalidInput, Unsupported.
    """
    from pycman.network.catalogue import default_name  # only imported for containers with a network
    from pycman.network.networks import get_network  # only imported for containers with a network

    by_name: dict[str, NetworkAttachment] = {}
    for attachment in attachments or (NetworkAttachment(name=default_name(session)),):
        network = get_network(session, attachment.name)
        if network.name in by_name:
            raise InvalidInput("the network is named twice", subject=f"--network {attachment.name}")
        if session.rootless and network.driver in ("macvlan", "ipvlan"):
            raise Unsupported(
                f"driver {network.driver} needs root", subject=f"network {network.name}", hint="use a bridge network"
            )
        by_name[network.name] = checked_attachment(network, attachment)
    return tuple(by_name.values())


def checked_attachment(network: Network, attachment: NetworkAttachment) -> NetworkAttachment:
    """Return the attachment with the network's name.

    Raises InvalidInput for an alias that is not a host name, or an address that is in none of the network's subnets.
    """
    check_host_names(attachment.aliases, "--network-alias")
    from pycman.network.addresses import parse_address, parse_cidr, parse_mac  # only for containers with a network

    for requested, version, flag in ((attachment.ipv4, 4, "--ip"), (attachment.ipv6, 6, "--ip6")):
        if requested:
            address = parse_address(requested, f"{flag} {requested}")
            blocks = [parse_cidr(subnet.subnet) for subnet in network.subnets]
            if address[0] != version or not any(block.contains(*address) for block in blocks):
                subnets = ", ".join(subnet.subnet for subnet in network.subnets) or "no subnet"
                raise InvalidInput(
                    f"not an address of network {network.name}, which has {subnets}", subject=f"{flag} {requested}"
                )
    if attachment.mac_address:
        parse_mac(attachment.mac_address, f"--mac-address {attachment.mac_address}")
    return attachment.replace(name=network.name)
