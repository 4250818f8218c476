"""image mount: mount root file systems of images read-only, or list those that are mounted."""

from __future__ import annotations

from cli.actions.mount import mount_or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Mount the images and print each path; without names and --all list what is mounted."""
    return mount_or_list(call, call.engine.images)
