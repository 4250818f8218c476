"""Quantities as Kubernetes writes them: 100m, 1.5Gi, 1e3, 0.1 (apimachinery, resource.Quantity). Exact decimals; pure."""

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
    """Return the value of a quantity, at most 64 characters long. Raises InvalidInput."""
    bare = text.strip()
    end = len(bare)
    while end and bare[end - 1].isalpha():
        end -= 1
    number, suffix = bare[:end], bare[end:]
    mantissa, mark, power = number.partition("e") if "e" in number else number.partition("E")
    valid = len(bare) <= _LONGEST and _is_number(mantissa) and (not mark or _is_whole(power)) and not (mark and suffix)
    if not valid or suffix not in _SUFFIXES:
        raise InvalidInput(
            "not a quantity",
            subject=text,
            hint="use a number with an optional suffix m, k, M, G, Ki, Mi, Gi, …, such as 500m or 1.5Gi",
        )
    if mark and abs(int(power)) > 30:
        raise InvalidInput("the quantity is out of range", subject=text)
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
    """Return an amount of CPUs in thousandths (millicores), rounded up. Raises InvalidInput."""
    return math.ceil(parse_quantity(text) * 1000)


def whole_bytes(text: str) -> int:
    """Return an amount in bytes, rounded up. Raises InvalidInput."""
    return math.ceil(parse_quantity(text))


def page_size(resource: str) -> tuple[str, int]:
    """Return the page size of a resource (hugepages-2Mi), as the kernel names it (2MB) and in bytes. Raises InvalidInput."""
    size = whole_bytes(resource.partition("-")[2])
    text = format_bytes(size)
    if size < 1 << 10 or not text.endswith("i"):
        raise InvalidInput("not a huge page size", subject=resource, hint="write it as hugepages-2Mi")
    return text.replace("i", "B"), size


def format_bytes(count: int) -> str:
    """Return bytes in the largest binary unit that divides them: 64Mi."""
    for suffix in ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki"):
        unit = int(_SUFFIXES[suffix])
        if count and count % unit == 0:
            return f"{count // unit}{suffix}"
    return str(count)


def format_cpu(millis: int) -> str:
    """Return thousandths of a CPU as Kubernetes writes them: 2, 500m."""
    return str(millis // 1000) if millis % 1000 == 0 else f"{millis}m"
