"""Quantities as Kubernetes writes them: 100m, 1.5Gi, 1e3, 0.1 (apimachinery, resource.Quantity). Exact, and pure."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

from pycman.errors import InvalidInput

_SUFFIXES: dict[str, Decimal] = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1), "k": Decimal(10**3), "M": Decimal(10**6),
    "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15), "E": Decimal(10**18), "Ki": Decimal(2**10),
    "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
_DIGITS = frozenset("0123456789")
_LONGEST = 64


def parse_quantity(text: str) -> Decimal:
    """Return the number a quantity is. Raises InvalidInput."""
    word = text.strip()
    end = len(word)
    while end and word[end - 1].isalpha():
        end -= 1
    number, suffix = word[:end], word[end:]
    mantissa, mark, power = number.partition("e") if "e" in number else number.partition("E")
    sane = len(word) <= _LONGEST and _is_number(mantissa) and (not mark or _is_whole(power)) and not (mark and suffix)
    if not sane or suffix not in _SUFFIXES:
        raise InvalidInput(
            "not a quantity", subject=text, hint="write a number with m, k, M, G, Ki, Mi, Gi, … as 500m or 1.5Gi"
        )
    if mark and abs(int(power)) > 30:
        raise InvalidInput("not a sensible quantity", subject=text)
    try:
        return Decimal(f"{mantissa}{'e' + power if mark else ''}") * _SUFFIXES[suffix]
    except InvalidOperation as error:
        raise InvalidInput("not a quantity", subject=text) from error


def _is_number(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    whole, _, fraction = digits.partition(".")
    return bool(whole or fraction) and _DIGITS.issuperset(whole) and _DIGITS.issuperset(fraction)


def _is_whole(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    return bool(digits) and len(digits) < 4 and _DIGITS.issuperset(digits)


def cpu_millis(text: str) -> int:
    """Return processors in thousandths, rounded up."""
    return math.ceil(parse_quantity(text) * 1000)


def whole_bytes(text: str) -> int:
    """Return an amount of bytes, rounded up."""
    return math.ceil(parse_quantity(text))


def page_size(resource: str) -> tuple[str, int]:
    """Return the size of huge pages that a resource (hugepages-2Mi) is about, as the kernel names it (2MB) and in bytes.

    Raises InvalidInput.
    """
    size = whole_bytes(resource.partition("-")[2])
    text = format_bytes(size)
    if size < 1 << 10 or not text.endswith("i"):
        raise InvalidInput("not a size of huge pages", subject=resource, hint="write it as hugepages-2Mi")
    return text.replace("i", "B"), size


def format_bytes(count: int) -> str:
    """Return bytes in the largest binary unit that has no remainder: 64Mi."""
    for suffix in ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki"):
        unit = int(_SUFFIXES[suffix])
        if count and count % unit == 0:
            return f"{count // unit}{suffix}"
    return str(count)


def format_cpu(millis: int) -> str:
    """Return thousandths of a processor as Kubernetes writes them: 2, 500m."""
    return str(millis // 1000) if millis % 1000 == 0 else f"{millis}m"
