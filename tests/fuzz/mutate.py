"""One input of others: a few changes by chance. Pure, but for the chance."""

from __future__ import annotations

import random
from collections.abc import Sequence

_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"9223372036854775808",
    b"1e308",
    b"0x10",
    b"9" * 400,
)
_BYTES = (
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\n",
    b"\r",
    b"\t",
    b" ",
    b"\x1b[2J",
    b"\xed\xa0\x80",
    "\u2028".encode(),
    "é".encode(),
    b"..",
    b"/",
    b"\\",
)
_BRACKETS = (b"{", b"}", b"[", b"]", b"(", b")", b'"', b"'", b"<", b">", b"{{", b"}}")


def mutate(chance: random.Random, parents: Sequence[bytes], words: Sequence[bytes], longest: int) -> bytes:
    """Return a changed copy of one of `parents`."""
    data = bytearray(chance.choice(parents))
    for _ in range(1 << chance.randrange(4)):
        _change(chance, data, parents, words)
    return bytes(data[:longest])


def _change(chance: random.Random, data: bytearray, parents: Sequence[bytes], words: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    end = min(len(data), place + 1 + int(chance.expovariate(0.1)))
    kind = chance.randrange(11)
    if kind == 0 and place < len(data):
        data[place] ^= 1 << chance.randrange(8)
    elif kind == 1 and place < len(data):
        data[place] = chance.randrange(256)
    elif kind == 2:
        del data[place:end]
    elif kind == 3:
        data[place:place] = data[place:end] * (1 << chance.randrange(8))
    elif kind == 4:
        other = chance.choice(parents)
        start = chance.randrange(len(other) + 1)
        data[place:end] = other[start : start + 1 + int(chance.expovariate(0.02))]
    elif kind == 5:
        data[place:place] = chance.choice(_NUMBERS)
    elif kind == 6:
        data[place:place] = chance.choice(_BYTES) * (1 if chance.random() < 0.9 else 1 << chance.randrange(12))
    elif kind == 7:
        data[place:place] = chance.choice(_BRACKETS) * (1 if chance.random() < 0.9 else 1 << chance.randrange(12))
    elif kind == 8:
        _other_number(chance, data, place)
    elif words:
        word = chance.choice(words)
        data[place : place if chance.random() < 0.5 else end] = word


def _other_number(chance: random.Random, data: bytearray, place: int) -> None:
    """Put another number where one stands after `place`."""
    start = next((at for at in range(place, len(data)) if chr(data[at]).isdigit()), -1)
    if start >= 0:
        end = next((at for at in range(start, len(data)) if not chr(data[at]).isdigit()), len(data))
        data[start:end] = chance.choice(_NUMBERS) if chance.random() < 0.7 else str(chance.randrange(1 << 33)).encode()
