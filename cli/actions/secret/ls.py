"""secret ls: list secrets."""

from __future__ import annotations

from cli.output.listing import Columns, print_ids, print_listing
from cli.output.words import ago, labels_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_COLUMNS = (("ID", "ID"), ("NAME", "Name"), ("DRIVER", "Driver"), ("CREATED", "CreatedAt"), ("UPDATED", "UpdatedAt"))
_JSON = ("CreatedAt", "Driver", "ID", "Labels", "Name", "UpdatedAt")


def run(call: Call) -> int:
    """Print the listing, or with --quiet the ids."""
    secrets = call.engine.secrets.list(call.pairs("filter"))
    if call.flag("quiet"):
        print_ids([secret.id for secret in secrets])
        return 0
    rows = []
    for secret in secrets:
        labels = dict(secret.labels)
        rows.append(
            {
                "ID": secret.id,
                "Name": secret.name,
                "Driver": secret.driver,
                "CreatedAt": ago(secret.created_at_ns),
                "UpdatedAt": ago(secret.updated_at_ns),
                "Labels": labels_text(labels),
                "Spec": {"Name": secret.name, "Driver": {"Name": secret.driver}, "Labels": labels},
                "Label": lambda key, labels=labels: labels.get(key, ""),
            }
        )
    print_listing(call, rows, Columns(_COLUMNS, {"Labels": "LABELS"}, _JSON))
    return 0
