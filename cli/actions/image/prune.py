"""image prune: remove images that nothing names or, with --all, nothing uses."""

from __future__ import annotations

from cli.output.prune import confirm, print_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove them."""
    every = call.flag("all")
    what = "all images without at least one container associated to them" if every else "all dangling images"
    if not confirm(call, f"This will remove {what}."):
        return 0
    removed, freed = call.engine.images.prune(call.pairs("filter"), all=every)
    print_pruned(call, "Deleted Images:", [f"sha256:{each}" if len(each) == 64 else each for each in removed], freed)
    return 0
