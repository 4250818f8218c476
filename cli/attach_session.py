"""Shared by `run`, `start -a`, `exec` and `attach`: the check of the terminal, and signals passed on to the container."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, PycmanError
from pycman.runtime.attach_protocol import parse_detach_keys
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.call import Call


class NotATerminal(InvalidInput):
    """Standard input is no terminal, and -i -t asks for one. The status is 1 with every command (docker)."""

    exit_status = 1


NO_TERMINAL = "the input device is not a TTY"


def check_terminal(call: Call, *, terminal: bool, stdin: bool) -> None:
    """Raise NotATerminal for -i -t if standard input is not a terminal (docker), or warn of it (podman)."""
    if not (terminal and stdin) or os.isatty(0):
        return
    if call.habits.needs_terminal:
        raise NotATerminal(
            NO_TERMINAL, subject="-t", hint="leave out -t, or run it in a terminal", code="not-a-terminal"
        )
    call.warn("The input device is not a TTY. The --tty and --interactive flags might not work properly")


def detach_keys(call: Call, *, terminal: bool) -> str:
    """Return the keys that detach: those of the flag, else of containers.conf; only a terminal is looked at for them.

    "" is none. Call it before anything is made: it raises InvalidInput for keys that are none.
    """
    if call.given("detach-keys") or not terminal:
        keys = call.string("detach-keys")
    else:
        keys = containers_conf(call.engine.session).detach_keys
    parse_detach_keys(keys)
    return keys


def proxy_to(call: Call, name: str) -> Callable[[int], None]:
    """Return a function that sends a signal to a container; one that has ended is fine."""

    def send(number: int) -> None:
        try:
            call.engine.containers.kill(name, signal=str(number))
        except PycmanError:
            return

    return send
