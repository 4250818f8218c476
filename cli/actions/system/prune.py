"""system prune: remove stopped containers, unused networks and images and, with --volumes, unused volumes."""

from __future__ import annotations

from cli.output.prune import confirm
from cli.output.words import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print what was removed and the space reclaimed."""
    images = (
        "all images without at least one container associated to them" if call.flag("all") else "all dangling images"
    )
    volumes = "\n  - all anonymous volumes not used by at least one container" if call.flag("volumes") else ""
    if not confirm(
        call,
        f"This will remove:\n  - all stopped containers\n  - all networks not used by at least one container{volumes}\n  - {images}\n  - unused build cache\n",
    ):
        return 0
    report = call.engine.system.prune(call.pairs("filter"), all=call.flag("all"), volumes=call.flag("volumes"))
    for heading, names in (
        ("Deleted Containers:", report.containers),
        ("Deleted Networks:", report.networks),
        ("Deleted Volumes:", report.volumes),
        ("Deleted Images:", report.images),
        ("Deleted build cache objects:", report.builds),
    ):
        if names:
            call.print(heading)
            for name in names:
                call.print(name)
            call.print("")
    call.print(f"Total reclaimed space: {human_size(report.freed_bytes)}")
    return 0
