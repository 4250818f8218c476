"""image mount: mount images' file systems read-only, or list those mounted."""

from __future__ import annotations

from cli.actions.mount import mount_or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Mount images and print where, or print what is mounted."""
    return mount_or_list(call, call.engine.images)
