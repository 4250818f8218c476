"""version: print the release whose behaviour is given (docker's or podman's), pycman's own version, and the platform."""

from __future__ import annotations

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import Fields, typed
from cli.output.versions import docker_versions, podman_versions
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cli.call import Call


def run(call: Call) -> int:
    """Print the versions as lines, as json, or with a template."""
    versions = podman_versions(call.habits) if call.habits.podman_versions else docker_versions(call.habits)
    template_text = call.string("format")
    if template_text == "json":
        call.print(format_json(versions, indent=2) if call.habits.podman_versions else format_json(versions))
    elif template_text:
        call.print(render(template_text, _fields(call, versions)))
    elif call.habits.podman_versions:
        _print_podman(call, versions)
    else:
        _print_docker(call, versions)
    return 0


def _fields(call: Call, versions: dict[str, Any]) -> Fields:
    """Return the fields for templates: podman's client answers for the server, and for itself without its name."""
    fields = Fields({name: typed(value) for name, value in versions.items()})
    if call.habits.podman_versions:
        client = fields["Client"]
        fields |= {"Server": _constant(client), **{name: _constant(value) for name, value in client.items()}}
    return fields


def _constant(value: Any) -> Callable[[], Any]:
    """Return a function that returns `value`: templates find it, `json` leaves it out."""
    return lambda: value


def _print_podman(call: Call, versions: dict[str, Any]) -> None:
    client = versions["Client"]
    lines = (
        ("Client:", "Podman Engine"),
        ("Version:", client["Version"]),
        ("API Version:", client["APIVersion"]),
        ("Go Version:", client["GoVersion"]),
        ("Pycman:", client["Pycman"]),
        ("Built:", client["BuiltTime"]),
        ("OS/Arch:", client["OsArch"]),
    )
    for heading, value in lines:
        call.print(f"{heading:<14}{value}")


def _print_docker(call: Call, versions: dict[str, Any]) -> None:
    """Print client and server with docker's headings; the engine is one program, so both say the same."""
    client, server = versions["Client"], versions["Server"]
    call.print(f"Client: {client['Platform']['Name']}")
    _print_fields(
        call, 1, client, ("Version", "API version:ApiVersion", "Go version:GoVersion", "Git commit:GitCommit")
    )
    _print_fields(call, 1, client, ("Built:BuildTime", "OS/Arch:OsArch", "Context"))
    call.print(f"\nServer: {server['Platform']['Name']}")
    for component in server["Components"]:
        call.print(f" {component['Name']}:")
        details = {"Version": component["Version"], **component["Details"]}
        details["API version"] = f"{details.pop('ApiVersion')} (minimum version {details.pop('MinAPIVersion')})"
        details["OsArch"] = client["OsArch"]
        _print_fields(call, 2, details, ("Version", "API version", "Go version:GoVersion", "OS/Arch:OsArch"))
        _print_fields(call, 2, details, ("Built:BuildTime", "Experimental"))


def _print_fields(call: Call, indent: int, values: dict[str, Any], fields: tuple[str, ...]) -> None:
    for field in fields:
        heading, _, name = field.partition(":")
        call.print(f"{' ' * indent + heading + ':':<20}{values[name or heading]}")
