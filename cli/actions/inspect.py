"""inspect: print all details of containers, images, volumes, networks, pods and secrets, searched in that order."""

from __future__ import annotations

import sys

from cli.main import fail_softly
from cli.output.docker_networks import default_name, network_object, with_docker_names, without_row
from cli.output.inspected import docker_container, image_object
from cli.output.inspected_keys import with_every_field, with_keys_of
from cli.output.listing import print_objects
from pycman.contexts import suppress
from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.spec.port import ANY_IPV4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cli.call import Call

_FORMER_NAMES = {
    ".Src}": ".Source}",
    ".Src ": ".Source ",
    ".Dst}": ".Destination}",
    ".Dst ": ".Destination ",
    ".ImageID": ".Image",
}
"""What podman rewrites in templates of `inspect`."""
_TYPES = ("container", "image", "volume", "network", "pod", "secret")


def run(call: Call) -> int:
    """Print the objects; names without an object are reported on standard error. Raises InvalidInput (--type)."""
    kind = call.string("type")
    if kind and kind not in _TYPES:
        raise InvalidInput("not a type", subject=f"--type {kind}", hint=f"use one of {', '.join(_TYPES)}")
    names = call.arguments
    if call.flag("latest"):
        from cli.targets import latest_container  # only for podman's --latest

        names = [latest_container(call)]
    return print_inspected(call, names, (kind,) if kind else _TYPES)


def print_inspected(call: Call, names: list[str], types: tuple[str, ...]) -> int:
    """Inspect every name as the first of `types` that has it; print the objects and the errors, return the worst status."""
    objects: list[tuple[str, Any]] = []
    errors: list[PycmanError] = []
    for number, name in enumerate(names):
        try:
            objects.append(_inspect(call, name, types, first=not number))
        except PycmanError as error:
            errors.append(error)
    if is_template(call) and call.habits.podman_objects:
        for former, name in _FORMER_NAMES.items():
            call.flags["format"] = call.string("format").replace(former, name)
    if objects or not call.string("format"):
        peer = call.habits.inspected_keys
        print_objects(
            call,
            [
                with_every_field(kind, found) if is_template(call) else with_keys_of(peer, kind, found)
                for kind, found in objects
            ],
        )
    sys.stdout.flush()
    return max((fail_softly(error, "inspect") for error in errors), default=0)


def is_template(call: Call) -> bool:
    """Return whether --format is a template, which finds every field."""
    return call.string("format") not in ("", "json")


def _inspect(call: Call, name: str, types: tuple[str, ...], *, first: bool) -> tuple[str, dict[str, Any]]:
    for kind in types:
        try:
            if kind == "container":
                return kind, _container(call, name, first=first)
            return kind, _INSPECTORS[kind](call, name)
        except NotFound:
            if len(types) == 1:
                raise
        except InvalidInput:
            if kind == types[-1]:
                raise
    raise NotFound("no such object", subject=name, code="no-such-object")


def _container(call: Call, name: str, *, first: bool) -> dict[str, Any]:
    inspected = call.engine.containers.inspect(name, size=call.flag("size"), recover=first)
    if call.habits.podman_objects:
        return _podman_container(call, inspected)
    shaped, default = docker_container(inspected, exactly=call.habits.inspected_keys == "docker"), default_name(call)
    return with_docker_names(shaped, default) if default else shaped


def _podman_container(call: Call, inspected: dict[str, Any]) -> dict[str, Any]:
    from cli.output.podman_inspected import podman_container  # only imported when called as podman

    kind, _, owner = str(inspected["HostConfig"]["NetworkMode"]).partition(":")
    shared = None
    if kind == "container":
        with suppress(NotFound):  # the container whose network it joined may have been removed by force
            shared = call.engine.containers.inspect(owner)
    return podman_container(inspected, shared)


def _image(call: Call, name: str) -> dict[str, Any]:
    from cli.targets import image_meant  # not for containers

    return image_object(call.engine.images.inspect(image_meant(call, name)), podman=call.habits.podman_objects)


def _network(call: Call, name: str) -> dict[str, Any]:
    found = without_row(call, name)
    if found is not None:
        return found
    inspected = network_object(call.engine.networks.inspect(name), default_name(call))
    if call.habits.podman_objects:  # podman's map of containers, not docker's, is what .Containers means
        inspected["Containers"] = inspected["containers"]
    return inspected


def _pod(call: Call, name: str) -> dict[str, Any]:
    from pods.api import Pods  # only imported for inspecting pods

    found = Pods(call.engine).inspect(name)
    infra = found["InfraConfig"]
    if infra:
        ports = {
            port: [{**binding, "HostIp": binding["HostIp"] or ANY_IPV4} for binding in bindings]
            for port, bindings in infra["PortBindings"].items()
        }
        found["InfraConfig"] = {**infra, "PortBindings": ports}
    return found


_INSPECTORS: dict[str, Callable[[Call, str], dict[str, Any]]] = {
    "image": _image,
    "volume": lambda call, name: call.engine.volumes.inspect(name),
    "network": _network,
    "pod": _pod,
    "secret": lambda call, name: call.engine.secrets.inspect(name, show_secret=call.flag("showsecret")),
}
