"""Network configuration lists (CNI spec 1.0.0, section 1), and the directory they lie in."""

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
"""Versions of the spec that are spoken here, oldest first. Earlier ones have neither lists nor results with many addresses."""

_ENDINGS = (".conflist", ".conf", ".json")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]*")
_FILE_BYTES = 1 << 20


class NetworkList(Record):
    """A network: plugins that are called in this order for ADD and CHECK, and in the other one for DEL."""

    name: str
    cni_version: str
    plugins: tuple[dict[str, Any], ...]
    disable_check: bool = False
    disable_gc: bool = False


def is_name(text: str) -> bool:
    """Say whether a text will do as the name of a network or the id of a container."""
    return _NAME.fullmatch(text) is not None


def at_least(version: str, other: str) -> bool:
    """Say whether a known version is not older than another."""
    return VERSIONS.index(version) >= VERSIONS.index(other)


def parse_network(text: str | bytes, *, subject: str) -> NetworkList:
    """Return the list in a file, or the list of one that the conf of a single plugin stands for.

    Raises Corrupt (no JSON), InvalidInput and Unsupported (version), which name `subject`.
    """
    value = parse_json(text, subject=subject)
    if not isinstance(value, dict):
        raise InvalidInput("it is not a JSON object", subject=subject)
    name = value.get("name")
    if not isinstance(name, str) or not is_name(name):
        problem = "it has no name" if not name else f"{name!r} is no name for a network"
        raise InvalidInput(problem, subject=subject, hint="begin with a letter or digit, go on with those and _ . -")
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
    """Return the newest version that both the file and we know (1.1.0: "cniVersions" are as good as "cniVersion")."""
    several = value.get("cniVersions", [])
    offered = [value.get("cniVersion"), *(several if isinstance(several, list) else [several])]
    known = [version for version in VERSIONS if version in offered]
    if known:
        return known[-1]
    told = ", ".join(str(each) for each in offered if each) or "none"
    raise Unsupported(
        f"cniVersion {told} is not spoken here",
        subject=subject,
        hint=f"use {', '.join(VERSIONS[:-1])} or {VERSIONS[-1]}",
    )


def _check_plugin(plugin: Any, which: str, subject: str) -> None:
    if not isinstance(plugin, dict):
        raise InvalidInput(f"{which} is not a JSON object", subject=subject)
    kind = plugin.get("type")
    if not isinstance(kind, str) or not kind:
        raise InvalidInput(f"{which} has no type", subject=subject)
    if "/" in kind or "\0" in kind or kind in (".", ".."):
        raise InvalidInput(f"the type of {which} is not the name of a program: {kind!r}", subject=subject)
    if not isinstance(plugin.get("capabilities", {}), dict):
        raise InvalidInput(f"the capabilities of {which} are not a JSON object", subject=subject)


def _flag(value: dict[str, Any], key: str, subject: str) -> bool:
    """Return a boolean, which some files write as a text."""
    found = value.get(key, False)
    if isinstance(found, str) and found.lower() in ("true", "false"):
        return found.lower() == "true"
    if not isinstance(found, bool):
        raise InvalidInput(f"{key} is neither true nor false", subject=subject)
    return found


def load_networks(folder: str, tell: Callable[[PycmanError], None] | None = None) -> list[NetworkList]:
    """Return the networks of a conf directory by the order of their files' names; of those with one name the first.

    Bad files are told and passed over. A directory that is not there has no networks.
    """
    found: dict[str, NetworkList] = {}
    for name in _files(folder):
        path = f"{folder}/{name}"
        try:
            network = parse_network(_read(path), subject=path)
            if network.name in found:
                raise InvalidInput(f"an earlier file has a network {network.name} as well", subject=path)
            found[network.name] = network
        except PycmanError as error:
            if tell is not None:
                tell(error)
    return list(found.values())


def get_network(folder: str, name: str = "", tell: Callable[[PycmanError], None] | None = None) -> NetworkList:
    """Return the network of that name, or the first good one. Raises NotFound, which says what is wrong with the files."""
    faults: list[PycmanError] = []
    networks = load_networks(folder, faults.append)
    if tell is not None:
        for fault in faults:
            tell(fault)
    for network in networks:
        if name in ("", network.name):
            return network
    problem, subject = ("no such CNI network", name) if name else ("no usable CNI network", folder)
    hint = f"fix {faults[0].describe()}" if faults else f"put a .conflist file into {folder}"
    raise NotFound(problem, subject=subject, hint=hint)


def _files(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(_ENDINGS))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os_error(error, subject=folder, doing="cannot read the CNI networks") from error


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(_FILE_BYTES + 1)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot be read") from error
    if len(content) > _FILE_BYTES:
        raise InvalidInput(f"it has more than {_FILE_BYTES >> 20} MiB", subject=path)
    return content
