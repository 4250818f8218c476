"""Quantities as Kubernetes writes them: 100m, 1.5Gi, 1e3, 0.1 (apimachinery, resource.Quantity). Exact; pure.

They are whole numbers of a very small unit: `decimal` takes 4 ms to import, and is exact to 28 digits only.
"""

from __future__ import annotations

from pycman.errors import InvalidInput

_LONGEST = 64
_LARGEST_POWER = 30
_MOST = (1 << 63) - 1
_PLACES = 100
"""More than the decimal places that a quantity can have: those of its 64 characters, and 30 of a power or 9 of a suffix."""
ONE = 10**_PLACES
"""What `parse_quantity` makes of "1"."""
_SUFFIXES = {
    "n": ONE // 10**9, "u": ONE // 10**6, "m": ONE // 10**3, "": ONE, "k": ONE * 10**3, "M": ONE * 10**6, "G": ONE * 10**9,
    "T": ONE * 10**12, "P": ONE * 10**15, "E": ONE * 10**18, "Ki": ONE << 10, "Mi": ONE << 20, "Gi": ONE << 30, "Ti": ONE << 40,
    "Pi": ONE << 50, "Ei": ONE << 60,
}  # fmt: skip
_DIGITS = frozenset("0123456789")


def parse_quantity(text: str) -> int:
    """Return the value of a quantity, at most 64 characters long, as a multiple of 1/ONE: exactly. Raises InvalidInput."""
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
    exponent = int(power) if mark else 0
    if abs(exponent) > _LARGEST_POWER:
        raise InvalidInput("the quantity is out of range", subject=text)
    whole, _, fraction = mantissa.partition(".")
    unit: int = _SUFFIXES[suffix] * 10**exponent if exponent > 0 else _SUFFIXES[suffix] // 10**-exponent
    places: int = 10 ** len(fraction)
    return int(whole + fraction) * unit // places


def _is_number(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    whole, _, fraction = digits.partition(".")
    return bool(whole or fraction) and _DIGITS.issuperset(whole) and _DIGITS.issuperset(fraction)


def _is_whole(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    return bool(digits) and len(digits) < 4 and _DIGITS.issuperset(digits)


def cpu_millis(text: str) -> int:
    """Return an amount of CPUs in thousandths (millicores), rounded up. Raises InvalidInput."""
    return divided(parse_quantity(text), ONE // 1000)


def whole_bytes(text: str) -> int:
    """Return an amount in bytes, rounded up, and not more than an int64 has, as Kubernetes counts. Raises InvalidInput."""
    return min(divided(parse_quantity(text), ONE), _MOST)


def divided(quantity: int, by: int) -> int:
    """Return the quotient of two quantities, rounded up."""
    return -(-quantity // by)


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
        unit = _SUFFIXES[suffix] // ONE
        if count and count % unit == 0:
            return f"{count // unit}{suffix}"
    return str(count)


def format_cpu(millis: int) -> str:
    """Return thousandths of a CPU as Kubernetes writes them: 2, 500m."""
    return str(millis // 1000) if millis % 1000 == 0 else f"{millis}m"
