"""volume prune: remove volumes that no container uses."""

from __future__ import annotations

from cli.output.prune import confirm, print_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask and remove unused anonymous volumes; with --all named ones too."""
    filters = [pair for pair in call.pairs("filter") if pair[0] != "all"]
    all_unused = call.flag("all") or any(pair[0] == "all" for pair in call.pairs("filter"))
    if call.flag("dry-run"):
        for name in _unused(call, filters, named_too=all_unused):
            call.print(name)
        return 0
    what = "all" if all_unused else "anonymous"
    warning = f"This will remove {what} local volumes not used by at least one container."
    if call.habits.prune_asks_by_name and not call.flag("force"):
        names = _unused(call, filters, named_too=all_unused)
        if not names:
            call.print(f"WARNING! {warning}\nNo dangling {'' if all_unused else 'anonymous '}volumes found")
            return 0
        warning = "\n".join([f"{warning} The following volumes will be removed:", *names])
    if not confirm(call, warning):
        return 0
    removed, freed = call.engine.volumes.prune(filters, all=all_unused)
    print_pruned(call, "Deleted Volumes:", removed, freed)
    return 0


def _unused(call: Call, filters: list[tuple[str, str]], *, named_too: bool) -> list[str]:
    """Return the names of the volumes that would go."""
    unused = call.engine.volumes.list([("dangling", "true"), *filters])
    return [volume.name for volume in unused if named_too or volume.anonymous]
