"""builder prune: remove cached steps of builds."""

from __future__ import annotations

from cli.output.prune import confirm, print_pruned
from cli.specs.sizes import optional_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print the ids and the space reclaimed."""
    all_entries = call.flag("all")
    what = "all build cache" if all_entries else "all dangling build cache"
    if not confirm(call, f"This will remove {what}."):
        return 0
    keep = optional_size(call.string("keep-storage"), "--keep-storage") or 0
    texts = {entry.id: entry.text for entry in call.engine.images.build_cache()} if call.flag("verbose") else {}
    removed, freed = call.engine.images.prune_builds(call.pairs("filter"), all=all_entries, keep_bytes=keep)
    names = [f"{name}  {texts[name]}" if texts.get(name) else name for name in removed]
    print_pruned(call, "Deleted build cache objects:", names, freed)
    return 0
