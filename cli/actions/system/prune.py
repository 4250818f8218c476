"""system prune: remove stopped containers, unused networks and images and, with --volumes, unused volumes."""

from __future__ import annotations

from cli.output.prune import confirm
from cli.output.words import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print what was removed and the space reclaimed."""
    if not confirm(call, _warning(call)):
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


def _warning(call: Call) -> str:
    """Return what will go, one a line, and what --filter leaves of it, as docker and podman say it."""
    docker = call.habits.prune_reports
    items = ["all stopped containers", "all networks not used by at least one container"]
    if call.flag("volumes"):
        items.append("all anonymous volumes not used by at least one container")
    if call.flag("all"):
        items.append(f"all images without at least one container associated {'to' if docker else 'with'} them")
    else:
        items.append("all dangling images")
    items.append(
        ("all build cache" if call.flag("all") else "unused build cache") if docker else "all dangling build cache"
    )
    if not docker:
        return "This command removes:\n" + "".join(f"\t- {item}\n" for item in items)
    lines = ["This will remove:", *(f"  - {item}" for item in items), ""]
    if call.values("filter"):
        lines += ["  Items to be pruned will be filtered with:", *(f"  - {each}" for each in call.values("filter")), ""]
    return "\n".join(lines)
