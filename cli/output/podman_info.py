"""`info` as podman 5 prints it: its keys, in YAML and JSON; templates find them by the names of podman's Go fields."""

from __future__ import annotations

import os

from api_server.listener import default_address
from cli.gotemplate.printing import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

BUILDAH_VERSION = "1.39.3"
"""The buildah in the podman whose behaviour is given: builds are pycman's own."""
_SECTIONS = ("Host", "Store", "Registries", "Plugins", "Version")
_MAPS = ("GraphOptions", "GraphStatus", "Registries")
_KEPT_IN = (*_MAPS, "Version")
"""Objects whose keys are printed as they are: the choice of users and drivers, and podman's `version`."""
_KEYS = {
    "CgroupsVersion": "cgroupVersion", "OCIRuntime": "ociRuntime", "IDMappings": "idMappings", "CPUs": "cpus", "CPUUtilization": "cpuUtilization", "OS": "os",
    "DNS": "dns", "ApparmorEnabled": "apparmorEnabled", "SELinuxEnabled": "selinuxEnabled", "Slirp4NetNS": "slirp4netns",
    "SECCOMPProfilePath": "seccompProfilePath",
}  # fmt: skip
"""podman's key of a field, where it is not the field's name with a small first letter."""
_OWN = frozenset(("NetworkChoice", "OCIRuntimes", "RuntimeChoice", "GraphDriverWhy"))
"""Fields that podman does not have."""


def podman_info(info: Mapping[str, Any], packages: Mapping[str, str], version: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's description with podman's fields under their Go names. `packages` has the package of each program,
    `version` is what `version` prints as Client.
    """
    host, store = dict(info["Host"]), dict(info["Store"])
    socket_path = default_address(store["RunRoot"]).path
    for name in ("Conmon", "OCIRuntime"):
        program = host[name]
        host[name] = {**program, "Package": packages.get(program.get("Path", ""), "Unknown")}
    for name in ("Slirp4NetNS", "Pasta"):
        program = host[name]
        host[name] = {
            "Executable": program["Executable"],
            "Package": packages.get(program["Executable"], ""),
            "Version": program.get("Version", ""),
        }
    dns = host["NetworkBackendInfo"]["DNS"]["Executable"]
    host |= {
        "BuildahVersion": BUILDAH_VERSION,
        "CgroupsVersion": f"v{info['CgroupVersion']}",
        "CgroupManager": "systemd" if host.get("CgroupManager") == "systemd" else "cgroupfs",
        "DatabaseBackend": "sqlite",
        "EventLogger": "file" if host["EventLogger"] == "sqlite" else host["EventLogger"],
        "FreeLocks": 2048 - info["Containers"],
        "IDMappings": {kind: ranges or None for kind, ranges in host["IDMappings"].items()},
        "Linkmode": "dynamic",
        "NetworkBackend": "netavark",
        "NetworkBackendInfo": {
            "Backend": "netavark",
            "Version": f"pycman {info['Version']['Version']}",
            "Package": "pycman",
            "Path": "",
            "DNS": {"Version": "", "Package": packages.get(dns, ""), "Path": dns},
        },
        "RemoteSocket": {"Path": socket_path, "Exists": os.path.exists(socket_path)},
        "RootlessNetworkCmd": host["RootlessNetworkCmd"]
        or ("slirp4netns" if host["Security"]["Rootless"] else "pasta"),
        "ServiceIsRemote": False,
        "Uptime": _uptime(int(host["Uptime"].removesuffix("s"))),
        "Variant": "",
    }
    host["Security"] = {"SECCOMPProfilePath": "", **host["Security"]}
    store |= {"GraphOptions": store.get("GraphOptions", {}), "TransientStore": False}
    plugins = {**info["Plugins"], "Network": ["bridge", "macvlan", "ipvlan"], "Authorization": None}
    registries = {name: value for name, value in info["Registries"].items() if value}
    return {
        **info,
        "Host": host,
        "Store": store,
        "Registries": registries,
        "Plugins": plugins,
        "Version": version,
    }


def _uptime(seconds: int) -> str:
    """Return podman's words for a time since boot: 9h 3m 9.00s (Approximately 0.38 days)."""
    hours, rest = divmod(seconds, 3600)
    days = f" (Approximately {seconds / 86400:.2f} days)" if hours else ""
    return f"{hours}h {rest // 60}m {rest % 60}.00s{days}"


def programs_of(info: Mapping[str, Any]) -> list[str]:
    """Return the paths of the programs that `info` names: podman tells their packages."""
    host = info["Host"]
    names = ("Conmon", "OCIRuntime", "Slirp4NetNS", "Pasta")
    paths = [host[name].get("Path") or host[name].get("Executable", "") for name in names]
    return [*paths, host["NetworkBackendInfo"]["DNS"]["Executable"]]


def podman_keys(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `info` prints: podman's sections, with the keys of its JSON."""
    return {_key(name): _lowered(info[name], within=name) for name in _SECTIONS}


def typed_info(info: Mapping[str, Any]) -> Fields:
    """Return the description for templates, where a misspelt field is an error but a map takes any key."""
    return Fields({name: _typed(value, name) for name, value in info.items()})


def _typed(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        inside = {key: _typed(item, key) for key, item in value.items()}
        return inside if name in _MAPS else Fields(inside)
    return value


def _lowered(value: Any, *, within: str) -> Any:
    if isinstance(value, dict):
        plain = within in _KEPT_IN
        return {
            name if plain else _key(name): _lowered(item, within=name)
            for name, item in value.items()
            if name not in _OWN
        }
    return [_lowered(item, within=within) for item in value] if isinstance(value, list) else value


def _key(name: str) -> str:
    return _KEYS.get(name, name[:1].lower() + name[1:])
