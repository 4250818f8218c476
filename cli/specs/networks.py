"""Parse --network, --publish, --expose and the flags for addresses and hosts."""

from __future__ import annotations

from cli.specs.sizes import is_count
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PROTOCOLS = ("tcp", "udp", "sctp")
_SINGLE = ("none", "host", "private")
_WITH_VALUE = {"container": "container", "ns": "path", "pasta": "pasta", "slirp4netns": "slirp4netns"}
_DEFAULT = "bridge"
_KEYS = {"alias": "aliases", "ip": "ipv4", "ip6": "ipv6", "mac": "mac_address", "mac-address": "mac_address",
         "interface_name": "interface_name", "interface-name": "interface_name", "name": "name"}  # fmt: skip
_INTERFACE_BYTES = 15
_INTERFACE_OPTION = "com.docker.network.endpoint.ifname"
_KNOWN = "alias, ip, ip6, mac or interface_name"


def parse_networks(
    values: list[str], aliases: list[str], *, ipv4: str = "", ipv6: str = "", mac: str = "", alias_all: bool = False
) -> NetworkMode:
    """Return the network mode of all --network values: a single mode (none, host, container:…), or attachments to networks.

    Aliases and addresses of flags go to the first network; `alias_all`: aliases go to every one (podman). The network
    with the highest gw-priority (docker) is put first, because it gets the default route. Raises InvalidInput.
    """
    for text, flag in ((ipv4, "--ip"), (ipv6, "--ip6")):
        if text:
            check_address(text, flag)
    if mac:
        check_mac(mac)
    fixed: dict[str, Any] = {"aliases": tuple(aliases), "ipv4": ipv4, "ipv6": ipv6, "mac_address": mac}
    if not values or (values == ["private"] and any(fixed.values())):
        if any(fixed.values()):
            return NetworkMode(kind="bridge", attachments=(NetworkAttachment(name=_DEFAULT, **fixed),))
        return NetworkMode(kind="")
    values = [value[len("name=") :] if _is_bare_name(value) else value for value in values]
    single = next((value for value in values if _is_single(value)), "")
    if single:
        if len(values) > 1:
            raise InvalidInput("it cannot be combined with other networks", subject=f"--network {single}")
        _refuse_fixed(single, fixed)
        return _single_mode(single)
    parsed = [_attachment(value) for value in values]
    parsed[0] = (_with_fixed(parsed[0][0], fixed, values[0]), parsed[0][1])
    if alias_all:
        parsed[1:] = [
            (attachment.replace(aliases=(*attachment.aliases, *aliases)), priority)
            for attachment, priority in parsed[1:]
        ]
    parsed.sort(key=lambda pair: -pair[1])
    named = tuple(attachment for attachment, _ in parsed)
    plain = named[0] == NetworkAttachment(name=named[0].name) and named[0].name in ("bridge", "default")
    return NetworkMode(kind="bridge", attachments=() if plain and len(named) == 1 else named)


def _is_bare_name(value: str) -> bool:
    return value.startswith("name=") and "," not in value


def _is_single(value: str) -> bool:
    kind = value.partition(":")[0]
    return kind in _SINGLE or kind in _WITH_VALUE


def _single_mode(mode: str) -> NetworkMode:
    kind, colon, value = mode.partition(":")
    if kind in _SINGLE and colon:
        raise InvalidInput("it takes no options", subject=f"--network {mode}")
    if kind in ("container", "ns") and not value:
        raise InvalidInput("it needs a name after the colon", subject=f"--network {mode}")
    return NetworkMode(kind=_WITH_VALUE.get(kind, kind), value=value)


def _refuse_fixed(network: str, fixed: Mapping[str, Any]) -> None:
    flags = {"aliases": "--network-alias", "ipv4": "--ip", "ipv6": "--ip6", "mac_address": "--mac-address"}
    flag = next((flags[key] for key, value in fixed.items() if value), "")
    if flag:
        raise InvalidInput(
            f"it cannot be used with --network {network.partition(':')[0]}",
            subject=flag,
            hint="use --network bridge, or a network of network create",
        )


