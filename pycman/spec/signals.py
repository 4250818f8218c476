"""Signals by name or number, as users write them: KILL, SIGKILL, sigkill, 9, RTMIN+3 (signal(7)). Pure."""

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
"""The names of the signals 1, 2, … on Linux (x86 and ARM)."""
_ALIASES = {"IOT": 6, "CLD": 17, "POLL": 29, "RTMIN": 34, "RTMAX": 64}
_RTMIN, _RTMAX = 34, 64


def signal_number(text: str) -> int:
    """Return the number of the signal with this name or number. Raises InvalidInput."""
    name = text.strip().upper().removeprefix("SIG")
    if name.isdecimal() and len(name) < 4 and 1 <= int(name) <= _RTMAX:
        return int(name)
    if name in _ALIASES:
        return _ALIASES[name]
    if name in NAMES:
        return NAMES.index(name) + 1
    for base, sign in (("RTMIN+", 1), ("RTMAX-", -1)):
        rest = name.removeprefix(base)
        if rest != name and rest.isdecimal() and len(rest) < 4:
            number = (_RTMIN if sign == 1 else _RTMAX) + sign * int(rest)
            if _RTMIN <= number <= _RTMAX:
                return number
    raise InvalidInput(
        "invalid signal",
        subject=text,
        hint="use a name such as TERM or a number from 1 to 64",
        code="signal-out-of-range" if name.strip("0").isdecimal() else "invalid-signal",
        facts={"signal": text},
    )


def signal_name(number: int) -> str:
    """Return the name of a signal ("SIGTERM", "SIGRTMIN+3"); its number as text if it has none."""
    if 1 <= number <= len(NAMES):
        return "SIG" + NAMES[number - 1]
    return f"SIGRTMIN+{number - _RTMIN}" if _RTMIN <= number <= _RTMAX else str(number)
