"""IP addresses and subnets as numbers (RFC 4291, RFC 4632). Pure; `ipaddress` costs 10 ms to import, this nothing."""

from __future__ import annotations

import _socket

from pycman.errors import InvalidInput
from pycman.record import Record

_BITS = {4: 32, 6: 128}
_FAMILIES = {4: _socket.AF_INET, 6: _socket.AF_INET6}


def parse_address(text: str, subject: str = "") -> tuple[int, int]:
    """Return (version, value): 4 or 6, and the address as a number. Raises InvalidInput."""
    for version, family in _FAMILIES.items():
        try:
            return version, int.from_bytes(_socket.inet_pton(family, text))
        except (OSError, ValueError):
            continue
    raise InvalidInput("not an IP address", subject=subject or text, hint="write it as in 192.0.2.1 or 2001:db8::1")


def format_address(version: int, value: int) -> str:
    """Return an address as text, IPv6 in its short form (RFC 5952)."""
    return _socket.inet_ntop(_FAMILIES[version], value.to_bytes(_BITS[version] // 8))


def pack_address(text: str) -> bytes:
    """Return an address as 4 or 16 bytes in network byte order. Raises InvalidInput."""
    version, value = parse_address(text)
    return value.to_bytes(_BITS[version] // 8)


def version_of(text: str) -> int:
    """Return 4 or 6 for an address or a subnet."""
    return 6 if ":" in text else 4


class Cidr(Record):
    """A block of addresses: `first` is its lowest one, `prefix` the number of fixed bits."""

    version: int
    first: int
    prefix: int

    @property
    def last(self) -> int:
        """Return the highest address."""
        return self.first + (1 << (_BITS[self.version] - self.prefix)) - 1

    @property
    def size(self) -> int:
        """Return the number of addresses."""
        return 1 << (_BITS[self.version] - self.prefix)

    def contains(self, version: int, value: int) -> bool:
        """Say whether an address is in the block."""
        return version == self.version and self.first <= value <= self.last

    def overlaps(self, other: Cidr) -> bool:
        """Say whether two blocks share an address."""
        return self.version == other.version and self.first <= other.last and other.first <= self.last

    def usable(self) -> tuple[int, int]:
        """Return the first and the last address for hosts: without the network address and IPv4's broadcast address."""
        if self.size <= 2:
            return self.first, self.last
        return self.first + 1, self.last - (1 if self.version == 4 else 0)

    def __str__(self) -> str:
        return f"{format_address(self.version, self.first)}/{self.prefix}"


def parse_cidr(text: str, subject: str = "", *, exact: bool = False) -> Cidr:
    """Parse ADDRESS/PREFIX; bits below the prefix are cleared, or with `exact` an error. Raises InvalidInput."""
    address, slash, length = text.partition("/")
    version, value = parse_address(address, subject or text)
    bits = _BITS[version]
    if not slash or not length.isdecimal() or not 0 < int(length) <= bits:
        example = "192.0.2.0/24" if version == 4 else "fd00:1::/64"
        raise InvalidInput("not a subnet", subject=subject or text, hint=f"write it as in {example}")
    prefix = int(length)
    first = value >> (bits - prefix) << (bits - prefix)
    if exact and first != value:
        cleared = Cidr(version=version, first=first, prefix=prefix)
        raise InvalidInput("it has bits set below its prefix", subject=subject or text, hint=f"did you mean {cleared}?")
    return Cidr(version=version, first=first, prefix=prefix)


def from_packed(packed: bytes, prefix: int) -> Cidr:
    """Return the block of an address in network byte order and a prefix length."""
    return Cidr(version=4 if len(packed) == 4 else 6, first=int.from_bytes(packed), prefix=prefix)


def mac_for(address: str) -> str:
    """Return the MAC address for an IP address: always the same, so that the neighbour tables of others stay right."""
    packed = pack_address(address)
    tail = packed if len(packed) == 4 else bytes((packed[0] ^ packed[12], *packed[13:]))
    return "02:42:" + ":".join(f"{byte:02x}" for byte in tail)


def parse_mac(text: str, subject: str = "") -> bytes:
    """Return the six bytes of an interface's MAC address. Raises InvalidInput, also for a multicast address."""
    try:
        packed = bytes.fromhex(text.replace("-", ":").replace(":", ""))
    except ValueError:
        packed = b""
    if len(packed) != 6 or text.count(":") + text.count("-") != 5:
        raise InvalidInput("not a MAC address", subject=subject or text, hint="write it as in 02:42:ac:11:00:02")
    if packed[0] & 1 or not any(packed):
        raise InvalidInput(
            "a multicast or zero MAC address",
            subject=subject or text,
            hint="use an even first byte, as in 02",
            code="mac-not-assignable",
        )
    return packed
