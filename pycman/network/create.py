"""Create a network: validate the spec, choose what it leaves open, insert one row.

The bridge is made when the first container is connected (reconcile/).
"""

from __future__ import annotations

import os
import time

from pycman.errors import AlreadyExists, InvalidInput, Unsupported
from pycman.network.addresses import Cidr, parse_address, parse_cidr
from pycman.network.catalogue import DEFAULT_ALIASES, insert_network, stored_networks
from pycman.network.choose import choose_interface, pool_offset
from pycman.network.networks import find_network
from pycman.network.subnets import (
    SLIRP_SUBNET,
    choose_ipv6_subnet,
    choose_subnet,
    complete_subnet,
    host_blocks,
    refuse_overlaps,
)
from pycman.spec.network import Network, NetworkSpec, Subnet
from pycman.state import events
from pycman.state.settings import containers_conf
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

DRIVERS = ("bridge", "macvlan", "ipvlan", "none")
_RESERVED = ("none", "host", "container", "ns", "private", "pasta", "slirp4netns", *DEFAULT_ALIASES)
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_NUMBERS = {"mtu": (68, 65535), "vlan": (1, 4094), "metric": (1, 0xFFFF_FFFF)}
_BOOLEANS = ("isolate", "no_default_route")
_MODES = {"macvlan": ("bridge", "private", "vepa", "passthru"), "ipvlan": ("l2", "l3", "l3s")}
_DOCKER_OPTIONS = {
    "com.docker.network.driver.mtu": "mtu",
    "com.docker.network.bridge.name": "interface",
    "parent": "interface",
    "macvlan_mode": "mode",
    "ipvlan_mode": "mode",
}
_ALREADY_SO = {
    "com.docker.network.bridge.enable_icc": ("true", "1"),
    "com.docker.network.bridge.enable_ip_masquerade": ("true", "1"),
    "com.docker.network.bridge.host_binding_ipv4": ("", "0.0.0.0", "::"),  # noqa: S104 - a word of docker's
    "com.docker.network.bridge.inhibit_ipv4": ("false", "0"),
    "com.docker.network.bridge.gateway_mode_ipv4": ("nat",),
    "com.docker.network.bridge.gateway_mode_ipv6": ("nat",),
    "com.docker.network.bridge.trusted_host_interfaces": ("",),
}
"""Docker's options that say who may reach a container, with the values that describe what is so here; others are refused."""


def create_network(session: Session, spec: NetworkSpec, *, ignore: bool = False) -> Network:
    """Create a network; with `ignore`, return the one that has the name. Raises AlreadyExists, InvalidInput, InUse."""
    if spec.name:
        existing = find_network(session, spec.name)
        if existing is not None and (existing.name == spec.name or spec.name in DEFAULT_ALIASES):
            if ignore:
                return existing
            raise AlreadyExists("the name is taken by another network", subject=spec.name, code="network-name-taken")
    network = plan_network(session, spec)
    try:
        with session.db.transaction():
            insert_network(session, network)
            events.append(
                session.db, "network", "create", network.id, name=network.name, attributes={"type": network.driver}
            )
    except sqlite3.IntegrityError:
        raise AlreadyExists(
            "the name is taken by another network", subject=network.name, code="network-name-taken"
        ) from None
    return network


def plan_network(session: Session, spec: NetworkSpec) -> Network:
    """Return the network that `create_network` would insert: validated, with a free name, interface and subnets."""
    networks = stored_networks(session)
    network_id = os.urandom(32).hex()
    name = spec.name or _free_name([other.name for other in networks])
    _check_name(name)
    spec = _normalize_options(spec)
    if spec.driver not in DRIVERS:
        raise Unsupported("no such driver", subject=f"--driver {spec.driver}", hint=f"use one of {', '.join(DRIVERS)}")
    if spec.driver == "none":
        return Network(
            **{**spec.__dict__, "name": name, "subnets": (), "dns_enabled": False},
            id=network_id,
            created_at_ns=time.time_ns(),
        )
    interface = choose_interface(session, spec, networks)
    host = host_blocks(without=[other.interface for other in networks])
    taken = [(subnet.subnet, other.name) for other in networks for subnet in other.subnets]
    if spec.driver == "bridge":
        subnets = _choose_subnets(session, spec, network_id, [parse_cidr(block) for block, _ in taken], host)
        refuse_overlaps(subnets, taken, host if spec.subnets else ())
    else:
        subnets = tuple(complete_subnet(subnet, routed=False) for subnet in spec.subnets)
        refuse_overlaps(subnets, (), ())
    _check_routes(spec)
    for server in spec.dns_servers:
        parse_address(server, f"--dns {server}")
    values = {
        **spec.__dict__,
        "name": name,
        "interface": interface,
        "subnets": subnets,
        "ipv6": any(parse_cidr(subnet.subnet).version == 6 for subnet in subnets),
        "dns_enabled": spec.dns_enabled and spec.driver == "bridge",
    }
    return Network(**values, id=network_id, created_at_ns=time.time_ns())


