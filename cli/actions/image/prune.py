"""image prune: remove images without a name or, with --all, without a container."""

from __future__ import annotations

from cli.output.prune import confirm, print_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print the ids and the space reclaimed."""
    all_unused = call.flag("all")
    what = "all images without at least one container associated to them" if all_unused else "all dangling images"
    if not confirm(call, f"This will remove {what}."):
        return 0
    removed, freed = call.engine.images.prune(call.pairs("filter"), all=all_unused)
    print_pruned(call, "Deleted Images:", [f"sha256:{name}" if len(name) == 64 else name for name in removed], freed)
    return 0
