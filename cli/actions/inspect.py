"""inspect: print all details of containers, images, volumes, networks, pods and secrets, searched in that order."""

from __future__ import annotations

import sys

from cli.main import fail_softly
from cli.output.docker_networks import default_name, network_object, with_docker_names, without_row
from cli.output.inspected import container_object, image_object
from cli.output.listing import print_objects
from cli.targets import image_meant, latest_container
from pycman.errors import InvalidInput, NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cli.call import Call

_TYPES = ("container", "image", "volume", "network", "pod", "secret")


def run(call: Call) -> int:
    """Print the objects; names without an object are reported on standard error. Raises InvalidInput (--type)."""
    kind = call.string("type")
    if kind and kind not in _TYPES:
        raise InvalidInput("not a type", subject=f"--type {kind}", hint=f"use one of {', '.join(_TYPES)}")
    names = [latest_container(call)] if call.flag("latest") else call.arguments
    return print_inspected(call, names, (kind,) if kind else _TYPES)


def print_inspected(call: Call, names: list[str], types: tuple[str, ...]) -> int:
    """Inspect every name as the first of `types` that has it; print the objects and the errors, return the worst status."""
    objects: list[Any] = []
    errors: list[PycmanError] = []
    for number, name in enumerate(names):
        try:
            objects.append(_inspect(call, name, types, first=not number))
        except PycmanError as error:
            errors.append(error)
    if objects or not call.string("format"):
        print_objects(call, objects if is_template(call) else [without_absent(found) for found in objects])
    sys.stdout.flush()
    return max((fail_softly(error, "inspect") for error in errors), default=0)


def is_template(call: Call) -> bool:
    """Return whether --format is a template, which finds every field."""
    return call.string("format") not in ("", "json")


def without_absent(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object as JSON: a container or image without a health check has no such key (docker, podman)."""
    config = found.get("Config")
    if not isinstance(config, dict) or config.get("Healthcheck", True):
        return found
    return {**found, "Config": {key: value for key, value in config.items() if key != "Healthcheck"}}


def _inspect(call: Call, name: str, types: tuple[str, ...], *, first: bool) -> dict[str, Any]:
    for kind in types:
        try:
            if kind == "container":
                return _container(call, name, first=first)
            return _INSPECTORS[kind](call, name)
        except NotFound:
            if len(types) == 1:
                raise
        except InvalidInput:
            if kind == types[-1]:
                raise
    raise NotFound("no such object", subject=name)


def _container(call: Call, name: str, *, first: bool) -> dict[str, Any]:
    inspected = call.engine.containers.inspect(name, size=call.flag("size"), recover=first)
    shaped = container_object(inspected, podman=call.habits.podman_objects)
    default = default_name(call)
    return with_docker_names(shaped, default) if default else shaped


def _image(call: Call, name: str) -> dict[str, Any]:
    return image_object(call.engine.images.inspect(image_meant(call, name)), podman=call.habits.podman_objects)


def _network(call: Call, name: str) -> dict[str, Any]:
    found = without_row(call, name)
    return network_object(call.engine.networks.inspect(name), default_name(call)) if found is None else found


def _pod(call: Call, name: str) -> dict[str, Any]:
    from pods.api import Pods  # only imported for inspecting pods

    return Pods(call.engine).inspect(name)


_INSPECTORS: dict[str, Callable[[Call, str], dict[str, Any]]] = {
    "image": _image,
    "volume": lambda call, name: call.engine.volumes.inspect(name),
    "network": _network,
    "pod": _pod,
    "secret": lambda call, name: call.engine.secrets.inspect(name, show_secret=call.flag("showsecret")),
}
