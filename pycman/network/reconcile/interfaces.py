"""A container's interfaces: a forked child creates them in the host's namespace, then configures them in the
container's.
"""

from __future__ import annotations

import errno
import os

from pycman.contexts import suppress
from pycman.errors import InUse, InvalidInput, Unavailable, Unsupported
from pycman.linux import syscalls
from pycman.linux.links import (
    add_address,
    add_route,
    create_child,
    create_veth,
    default_interface,
    delete_link,
    find_link,
    set_hairpin,
    set_master,
    set_up,
    set_vlan,
)
from pycman.linux.netlink import Netlink
from pycman.linux.processes import namespace_path
from pycman.network.addresses import pack_address, parse_cidr, parse_mac, version_of
from pycman.network.reconcile.bridges import ignore_routers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.network import Endpoint, Network


def attach(pairs: Sequence[tuple[Endpoint, Network]], namespace: int, mtu: int = 0) -> None:
    """Create and configure the interfaces of a network namespace. Moves this process, a forked child, into it.

    `namespace` is a descriptor; `mtu` is the default of bridge networks (0: the kernel's).
    Raises Unsupported (a driver this kernel lacks), Unavailable (a bridge or parent is gone), InvalidInput, InUse.
    """
    with Netlink() as outside:
        for endpoint, network in pairs:
            _create(outside, endpoint, network, namespace, mtu if network.driver == "bridge" else 0)
    syscalls.setns(namespace, syscalls.CLONE_NEWNET)
    with Netlink() as inside:
        set_up(inside, find_link(inside, "lo"))
        routed: set[int] = set()
        for endpoint, network in pairs:
            _configure(inside, endpoint, network, routed)


def rejoin(endpoint: Endpoint, network: Network) -> bool:
    """Attach the host's end of an endpoint to its bridge again; False if that end is gone.

    An endpoint without one is fine.
    """
    if not endpoint.host_interface:
        return True
    with Netlink() as outside:
        port, bridge = find_link(outside, endpoint.host_interface), find_link(outside, network.interface)
        if port and bridge:
            set_master(outside, port, bridge)
            set_hairpin(outside, port)
        return bool(port)


def detach(endpoint: Endpoint, namespace: int) -> None:
    """Delete one interface of a namespace. Moves this process, a forked child, into it unless it has a host's end."""
    with Netlink() as outside:
        if endpoint.host_interface and delete_link(outside, endpoint.host_interface):
            return
    syscalls.setns(namespace, syscalls.CLONE_NEWNET)
    with Netlink() as inside:
        delete_link(inside, endpoint.interface)


def _create(outside: Netlink, endpoint: Endpoint, network: Network, namespace: int, mtu: int) -> None:
    mtu = int(network.options.get("mtu", str(mtu)))
    mac = parse_mac(endpoint.mac_address) if endpoint.mac_address else b""
    try:
        if network.driver == "bridge":
            bridge = find_link(outside, network.interface)
            if not bridge:
                raise OSError(errno.ENODEV, "")
            delete_link(outside, endpoint.host_interface)  # left by a start that was killed
            create_veth(outside, endpoint.host_interface, peer=endpoint.interface, peer_namespace=namespace,
                        bridge=bridge, mac=mac, mtu=mtu)  # fmt: skip
            port = find_link(outside, endpoint.host_interface)
            set_hairpin(outside, port)
            if "vlan" in network.options:
                set_vlan(outside, port, int(network.options["vlan"]))
            return
        parent = find_link(outside, network.interface or default_interface())
        if not parent:
            raise OSError(errno.ENODEV, "")
        create_child(outside, network.driver, endpoint.interface, parent=parent, mode=network.options.get("mode", ""),
                     namespace=namespace, mac=mac, mtu=mtu)  # fmt: skip
    except OSError as error:
        raise _explain(error, endpoint, network) from error


def _explain(error: OSError, endpoint: Endpoint, network: Network) -> Exception:
    subject = f"network {network.name}"
    if error.errno in (errno.EOPNOTSUPP, errno.EPROTONOSUPPORT):
        return Unsupported(
            f"this kernel has no driver for {network.driver}", subject=subject, hint="use a bridge network"
        )
    if error.errno == errno.ENODEV:
        what = "bridge" if network.driver == "bridge" else "parent interface"
        hint = (
            "run pycman network reload -a" if network.driver == "bridge" else "ip link lists the interfaces there are"
        )
        return Unavailable(f"its {what} {network.interface} is not there", subject=subject, hint=hint)
    if error.errno == errno.EEXIST:
        return InUse(
            "the container already has an interface of that name",
            subject=endpoint.interface,
            hint="choose another name",
        )
    if error.errno == errno.EBUSY:
        return InUse(f"its parent {network.interface} is used by another driver", subject=subject)
    if error.errno == errno.EINVAL:
        reason = (error.strerror or "").lower()
        return InvalidInput(f"the kernel refuses the interface {endpoint.interface}: {reason}", subject=subject)
    return Unavailable(f"its interface cannot be made: {(error.strerror or '').lower()}", subject=subject)


def _configure(inside: Netlink, endpoint: Endpoint, network: Network, routed: set[int]) -> None:
    """Add addresses, then routes: one default route of each family, over the first network that has a gateway."""
    index = find_link(inside, endpoint.interface)
    for cidr in endpoint.addresses:
        address, _, prefix = cidr.partition("/")
        add_address(inside, index, pack_address(address), int(prefix))
    if network.driver == "bridge":
        ignore_routers(endpoint.interface)
    set_up(inside, index)
    metric = int(network.options.get("metric", "0"))
    versions = {version_of(cidr) for cidr in endpoint.addresses}
    if not network.internal and network.options.get("no_default_route", "false").lower() not in ("true", "1"):
        for subnet in network.subnets:
            version = version_of(subnet.subnet)
            if subnet.gateway and version in versions and version not in routed:
                add_route(inside, index, gateway=pack_address(subnet.gateway), metric=metric)
                routed.add(version)
    for route in network.routes:
        block = parse_cidr(route.destination)
        if block.version in versions:
            packed = pack_address(route.destination.partition("/")[0])
            with suppress(FileExistsError):
                add_route(inside, index, destination=packed, prefix=block.prefix,
                          gateway=pack_address(route.gateway), metric=route.metric or metric)  # fmt: skip


def open_namespace(path_or_pid: str) -> int:
    """Open a network namespace by path or pid and return the descriptor."""
    path = namespace_path(int(path_or_pid), "net") if path_or_pid.isdecimal() else path_or_pid
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
