"""info: what the host and the engine are."""

from __future__ import annotations

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import Fields
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def run(call: Call) -> int:
    """Print it: for people, as json, or with a template."""
    found = call.engine.system.info()
    form = call.string("format")
    if form == "json":
        call.print(format_json(found))
    elif form:
        call.print(render(form, Fields(found)))
    else:
        shown = {name: found[name] for name in ("Host", "Store", "Registries", "Settings", "Version")}
        _print(call, shown, 0)
    return 0


def _print(call: Call, value: dict[str, Any], depth: int) -> None:
    for name, item in value.items():
        if isinstance(item, dict):
            call.print(f"{'  ' * depth}{name}:")
            _print(call, item, depth + 1)
        else:
            text = ", ".join(str(each) for each in item) if isinstance(item, list) else item
            call.print(f"{'  ' * depth}{name}: {text}")
