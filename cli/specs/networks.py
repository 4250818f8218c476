"""--network, --publish and their kin into values."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping

_PROTOCOLS = ("tcp", "udp", "sctp")
_SINGLE = ("none", "host", "private")
_WITH_VALUE = {"container": "container", "ns": "path", "pasta": "pasta", "slirp4netns": "slirp4netns"}


def parse_networks(
    words: list[str], aliases: list[str], *, ipv4: str = "", ipv6: str = "", mac: str = ""
) -> NetworkMode:
    """Return the mode: one of the single ones, or the named networks with what the flags fix for the first."""
    if ipv4:
        check_address(ipv4, "--ip")
    if ipv6:
        check_address(ipv6, "--ip6")
    if mac:
        check_mac(mac)
    if not words:
        if aliases or ipv4 or ipv6 or mac:
            attachment = NetworkAttachment(name="podman", aliases=tuple(aliases), ipv4=ipv4, ipv6=ipv6, mac_address=mac)
            return NetworkMode(kind="bridge", attachments=(attachment,))
        return NetworkMode(kind="")
    kind, _, value = words[0].partition(":")
    if kind in _SINGLE or kind in _WITH_VALUE:
        if len(words) > 1:
            raise InvalidInput("it cannot be combined with other networks", subject=f"--network {words[0]}")
        if kind in ("container", "ns") and not value:
            raise InvalidInput("it needs a name after the colon", subject=f"--network {words[0]}")
        return NetworkMode(kind=_WITH_VALUE.get(kind, kind), value=value)
    attachments = tuple(_attachment(word) for word in words)
    first = attachments[0]
    first = first.replace(
        aliases=(*first.aliases, *aliases),
        ipv4=ipv4 or first.ipv4,
        ipv6=ipv6 or first.ipv6,
        mac_address=mac or first.mac_address,
    )
    named = (first, *attachments[1:])
    return NetworkMode(kind="bridge", attachments=() if words in (["bridge"], ["default"]) and not aliases else named)


_KEYS = {"alias": "aliases", "ip": "ipv4", "ip6": "ipv6", "mac": "mac_address", "mac-address": "mac_address",
         "interface_name": "interface_name", "interface-name": "interface_name", "name": "name"}  # fmt: skip


def _attachment(text: str) -> NetworkAttachment:
    name, _, rest = ("", "", text) if text.startswith("name=") else text.partition(":")
    fields: dict[str, str] = {"name": name}
    aliases: list[str] = []
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key not in _KEYS:
            raise InvalidInput(f"unknown option {part!r}", subject=f"--network {text}")
        if key == "alias":
            aliases.append(value)
        else:
            fields[_KEYS[key]] = value
    if not fields["name"]:
        raise InvalidInput("it needs a name", subject=f"--network {text}")
    return NetworkAttachment(**fields, aliases=tuple(aliases))


def parse_port(text: str) -> list[PortMapping]:
    """Return -p [[IP:]HOST:]CONTAINER[/PROTOCOL]; ranges give one mapping a port."""
    body, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in _PROTOCOLS:
        raise _wrong(text, "the protocol is tcp, udp or sctp")
    host_ip = ""
    if body.startswith("["):
        host_ip, bracket, body = body[1:].partition("]")
        if not bracket or not body.startswith(":"):
            raise _wrong(text)
        body = body[1:]
    parts = body.split(":")
    if not host_ip and len(parts) > 2:
        host_ip, parts = ":".join(parts[:-2]), parts[-2:]
    container = _range(parts[-1], text)
    host = _range(parts[0], text) if len(parts) == 2 and parts[0] else None
    if len(parts) > 2 or (host is not None and host[1] != container[1] and container[1] != 1):
        raise _wrong(text, "both ranges must be of one length")
    return [
        PortMapping(
            container_port=container[0] + number,
            host_port=host[0] + number if host is not None else 0,
            host_ip=host_ip,
            protocol=protocol,
        )
        for number in range(container[1])
    ]


def _range(text: str, whole: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise _wrong(whole)
    start, end = int(first), int(last or first)
    if not 0 < start <= end <= 65535:
        raise _wrong(whole, "ports are from 1 to 65535")
    return start, end - start + 1


def _wrong(text: str, problem: str = "not a port") -> InvalidInput:
    return InvalidInput(problem, subject=f"-p {text}", hint="write it as [[IP:]HOST:]PORT[/PROTOCOL]")


def parse_expose(text: str) -> list[str]:
    """Return --expose PORT[-PORT][/PROTOCOL] as "PORT/PROTOCOL" each."""
    body, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in _PROTOCOLS:
        raise InvalidInput("the protocol is tcp, udp or sctp", subject=f"--expose {text}")
    start, count = _range(body, text)
    return [f"{start + number}/{protocol}" for number in range(count)]


def check_address(text: str, flag: str) -> str:
    """Return an IP address. Raises InvalidInput naming the flag."""
    import _socket  # C module of the standard library; `ipaddress` costs 10 ms

    bare = text.partition("%")[0]
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, bare)
        except (OSError, ValueError):
            continue
        return text
    raise InvalidInput("not an IP address", subject=f"{flag} {text}", hint="write it as in 192.0.2.1 or 2001:db8::1")


def check_mac(text: str) -> str:
    """Return a MAC address of six bytes. Raises InvalidInput."""
    parts = text.replace("-", ":").split(":")
    digits = frozenset("0123456789abcdefABCDEF")
    if len(parts) != 6 or not all(len(part) == 2 and digits.issuperset(part) for part in parts):
        raise InvalidInput(
            "not a MAC address", subject=f"--mac-address {text}", hint="write it as in 02:42:ac:11:00:02"
        )
    return text


def check_add_host(text: str) -> str:
    """Return --add-host NAME:ADDRESS or NAME=ADDRESS."""
    name, colon, address = text.partition("=") if "=" in text.partition(":")[0] else text.partition(":")
    if not name or not colon or not address:
        raise InvalidInput("not a host", subject=f"--add-host {text}", hint="write it as NAME:ADDRESS")
    if address != "host-gateway":
        check_address(address.removeprefix("[").removesuffix("]"), f"--add-host {name}:")
    return text
