"""Make a network: everything about it is checked and chosen first, then one row is written; the kernel learns of it when
the first container comes.
"""

from __future__ import annotations

import _sqlite3 as sqlite3  # not `sqlite3`, whose adapters bring datetime: 2 ms
import binascii
import os
import time

from pycman.errors import AlreadyExists, InvalidInput, Unsupported
from pycman.network.addresses import Cidr, parse_address, parse_cidr
from pycman.network.catalogue import DEFAULT_ALIASES, all_kept, default_name, find_network, insert_network
from pycman.network.subnets import (
    DEFAULT_SUBNET,
    SLIRP_SUBNET,
    choose_ipv6_subnet,
    choose_subnet,
    host_blocks,
    refuse_overlaps,
    settle_subnet,
)
from pycman.spec.network import Network, NetworkSpec, Subnet
from pycman.state import events
from pycman.state.paths import default_root
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

DRIVERS = ("bridge", "macvlan", "ipvlan", "none")
_RESERVED = ("none", "host", "container", "ns", "private", "pasta", "slirp4netns", *DEFAULT_ALIASES)
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_NUMBERS = {"mtu": (68, 65535), "vlan": (1, 4094), "metric": (1, 0xFFFF_FFFF)}
_TRUTHS = ("isolate", "no_default_route")
_MODES = {"macvlan": ("bridge", "private", "vepa", "passthru"), "ipvlan": ("l2", "l3", "l3s")}
_DOCKER_OPTIONS = {
    "com.docker.network.driver.mtu": "mtu",
    "com.docker.network.bridge.name": "interface",
    "parent": "interface",
    "macvlan_mode": "mode",
    "ipvlan_mode": "mode",
}
INTERFACE_BYTES = 15


def create_network(session: Session, spec: NetworkSpec, *, ignore: bool = False) -> Network:
    """Make a network. With `ignore`, one that has the name already is returned. Raises AlreadyExists, InvalidInput, InUse."""
    if spec.name:
        found = find_network(session, spec.name)
        if found is not None and (found.name == spec.name or spec.name in DEFAULT_ALIASES):
            if ignore:
                return found
            raise AlreadyExists("the name is taken by another network", subject=spec.name)
    network = plan_network(session, spec)
    try:
        with session.db.transaction():
            insert_network(session, network)
            events.append(
                session.db, "network", "create", network.id, name=network.name, attributes={"type": network.driver}
            )
    except sqlite3.IntegrityError:
        raise AlreadyExists("the name is taken by another network", subject=network.name) from None
    return network


def plan_network(session: Session, spec: NetworkSpec) -> Network:
    """Return the network that would be made: checked, with free subnets and names chosen."""
    kept = all_kept(session)
    identity = os.urandom(32).hex()
    name = spec.name or _free_name([each.name for each in kept])
    _check_name(name)
    spec = _settle_options(spec)
    if spec.driver not in DRIVERS:
        raise Unsupported("no such driver", subject=f"--driver {spec.driver}", hint=f"use one of {', '.join(DRIVERS)}")
    if spec.driver == "none":
        return Network(
            **{**spec.__dict__, "name": name, "subnets": (), "dns_enabled": False},
            id=identity,
            created_at_ns=time.time_ns(),
        )
    interface = _interface(session, spec, kept)
    host = host_blocks(without=[each.interface for each in kept])
    others = [(subnet.subnet, each.name) for each in kept for subnet in each.subnets]
    if spec.driver == "bridge":
        subnets = _choose_subnets(session, spec, identity, [parse_cidr(text) for text, _ in others], host)
        refuse_overlaps(subnets, others, host if spec.subnets else ())
    else:
        subnets = tuple(settle_subnet(each, routed=False) for each in spec.subnets)
        refuse_overlaps(subnets, (), ())
    _check_routes(spec)
    for server in spec.dns_servers:
        parse_address(server, f"--dns {server}")
    values = {
        **spec.__dict__,
        "name": name,
        "interface": interface,
        "subnets": subnets,
        "ipv6": any(parse_cidr(each.subnet).version == 6 for each in subnets),
        "dns_enabled": spec.dns_enabled and spec.driver == "bridge",
    }
    return Network(**values, id=identity, created_at_ns=time.time_ns())


def plan_default(session: Session, name: str) -> Network:
    """Return the default network: a bridge whose subnet is containers.conf's, or another if that one is not free."""
    spec = NetworkSpec(name=name)
    kept = all_kept(session)
    settings = containers_conf(session)
    wanted = settings.default_subnet if settings.default_subnet != "10.88.0.0/16" else DEFAULT_SUBNET
    taken = [parse_cidr(each.subnet) for network in kept for each in network.subnets]
    taken += [block for block, _ in host_blocks()] + [parse_cidr(SLIRP_SUBNET)]
    subnet = settle_subnet(Subnet(subnet=choose_subnet(taken, settings.default_subnet_pools, first=wanted)))
    return Network(
        **{**spec.__dict__, "interface": _interface(session, spec, kept), "subnets": (subnet,)},
        id=os.urandom(32).hex(),
        created_at_ns=time.time_ns(),
    )


