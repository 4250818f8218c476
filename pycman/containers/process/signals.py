"""Signals by name or number, as users write them: KILL, SIGKILL, sigkill, 9, RTMIN+3 (signal(7))."""

from __future__ import annotations

from pycman.errors import InvalidInput

NAMES = [
    "HUP",
    "INT",
    "QUIT",
    "ILL",
    "TRAP",
    "ABRT",
    "BUS",
    "FPE",
    "KILL",
    "USR1",
    "SEGV",
    "USR2",
    "PIPE",
    "ALRM",
    "TERM",
    "STKFLT",
    "CHLD",
    "CONT",
    "STOP",
    "TSTP",
    "TTIN",
    "TTOU",
    "URG",
    "XCPU",
    "XFSZ",
    "VTALRM",
    "PROF",
    "WINCH",
    "IO",
    "PWR",
    "SYS",
]
"""In order from 1: Linux on x86 and ARM."""
_ALIASES = {"IOT": 6, "CLD": 17, "POLL": 29, "RTMIN": 34, "RTMAX": 64}
_RTMIN, _RTMAX = 34, 64


def signal_number(text: str) -> int:
    """Return the number of a signal. Raises InvalidInput."""
    name = text.strip().upper().removeprefix("SIG")
    if name.isdigit() and 1 <= int(name) <= _RTMAX:
        return int(name)
    if name in _ALIASES:
        return _ALIASES[name]
    if name in NAMES:
        return NAMES.index(name) + 1
    for base, sign in (("RTMIN+", 1), ("RTMAX-", -1)):
        rest = name.removeprefix(base)
        if rest != name and rest.isdigit():
            number = (_RTMIN if sign == 1 else _RTMAX) + sign * int(rest)
            if _RTMIN <= number <= _RTMAX:
                return number
    raise InvalidInput("invalid signal", subject=text or '""', hint="use a name such as TERM or a number from 1 to 64")


def signal_name(number: int) -> str:
    """Return a signal as SIGTERM, or its number."""
    if 1 <= number <= len(NAMES):
        return "SIG" + NAMES[number - 1]
    return f"SIGRTMIN+{number - _RTMIN}" if _RTMIN <= number <= _RTMAX else str(number)
