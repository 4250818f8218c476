"""Commands of networks."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe.containers import Filters, Format, LongFilters, ShortFormat
from cli.describe.kinds import argument, flag

network = typer.Typer()

OneNetwork = Annotated[str, argument("Network", "NETWORK")]
OneContainer = Annotated[str, argument("Container", "CONTAINER")]
Networks = Annotated[list[str], argument("Networks", "NETWORK…")]


@network.command("create")
def network_create(
    name: Annotated[list[str], argument("Name", "[NAME]")],
    driver: Annotated[
        str, flag("--driver", "-d", help="Driver: bridge, macvlan, ipvlan, none", metavar="NAME")
    ] = "bridge",
    subnet: Annotated[list[str], flag("--subnet", help="Subnet", metavar="CIDR")] = [],
    gateway: Annotated[list[str], flag("--gateway", help="Gateway of the subnet", metavar="IP")] = [],
    ip_range: Annotated[
        list[str],
        flag("--ip-range", help="Give addresses from this part of the subnet only", metavar="CIDR|FIRST-LAST"),
    ] = [],
    ipv6: Annotated[bool, flag("--ipv6", help="Give it an IPv6 subnet too")] = False,
    ipv4: Annotated[bool, flag("--ipv4", help="Give it an IPv4 subnet")] = True,
    internal: Annotated[bool, flag("--internal", help="Let nothing out of it or into it")] = False,
    disable_dns: Annotated[bool, flag("--disable-dns", help="Let containers not find each other by name")] = False,
    dns: Annotated[list[str], flag("--dns", help="Ask this server about other names", metavar="IP")] = [],
    route: Annotated[
        list[str], flag("--route", help="Route for its containers", metavar="SUBNET,GATEWAY[,METRIC]")
    ] = [],
    interface_name: Annotated[
        str, flag("--interface-name", help="Name of the bridge, or parent of macvlan and ipvlan", metavar="NAME")
    ] = "",
    opt: Annotated[
        list[str],
        flag("--opt", "-o", help="Option of the driver: mtu, vlan, isolate, metric, mode, parent", metavar="KEY=VALUE"),
    ] = [],
    label: Annotated[list[str], flag("--label", help="Set a label", metavar="KEY=VALUE")] = [],
    ipam_driver: Annotated[
        str, flag("--ipam-driver", help="Who gives addresses: host-local, none", metavar="NAME")
    ] = "",
    ipam_opt: Annotated[list[str], flag("--ipam-opt", help="Accepted", metavar="KEY=VALUE", hidden=True)] = [],
    ignore: Annotated[bool, flag("--ignore", help="Do not mind if it is there already")] = False,
    attachable: Annotated[bool, flag("--attachable", help="Accepted", hidden=True)] = False,
    scope: Annotated[str, flag("--scope", help="Accepted (local)", metavar="SCOPE", hidden=True)] = "local",
    aux_address: Annotated[list[str], flag("--aux-address", help="Refused", metavar="NAME=IP", hidden=True)] = [],
    config_from: Annotated[str, flag("--config-from", help="Refused", metavar="NETWORK", hidden=True)] = "",
    config_only: Annotated[bool, flag("--config-only", help="Refused", hidden=True)] = False,
    ingress: Annotated[bool, flag("--ingress", help="Refused", hidden=True)] = False,
) -> None:
    """Make a network."""


@network.command("ls")
def network_ls(
    filter: Filters = [],
    format: Format = "",
    no_trunc: Annotated[bool, flag("--no-trunc", help="Print whole ids")] = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print headings")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print ids only (as podman: names)")] = False,
) -> None:
    """List networks."""


@network.command("inspect")
def network_inspect(
    names: Networks,
    format: ShortFormat = "",
    verbose: Annotated[bool, flag("--verbose", "-v", help="Accepted", hidden=True)] = False,
) -> None:
    """Show all there is to know of networks, and who is on them."""


@network.command("rm")
def network_rm(
    names: Networks,
    force: Annotated[bool, flag("--force", "-f", help="Remove containers on it too; do not mind missing ones")] = False,
    time: Annotated[
        int, flag("--time", "-t", help="With -f: seconds before containers are killed", metavar="SECONDS")
    ] = 10,
) -> None:
    """Remove networks."""


@network.command("prune")
def network_prune(
    filter: LongFilters = [], force: Annotated[bool, flag("--force", "-f", help="Do not ask")] = False
) -> None:
    """Remove networks that no container is on."""


@network.command("exists")
def network_exists(name: OneNetwork) -> None:
    """End with status 0 if there is such a network, else with 1."""


@network.command("connect")
def network_connect(
    name: OneNetwork,
    container: OneContainer,
    alias: Annotated[list[str], flag("--alias", help="Another name on the network", metavar="NAME")] = [],
    ip: Annotated[str, flag("--ip", help="IPv4 address", metavar="IP")] = "",
    ip6: Annotated[str, flag("--ip6", help="IPv6 address", metavar="IP")] = "",
    mac_address: Annotated[str, flag("--mac-address", help="MAC address", metavar="MAC")] = "",
    driver_opt: Annotated[
        list[str],
        flag(
            "--driver-opt", help="com.docker.network.endpoint.ifname=NAME: name of the interface", metavar="KEY=VALUE"
        ),
    ] = [],
    gw_priority: Annotated[int, flag("--gw-priority", help="Refused but 0", metavar="N", hidden=True)] = 0,
    link: Annotated[list[str], flag("--link", help="Refused", metavar="NAME", hidden=True)] = [],
    link_local_ip: Annotated[list[str], flag("--link-local-ip", help="Refused", metavar="IP", hidden=True)] = [],
) -> None:
    """Put a container on a network."""


@network.command("disconnect")
def network_disconnect(
    name: OneNetwork,
    container: OneContainer,
    force: Annotated[bool, flag("--force", "-f", help="Do not mind if it is not on it")] = False,
) -> None:
    """Take a container off a network."""


@network.command("reload")
def network_reload(
    names: Annotated[list[str], argument("Containers", "[CONTAINER…]")],
    all: Annotated[bool, flag("--all", "-a", help="Do it for all containers")] = False,
    latest: Annotated[bool, flag("--latest", "-l", help="Do it for the newest container")] = False,
) -> None:
    """Put firewall, bridges and names in place again, as after a reload of the host's firewall."""


@network.command("update")
def network_update(
    name: OneNetwork,
    dns_add: Annotated[list[str], flag("--dns-add", help="Ask this server about other names too", metavar="IP")] = [],
    dns_drop: Annotated[list[str], flag("--dns-drop", help="Ask this server no longer", metavar="IP")] = [],
) -> None:
    """Change a network's name servers."""
