"""Choose what a network needs and nobody named: the default network's subnet, the name of a bridge."""

from __future__ import annotations

import binascii
import os
import time

from pycman.errors import AlreadyExists, InvalidInput
from pycman.linux.links import has_interface
from pycman.network.addresses import parse_cidr
from pycman.network.catalogue import all_kept
from pycman.network.subnets import (
    DEFAULT_SUBNET,
    SLIRP_SUBNET,
    choose_subnet,
    host_blocks,
    settle_subnet,
)
from pycman.spec.network import Network, NetworkSpec, Subnet
from pycman.state.paths import default_root
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


INTERFACE_BYTES = 15


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
        **{**spec.__dict__, "interface": choose_interface(session, spec, kept), "subnets": (subnet,)},
        id=os.urandom(32).hex(),
        created_at_ns=time.time_ns(),
    )


def choose_interface(session: Session, spec: NetworkSpec, kept: Sequence[Network]) -> str:
    """Return the bridge's name, or check the parent of a macvlan or ipvlan."""
    if spec.interface:
        if len(spec.interface.encode()) > INTERFACE_BYTES or "/" in spec.interface or " " in spec.interface:
            raise InvalidInput(f"not a name for an interface (at most {INTERFACE_BYTES} bytes)", subject=spec.interface)
        holder = next((each.name for each in kept if each.interface == spec.interface), "")
        if holder and spec.driver == "bridge":
            raise AlreadyExists(f"the interface belongs to network {holder}", subject=spec.interface)
        if spec.driver != "bridge" and not has_interface(spec.interface):
            raise InvalidInput("no such interface on this host", subject=spec.interface, hint="ip link lists them")
        return spec.interface
    if spec.driver != "bridge":
        return ""
    taken = {each.interface for each in kept}
    prefix = _prefix(session)
    number = 0
    while f"{prefix}{number}" in taken or has_interface(f"{prefix}{number}"):
        number += 1
    return f"{prefix}{number}"


def _prefix(session: Session) -> str:
    """Return how names of bridges begin: other stores of the same host have others."""
    if session.rootless or session.paths.root == default_root(0, ""):
        return "pycman"
    return f"pyc{binascii.crc32(session.paths.root.encode()) & 0xFFFFFF:06x}-"
