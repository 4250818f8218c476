"""The text of `docker info`: lines that scripts grep, made of docker's fields of `info`. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_GIB = 2**30


_COMMIT = {"ID": "", "Expected": ""}


def docker_info_fields(info: Mapping[str, Any], release: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what `docker info` knows (API 1.51, `GET /info`): the engine's fields, and the rest of docker's with what holds here."""
    registries = {name: value for name, value in info["Registries"].items() if name != "search"}
    limits = ("MemoryLimit", "SwapLimit", "CpuCfsPeriod", "CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit")
    mirrors = [mirror["Location"] for each in registries.values() for mirror in each["Mirrors"] or ()]
    proxies = {
        name: environment.get(variable) or environment.get(variable.lower()) or ""
        for name, variable in (("HttpProxy", "HTTP_PROXY"), ("HttpsProxy", "HTTPS_PROXY"), ("NoProxy", "NO_PROXY"))
    }
    return {
        **dict.fromkeys(limits, info["CgroupDriver"] != "none"),
        "OomKillDisable": False,
        "KernelMemoryTCP": False,
        "IPv4Forwarding": True,
        "BridgeNfIptables": True,
        "BridgeNfIp6tables": True,
        "NFd": 0,
        "NGoroutines": 0,
        "NEventsListener": 0,
        "OSVersion": info["Host"]["Distribution"]["Version"],
        "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": {
            "IndexConfigs": {
                name: {"Name": name, "Mirrors": [], "Secure": not each["Insecure"], "Official": name == "docker.io"}
                for name, each in {"docker.io": {"Insecure": False}, **registries}.items()
            },
            "InsecureRegistryCIDRs": [],
            "Mirrors": mirrors or None,
        },
        "GenericResources": None,
        "ExperimentalBuild": False,
        "ClusterStore": "",
        "ClusterAdvertise": "",
        "LiveRestoreEnabled": True,
        "Isolation": "",
        "InitBinary": "catatonit",
        "ContainerdCommit": _COMMIT,
        "RuncCommit": _COMMIT,
        "InitCommit": _COMMIT,
        "ProductLicense": "",
        "DefaultAddressPools": None,
        "CDISpecDirs": ["/etc/cdi", "/var/run/cdi"],
        "FirewallBackend": None,
        "ServerErrors": [],
        "ClientInfo": {
            "Debug": False,
            "Version": release,
            "GitCommit": "",
            "GoVersion": "",
            "Os": "linux",
            "Arch": info["Host"]["Arch"],
            "Context": "default",
            "Plugins": [],
            "Warnings": None,
        },
        **proxies,
        "HTTPProxy": proxies["HttpProxy"],
        "HTTPSProxy": proxies["HttpsProxy"],
        **info,
        "ServerVersion": release,
    }


def docker_info_lines(info: Mapping[str, Any], release: str, version: str) -> list[str]:
    """Return the lines; `release` is docker's whose behaviour is given, `version` pycman's own."""
    return [
        "Client:",
        f" Version:    {release}",
        " Context:    default",
        " Debug Mode: false",
        "",
        "Server:",
        f" Containers: {info['Containers']}",
        f"  Running: {info['ContainersRunning']}",
        f"  Paused: {info['ContainersPaused']}",
        f"  Stopped: {info['ContainersStopped']}",
        f" Images: {info['Images']}",
        f" Server Version: {release}",
        f" Engine: pycman {version}",
        f" Storage Driver: {info['Driver']}",
        *(f"  {name}: {value}" for name, value in info["DriverStatus"]),
        f" Logging Driver: {info['LoggingDriver']}",
        f" Cgroup Driver: {info['CgroupDriver']}",
        f" Cgroup Version: {info['CgroupVersion']}",
        " Swarm: inactive",
        f" Runtimes: {info['Host']['OCIRuntime']['Name']}",
        f" Default Runtime: {info['Host']['OCIRuntime']['Name']}",
        " Security Options:",
        *(f"  {option.partition(',')[0].removeprefix('name=')}" for option in info["SecurityOptions"]),
        f" Kernel Version: {info['KernelVersion']}",
        f" Operating System: {info['OperatingSystem']}",
        f" OSType: {info['OSType']}",
        f" Architecture: {info['Architecture']}",
        f" CPUs: {info['NCPU']}",
        f" Total Memory: {info['MemTotal'] / _GIB:.4g}GiB",
        f" Name: {info['Name']}",
        f" ID: {info['ID']}",
        f" Docker Root Dir: {info['DockerRootDir']}",
        " Debug Mode: false",
        " Experimental: false",
        " Live Restore Enabled: true",
    ]
