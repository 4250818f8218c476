"""Resource limits: cgroup controllers and rlimits. A field that is None sets no limit."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_ULIMITS = frozenset(
    ("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
     "rttime", "sigpending", "stack", "as", "host")
)  # fmt: skip

_DIGITS = frozenset("0123456789")
_MOST, _LONGEST = 1 << 63, 40
"""Sizes are 64-bit numbers to the kernel; more digits than a float can be are no number at all."""
_COUNT_DIGITS = 19
"""So many digits may be more than 64 bits hold; Python refuses to read more than some thousand."""
_UNITS = {"": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
"""The power of 1024 (or of 1000) that each unit is."""


class Ulimit(Record):
    """One rlimit; `name` as in "nofile"; -1 is unlimited."""

    name: str
    soft: int
    hard: int


class DeviceRate(Record):
    """A throttle or weight of one block device: bytes or operations a second, or a weight of 10 to 1000."""

    path: str
    rate: int


class Resources(Record):
    """What a container may use of the machine (runtime-spec, config-linux.md, "Control groups")."""

    memory_bytes: int | None = None
    memory_swap_bytes: int | None = None
    memory_reservation_bytes: int | None = None
    memory_swappiness: int | None = None
    kernel_memory_bytes: int | None = None
    oom_kill_disable: bool = False
    cpu_shares: int | None = None
    cpu_period_us: int | None = None
    cpu_quota_us: int | None = None
    cpu_rt_period_us: int | None = None
    cpu_rt_runtime_us: int | None = None
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    pids_limit: int | None = None
    blkio_weight: int | None = None
    blkio_weight_device: tuple[DeviceRate, ...] = ()
    device_read_bps: tuple[DeviceRate, ...] = ()
    device_write_bps: tuple[DeviceRate, ...] = ()
    device_read_iops: tuple[DeviceRate, ...] = ()
    device_write_iops: tuple[DeviceRate, ...] = ()
    device_cgroup_rules: tuple[str, ...] = ()
    huge_pages: Mapping[str, int] = {}
    """Limit in bytes for each page size ("2MB"); 0 allows none."""
    unified: Mapping[str, str] = {}


def is_count(text: str) -> bool:
    """Say whether a text is a whole number that `int` reads and 64 bits hold: digits of ASCII, not too many."""
    return text.isascii() and text.isdecimal() and len(text) < _COUNT_DIGITS


def parse_ulimit(text: str) -> Ulimit:
    """Parse NAME=SOFT[:HARD] of `--ulimit`; "host" alone keeps the limits of the host. Raises InvalidInput. Pure."""
    if text == "host":
        return Ulimit(name="host", soft=0, hard=0)
    name, equals, value = text.partition("=")
    soft, _, hard = value.partition(":")
    name = name.lower().removeprefix("rlimit_")
    if name not in _ULIMITS or not equals:
        raise InvalidInput(
            "invalid ulimit",
            subject=f"--ulimit {text}",
            hint="write it as in nofile=1024:2048",
            code="invalid-ulimit",
            facts={"ulimit": text},
        )
    soft_limit = _limit(soft, name)
    hard_limit = _limit(hard, name) if hard else soft_limit
    if hard_limit >= 0 and not 0 <= soft_limit <= hard_limit:
        hint = "write the soft limit first, or one for both"
        raise InvalidInput(
            "the soft limit is above the hard one",
            subject=f"--ulimit {text}",
            hint=hint,
            code="soft-limit-above-hard",
            facts={"ulimit": text, "soft": "-1 (unlimited)" if soft_limit < 0 else soft, "hard": hard or soft},
        )
    return Ulimit(name=name, soft=soft_limit, hard=hard_limit)


def _limit(text: str, name: str) -> int:
    if text in ("unlimited", "-1"):
        return -1
    if not is_count(text):
        raise InvalidInput("not a whole number", subject=f"--ulimit {name} {text}".rstrip())
    return int(text)


def parse_size(text: str, flag: str, *, unlimited: bool = False, decimal: bool = False) -> int:
    """Return bytes: "64m", "1.5g", "512kb", "1GiB" (binary units, docker's RAMInBytes); -1 stays -1 if `unlimited`.

    `decimal`: units are powers of 1000 (FromHumanSize, which docker and podman use for the size of logs).
    """
    low = text.strip().lower()
    if low == "-1" and unlimited:
        return -1
    digits = low.rstrip("bikmgtp ")
    unit = low[len(digits) :].strip()
    unit = unit.removesuffix("ib").removesuffix("b") if len(unit) > 1 else unit
    whole, _, fraction = digits.partition(".")
    sane = bool(whole or fraction) and _DIGITS.issuperset(whole + fraction) and unit in _UNITS
    size = float(digits) * (1000 if decimal else 1024) ** _UNITS[unit] if sane and len(digits) < _LONGEST else _MOST
    if size >= _MOST:
        raise InvalidInput("not a size", subject=f"{flag} {text}", hint="write it as in 512m or 2g")
    return int(size)


def parse_device_rule(text: str) -> dict[str, Any]:
    """Return the rule of a runtime spec (config-linux.md, "Allowed Device list") written as "c 10:200 rwm" or "a *:* r" (cgroup
    v1's devices.allow); "c 10 rwm" is of all minor numbers. Raises InvalidInput.
    """
    fields = text.split()
    if len(fields) != 3 or fields[1].count(":") > 1:
        raise InvalidInput(
            "not a device rule", subject=text, hint="write it as in: c 10:200 rwm", code="not-a-device-rule"
        )
    kind, numbers, access = fields
    if kind not in ("a", "b", "c"):
        raise InvalidInput("not a type of devices", subject=kind, hint="use a, b or c", code="not-a-device-type")
    for letter in access:
        if letter not in "rwm":
            raise InvalidInput(
                "not an access to devices", subject=letter, hint="use r, w and m", code="not-a-device-access"
            )
    rule: dict[str, Any] = {"allow": True, "type": kind, "access": access}
    major, _, minor = numbers.partition(":")
    for name, number in (("major", major), ("minor", minor or "*")):
        if number != "*":
            if not is_count(number):
                raise InvalidInput(
                    "not a device number",
                    subject=number,
                    hint="write it as in: c 10:200 rwm",
                    code="not-a-device-number",
                )
            rule[name] = int(number)
    return rule
