"""The question before a prune, and the report after it (docker's texts)."""

from __future__ import annotations

import sys

from cli.output.words import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call


def confirm(call: Call, warning: str) -> bool:
    """Ask whether to continue, unless --force; return True only for the answers y and Y."""
    if call.flag("force"):
        return True
    sys.stdout.write(f"WARNING! {warning}\nAre you sure you want to continue? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() in ("y", "Y")


def print_pruned(call: Call, heading: str, removed: Sequence[str], freed_bytes: int) -> None:
    """Print the heading and the removed names or ids, if any, and the bytes freed; when called as podman only the former."""
    if not call.habits.prune_reports and call.command != "system prune":
        for name in removed:
            call.print(name)
        return
    if removed:
        call.print(heading)
        for name in removed:
            call.print(name)
        call.print("")
    call.print(f"Total reclaimed space: {human_size(freed_bytes)}")
