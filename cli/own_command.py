"""How services that this program writes call it again."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def own_command(call: Call) -> list[str]:
    """Return the words by which this program is called on the same store."""
    program = os.path.abspath(sys.argv[0])
    words = [program] if os.access(program, os.X_OK) else [sys.executable, "-I", program]
    for name in ("root", "runroot", "storage-driver", "runtime", "cgroup-manager"):
        if call.globals.get(name):
            words += [f"--{name}", str(call.globals[name])]
    return words
