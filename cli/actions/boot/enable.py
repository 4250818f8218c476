"""boot enable: have containers with a restart policy started with the host."""

from __future__ import annotations

import os
import sys

from cli.boot_service import way_of_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Write and enable what starts them; print where it is."""
    way = way_of_host()
    for text in way.enable(own_command(call)):
        call.warn(text)
    call.print(way.where())
    return 0


def own_command(call: Call) -> list[str]:
    """Return the words by which this program is called on the same store."""
    program = os.path.abspath(sys.argv[0])
    words = [program] if os.access(program, os.X_OK) else [sys.executable, "-I", program]
    for name in ("root", "runroot", "storage-driver", "runtime", "cgroup-manager"):
        if call.globals.get(name):
            words += [f"--{name}", str(call.globals[name])]
    return words
