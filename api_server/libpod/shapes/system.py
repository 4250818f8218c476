"""The host and the store as podman's JSON: info, version. Pure."""

from __future__ import annotations

from api_server.routes import API_VERSION, LIBPOD_VERSION, MIN_API_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MIN_LIBPOD_VERSION = "4.0.0"
BUILDAH_VERSION = "1.39.0"
_ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}


def version_object(host: Any, release: str, built: str) -> dict[str, Any]:
    """Return versions; `host` is os.uname(), `release` pycman's own, `built` when it was installed ("" if nobody knows)."""
    machine = _ARCHES.get(host.machine, host.machine)
    details = {
        "APIVersion": LIBPOD_VERSION, "Arch": machine, "BuildTime": built, "Experimental": "false", "GitCommit": "",
        "GoVersion": "", "KernelVersion": host.release, "MinAPIVersion": MIN_LIBPOD_VERSION, "Os": "linux", "Pycman": release,
    }  # fmt: skip
    return {
        "Platform": {"Name": f"linux/{machine}/pycman-{release}"},
        "Components": [{"Name": "Podman Engine", "Version": LIBPOD_VERSION, "Details": details}],
        "Version": LIBPOD_VERSION,
        "ApiVersion": API_VERSION,
        "MinAPIVersion": MIN_API_VERSION,
        "GitCommit": "",
        "GoVersion": "",
        "Os": "linux",
        "Arch": machine,
        "KernelVersion": host.release,
        "BuildTime": built,
    }


def info_object(info: Mapping[str, Any], packages: Mapping[str, str], machine: str) -> dict[str, Any]:
    """Return the engine's description with podman's keys; `packages` has the package of each program."""
    return {
        "host": _host(info["Host"], packages, info["Version"]["Version"]),
        "store": _store(info["Store"]),
        "registries": {"search": info["Registries"]["search"]} if info["Registries"]["search"] else {},
        "plugins": {
            "volume": info["Plugins"]["Volume"], "network": ["bridge", "macvlan", "ipvlan"], "log": info["Plugins"]["Log"],
            "authorization": None,
        },
        "version": {
            "APIVersion": LIBPOD_VERSION, "Version": LIBPOD_VERSION, "GoVersion": "", "GitCommit": "", "BuiltTime": "", "Built": 0,
            "BuildOrigin": "pycman", "OsArch": f"linux/{_ARCHES.get(machine, machine)}", "Os": "linux",
        },
    }  # fmt: skip


def _host(host: Mapping[str, Any], packages: Mapping[str, str], release: str) -> dict[str, Any]:
    security, backend = host["Security"], host["NetworkBackendInfo"]
    return {
        "arch": host["Arch"],
        "buildahVersion": BUILDAH_VERSION,
        "cgroupManager": "systemd" if host["CgroupManager"] == "systemd" else "cgroupfs",
        "cgroupVersion": host["CgroupsVersion"],
        "cgroupControllers": host["CgroupControllers"],
        "conmon": _program(host["Conmon"], packages),
        "cpus": host["CPUs"],
        "cpuUtilization": None,
        "databaseBackend": "sqlite",
        "distribution": {
            "distribution": host["Distribution"]["Distribution"],
            "version": host["Distribution"]["Version"] or "unknown",
            "codename": host["Distribution"]["Codename"],
        },
        "eventLogger": "file" if host["EventLogger"] == "sqlite" else host["EventLogger"],
        "hostname": host["Hostname"],
        "idMappings": {name: _ids(host["IDMappings"][name]) for name in ("gidmap", "uidmap")},
        "kernel": host["Kernel"],
        "logDriver": host["LogDriver"],
        "memFree": host["MemFree"],
        "memTotal": host["MemTotal"],
        "networkBackend": "netavark",
        "networkBackendInfo": {
            "backend": "netavark", "version": f"pycman {release}", "package": "pycman", "path": "",
            "dns": {"version": "", "package": packages.get(backend["DNS"]["Executable"], ""), "path": backend["DNS"]["Executable"]},
        },
        "ociRuntime": {"name": host["OCIRuntime"]["Name"], **_program(host["OCIRuntime"], packages)},
        "os": "linux",
        "remoteSocket": {"exists": True},
        "rootlessNetworkCmd": host["RootlessNetworkCmd"] or ("slirp4netns" if security["Rootless"] else "pasta"),
        "serviceIsRemote": True,
        "security": {
            "apparmorEnabled": security["ApparmorEnabled"], "capabilities": security["Capabilities"],
            "rootless": security["Rootless"], "seccompEnabled": security["SeccompEnabled"], "seccompProfilePath": "",
            "selinuxEnabled": security["SELinuxEnabled"],
        },
        "slirp4netns": _executable(host["Slirp4NetNS"], packages),
        "pasta": _executable(host["Pasta"], packages),
        "swapFree": host["SwapFree"],
        "swapTotal": host["SwapTotal"],
        "uptime": _uptime(int(host["Uptime"].removesuffix("s"))),
        "variant": "",
        "linkmode": "dynamic",
    }  # fmt: skip


def _program(program: Mapping[str, Any], packages: Mapping[str, str]) -> dict[str, Any]:
    return {"package": packages.get(program["Path"], "Unknown"), "path": program["Path"], "version": program["Version"]}


def _executable(program: Mapping[str, Any], packages: Mapping[str, str]) -> dict[str, Any]:
    path = program["Executable"]
    return {"executable": path, "package": packages.get(path, ""), "version": program.get("Version", "")}


def _ids(ranges: list[Mapping[str, int]]) -> list[dict[str, int]] | None:
    return [dict(each) for each in ranges] or None


def _uptime(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    days = f" (Approximately {seconds / 86400:.2f} days)" if hours else ""
    return f"{hours}h {rest // 60}m {rest % 60}.00s{days}"


def programs_of(info: Mapping[str, Any]) -> list[str]:
    """Return the paths of the programs in the engine's description, whose packages are told."""
    host = info["Host"]
    paths = [
        host[name].get("Path") or host[name].get("Executable", "")
        for name in ("Conmon", "OCIRuntime", "Slirp4NetNS", "Pasta")
    ]
    return [*paths, host["NetworkBackendInfo"]["DNS"]["Executable"]]


def _store(store: Mapping[str, Any]) -> dict[str, Any]:
    counts = store["ContainerStore"]
    return {
        "configFile": store["ConfigFile"],
        "containerStore": {name.lower(): counts[name] for name in ("Number", "Paused", "Running", "Stopped")},
        "graphDriverName": store["GraphDriverName"],
        "graphOptions": store["GraphOptions"],
        "graphRoot": store["GraphRoot"],
        "graphRootAllocated": store["GraphRootAllocated"],
        "graphRootUsed": store["GraphRootUsed"],
        "graphStatus": {name: str(value) for name, value in store["GraphStatus"].items()},
        "imageCopyTmpDir": store["ImageCopyTmpDir"],
        "imageStore": {"number": store["ImageStore"]["Number"]},
        "runRoot": store["RunRoot"],
        "volumePath": store["VolumePath"],
        "transientStore": False,
    }
