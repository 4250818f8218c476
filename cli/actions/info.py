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
    if call.habits.podman_info:
        return _podman(call)
    info = call.engine.system.info()
    if call.habits.docker_info:
        import os  # only under docker's name

        from cli.output.docker_info import docker_info_fields  # the same

        info = docker_info_fields(info, call.habits.release, os.environ)
    template_text = call.string("format")
    if template_text == "json":
        call.print(format_json(info))
    elif template_text:
        call.print(render(template_text, Fields(info)))
    elif call.habits.docker_info:
        from cli.output.docker_info import docker_info_lines  # only under docker's name
        from pycman.version import __version__  # the same

        for line in docker_info_lines(info, call.habits.release, __version__):
            call.print(line)
    else:
        sections = {name: info[name] for name in ("Host", "Store", "Registries", "Settings", "Version")}
        _print(call, sections, 0)
    return 0


def _podman(call: Call) -> int:
    """Print podman's description: YAML, JSON or a template."""
    from cli.output.podman_info import podman_info, podman_keys, programs_of, typed_info  # only under podman's name
    from cli.output.versions import podman_versions  # the same

    info, version = call.engine.system.info(), podman_versions(call.habits)["Client"]
    template_text = call.string("format")
    if call.given("format") and template_text != "json":
        call.print(render(template_text, typed_info(podman_info(info, {}, version))))
        return 0
    keys = podman_keys(podman_info(info, call.engine.system.packages_of(programs_of(info)), version))
    if template_text:
        call.print(format_json(keys, indent=2))
        return 0
    import yaml  # 25 ms: only to print the description

    call.print(yaml.safe_dump(keys, default_flow_style=False, allow_unicode=True, width=1000))
    return 0


def _print(call: Call, value: dict[str, Any], depth: int) -> None:
    """Print a dictionary, one field a line, nested ones indented by two spaces a level."""
    for name, item in value.items():
        if isinstance(item, dict):
            call.print(f"{'  ' * depth}{name}:")
            _print(call, item, depth + 1)
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            call.print(f"{'  ' * depth}{name}:")
            rows = [list(each.items()) for each in item]  # the first field of each is its name
            _print(call, {str(fields[0][1]): dict(fields[1:]) for fields in rows}, depth + 1)
        else:
            text = ", ".join(str(element) for element in item) if isinstance(item, list) else item
            call.print(f"{'  ' * depth}{name}: {text}")
