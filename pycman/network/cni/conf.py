"""Network configuration lists (CNI spec 1.0.0, section 1), and the directory that has them."""

from __future__ import annotations

import os
import re

from pycman.errors import InvalidInput, NotFound, PycmanError, Unsupported, from_os_error
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

VERSIONS = ("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
"""Supported versions of the spec, oldest first. Earlier ones have neither lists nor results with several addresses."""

_SUFFIXES = (".conflist", ".conf", ".json")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]*")
_MAX_FILE_BYTES = 1 << 20


class NetworkList(Record):
    """A network: plugins in the order in which ADD and CHECK call them; DEL calls them in reverse order."""

    name: str
    cni_version: str
    plugins: tuple[dict[str, Any], ...]
    disable_check: bool = False
    disable_gc: bool = False


def is_name(text: str) -> bool:
    """Say whether a string is valid as the name of a network or the id of a container (CNI spec, sections 1 and 2)."""
    return _NAME.fullmatch(text) is not None


def at_least(version: str, other: str) -> bool:
    """Say whether a supported version is `other` or newer."""
    return VERSIONS.index(version) >= VERSIONS.index(other)


def parse_network(text: str | bytes, *, subject: str) -> NetworkList:
    """Parse a network configuration list, or the conf of a single plugin as a list of one.

    Raises Corrupt (no JSON), InvalidInput, Unsupported (version), each with this `subject`.
    """
    value = parse_json(text, subject=subject)
    if not isinstance(value, dict):
        raise InvalidInput("it is not a JSON object", subject=subject)
    name = value.get("name")
    if not isinstance(name, str) or not is_name(name):
        problem = "it has no name" if not name else f"{name!r} is not a network name"
        raise InvalidInput(
            problem, subject=subject, hint="use letters, digits, _ . and -, and begin with a letter or digit"
        )
    version = _version(value, subject)
    plugins = value.get("plugins", [value] if "type" in value else None)
    if not isinstance(plugins, list) or not plugins:
        raise InvalidInput("it has no plugins", subject=subject, hint='write at least one into "plugins"')
    for number, plugin in enumerate(plugins, 1):
        _check_plugin(plugin, f"plugin {number}", subject)
    return NetworkList(
        name=name,
        cni_version=version,
        plugins=tuple(plugins),
        disable_check=_flag(value, "disableCheck", subject),
        disable_gc=_flag(value, "disableGC", subject),
    )


def _version(value: dict[str, Any], subject: str) -> str:
    """Return the newest supported version of "cniVersion" and, from 1.1.0 on, "cniVersions"."""
    versions = value.get("cniVersions", [])
    offered = [value.get("cniVersion"), *(versions if isinstance(versions, list) else [versions])]
    known = [version for version in VERSIONS if version in offered]
    if known:
        return known[-1]
    names = ", ".join(str(version) for version in offered if version) or "none"
    raise Unsupported(
        f"cniVersion {names} is not supported",
        subject=subject,
        hint=f"use {', '.join(VERSIONS[:-1])} or {VERSIONS[-1]}",
    )


def _check_plugin(plugin: Any, position: str, subject: str) -> None:
    if not isinstance(plugin, dict):
        raise InvalidInput(f"{position} is not a JSON object", subject=subject)
    type_ = plugin.get("type")
    if not isinstance(type_, str) or not type_:
        raise InvalidInput(f"{position} has no type", subject=subject)
    if "/" in type_ or "\0" in type_ or type_ in (".", ".."):
        raise InvalidInput(f"the type of {position} is not the name of a program: {type_!r}", subject=subject)
    if not isinstance(plugin.get("capabilities", {}), dict):
        raise InvalidInput(f"the capabilities of {position} are not a JSON object", subject=subject)


def _flag(value: dict[str, Any], key: str, subject: str) -> bool:
    """Return a boolean, which some files write as a string. Raises InvalidInput."""
    flag = value.get(key, False)
    if isinstance(flag, str) and flag.lower() in ("true", "false"):
        return flag.lower() == "true"
    if not isinstance(flag, bool):
        raise InvalidInput(f"{key} is neither true nor false", subject=subject)
    return flag


def load_networks(folder: str, report: Callable[[PycmanError], None] | None = None) -> list[NetworkList]:
    """Return the networks of a conf directory in the order of file names; of several with one name, the first.

    The error of each bad file is passed to `report`, and the file is skipped. A missing directory has no networks.
    """
    networks: dict[str, NetworkList] = {}
    for name in _files(folder):
        path = f"{folder}/{name}"
        try:
            network = parse_network(_read(path), subject=path)
            if network.name in networks:
                raise InvalidInput(f"an earlier file has a network {network.name} as well", subject=path)
            networks[network.name] = network
        except PycmanError as error:
            if report is not None:
                report(error)
    return list(networks.values())


def get_network(folder: str, name: str = "", report: Callable[[PycmanError], None] | None = None) -> NetworkList:
    """Return the network of that name, or the first valid one. Raises NotFound, with the first bad file in its hint."""
    errors: list[PycmanError] = []
    networks = load_networks(folder, errors.append)
    if report is not None:
        for error in errors:
            report(error)
    for network in networks:
        if name in ("", network.name):
            return network
    problem, subject = ("no such CNI network", name) if name else ("no usable CNI network", folder)
    hint = f"fix {errors[0].describe()}" if errors else f"put a .conflist file into {folder}"
    raise NotFound(problem, subject=subject, hint=hint)


def _files(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(_SUFFIXES))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os_error(error, subject=folder, doing="cannot read the CNI networks") from error


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot be read") from error
    if len(content) > _MAX_FILE_BYTES:
        raise InvalidInput(f"it has more than {_MAX_FILE_BYTES >> 20} MiB", subject=path)
    return content
