"""auto-update: update running containers by their label io.containers.autoupdate."""

from __future__ import annotations

from cli.main import fail_softly
from cli.output.listing import Columns, print_listing
from cli.output.progress import progress_for
from cli.specs.registry import registry_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_COLUMNS = (
    ("UNIT", "Unit"),
    ("CONTAINER", "Container"),
    ("IMAGE", "Image"),
    ("POLICY", "Policy"),
    ("UPDATED", "Updated"),
)


def run(call: Call) -> int:
    """Print what became of each container with a policy, then the errors; return the worst status."""
    options = {name: value for name, value in registry_options(call, retries=False).items() if value not in ("", None)}
    updates, errors = call.engine.containers.auto_update(
        options,
        dry_run=call.flag("dry-run"),
        rollback=call.flag("rollback", True),
        progress=progress_for(quiet=False),
    )
    call.print_warnings()
    rows: list[dict[str, Any]] = [
        {
            "Unit": update.unit,
            "Container": f"{update.container_id[:12]} ({update.container_name})",
            "ContainerName": update.container_name,
            "ContainerID": update.container_id,
            "Image": update.image,
            "Policy": update.policy,
            "Updated": update.updated,
        }
        for update in updates
    ]
    if rows:
        print_listing(call, rows, Columns(_COLUMNS, {}, ()))
    return max((fail_softly(error, call.command) for error in errors), default=0)
