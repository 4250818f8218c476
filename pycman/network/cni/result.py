"""Results of plugins: of ADD in any version from 0.3.0 on, and of VERSION (CNI spec, section 5). Pure.

Until 0.4.0 each address had a field for its family; 1.1.0 added fields to interfaces and routes. One `Result` stands
for all versions, and `format_result` writes it in the format of one.
"""

from __future__ import annotations

import ipaddress

from pycman.errors import Corrupt
from pycman.jsontext import parse_json
from pycman.network.cni.conf import VERSIONS, at_least
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CniInterface(Record):
    """An interface that plugins made; `sandbox` is the path of its namespace, "" for the host's."""

    name: str
    mac: str = ""
    sandbox: str = ""
    mtu: int = 0
    socket_path: str = ""
    pci_id: str = ""


class CniAddress(Record):
    """An address with its prefix (192.0.2.7/24); `interface` is an index into the result's interfaces, -1 if absent."""

    address: str
    gateway: str = ""
    interface: int = -1

    @property
    def ip(self) -> str:
        """Return the address without its prefix."""
        return self.address.partition("/")[0]


class CniRoute(Record):
    """A route in the namespace: destination with prefix, and gateway ("" is the gateway of the address)."""

    dst: str
    gw: str = ""
    mtu: int = 0
    advmss: int = 0
    priority: int = 0
    table: int | None = None
    scope: int | None = None


class CniDns(Record):
    """Settings for the container's resolv.conf."""

    nameservers: tuple[str, ...] = ()
    domain: str = ""
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Result(Record):
    """The result of ADD: interfaces, addresses, routes and DNS settings."""

    interfaces: tuple[CniInterface, ...] = ()
    ips: tuple[CniAddress, ...] = ()
    routes: tuple[CniRoute, ...] = ()
    dns: CniDns = CniDns()


def container_addresses(result: Result, interface: str) -> list[str]:
    """Return the addresses of a container's interface, in the plugins' order; those without an interface count too."""
    indexes = [number for number, made in enumerate(result.interfaces) if made.name == interface and made.sandbox]
    return [ip.ip for ip in result.ips if ip.interface in indexes or ip.interface < 0]


def parse_output(output: str | bytes, version: str, *, subject: str) -> dict[str, Any]:
    """Parse the output of ADD and return the result as JSON of `version`. Raises Corrupt.

    A result in another version is converted; one in this version is returned unchanged, with unknown fields.
    """
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output
    if not text.strip():
        raise Corrupt("the plugin printed no result", subject=subject)
    value = parse_json(text, subject=subject)
    result = parse_result(value, version, subject=subject)
    if value.get("cniVersion", version) == version:
        return {"cniVersion": version, **value}
    return format_result(result, version)


def parse_result(value: Any, version: str = "1.0.0", *, subject: str) -> Result:
    """Return a result from its JSON value, of `version` if it has no cniVersion. Raises Corrupt."""
    if not isinstance(value, dict):
        raise Corrupt("the plugin's result is not a JSON object", subject=subject)
    result_version = value.get("cniVersion", version)
    if result_version not in VERSIONS:
        raise Corrupt(f"the plugin's result has version {result_version!r}, which is not supported", subject=subject)
    try:
        return _result(value)
    except ValueError as error:
        raise Corrupt(f"the plugin's result is invalid: {error}", subject=subject) from None


def _result(value: dict[str, Any]) -> Result:
    interfaces = tuple(_interface(entry) for entry in _objects(value, "interfaces"))
    dns = value.get("dns") or {}
    if not isinstance(dns, dict):
        raise ValueError("dns is not an object")  # noqa: TRY004  (its value is wrong, as JSON goes)
    return Result(
        interfaces=interfaces,
        ips=tuple(_address(entry, len(interfaces)) for entry in _objects(value, "ips")),
        routes=tuple(_route(entry) for entry in _objects(value, "routes")),
        dns=CniDns(
            nameservers=_strings(dns, "nameservers"),
            domain=_string(dns, "domain"),
            search=_strings(dns, "search"),
            options=_strings(dns, "options"),
        ),
    )


