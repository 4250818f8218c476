"""artifact ls: list artifacts."""

from __future__ import annotations

from cli.output.listing import Columns, print_ids, print_listing
from cli.output.words import ago, human_size, local_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call
    from pycman.images.artifacts.artifact import Artifact

_COLUMNS = (
    ("REPOSITORY", "Repository"), ("TAG", "Tag"), ("DIGEST", "Digest"), ("CREATED", "Created"), ("SIZE", "Size"),
)  # fmt: skip
_JSON = ("Created", "CreatedAt", "Digest", "Repository", "Size", "Tag", "VirtualSize")


def run(call: Call) -> int:
    """Print the listing, or with --quiet the digests."""
    artifacts = call.engine.artifacts.list()
    whole = call.flag("no-trunc")
    if call.flag("quiet"):
        print_ids([_digest(artifact, whole=whole) for artifact in artifacts])
        return 0
    print_listing(call, [_row(artifact, whole=whole) for artifact in artifacts], Columns(_COLUMNS, {}, _JSON))
    return 0


def _digest(artifact: Artifact, *, whole: bool) -> str:
    hex_digits = artifact.digest.partition(":")[2]
    return hex_digits if whole else hex_digits[:12]


def _row(artifact: Artifact, *, whole: bool) -> dict[str, Any]:
    repository, _, tag = artifact.name.rpartition(":")
    return {
        "Repository": repository,
        "Tag": tag,
        "Digest": _digest(artifact, whole=whole),
        "Created": ago(artifact.created_at_ns),
        "CreatedAt": local_time(artifact.created_at_ns),
        "Size": human_size(artifact.size_bytes),
        "VirtualSize": str(artifact.size_bytes),
    }
