"""What a plugin answers: the result of ADD in any version from 0.3.0 on, and the versions it speaks (CNI spec, section 5).

Pure. Until 0.4.0 each address told its family beside itself; 1.1.0 added fields to interfaces and routes. One `Result`
stands for all of them, and `format_result` writes it as a given version has it.
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
    """An interface that plugins made; `sandbox` is the namespace it is in, "" for the host's."""

    name: str
    mac: str = ""
    sandbox: str = ""
    mtu: int = 0
    socket_path: str = ""
    pci_id: str = ""


class CniAddress(Record):
    """An address with its prefix (192.0.2.7/24); `interface` counts in the result's interfaces from 0, -1: not said."""

    address: str
    gateway: str = ""
    interface: int = -1

    @property
    def ip(self) -> str:
        """Return the address without its prefix."""
        return self.address.partition("/")[0]


class CniRoute(Record):
    """A route in the namespace: destination with prefix, and gateway ("": that of the address)."""

    dst: str
    gw: str = ""
    mtu: int = 0
    advmss: int = 0
    priority: int = 0
    table: int | None = None
    scope: int | None = None


class CniDns(Record):
    """What resolv.conf shall say."""

    nameservers: tuple[str, ...] = ()
    domain: str = ""
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Result(Record):
    """What is there after ADD."""

    interfaces: tuple[CniInterface, ...] = ()
    ips: tuple[CniAddress, ...] = ()
    routes: tuple[CniRoute, ...] = ()
    dns: CniDns = CniDns()


def container_addresses(result: Result, interface: str) -> list[str]:
    """Return the addresses of an interface in the container, in the plugins' order, those without an interface too."""
    indexes = [number for number, each in enumerate(result.interfaces) if each.name == interface and each.sandbox]
    return [ip.ip for ip in result.ips if ip.interface in indexes or ip.interface < 0]


def parse_output(output: str | bytes, version: str, *, subject: str) -> dict[str, Any]:
    """Return the answer to an ADD in `version` as that version has it. Raises Corrupt.

    An answer in another version is translated; one in the version asked for is kept as it is, with fields unknown here.
    """
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output
    if not text.strip():
        raise Corrupt("the plugin answered nothing", subject=subject)
    value = parse_json(text, subject=subject)
    result = parse_result(value, version, subject=subject)
    if value.get("cniVersion", version) == version:
        return {"cniVersion": version, **value}
    return format_result(result, version)


def parse_result(value: Any, version: str = "1.0.0", *, subject: str) -> Result:
    """Return a result from its JSON value; `version` is that of one which does not say. Raises Corrupt."""
    if not isinstance(value, dict):
        raise Corrupt("the plugin's answer is not a JSON object", subject=subject)
    said = value.get("cniVersion", version)
    if said not in VERSIONS:
        raise Corrupt(f"the plugin answered in version {said!r}, which is not spoken here", subject=subject)
    try:
        return _result(value)
    except ValueError as error:
        raise Corrupt(f"the plugin's answer is no CNI result: {error}", subject=subject) from None


def _result(value: dict[str, Any]) -> Result:
    interfaces = tuple(_interface(each) for each in _objects(value, "interfaces"))
    dns = value.get("dns") or {}
    if not isinstance(dns, dict):
        raise ValueError("dns is not an object")  # noqa: TRY004  (its value is wrong, as JSON goes)
    return Result(
        interfaces=interfaces,
        ips=tuple(_address(each, len(interfaces)) for each in _objects(value, "ips")),
        routes=tuple(_route(each) for each in _objects(value, "routes")),
        dns=CniDns(
            nameservers=_texts(dns, "nameservers"),
            domain=_text(dns, "domain"),
            search=_texts(dns, "search"),
            options=_texts(dns, "options"),
        ),
    )


def _interface(value: dict[str, Any]) -> CniInterface:
    return CniInterface(
        name=_text(value, "name", needed=True),
        mac=_text(value, "mac"),
        sandbox=_text(value, "sandbox"),
        mtu=_number(value, "mtu") or 0,
        socket_path=_text(value, "socketPath"),
        pci_id=_text(value, "pciID"),
    )


def _address(value: dict[str, Any], interfaces: int) -> CniAddress:
    address, gateway = _text(value, "address", needed=True), _text(value, "gateway")
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
    dst, gw = _text(value, "dst", needed=True), _text(value, "gw")
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
    found = value.get(key) or []  # Go writes an empty list as null
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError(f"{key} is not a list of objects")
    return found


def _texts(value: dict[str, Any], key: str) -> tuple[str, ...]:
    found = value.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f"{key} is not a list of texts")
    return tuple(found)


def _text(value: dict[str, Any], key: str, *, needed: bool = False) -> str:
    found = value.get(key)
    if found is None and not needed:
        return ""
    if not isinstance(found, str) or (needed and not found):
        raise ValueError(f"{key} is missing or not a text")
    return found


def _number(value: dict[str, Any], key: str) -> int | None:
    found = value.get(key)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool)):
        raise ValueError(f"{key} is not a whole number")
    return found


def format_result(result: Result, version: str) -> dict[str, Any]:
    """Return a result as JSON has it in `version`; what that version has no word for is left out."""
    newest = at_least(version, "1.1.0")
    with_family = not at_least(version, "1.0.0")
    return {
        "cniVersion": version,
        "interfaces": [_format_interface(interface, newest) for interface in result.interfaces],
        "ips": [_format_address(ip, with_family) for ip in result.ips],
        "routes": [_format_route(route, newest) for route in result.routes],
        "dns": {key: list(each) if isinstance(each, tuple) else each for key, each in result.dns.to_dict().items()},
    }


def _format_interface(interface: CniInterface, newest: bool) -> dict[str, Any]:
    fields = {"name": interface.name, "mac": interface.mac, "sandbox": interface.sandbox}
    more = {"mtu": interface.mtu, "socketPath": interface.socket_path, "pciID": interface.pci_id}
    return {key: each for key, each in {**fields, **(more if newest else {})}.items() if each}


def _format_address(address: CniAddress, with_family: bool) -> dict[str, Any]:
    family = {"version": "6" if ":" in address.address else "4"} if with_family else {}
    gateway = {"gateway": address.gateway} if address.gateway else {}
    interface = {"interface": address.interface} if address.interface >= 0 else {}
    return {**family, "address": address.address, **gateway, **interface}


def _format_route(route: CniRoute, newest: bool) -> dict[str, Any]:
    fields = route.to_dict()
    return fields if newest else {key: each for key, each in fields.items() if key in ("dst", "gw")}


def parse_versions(output: str | bytes, *, subject: str) -> tuple[str, ...]:
    """Return what a plugin's answer to VERSION says it speaks. Raises Corrupt."""
    value = parse_json(output, subject=subject)
    found = value.get("supportedVersions") if isinstance(value, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Corrupt("the plugin does not say which versions it speaks", subject=subject)
    return tuple(found)
