"""search: search registries for images."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import cut
from cli.specs.registry import registry_options
from pycman.images.transfer.search import SearchOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.images.transfer.search import SearchResult

_COLUMNS = (("NAME", "Name"), ("DESCRIPTION", "Description"), ("STARS", "StarCount"), ("OFFICIAL", "IsOfficial"))
_TAGS = (("NAME", "Name"), ("TAG", "Tag"))
_PODMAN_COLUMNS = _COLUMNS[:2]
_JSON = ("Description", "IsOfficial", "Name", "StarCount")
_PODMAN_JSON = ("Index", "Name", "Description", "Stars", "Official", "Automated", "Tag")


def run(call: Call) -> int:
    """Print the results, or with --list-tags the tags of one repository."""
    options = SearchOptions(
        limit=call.number("limit", 25),
        list_tags=call.flag("list-tags"),
        filters=tuple(call.pairs("filter")),
        **registry_options(call, retries=False),
    )
    print_results(call, call.engine.images.search(call.arguments[0], options))
    return 0


def print_results(call: Call, results: Sequence[SearchResult]) -> None:
    """Print what was found as --format, --list-tags and --no-trunc ask."""
    rows = []
    for result in results:
        description = result.description if call.flag("no-trunc") else cut(result.description, 45)
        official = "[OK]" if result.official else ""
        rows.append(
            {
                "Name": result.name, "Description": description, "StarCount": result.stars, "Stars": result.stars,
                "IsOfficial": official, "Official": official, "Automated": "", "IsAutomated": "", "Index": result.index,
                "Tag": result.tag,
            }
        )  # fmt: skip
    podman = call.habits.podman_rows
    columns = _TAGS if call.flag("list-tags") else _PODMAN_COLUMNS if podman else _COLUMNS
    objects = (lambda: _tags(rows)) if call.flag("list-tags") else None
    print_listing(call, rows, Columns(columns, {"Index": "INDEX"}, _PODMAN_JSON if podman else _JSON), objects)


def _tags(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `--list-tags --format json` prints as podman: each repository once, with all its tags."""
    tags: dict[str, list[str]] = {}
    for row in rows:
        tags.setdefault(row["Name"], []).append(row["Tag"])
    return [{"Name": name, "Tags": found} for name, found in tags.items()]
