"""info: describe the host, the store and the engine."""

from __future__ import annotations

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import Fields
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def run(call: Call) -> int:
    """Print the description as indented lines, as json, or with a template."""
    info = call.engine.system.info()
    template_text = call.string("format")
    if template_text == "json":
        call.print(format_json(info))
    elif template_text:
        call.print(render(template_text, Fields(info)))
    else:
        sections = {name: info[name] for name in ("Host", "Store", "Registries", "Settings", "Version")}
        _print(call, sections, 0)
    return 0


def _print(call: Call, value: dict[str, Any], depth: int) -> None:
    """Print a dictionary, one field a line, nested ones indented by two spaces a level."""
    for name, item in value.items():
        if isinstance(item, dict):
            call.print(f"{'  ' * depth}{name}:")
            _print(call, item, depth + 1)
        else:
            text = ", ".join(str(element) for element in item) if isinstance(item, list) else item
            call.print(f"{'  ' * depth}{name}: {text}")
