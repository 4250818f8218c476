"""search: look for images in registries."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import cut
from cli.specs.registry import registry_options
from pycman.images.transfer.search import SearchOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_SHOWN = (("NAME", "Name"), ("DESCRIPTION", "Description"), ("STARS", "StarCount"), ("OFFICIAL", "IsOfficial"))
_TAGS = (("NAME", "Name"), ("TAG", "Tag"))
_JSON = ("Description", "IsOfficial", "Name", "StarCount")


def run(call: Call) -> int:
    """Print what was found."""
    options = SearchOptions(
        limit=call.number("limit", 25),
        list_tags=call.flag("list-tags"),
        filters=tuple(call.pairs("filter")),
        **registry_options(call, retries=False),
    )
    rows = []
    for found in call.engine.images.search(call.arguments[0], options):
        text = found.description if call.flag("no-trunc") else cut(found.description, 45)
        official = "[OK]" if found.official else ""
        rows.append(
            {
                "Name": found.name, "Description": text, "StarCount": found.stars, "Stars": found.stars,
                "IsOfficial": official, "Official": official, "Automated": "", "IsAutomated": "", "Index": found.index,
                "Tag": found.tag,
            }
        )  # fmt: skip
    print_listing(call, rows, Columns(_TAGS if options.list_tags else _SHOWN, {"Index": "INDEX"}, _JSON))
    return 0
