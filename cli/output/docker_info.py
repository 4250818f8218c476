"""The text of `docker info`: lines that scripts grep, made of docker's fields of `info`. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_GIB = 2**30


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