def _with_fixed(attachment: NetworkAttachment, fixed: Mapping[str, Any], network: str) -> NetworkAttachment:
    for key, flag in (("ipv4", "--ip"), ("ipv6", "--ip6"), ("mac_address", "--mac-address")):
        if fixed[key] and getattr(attachment, key) not in ("", fixed[key]):
            raise InvalidInput(
                f"--network {network} sets another one", subject=f"{flag} {fixed[key]}", hint="leave one of them out"
            )
    values = {key: value for key, value in fixed.items() if value}
    return attachment.replace(**{**values, "aliases": (*attachment.aliases, *fixed["aliases"])})


def _attachment(text: str) -> tuple[NetworkAttachment, int]:
    """Parse NAME[:KEY=VALUE,…] (podman) or name=NAME,KEY=VALUE,… (docker); return the attachment and its gw-priority."""
    docker = "," in text and text.partition("=")[0] in _KEYS
    name, _, rest = ("", "", text) if docker else text.partition(":")
    fields: dict[str, str] = {"name": name}
    aliases: list[str] = []
    priority = 0
    subject = f"--network {text}"
    for part in filter(None, rest.split(",")):
        key, _, value = part.partition("=")
        if key == "driver-opt":
            fields["interface_name"] = parse_driver_option(value, subject)
        elif key == "gw-priority":
            priority = _priority(value, subject)
        elif not value or key not in _KEYS:
            problem = f"{key} needs a value" if key in _KEYS else f"unknown option {part!r}"
            raise InvalidInput(problem, subject=subject, hint=f"use {_KNOWN}")
        elif key == "alias":
            aliases.append(value)
        else:
            fields[_KEYS[key]] = value
    if not fields["name"]:
        raise InvalidInput("there is no network name", subject=subject, hint="write it as name=NAME")
    attachment = NetworkAttachment(name=fields.pop("name"), aliases=tuple(aliases)).replace(**fields)
    _check_attachment(attachment, subject)
    return attachment, priority


def _check_attachment(attachment: NetworkAttachment, subject: str) -> None:
    for value in (attachment.ipv4, attachment.ipv6):
        if value:
            check_address(value, subject, whole=True)
    if attachment.mac_address:
        check_mac(attachment.mac_address)
    if attachment.interface_name:
        check_interface(attachment.interface_name, subject)


def parse_driver_option(text: str, subject: str) -> str:
    """Return the interface name in --driver-opt KEY=VALUE. Raises Unsupported for any other driver option."""
    key, _, value = text.partition("=")
    if key != _INTERFACE_OPTION:
        raise Unsupported(
            f"unknown driver option {key}", subject=subject, hint=f"only {_INTERFACE_OPTION} is supported"
        )
    return check_interface(value, subject)


def check_interface(name: str, subject: str) -> str:
    """Return an interface name after checking it (at most 15 bytes, the kernel's limit). Raises InvalidInput."""
    if not 0 < len(name.encode()) <= _INTERFACE_BYTES or name in (".", "..", "lo") or frozenset("/: \t\n") & {*name}:
        raise InvalidInput(f"not a name for an interface (at most {_INTERFACE_BYTES} bytes): {name}", subject=subject)
    return name


