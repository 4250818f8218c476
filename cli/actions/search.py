"""search: search registries for images."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import cut
from cli.specs.registry import registry_options
from pycman.images.transfer.search import SearchOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_COLUMNS = (("NAME", "Name"), ("DESCRIPTION", "Description"), ("STARS", "StarCount"), ("OFFICIAL", "IsOfficial"))
_TAGS = (("NAME", "Name"), ("TAG", "Tag"))
_JSON = ("Description", "IsOfficial", "Name", "StarCount")


def run(call: Call) -> int:
    """Print the results, or with --list-tags the tags of one repository."""
    options = SearchOptions(
        limit=call.number("limit", 25),
        list_tags=call.flag("list-tags"),
        filters=tuple(call.pairs("filter")),
        **registry_options(call, retries=False),
    )
    rows = []
    for result in call.engine.images.search(call.arguments[0], options):
        description = result.description if call.flag("no-trunc") else cut(result.description, 45)
        official = "[OK]" if result.official else ""
        rows.append(
            {
                "Name": result.name, "Description": description, "StarCount": result.stars, "Stars": result.stars,
                "IsOfficial": official, "Official": official, "Automated": "", "IsAutomated": "", "Index": result.index,
                "Tag": result.tag,
            }
        )  # fmt: skip
    print_listing(call, rows, Columns(_TAGS if options.list_tags else _COLUMNS, {"Index": "INDEX"}, _JSON))
    return 0