def _choose_subnets(
    session: Session, spec: NetworkSpec, network_id: str, networks: list[Cidr], host: Sequence[tuple[Cidr, str]]
) -> tuple[Subnet, ...]:
    """Return the requested subnets, and a free one for each requested address family that has none."""
    subnets = [complete_subnet(subnet, internal=spec.internal) for subnet in spec.subnets]
    versions = {parse_cidr(subnet.subnet).version for subnet in subnets}
    taken = [
        *networks,
        *(block for block, _ in host),
        parse_cidr(SLIRP_SUBNET),
        *(parse_cidr(subnet.subnet) for subnet in subnets),
    ]
    if 4 not in versions and (not subnets or spec.ipv6):
        chosen = choose_subnet(taken, containers_conf(session).default_subnet_pools, offset=pool_offset(session))
        subnets.insert(0, complete_subnet(Subnet(subnet=chosen)))
    if spec.ipv6 and 6 not in versions:
        subnets.append(complete_subnet(Subnet(subnet=choose_ipv6_subnet(network_id, taken))))
    return tuple(subnets)


def _normalize_options(spec: NetworkSpec) -> NetworkSpec:
    """Return the spec with docker's option names replaced by podman's. Raises InvalidInput for a bad one."""
    options: dict[str, str] = {}
    interface = spec.interface
    for key, value in spec.options.items():
        option = _DOCKER_OPTIONS.get(key, key)
        subject = f"--opt {key}={value}"
        if option == "interface":
            interface = value
            continue
        if option in _NUMBERS:
            low, high = _NUMBERS[option]
            if not value.isdecimal() or not low <= int(value) <= high:
                raise InvalidInput(f"not a number from {low} to {high}", subject=subject)
        elif option in _BOOLEANS:
            if value.lower() not in ("true", "false", "1", "0", "strict"):
                raise InvalidInput("neither true nor false", subject=subject)
        elif option == "mode":
            if value not in _MODES.get(spec.driver, ()):
                modes = ", ".join(_MODES.get(spec.driver, ()))
                raise InvalidInput(
                    f"driver {spec.driver} has no such mode",
                    subject=subject,
                    hint=f"use one of {modes}" if modes else "",
                )
        elif key in _ALREADY_SO:
            if value not in _ALREADY_SO[key]:
                allowed = " or ".join(filter(None, _ALREADY_SO[key])) or "no address"
                raise Unsupported("networks of pycman have no such setting", subject=subject, hint=f"it is {allowed}")
        elif not key.startswith("com.docker."):
            known_names = ", ".join((*_NUMBERS, *_BOOLEANS, "mode", "parent"))
            raise InvalidInput("no such option", subject=subject, hint=f"use one of {known_names}")
        options[option] = value
    return spec.replace(options=options, interface=interface)


def _check_name(name: str) -> None:
    if not name or not _NAME_CHARACTERS.issuperset(name) or not name[0].isalnum() or len(name) > 128:
        raise InvalidInput(
            "not a network name",
            subject=name or '""',
            hint="use letters, digits, _ . and -, and begin with a letter or digit",
        )
    if name in _RESERVED:
        raise InvalidInput(
            "the name is reserved: --network gives it another meaning", subject=name, hint="choose another name"
        )


def _free_name(taken: Sequence[str]) -> str:
    number = 1
    while f"network{number}" in taken:
        number += 1
    return f"network{number}"


def _check_routes(spec: NetworkSpec) -> None:
    for route in spec.routes:
        destination = parse_cidr(route.destination, f"--route {route.destination}")
        if parse_address(route.gateway, f"--route {route.gateway}")[0] != destination.version:
            raise InvalidInput(
                "destination and gateway are of different families",
                subject=f"--route {route.destination},{route.gateway}",
            )
