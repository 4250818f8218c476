"""Questions before things go, and what went (docker's words)."""

from __future__ import annotations

import sys

from cli.output.words import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call


def confirm(call: Call, warning: str) -> bool:
    """Ask unless --force; only y or Y goes on."""
    if call.flag("force"):
        return True
    sys.stdout.write(f"WARNING! {warning}\nAre you sure you want to continue? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() in ("y", "Y")


def print_pruned(call: Call, heading: str, removed: Sequence[str], freed: int) -> None:
    """Print what was removed and how much that freed."""
    if removed:
        call.print(heading)
        for each in removed:
            call.print(each)
        call.print("")
    call.print(f"Total reclaimed space: {human_size(freed)}")
