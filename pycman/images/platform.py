"""Platforms: parse "linux/arm64/v8", choose the best image of an index (containerd's order of variants). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.images.manifest import IndexEntry

_MACHINES = {
    "x86_64": ("amd64", ""), "amd64": ("amd64", ""), "x86-64": ("amd64", ""),
    "aarch64": ("arm64", "v8"), "arm64": ("arm64", "v8"),
    "armv7l": ("arm", "v7"), "armhf": ("arm", "v7"), "arm": ("arm", "v7"),
    "armv6l": ("arm", "v6"), "armel": ("arm", "v6"),
    "i386": ("386", ""), "i686": ("386", ""), "386": ("386", ""),
    "ppc64le": ("ppc64le", ""), "s390x": ("s390x", ""), "riscv64": ("riscv64", ""), "loongarch64": ("loong64", ""),
    "mips64le": ("mips64le", ""), "wasm": ("wasm", ""),
}  # fmt: skip
_DEFAULT_VARIANT = {"amd64": 1}
"""The variant to choose unless the user names one: amd64/v2 and above need instructions that older machines lack."""
_OSES = frozenset(("linux", "windows", "freebsd", "darwin", "wasip1"))


class Platform(Record):
    """The platform of an image or host; `variant` "" is any."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


def host_platform(machine: str) -> Platform:
    """Return the platform of a host with this `uname -m`."""
    architecture, variant = _MACHINES.get(machine, (machine, ""))
    return Platform(os="linux", architecture=architecture, variant=variant)


def parse_platform(text: str, *, machine: str) -> Platform:
    """Parse "os/arch[/variant]", "arch" or "os"; the host's values fill in the rest. Raises InvalidInput."""
    host = host_platform(machine)
    parts = text.lower().split("/") if text else []
    if len(parts) > 3 or any(not part for part in parts):
        raise _wrong(text)
    if not parts:
        return host
    if len(parts) == 1:
        if parts[0] in _OSES:
            return host.replace(os=parts[0])
        parts = ["linux", *parts]
    if parts[0] not in _OSES or parts[1] not in _MACHINES:
        raise _wrong(text)
    architecture, variant = _MACHINES[parts[1]]
    if len(parts) == 3:
        variant = parts[2] if parts[2].startswith("v") else f"v{parts[2]}"
    return Platform(os=parts[0], architecture=architecture, variant=variant)


def _wrong(text: str) -> InvalidInput:
    return InvalidInput("not a platform", subject=text, hint="write it as in linux/arm64 or linux/arm/v7")


def choose_entry(entries: Sequence[IndexEntry], platform: Platform, *, subject: str) -> IndexEntry:
    """Return the best entry for a platform: with the same variant, else the highest lower one. Raises NotFound.

    Of several equal ones the first is chosen (image-spec, image-index.md).
    """
    matching = [
        (score, -number, entry)
        for number, entry in enumerate(entries)
        if (score := _score(entry, platform)) is not None
    ]
    if matching:
        return max(matching, key=lambda scored: scored[:2])[2]
    unknown = [entry for entry in entries if not entry.os and not entry.architecture]
    if len(entries) == 1 and unknown:
        return unknown[0]
    available = ", ".join(sorted({_name(entry) for entry in entries if entry.os not in ("", "unknown")}))
    raise NotFound(
        f"no image for {platform} (available: {available or 'none'})",
        subject=subject,
        hint="choose one with --platform",
    )


def _score(entry: IndexEntry, platform: Platform) -> int | None:
    architecture, _ = _MACHINES.get(entry.architecture, (entry.architecture, ""))
    if entry.os != platform.os or architecture != platform.architecture:
        return None
    variant = variant_number(entry.variant or _MACHINES.get(entry.architecture, ("", ""))[1])
    highest = variant_number(platform.variant) or _DEFAULT_VARIANT.get(platform.architecture, 0)
    if not highest or variant <= highest:
        return variant + 1
    return None


def variant_number(variant: str) -> int:
    """Return the number of a variant such as "v7"; 0 for none and for what has no number."""
    digits = variant.lstrip("v")
    return int(digits) if digits.isdecimal() and len(digits) < 4 else 0


def _name(entry: IndexEntry) -> str:
    return "/".join(filter(None, (entry.os, entry.architecture, entry.variant)))


def matches(platform: Platform, os: str, architecture: str, variant: str) -> bool:
    """Say whether an image with these values suits a platform."""
    normalized, _ = _MACHINES.get(architecture, (architecture, ""))
    if (os or "linux", normalized) != (platform.os, platform.architecture):
        return False
    highest = variant_number(platform.variant) or _DEFAULT_VARIANT.get(platform.architecture, 0)
    return not variant or not highest or variant_number(variant) <= highest
