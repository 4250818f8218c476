"""The options of --network slirp4netns:NAME=VALUE,…, and the addresses that follow from them (slirp4netns(1)). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.network.addresses import format_address, parse_cidr
from pycman.record import Record

_DEFAULT_CIDR = "10.0.2.0/24"
_GUEST, _NAME_SERVER = 100, 3
_NAME_SERVER_IPV6 = "fd00::3"
_LONGEST_PREFIX = 25
_BOOLEANS = {"true": "true", "false": "false", "1": "true", "0": "false"}
_NAMES = ("allow_host_loopback", "cidr", "enable_ipv6", "mtu", "outbound_addr", "outbound_addr6", "port_handler")
_HANDLERS = ("rootlesskit", "slirp4netns")


class SlirpAddresses(Record):
    """Addresses inside: the container's `guest`, and the `name_servers`, which forward to the host's."""

    guest: str
    name_servers: tuple[str, ...]


def parse_slirp_options(text: str) -> dict[str, str]:
    """Return the options by name; a later one wins. Raises InvalidInput."""
    options: dict[str, str] = {}
    for option in filter(None, text.split(",")):
        key, equals, value = option.partition("=")
        if not equals or key not in _NAMES:
            raise InvalidInput(
                f"unknown option {option!r}", subject="--network slirp4netns", hint=f"use {', '.join(_NAMES)}"
            )
        options[key] = _checked(key, value)
    return options


def slirp_addresses(options: dict[str, str]) -> SlirpAddresses:
    """Return the addresses in the network of the option cidr."""
    first = parse_cidr(options.get("cidr", _DEFAULT_CIDR)).first
    server = format_address(4, first + _NAME_SERVER)
    servers = (server, _NAME_SERVER_IPV6) if options.get("enable_ipv6") == "true" else (server,)
    return SlirpAddresses(guest=format_address(4, first + _GUEST), name_servers=servers)


def _checked(key: str, value: str) -> str:
    subject = f"--network slirp4netns:{key}={value}"
    if key == "cidr":
        block = parse_cidr(value, subject)
        if block.version != 4 or block.prefix > _LONGEST_PREFIX:
            raise InvalidInput(
                f"not an IPv4 network with a prefix of at most {_LONGEST_PREFIX}",
                subject=subject,
                hint="as 10.1.2.0/24",
            )
        return str(block)
    if key == "mtu" and not (value.isascii() and value.isdecimal() and 0 < int(value[:6]) <= 65521):
        raise InvalidInput("not a number from 1 to 65521", subject=subject)
    if key in ("allow_host_loopback", "enable_ipv6"):
        if value not in _BOOLEANS:
            raise InvalidInput("neither true nor false", subject=subject)
        return _BOOLEANS[value]
    if key == "port_handler" and value not in _HANDLERS:
        raise InvalidInput("no such handler of ports", subject=subject, hint=f"use {' or '.join(_HANDLERS)}")
    return value