def _priority(text: str, subject: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidInput(f"not a number: gw-priority={text}", subject=subject) from None


def parse_port(text: str) -> list[PortMapping]:
    """Parse -p [[IP:]HOST:]CONTAINER[/PROTOCOL]; a range gives one mapping for each port. HOST "" or 0 is any free port.

    One CONTAINER port with a range of the host's is published at the first of these that is free, as with docker.
    """
    body, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in _PROTOCOLS:
        raise _wrong(text, "the protocol is tcp, udp or sctp")
    host_ip, parts = _split_port(body, text)
    container = _range(parts[-1], text)
    host = _range(parts[0], text) if len(parts) == 2 and parts[0] not in ("", "0") else None
    if host is not None and host[1] != container[1] and container[1] != 1:
        raise _wrong(text, "the two ranges differ in length")
    return [
        PortMapping(
            container_port=container[0] + number,
            host_port=host[0] + number if host is not None else 0,
            host_ip=host_ip,
            protocol=protocol,
            host_port_last=host[0] + host[1] - 1 if host is not None and host[1] > container[1] else 0,
        )
        for number in range(container[1])
    ]


def _split_port(body: str, whole: str) -> tuple[str, list[str]]:
    """Return the host's address ("" for none) and the ports: [HOST, CONTAINER] or [CONTAINER]. Raises InvalidInput."""
    host_ip, parts = "", body.split(":")
    if body.startswith("["):
        host_ip, bracket, rest = body[1:].partition("]")
        parts = rest.split(":")[1:]
        if not bracket or not rest.startswith(":") or len(parts) != 2 or ":" not in host_ip:
            raise _wrong(whole)
    elif len(parts) > 2:
        host_ip, parts = ":".join(parts[:-2]), parts[-2:]
    if host_ip:
        try:
            check_address(host_ip, "-p")
        except InvalidInput:
            raise _wrong(whole, f"not an IP address: {host_ip}") from None
    return host_ip, parts


def _range(text: str, whole: str, flag: str = "-p") -> tuple[int, int]:
    """Return (first port, number of ports) of PORT or FIRST-LAST. Raises InvalidInput naming `flag` and `whole`."""
    first, dash, last = text.partition("-")
    if not is_count(first) or (dash and not is_count(last)):
        raise _wrong(whole, flag=flag)
    start, end = int(first), int(last or first)
    if not 0 < start <= end <= 65535:
        raise _wrong(whole, "ports are from 1 to 65535", flag=flag)
    return start, end - start + 1


def _wrong(text: str, problem: str = "not a port", *, flag: str = "-p") -> InvalidInput:
    hint = "write it as [[IP:]HOST:]PORT[/PROTOCOL]" if flag == "-p" else "write it as PORT[-PORT][/PROTOCOL]"
    return InvalidInput(problem, subject=f"{flag} {text}", hint=hint)


def parse_expose(text: str) -> list[str]:
    """Parse --expose PORT[-PORT][/PROTOCOL] into one "PORT/PROTOCOL" for each port."""
    body, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in _PROTOCOLS:
        raise InvalidInput("the protocol is tcp, udp or sctp", subject=f"--expose {text}")
    start, count = _range(body, text, "--expose")
    return [f"{start + number}/{protocol}" for number in range(count)]


def check_address(text: str, flag: str, *, whole: bool = False) -> str:
    """Return an IP address after checking it. Raises InvalidInput about `flag` and the address (`whole`: `flag` alone)."""
    import _socket  # only imported where an address is given; `ipaddress` costs 10 ms

    bare = text.partition("%")[0]
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, bare)
        except (OSError, ValueError):
            continue
        return text
    raise InvalidInput(
        f"not an IP address: {text}" if whole else "not an IP address",
        subject=flag if whole else f"{flag} {text}",
        hint="write it as in 192.0.2.1 or 2001:db8::1",
    )


def check_mac(text: str) -> str:
    """Return a MAC address of six bytes after checking it. Raises InvalidInput."""
    parts = text.replace("-", ":").split(":")
    digits = frozenset("0123456789abcdefABCDEF")
    if len(parts) != 6 or not all(len(part) == 2 and digits.issuperset(part) for part in parts):
        raise InvalidInput(
            "not a MAC address", subject=f"--mac-address {text}", hint="write it as in 02:42:ac:11:00:02"
        )
    return text


def check_add_host(text: str) -> str:
    """Return --add-host NAME:ADDRESS or NAME=ADDRESS after checking it. Raises InvalidInput."""
    name, colon, address = text.partition("=") if "=" in text.partition(":")[0] else text.partition(":")
    if not name or not colon or not address:
        raise InvalidInput("not a host", subject=f"--add-host {text}", hint="write it as NAME:ADDRESS")
    if address != "host-gateway":
        check_address(address.removeprefix("[").removesuffix("]"), f"--add-host {name}:")
    return text
