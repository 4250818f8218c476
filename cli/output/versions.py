"""The objects of `version` in docker's shape (API 1.51, `GET /version` and docker's client) and in podman 5's.

Neither is one release: the version told is that of the release whose behaviour is given, by which clients decide what they may ask for;
pycman's own stands beside it (Platform.Name, `Pycman`).
"""

from __future__ import annotations

import os
import sys
import time

from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.habits import Habits

_ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}


def docker_versions(habits: Habits) -> dict[str, Any]:
    """Return Client and Server as `docker version --format json` prints them."""
    arch = _arch()
    platform = {"Name": f"pycman {__version__}"}
    details = {
        "ApiVersion": habits.api_version,
        "Arch": arch,
        "BuildTime": time.ctime(_built_at()),
        "Experimental": "false",
        "GitCommit": f"pycman-{__version__}",
        "GoVersion": _python(),
        "KernelVersion": os.uname().release,
        "MinAPIVersion": habits.min_api_version,
        "Os": "linux",
    }
    common: dict[str, Any] = {
        "Version": habits.release,
        "ApiVersion": habits.api_version,
        "GitCommit": details["GitCommit"],
    }
    common |= {
        "GoVersion": details["GoVersion"],
        "Os": "linux",
        "Arch": arch,
        "BuildTime": time.ctime(_built_at()),
        "Platform": platform,
    }
    client = {
        **common,
        "DefaultAPIVersion": habits.api_version,
        "Context": "default",
        "OsArch": f"linux/{arch}",
        "Experimental": False,
    }
    server = {
        **common,
        "Components": [{"Name": "Engine", "Version": habits.release, "Details": details}],
        "MinAPIVersion": habits.min_api_version,
        "KernelVersion": details["KernelVersion"],
        "Experimental": False,
    }
    return {"Client": client, "Server": server}


def podman_versions(habits: Habits) -> dict[str, Any]:
    """Return Client as `podman version --format json` prints it: without a remote engine there is no Server in it."""
    client = {
        "APIVersion": habits.api_version,
        "Version": habits.release,
        "GoVersion": _python(),
        "GitCommit": f"pycman-{__version__}",
        "BuiltTime": time.ctime(_built_at()),
        "Built": _built_at(),
        "BuildOrigin": "pycman",
        "OsArch": f"linux/{_arch()}",
        "Os": "linux",
        "Pycman": __version__,
    }
    return {"Client": client}


def _python() -> str:
    return "python{}.{}.{}".format(*sys.version_info[:3])


def _built_at() -> int:
    """Return the Unix time (s) at which this copy of pycman was installed: Python code has no other build."""
    return int(os.stat(__file__).st_mtime)


def _arch() -> str:
    return _ARCHES.get(os.uname().machine, os.uname().machine)
