"""volume prune: remove volumes that no container uses."""

from __future__ import annotations

from cli.output.prune import confirm, print_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove them: anonymous ones, with --all (as podman always) named ones too."""
    filters = [pair for pair in call.pairs("filter") if pair[0] != "all"]
    every = call.flag("all") or call.program == "podman" or any(pair[0] == "all" for pair in call.pairs("filter"))
    if call.flag("dry-run"):
        for volume in call.engine.volumes.list([("dangling", "true"), *filters]):
            if every or volume.anonymous:
                call.print(volume.name)
        return 0
    what = "all" if every else "anonymous"
    if not confirm(call, f"This will remove {what} local volumes not used by at least one container."):
        return 0
    removed, freed = call.engine.volumes.prune(filters, all=every)
    print_pruned(call, "Deleted Volumes:", removed, freed)
    return 0
