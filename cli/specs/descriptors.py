"""Descriptors that a container's process gets: --preserve-fds N (3 to N+2), --preserve-fd LIST, and sockets of the service manager."""

from __future__ import annotations

import os

from pycman.spec.resources import is_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.call import Call

_FIRST = 3
_HIGHEST = 1 << 20


def inherited_descriptors(call: Call) -> tuple[int, ...]:
    """Return the numbers that both flags name, in order. Raises InvalidInput for one that is not open or no such number."""
    if not call.given("preserve-fds") and not call.given("preserve-fd"):
        return ()
    from pycman.errors import InvalidInput  # only imported where descriptors are passed on
    from pycman.linux.processes import is_inherited  # the same

    count = call.number("preserve-fds")
    if not 0 <= count < _HIGHEST:
        raise InvalidInput(
            "not a number of descriptors", subject=f"--preserve-fds {count}", hint="count them from 3 on"
        )
    numbers = dict.fromkeys(range(_FIRST, _FIRST + count), f"--preserve-fds {count}")
    for text in call.values("preserve-fd"):
        if not is_count(text) or not _FIRST <= int(text) < _HIGHEST:
            raise InvalidInput("not a descriptor above 2", subject=f"--preserve-fd {text}", hint="name them by number")
        numbers[int(text)] = f"--preserve-fd {text}"
    for number, flag in numbers.items():
        if not is_inherited(number):
            raise InvalidInput(f"descriptor {number} is not open", subject=flag, hint="open it, or leave it out")
    return tuple(sorted(numbers))


def passed_sockets(environment: Mapping[str, str]) -> tuple[tuple[int, ...], dict[str, str]]:
    """Return the sockets that a service manager passed to this process (sd_listen_fds(3)), and the variables that tell the
    container's process of them. Raises InvalidInput for a number of sockets that is none.
    """
    count = environment.get("LISTEN_FDS", "")
    if not count or environment.get("LISTEN_PID", "") != str(os.getpid()):
        return (), {}
    if not is_count(count) or int(count) >= _HIGHEST:
        from pycman.errors import InvalidInput  # only imported to report an error

        raise InvalidInput("not a number of sockets", subject=f"LISTEN_FDS={count}", hint="unset it")
    names = {"LISTEN_FDNAMES": environment["LISTEN_FDNAMES"]} if "LISTEN_FDNAMES" in environment else {}
    return tuple(range(_FIRST, _FIRST + int(count))), {"LISTEN_FDS": count, "LISTEN_PID": "1", **names}
