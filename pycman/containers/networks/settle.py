"""Which networks a new container will be on: the mode that was asked for, or the default of containers.conf(5), with every network checked."""

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


def settle_network(session: Session, spec: ContainerSpec) -> NetworkMode:
    """Return the mode with names of containers turned into ids and every network named by its own name.

    Raises NotFound (network, container), InvalidInput (address, ports without a network), Unsupported.
    """
    mode = _with_default(session, spec)
    published = bool(spec.ports or spec.publish_all)
    if mode.kind == "container":
        if published:
            raise InvalidInput(
                "ports are published by the container whose network it is", subject="-p", hint="publish them there"
            )
        return mode.replace(value=get_id(session, mode.value))
    if mode.kind == "bridge":
        from pycman.network.catalogue import default_name  # only imported for containers with a network

        attachments = _named(session, mode.attachments)
        only_default = [attachment.name for attachment in attachments] == [default_name(session)]
        return mode.replace(attachments=attachments, value="default" if only_default else "")
    if mode.kind in USER_MODES:
        from pycman.network.rootless.user_mode import (  # only imported for these modes
            check_user_mode,
            with_options_of_conf,
        )

        mode = with_options_of_conf(session, mode)
        check_user_mode(session, mode, spec.ports)
    elif published and mode.kind in ("host", "none", "path"):
        session.warnings.append(f"ports are not published with --network={mode.kind}: they are discarded")
    return mode


def _with_default(session: Session, spec: ContainerSpec) -> NetworkMode:
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


def _named(session: Session, attachments: tuple[NetworkAttachment, ...]) -> tuple[NetworkAttachment, ...]:
    from pycman.network.catalogue import default_name  # only imported for containers with a network
    from pycman.network.networks import get_network  # only imported for containers with a network

    found: dict[str, NetworkAttachment] = {}
    for attachment in attachments or (NetworkAttachment(name=default_name(session)),):
        network = get_network(session, attachment.name)
        if network.name in found:
            raise InvalidInput("the network is named twice", subject=f"--network {attachment.name}")
        if session.rootless and network.driver in ("macvlan", "ipvlan"):
            raise Unsupported(
                f"driver {network.driver} needs root", subject=f"network {network.name}", hint="use a bridge network"
            )
        found[network.name] = checked_attachment(network, attachment)
    return tuple(found.values())


def checked_attachment(network: Network, attachment: NetworkAttachment) -> NetworkAttachment:
    """Return an attachment with the network's own name. Raises InvalidInput for an address the network cannot give."""
    check_host_names(attachment.aliases, "--network-alias")
    from pycman.network.addresses import (
        parse_address,
        parse_cidr,
        parse_mac,
    )  # only imported for containers with a network

    for wanted, version, flag in ((attachment.ipv4, 4, "--ip"), (attachment.ipv6, 6, "--ip6")):
        if wanted:
            address = parse_address(wanted, f"{flag} {wanted}")
            blocks = [parse_cidr(subnet.subnet) for subnet in network.subnets]
            if address[0] != version or not any(block.contains(*address) for block in blocks):
                subnets = ", ".join(subnet.subnet for subnet in network.subnets) or "no subnet"
                raise InvalidInput(
                    f"not an address of network {network.name}, which has {subnets}", subject=f"{flag} {wanted}"
                )
    if attachment.mac_address:
        parse_mac(attachment.mac_address, f"--mac-address {attachment.mac_address}")
    return attachment.replace(name=network.name)