def _choose_subnets(
    session: Session, spec: NetworkSpec, identity: str, networks: list[Cidr], host: Sequence[tuple[Cidr, str]]
) -> tuple[Subnet, ...]:
    """Return the subnets asked for, with a chosen one for each family that is wanted and has none."""
    subnets = [settle_subnet(subnet, internal=spec.internal) for subnet in spec.subnets]
    versions = {parse_cidr(subnet.subnet).version for subnet in subnets}
    taken = [
        *networks,
        *(block for block, _ in host),
        parse_cidr(SLIRP_SUBNET),
        *(parse_cidr(subnet.subnet) for subnet in subnets),
    ]
    if 4 not in versions and (not subnets or spec.ipv6):
        chosen = choose_subnet(taken, containers_conf(session).default_subnet_pools)
        subnets.insert(0, settle_subnet(Subnet(subnet=chosen)))
    if spec.ipv6 and 6 not in versions:
        subnets.append(settle_subnet(Subnet(subnet=choose_ipv6_subnet(identity, taken))))
    return tuple(subnets)


def _settle_options(spec: NetworkSpec) -> NetworkSpec:
    """Return the spec with docker's option names turned into podman's, each checked."""
    options: dict[str, str] = {}
    interface = spec.interface
    for key, value in spec.options.items():
        known = _DOCKER_OPTIONS.get(key, key)
        subject = f"--opt {key}={value}"
        if known == "interface":
            interface = value
            continue
        if known in _NUMBERS:
            low, high = _NUMBERS[known]
            if not value.isdigit() or not low <= int(value) <= high:
                raise InvalidInput(f"not a number from {low} to {high}", subject=subject)
        elif known in _TRUTHS:
            if value.lower() not in ("true", "false", "1", "0", "strict"):
                raise InvalidInput("neither true nor false", subject=subject)
        elif known == "mode":
            if value not in _MODES.get(spec.driver, ()):
                modes = ", ".join(_MODES.get(spec.driver, ()))
                raise InvalidInput(
                    f"driver {spec.driver} has no such mode",
                    subject=subject,
                    hint=f"use one of {modes}" if modes else "",
                )
        elif not key.startswith("com.docker."):
            known_names = ", ".join((*_NUMBERS, *_TRUTHS, "mode", "parent"))
            raise InvalidInput("no such option", subject=subject, hint=f"there are {known_names}")
        options[known] = value
    return spec.replace(options=options, interface=interface)


def _check_name(name: str) -> None:
    if not name or not _NAME_CHARACTERS.issuperset(name) or not name[0].isalnum() or len(name) > 128:
        raise InvalidInput(
            "not a name for a network",
            subject=name or '""',
            hint="use letters, digits, _ . and -, letters or digits first",
        )
    if name in _RESERVED:
        raise InvalidInput("the name means something else to --network", subject=name, hint="choose another name")


def _free_name(taken: Sequence[str]) -> str:
    number = 1
    while f"network{number}" in taken:
        number += 1
    return f"network{number}"


def _interface(session: Session, spec: NetworkSpec, kept: Sequence[Network]) -> str:
    """Return the bridge's name, or check the parent of a macvlan or ipvlan."""
    if spec.interface:
        if len(spec.interface.encode()) > INTERFACE_BYTES or "/" in spec.interface or " " in spec.interface:
            raise InvalidInput(f"not a name for an interface (at most {INTERFACE_BYTES} bytes)", subject=spec.interface)
        holder = next((each.name for each in kept if each.interface == spec.interface), "")
        if holder and spec.driver == "bridge":
            raise AlreadyExists(f"the interface belongs to network {holder}", subject=spec.interface)
        if spec.driver != "bridge" and not os.path.exists(f"/sys/class/net/{spec.interface}"):
            raise InvalidInput("no such interface on this host", subject=spec.interface, hint="ip link lists them")
        return spec.interface
    if spec.driver != "bridge":
        return ""
    taken = {each.interface for each in kept}
    prefix = _prefix(session)
    number = 0
    while f"{prefix}{number}" in taken or os.path.exists(f"/sys/class/net/{prefix}{number}"):
        number += 1
    return f"{prefix}{number}"


def _prefix(session: Session) -> str:
    """Return how names of bridges begin: other stores of the same host have others."""
    if session.rootless or session.paths.root == default_root(0, ""):
        return "pycman"
    return f"pyc{binascii.crc32(session.paths.root.encode()) & 0xFFFFFF:06x}-"


def _check_routes(spec: NetworkSpec) -> None:
    for route in spec.routes:
        destination = parse_cidr(route.destination, f"--route {route.destination}")
        if parse_address(route.gateway, f"--route {route.gateway}")[0] != destination.version:
            raise InvalidInput(
                "destination and gateway are of different families",
                subject=f"--route {route.destination},{route.gateway}",
            )


def is_default(session: Session, network: Network) -> bool:
    """Say whether this is the network that is always there."""
    return network.name == default_name(session)
