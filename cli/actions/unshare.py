"""unshare: run a command in the namespaces of a rootless user."""

from __future__ import annotations

import os
import sys

from pycman.errors import CommandNotExecutable, CommandNotFound, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Replace this process with the command (default: the user's shell), so that its exit status is passed on."""
    session = call.engine.session
    if not session.rootless:
        raise Unsupported(
            "root has no user namespace to enter", subject="unshare", hint="run it as an unprivileged user"
        )
    session.enter_namespaces()
    if call.flag("rootless-netns"):
        call.engine.networks.enter_shared()
    call.print_warnings()
    if sys.stdout.fileno() != 1:  # --out and --noout hold for the command too: it is no container
        os.dup2(sys.stdout.fileno(), 1)
    argv = call.arguments or [os.environ.get("SHELL", "/bin/sh")]
    try:
        os.execvp(argv[0], argv)
    except FileNotFoundError:
        raise CommandNotFound("no such command", subject=argv[0]) from None
    except OSError as error:
        raise CommandNotExecutable((error.strerror or "").lower(), subject=argv[0]) from error
