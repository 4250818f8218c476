"""Choose what the user left open: the subnet of the default network, the name of a bridge."""

from __future__ import annotations

import binascii
import os
import time

from pycman.errors import AlreadyExists, InvalidInput
from pycman.linux.links import has_interface
from pycman.network.addresses import parse_cidr
from pycman.network.catalogue import stored_networks
from pycman.network.subnets import (
    DEFAULT_SUBNET,
    SLIRP_SUBNET,
    choose_subnet,
    complete_subnet,
    host_blocks,
)
from pycman.spec.network import Network, NetworkSpec, Subnet
from pycman.state.paths import default_root
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


MAX_INTERFACE_BYTES = 15


def plan_default(session: Session, name: str) -> Network:
    """Return the default network: a bridge with the subnet of containers.conf, or another one if that is not free."""
    spec = NetworkSpec(name=name)
    networks = stored_networks(session)
    settings = containers_conf(session)
    preferred = settings.default_subnet if settings.default_subnet != "10.88.0.0/16" else DEFAULT_SUBNET
    taken = [parse_cidr(subnet.subnet) for network in networks for subnet in network.subnets]
    taken += [block for block, _ in host_blocks()] + [parse_cidr(SLIRP_SUBNET)]
    chosen = choose_subnet(taken, settings.default_subnet_pools, first=preferred, offset=pool_offset(session))
    subnet = complete_subnet(Subnet(subnet=chosen))
    return Network(
        **{**spec.__dict__, "interface": choose_interface(session, spec, networks), "subnets": (subnet,)},
        id=os.urandom(32).hex(),
        created_at_ns=time.time_ns(),
    )


_OF_INTERFACES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+@")
"""The kernel has others too; a name is written into rules between quotes."""


def choose_interface(session: Session, spec: NetworkSpec, networks: Sequence[Network]) -> str:
    """Return the name of the bridge, or the validated parent of a macvlan or ipvlan ("": the default route's).

    Raises InvalidInput, AlreadyExists (another network has the bridge).
    """
    if spec.interface:
        if len(spec.interface) > MAX_INTERFACE_BYTES or not _OF_INTERFACES.issuperset(spec.interface):
            hint = f"use at most {MAX_INTERFACE_BYTES} letters, digits and _ . - + @"
            raise InvalidInput("not a name for an interface", subject=spec.interface, hint=hint)
        owner = next((network.name for network in networks if network.interface == spec.interface), "")
        if owner and spec.driver == "bridge":
            raise AlreadyExists(f"the interface belongs to network {owner}", subject=spec.interface)
        if spec.driver != "bridge" and not has_interface(spec.interface):
            raise InvalidInput("no such interface on this host", subject=spec.interface, hint="ip link lists them")
        return spec.interface
    if spec.driver != "bridge":
        return ""
    taken = {network.interface for network in networks}
    prefix = _prefix(session)
    number = 0
    while f"{prefix}{number}" in taken or has_interface(f"{prefix}{number}"):
        number += 1
    return f"{prefix}{number}"


def pool_offset(session: Session) -> int:
    """Return where in the pools a store looks for subnets: stores of one host that share a network namespace begin elsewhere,
    as a network without containers has no route by which another store could see that its subnet is taken.
    """
    return 0 if _is_alone(session) else binascii.crc32(session.paths.root.encode())


def _prefix(session: Session) -> str:
    """Return the prefix of bridge names: stores of one host that share a network namespace have different ones."""
    if _is_alone(session):
        return "pycman"
    return f"pyc{binascii.crc32(session.paths.root.encode()) & 0xFFFFFF:06x}-"


def _is_alone(session: Session) -> bool:
    return session.rootless or session.paths.root == default_root(0, "")
