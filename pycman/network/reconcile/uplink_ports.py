"""Published ports of a rootless store as they arrive in the shared namespace, and those that slirp4netns opens for it on the host.

It opens UDP ports. TCP ports are the relay's; the table knows them too, for containers that call an address of the namespace.
"""

from __future__ import annotations

from pycman.network.reconcile.step import NetworkStep
from pycman.network.relay.ports import translated_addresses
from pycman.spec.port import ANY_IPV4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pycman.network.reconcile.desired import Forward
    from pycman.network.rootless.uplink import Uplink


class UplinkPorts:
    """The ports by "PROTOCOL IP PORT", each with its id at slirp4netns (0: not open) and its port in the namespace."""

    def __init__(self, forwards: Iterable[Forward], applied: Mapping[str, tuple[int, int]]) -> None:
        """`applied` are the ports that were opened before."""
        self.ports: dict[str, tuple[int, int]] = dict(applied)
        self._forwards = {
            f"{forward.protocol} {address.host_ip} {forward.host_port}": forward.replace(host_ip=address.host_ip)
            for forward in forwards
            for address in translated_addresses(forward, rootless=True)
        }

    def inner_forwards(self) -> tuple[Forward, ...]:
        """Return the ports as they arrive at tap0."""
        return tuple(
            forward.replace(host_ip=ANY_IPV4, host_port=self._inner_port(key, forward))
            for key, forward in self._forwards.items()
        )

    def forget_ids(self) -> None:
        """A new slirp4netns will be started, which has opened none."""
        self.ports = {key: (0, port) for key, (_, port) in self.ports.items()}

    def learn(self, opened: Mapping[str, tuple[int, int]]) -> None:
        """Take the ids that slirp4netns itself reports."""
        self.ports = {key: opened.get(key, (0, port)) for key, (_, port) in self.ports.items()} | dict(opened)

    def close_steps(self, uplink: Uplink) -> list[NetworkStep]:
        """Return a step for each open port that is not wanted any more, or that a version before this one has opened for TCP."""
        for key in [key for key, (number, _) in self.ports.items() if key not in self._forwards and not number]:
            del self.ports[key]
        return [
            NetworkStep(f"close port {key}", self._close, uplink, key)
            for key, (number, _) in self.ports.items()
            if number and (key not in self._forwards or _is_relayed(key))
        ]

    def open_steps(self, uplink: Uplink) -> list[NetworkStep]:
        """Return a step for each port that is not open yet."""
        return [
            NetworkStep(f"open port {key}", self._open, uplink, key, forward, late=True)
            for key, forward in self._forwards.items()
            if not self.ports[key][0] and not _is_relayed(key)
        ]

    def _inner_port(self, key: str, forward: Forward) -> int:
        """Return the port at tap0 for a port of the host: the same, or a free one if another host address uses it."""
        if key not in self.ports:
            taken = {port for other, (_, port) in self.ports.items() if other.split()[0] == forward.protocol}
            port = forward.host_port
            while port in taken:
                port = port % 65535 + 1
            self.ports[key] = (0, port)
        return self.ports[key][1]

    def _close(self, uplink: Uplink, key: str) -> None:
        number, inner = self.ports.pop(key)
        uplink.close_port(number)
        if key in self._forwards:
            self.ports[key] = (0, inner)

    def _open(self, uplink: Uplink, key: str, forward: Forward) -> None:
        inner = self.ports[key][1]
        self.ports[key] = (uplink.open_port(forward.protocol, forward.host_ip, forward.host_port, inner), inner)


def _is_relayed(key: str) -> bool:
    return key.startswith("tcp ")
