"""Networks"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, ShortFormat
from cli.describe.kinds import (
    CONTAINER,
    EXISTS,
    INTERFACE,
    NETWORK,
    RUNNING,
    TEMPLATE_STATUS,
    TEXT,
    argument,
    command,
    filters,
    flag,
    group,
    no_effect,
    unsupported,
)

group("network", "Manage networks")

OneNetwork = Annotated[str, argument("Name or ID of the network", "NETWORK", NETWORK)]
OneContainer = Annotated[str, argument("Name or ID of the container", "CONTAINER", CONTAINER)]
Networks = Annotated[list[str], argument("Names or IDs of networks", "NETWORK…", NETWORK)]


@command(
    "network create",
    examples=(
        ("Create a network on which containers find each other by name", "pycman network create backend"),
        (
            "Choose the subnet and keep it off the outside world",
            "pycman network create --subnet 10.89.7.0/24 --internal backend",
        ),
    ),
    see=("network connect", "run"),
)
def network_create(
    name: Annotated[list[str], argument("Name of the network (generated if left out)", "[NAME]", TEXT)],
    driver: Annotated[
        str,
        flag(
            "--driver",
            "-d",
            help="Network driver: bridge, macvlan, ipvlan or none",
            metavar="NAME",
            of="bridge|macvlan|ipvlan|none",
        ),
    ] = "bridge",
    subnet: Annotated[list[str], flag("--subnet", help="Subnet in CIDR format", metavar="CIDR", splits=True)] = [],
    gateway: Annotated[
        list[str], flag("--gateway", help="IPv4 or IPv6 gateway of the subnet", metavar="IP", splits=True)
    ] = [],
    ip_range: Annotated[
        list[str],
        flag("--ip-range", help="Allocate container addresses from this range", metavar="CIDR|FIRST-LAST", splits=True),
    ] = [],
    ipv6: Annotated[bool, flag("--ipv6", help="Enable IPv6 addresses")] = False,
    ipv4: Annotated[bool, flag("--ipv4", help="Enable IPv4 addresses")] = True,
    internal: Annotated[bool, flag("--internal", help="Restrict external access to the network")] = False,
    disable_dns: Annotated[bool, flag("--disable-dns", help="Disable name resolution between containers")] = False,
    dns: Annotated[
        list[str], flag("--dns", help="DNS server for names outside the network", metavar="IP", splits=True)
    ] = [],
    route: Annotated[
        list[str],
        flag("--route", help="Add a static route to containers on the network", metavar="SUBNET,GATEWAY[,METRIC]"),
    ] = [],
    interface_name: Annotated[
        str,
        flag(
            "--interface-name", help="Name of the bridge, or parent of macvlan and ipvlan", metavar="NAME", of=INTERFACE
        ),
    ] = "",
    opt: Annotated[
        list[str],
        flag("--opt", "-o", help="Driver option: mtu, vlan, isolate, metric, mode, parent", metavar="KEY=VALUE"),
    ] = [],
    label: Annotated[list[str], flag("--label", help="Set metadata", metavar="KEY=VALUE")] = [],
    ipam_driver: Annotated[
        str,
        flag("--ipam-driver", help="IP address management: host-local or none", metavar="NAME", of="host-local|none"),
    ] = "",
    ipam_opt: Annotated[list[str], unsupported("--ipam-opt", why="there are no options of IPAM drivers")] = [],
    ignore: Annotated[bool, flag("--ignore", help="Do not fail if the name is in use already")] = False,
    attachable: Annotated[bool, no_effect("--attachable")] = False,
    scope: Annotated[
        str, flag("--scope", help="No effect, accepted for compatibility (local)", metavar="SCOPE", hidden=True)
    ] = "local",
    aux_address: Annotated[
        list[str],
        flag("--aux-address", help="Address that no container gets, by a name for it", metavar="NAME=ADDRESS"),
    ] = [],
    config_from: Annotated[str, unsupported("--config-from", why="it is not supported")] = "",
    config_only: Annotated[bool, unsupported("--config-only", why="it is not supported")] = False,
    ingress: Annotated[bool, unsupported("--ingress", why="it is not supported")] = False,
) -> None:
    """Create a network."""


@command("network ls", also=("network list",))
def network_ls(
    filter: Annotated[
        list[str],
        filters(
            "--filter",
            "-f",
            keys="dangling driver id label label! name scope type until",
            values="type=builtin|type=custom|dangling=true",
        ),
    ] = [],
    format: Format = "",
    no_trunc: Annotated[bool, flag("--no-trunc", "--notruncate", help="Do not truncate IDs")] = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only IDs (names when called as podman)")] = False,
) -> None:
    """List networks."""


@command("network inspect", statuses=TEMPLATE_STATUS)
def network_inspect(
    names: Networks,
    format: ShortFormat = "",
    verbose: Annotated[bool, no_effect("--verbose", "-v")] = False,
) -> None:
    """Show detailed information about networks and the containers on them."""


@command("network rm", also=("network remove",))
def network_rm(
    names: Networks,
    force: Annotated[
        bool,
        flag(
            "--force",
            "-f",
            help="Ignore missing networks; with --time, or called as podman, remove their containers too",
        ),
    ] = False,
    time: Annotated[
        int,
        flag("--time", "-t", help="With --force: remove containers, killed after so many seconds", metavar="SECONDS"),
    ] = 10,
) -> None:
    """Remove networks."""


@command("network prune")
def network_prune(
    filter: Annotated[list[str], filters("--filter", keys="label label! until")] = [],
    force: Annotated[bool, flag("--force", "-f", help="Do not ask for confirmation")] = False,
) -> None:
    """Remove unused networks."""


@command("network exists", statuses=EXISTS)
def network_exists(name: OneNetwork) -> None:
    """Check whether a network exists."""


@command(
    "network connect",
    examples=(("Connect a running container under another name", "pycman network connect --alias db backend web"),),
)
def network_connect(
    name: OneNetwork,
    container: OneContainer,
    alias: Annotated[list[str], flag("--alias", help="Add a network-scoped alias", metavar="NAME", splits=True)] = [],
    ip: Annotated[str, flag("--ip", help="IPv4 address", metavar="IP")] = "",
    ip6: Annotated[str, flag("--ip6", help="IPv6 address", metavar="IP")] = "",
    mac_address: Annotated[str, flag("--mac-address", help="MAC address", metavar="MAC")] = "",
    driver_opt: Annotated[
        list[str],
        flag(
            "--driver-opt",
            help="Driver option: com.docker.network.endpoint.ifname=NAME names the interface",
            metavar="KEY=VALUE",
            splits=True,
        ),
    ] = [],
    gw_priority: Annotated[
        int,
        unsupported(
            "--gw-priority",
            why="the default route cannot be moved after creation: create the container with the network",
        ),
    ] = 0,
    link: Annotated[
        list[str], unsupported("--link", why="links and link-local addresses are not supported: use --alias or --ip")
    ] = [],
    link_local_ip: Annotated[
        list[str],
        unsupported(
            "--link-local-ip", why="links and link-local addresses are not supported: use --alias or --ip", splits=True
        ),
    ] = [],
) -> None:
    """Connect a container to a network."""


@command("network disconnect")
def network_disconnect(
    name: OneNetwork,
    container: OneContainer,
    force: Annotated[bool, flag("--force", "-f", help="Do not fail if the container is not on the network")] = False,
) -> None:
    """Disconnect a container from a network."""


@command("network reload")
def network_reload(
    names: Annotated[list[str], argument("Names or IDs of containers", "[CONTAINER…]", RUNNING)],
    all: Annotated[bool, flag("--all", "-a", help="Reload all containers")] = False,
    latest: Annotated[bool, flag("--latest", "-l", help="Use the most recently created container")] = False,
) -> None:
    """Re-create the firewall rules, bridges and DNS names of containers.

    Needed after the host's firewall was reloaded or flushed.
    """


@command("network update")
def network_update(
    name: OneNetwork,
    dns_add: Annotated[
        list[str], flag("--dns-add", help="Add a DNS server for names outside the network", metavar="IP", splits=True)
    ] = [],
    dns_drop: Annotated[list[str], flag("--dns-drop", help="Remove a DNS server", metavar="IP", splits=True)] = [],
) -> None:
    """Change the DNS servers of a network."""
