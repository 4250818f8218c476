"""Which published ports the kernel's table leads to a container, and which the relay does. Pure."""

from __future__ import annotations

from pycman.network.addresses import version_of
from pycman.network.relay.lines import BY_CLIENT, FIRST, IN_TURN, format_port
from pycman.spec.port import listen_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pycman.network.reconcile.desired import Forward
    from pycman.spec.port import ListenAddress

_LOOPBACK6 = "::1"


def is_translated(address: ListenAddress, versions: Collection[int], *, rootless: bool) -> bool:
    """Say whether the table leads an address of the host to a container that has addresses of these IP versions."""
    if address.zone or address.text == _LOOPBACK6 or (rootless and address.version == 6):
        return False
    return address.version in versions


def translated_addresses(forward: Forward, *, rootless: bool = False) -> list[ListenAddress]:
    """Return the addresses of the host at which the table leads a port to its targets; rootless, those of tap0 that stand for them."""
    versions = {version_of(target) for target in forward.targets}
    listening = listen_addresses(forward.host_ip)
    return [address for address in listening if is_translated(address, versions, rootless=rootless)]


def is_relayed(address: ListenAddress, versions: Collection[int], *, rootless: bool, protocol: str = "tcp") -> bool:
    """Say whether the relay serves an address: alone, or as :: for callers from ::1 beside the table. Rootless it has all TCP ports:
    it moves three times as much as slirp4netns.
    """
    if (rootless and protocol == "tcp") or (address.version == 6 and address.wildcard):
        return True
    return not is_translated(address, versions, rootless=rootless)


def relayed_forwards(forwards: Iterable[Forward], *, rootless: bool) -> dict[str, Forward]:
    """Return the ports that the relay has to serve, each with one address, by "PROTOCOL ADDRESS PORT"."""
    found: dict[str, Forward] = {}
    for forward in forwards:
        versions = {version_of(target) for target in forward.targets}
        if forward.protocol in ("tcp", "udp") and versions:
            for address in listen_addresses(forward.host_ip):
                if is_relayed(address, versions, rootless=rootless, protocol=forward.protocol):
                    key = f"{forward.protocol} {address.host_ip} {forward.host_port}"
                    found[key] = forward.replace(host_ip=address.host_ip)
    return found


def port_line(key: str, forward: Forward) -> str:
    """Return the line that tells the relay of a port: targets of its own IP version come first."""
    version = listen_addresses(forward.host_ip)[0].version
    numbers = forward.target_ports or (forward.container_port,) * len(forward.targets)
    targets = sorted(zip(forward.targets, numbers, strict=True), key=lambda target: version_of(target[0]) != version)
    choice = FIRST if not forward.balanced else BY_CLIENT if forward.sticky else IN_TURN
    return format_port(key, choice, targets)
