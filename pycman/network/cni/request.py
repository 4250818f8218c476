"""The request to a plugin: its environment and its configuration on stdin (CNI spec 1.0.0, sections 2 and 3). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.network.cni.conf import NetworkList, is_name
from pycman.record import Record
from pycman.spec.port import PortMapping, listen_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_MAX_INTERFACE_BYTES = 15
"""IFNAMSIZ of linux/if.h without its NUL."""
_MAX_ID_BYTES = 128
"""More than any engine's container id needs, and short enough for file names that also have the network's name."""
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Attachment(Record):
    """One interface of one container in one network.

    `netns` is the path of the container's network namespace; at DEL it may be gone. `args` are CNI_ARGS.
    `capabilities` are passed to the plugins that declare them (`capability_args` makes the common ones).
    """

    container_id: str
    netns: str = ""
    interface: str = "eth0"
    args: dict[str, str] = {}
    capabilities: dict[str, Any] = {}

    def check(self) -> None:
        """Raise InvalidInput if the spec does not allow one of the values."""
        if not is_name(self.container_id) or len(self.container_id) > _MAX_ID_BYTES:
            raise InvalidInput("not a container id that CNI allows", subject=self.container_id)
        name = self.interface
        if (
            not name
            or len(name.encode()) > _MAX_INTERFACE_BYTES
            or name in (".", "..")
            or set(name) & set("/: \t\n\v\f\r\0")
        ):
            raise InvalidInput("not a name for an interface", subject=name, hint="use at most 15 letters and digits")
        for key, value in self.args.items():
            if not key or set(key) & set("=;\0") or set(value) & set(";\0"):
                raise InvalidInput("a CNI argument may contain neither = nor ;", subject=f"{key}={value}")


class Bandwidth(Record):
    """Rates in bits a second and bursts in bits; 0 is no limit. "ingress" is towards the container."""

    ingress_rate: int = 0
    ingress_burst: int = 0
    egress_rate: int = 0
    egress_burst: int = 0


def capability_args(
    *,
    ports: Sequence[PortMapping] = (),
    bandwidth: Bandwidth | None = None,
    ips: Sequence[str] = (),
    mac: str = "",
    dns: Mapping[str, Sequence[str]] | None = None,
    ip_ranges: Sequence[Sequence[Mapping[str, str]]] = (),
) -> dict[str, Any]:
    """Return capability arguments with the keys of the CNI conventions; empty ones are left out.

    `dns` has the keys servers, searches and options; `ips` have prefixes; ranges are lists of {"subnet": …}.
    """
    limits = {} if bandwidth is None else {
        "ingressRate": bandwidth.ingress_rate, "ingressBurst": bandwidth.ingress_burst,
        "egressRate": bandwidth.egress_rate, "egressBurst": bandwidth.egress_burst,
    }  # fmt: skip
    arguments: dict[str, Any] = {
        "portMappings": [entry for port in ports for entry in _port_entries(port)],
        "bandwidth": {key: value for key, value in limits.items() if value},
        "ips": list(ips),
        "mac": mac,
        "dns": {key: list(values) for key, values in (dns or {}).items() if values},
        "ipRanges": [[dict(ip_range) for ip_range in group] for group in ip_ranges],
    }
    return {key: value for key, value in arguments.items() if value}


def _port_entries(port: PortMapping) -> list[dict[str, Any]]:
    """Return an entry for each port of a range, none for a port that is not published. Raises InvalidInput (address)."""
    if not port.host_port:
        return []
    listening = listen_addresses(port.host_ip)
    # plugins compare hostIP with packets: a wildcard matches none
    address = {} if len(listening) > 1 or listening[0].wildcard else {"hostIP": listening[0].host_ip}
    return [
        {"hostPort": port.host_port + n, "containerPort": port.container_port + n, "protocol": port.protocol, **address}
        for n in range(port.range_size)
    ]


def environment(
    command: str, attachment: Attachment | None, path: Sequence[str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """Return a plugin's environment: `inherited` without CNI variables, and the variables of the spec's section 2."""
    env = {key: value for key, value in inherited.items() if not key.startswith("CNI_")}
    env.setdefault("PATH", _DEFAULT_PATH)
    env |= {"CNI_COMMAND": command, "CNI_PATH": ":".join(path)}
    if attachment is not None:
        env |= {
            "CNI_CONTAINERID": attachment.container_id,
            "CNI_NETNS": attachment.netns,
            "CNI_IFNAME": attachment.interface,
            "CNI_ARGS": ";".join(f"{key}={value}" for key, value in attachment.args.items()),
        }
    return env


def plugin_config(
    network: NetworkList,
    plugin: Mapping[str, Any],
    *,
    capabilities: Mapping[str, Any] | None = None,
    previous: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the configuration for a plugin's stdin ("Deriving execution configuration from plugin configuration").

    Only the capabilities that the plugin declares true are in its runtimeConfig. `previous` is its prevResult.
    """
    config = {key: value for key, value in plugin.items() if key != "capabilities"}
    config |= {"cniVersion": network.cni_version, "name": network.name}
    declared = plugin.get("capabilities", {})
    runtime_config = {key: value for key, value in (capabilities or {}).items() if declared.get(key) is True}
    if runtime_config:
        config["runtimeConfig"] = runtime_config
    if previous is not None:
        config["prevResult"] = dict(previous)
    return config