def _interface(value: dict[str, Any]) -> CniInterface:
    return CniInterface(
        name=_string(value, "name", required=True),
        mac=_string(value, "mac"),
        sandbox=_string(value, "sandbox"),
        mtu=_number(value, "mtu") or 0,
        socket_path=_string(value, "socketPath"),
        pci_id=_string(value, "pciID"),
    )


def _address(value: dict[str, Any], interfaces: int) -> CniAddress:
    address, gateway = _string(value, "address", required=True), _string(value, "gateway")
    index = _number(value, "interface")
    if "/" not in address:
        raise ValueError(f"{address!r} has no prefix")
    ipaddress.ip_interface(address)
    if gateway:
        ipaddress.ip_address(gateway)
    if index is not None and not 0 <= index < interfaces:
        raise ValueError(f"{address} is on interface {index} of {interfaces}")
    return CniAddress(address=address, gateway=gateway, interface=-1 if index is None else index)


def _route(value: dict[str, Any]) -> CniRoute:
    dst, gw = _string(value, "dst", required=True), _string(value, "gw")
    ipaddress.ip_interface(dst)
    if gw:
        ipaddress.ip_address(gw)
    return CniRoute(
        dst=dst,
        gw=gw,
        mtu=_number(value, "mtu") or 0,
        advmss=_number(value, "advmss") or 0,
        priority=_number(value, "priority") or 0,
        table=_number(value, "table"),
        scope=_number(value, "scope"),
    )


def _objects(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    entries = value.get(key) or []  # Go writes an empty list as null
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{key} is not a list of objects")
    return entries


def _strings(value: dict[str, Any], key: str) -> tuple[str, ...]:
    strings = value.get(key) or []
    if not isinstance(strings, list) or not all(isinstance(entry, str) for entry in strings):
        raise ValueError(f"{key} is not a list of strings")
    return tuple(strings)


def _string(value: dict[str, Any], key: str, *, required: bool = False) -> str:
    string = value.get(key)
    if string is None and not required:
        return ""
    if not isinstance(string, str) or (required and not string):
        raise ValueError(f"{key} is missing or not a string")
    return string


def _number(value: dict[str, Any], key: str) -> int | None:
    number = value.get(key)
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise ValueError(f"{key} is not a whole number")
    return number


def format_result(result: Result, version: str) -> dict[str, Any]:
    """Return a result as the JSON of `version`; fields that this version lacks are left out."""
    newest = at_least(version, "1.1.0")
    with_family = not at_least(version, "1.0.0")
    return {
        "cniVersion": version,
        "interfaces": [_format_interface(interface, newest) for interface in result.interfaces],
        "ips": [_format_address(ip, with_family) for ip in result.ips],
        "routes": [_format_route(route, newest) for route in result.routes],
        "dns": {key: list(entry) if isinstance(entry, tuple) else entry for key, entry in result.dns.to_dict().items()},
    }


def _format_interface(interface: CniInterface, newest: bool) -> dict[str, Any]:
    fields = {"name": interface.name, "mac": interface.mac, "sandbox": interface.sandbox}
    newer_fields = {"mtu": interface.mtu, "socketPath": interface.socket_path, "pciID": interface.pci_id}
    return {key: entry for key, entry in {**fields, **(newer_fields if newest else {})}.items() if entry}


def _format_address(address: CniAddress, with_family: bool) -> dict[str, Any]:
    family = {"version": "6" if ":" in address.address else "4"} if with_family else {}
    gateway = {"gateway": address.gateway} if address.gateway else {}
    interface = {"interface": address.interface} if address.interface >= 0 else {}
    return {**family, "address": address.address, **gateway, **interface}


def _format_route(route: CniRoute, newest: bool) -> dict[str, Any]:
    fields = route.to_dict()
    return fields if newest else {key: entry for key, entry in fields.items() if key in ("dst", "gw")}


def parse_versions(output: str | bytes, *, subject: str) -> tuple[str, ...]:
    """Parse the output of VERSION and return the supported versions. Raises Corrupt."""
    value = parse_json(output, subject=subject)
    versions = value.get("supportedVersions") if isinstance(value, dict) else None
    if not isinstance(versions, list) or not all(isinstance(entry, str) for entry in versions):
        raise Corrupt("the plugin does not report which versions it supports", subject=subject)
    return tuple(versions)
