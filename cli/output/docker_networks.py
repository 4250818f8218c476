"""The networks that docker has from the start: `bridge` is the engine's default network under docker's name, `host` and `none` are
the two modes without one, which docker lists and inspects as networks.
"""

from __future__ import annotations

from pycman.errors import Denied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cli.call import Call

BRIDGE = "bridge"
_DRIVERS = {"host": "host", "none": "null"}
"""The networks without a row, and their drivers."""
_DIGITS = {"host": "ae32ab5b", "none": "77a5b0ad"}


def default_name(call: Call) -> str:
    """Return the engine's name of the network that docker's habits call `bridge`, "" under podman's habits."""
    if not call.habits.docker_networks:
        return ""
    from pycman.state.settings import containers_conf  # the engine has imported it by then

    return containers_conf(call.engine.session).default_network


def shown(name: str, default: str) -> str:
    """Return a network's name as docker shows it."""
    return BRIDGE if name == default and default else name


def without_row(call: Call, name: str) -> dict[str, Any] | None:
    """Return the object of `inspect` for `host` and `none` under docker's habits, None for any other name."""
    if not call.habits.docker_networks or name not in _DRIVERS:
        return None
    return {
        "Name": name,
        "Id": fixed_id(name),
        "Created": "0001-01-01T00:00:00Z",
        "Scope": "local",
        "Driver": _DRIVERS[name],
        "EnableIPv4": True,
        "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": None},
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": {},
        "Labels": {},
    }


def fixed_id(name: str) -> str:
    """Return the id of `host` or `none`: 64 hexadecimal digits, the same on every host."""
    return _DIGITS[name] * 8


def rows_without_network(filters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (name, driver) of `host` and `none` that pass the filters of `network ls`."""
    return [pair for pair in _DRIVERS.items() if all(_passes(pair, key, filters) for key, _ in filters)]


def _passes(pair: tuple[str, str], key: str, filters: list[tuple[str, str]]) -> bool:
    """Return whether one of the values of `key` holds for a network: values of a key are alternatives."""
    name, driver = pair
    checks: dict[str, Callable[[str], bool]] = {
        "name": lambda value: value in name,
        "id": lambda value: fixed_id(name).startswith(value),
        "driver": lambda value: value == driver,
        "scope": lambda value: value == "local",
        "type": lambda value: value == "builtin",
    }
    holds = checks.get(key)
    return holds is not None and any(holds(value) for found, value in filters if found == key)


def refuse_predefined(call: Call, name: str) -> None:
    """Raise Denied for a network that docker has from the start."""
    if call.habits.docker_networks and name in (BRIDGE, *_DRIVERS):
        raise Denied(f"{name} is a pre-defined network and cannot be removed", subject=name)


def network_object(inspected: Mapping[str, Any], default: str) -> dict[str, Any]:
    """Return the object of a network with docker's name of the default network."""
    names = {key: shown(str(inspected[key]), default) for key in ("Name", "name") if key in inspected}
    return {**inspected, **names}


def with_docker_names(inspected: Mapping[str, Any], default: str) -> dict[str, Any]:
    """Return the object of a container with docker's names of its networks: bridge, host, none."""
    settings, mode = inspected["NetworkSettings"], inspected["HostConfig"]["NetworkMode"]
    networks = {
        shown(name, default): {**endpoint, "NetworkID": fixed_id(name)} if name in _DRIVERS else endpoint
        for name, endpoint in settings["Networks"].items()
    }
    if not networks and mode in _DRIVERS:
        networks = {mode: _endpoint(settings, mode)}
    host = {**inspected["HostConfig"], "NetworkMode": shown(mode, default)}
    return {**inspected, "HostConfig": host, "NetworkSettings": {**settings, "Networks": networks}}


def _endpoint(settings: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """Return the endpoint of a container on `host` or `none`: it has no address."""
    empty = ("EndpointID", "Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPAddress", "IPPrefixLen")
    return {
        **{key: settings[key] for key in (*empty, "IPv6Gateway", "MacAddress")},
        "IPAMConfig": None,
        "Links": None,
        "Aliases": None,
        "DriverOpts": None,
        "NetworkID": fixed_id(mode),
        "DNSNames": None,
        "GwPriority": 0,
    }
