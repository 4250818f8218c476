"""/version, /info, /auth, /system/df."""

from __future__ import annotations

import os
import platform

from api_server.routes import API_VERSION, MIN_API_VERSION
from api_server.translate.fields import Fields
from api_server.translate.summaries import container_summary, image_summary, volume_object
from api_server.translate.versions import disk_usage_of, image_summary_of, info_of
from api_server.verbs.call import JSON, Answer, json_answer
from pycman.errors import InvalidInput
from pycman.registry.credentials import LoginOptions
from pycman.state.times import format_rfc3339
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Call

_ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}


def version(_call: Call) -> Answer:
    """Say which versions are here."""
    host = os.uname()
    machine = _ARCHES.get(host.machine, host.machine)
    details = {
        "ApiVersion": API_VERSION, "Arch": machine, "BuildTime": "", "Experimental": "false", "GitCommit": "", "GoVersion": "",
        "KernelVersion": host.release, "MinAPIVersion": MIN_API_VERSION, "Os": "linux", "PythonVersion": platform.python_version(),
    }  # fmt: skip
    return json_answer(
        {
            "Platform": {"Name": "pycman"},
            "Components": [{"Name": "Engine", "Version": __version__, "Details": details}],
            "Version": __version__,
            "ApiVersion": API_VERSION,
            "MinAPIVersion": MIN_API_VERSION,
            "GitCommit": "",
            "GoVersion": "",
            "Os": "linux",
            "Arch": machine,
            "KernelVersion": host.release,
            "BuildTime": "",
        }
    )


_INFO = {
    "Plugins": {"Volume": ["local"], "Network": ["bridge", "host", "ipvlan", "macvlan", "null"], "Authorization": None, "Log": ["json-file", "local"]},
    "MemoryLimit": True, "SwapLimit": True, "KernelMemory": False, "CpuCfsPeriod": True, "CpuCfsQuota": True, "CPUShares": True,
    "CPUSet": True, "PidsLimit": True, "IPv4Forwarding": True, "BridgeNfIptables": True, "BridgeNfIp6tables": True,
    "OomKillDisable": False, "NFd": 0, "NGoroutines": 0, "NEventsListener": 0, "IndexServerAddress": "https://index.docker.io/v1/",
    "GenericResources": None, "HttpProxy": "", "HttpsProxy": "", "NoProxy": "", "ExperimentalBuild": False, "LiveRestoreEnabled": True,
    "Isolation": "", "InitBinary": "catatonit", "ContainerdCommit": {"ID": "", "Expected": ""}, "RuncCommit": {"ID": "", "Expected": ""},
    "InitCommit": {"ID": "", "Expected": ""}, "ProductLicense": "", "DefaultAddressPools": None, "SystemStatus": None,
}  # fmt: skip


def info(call: Call) -> Answer:
    """Describe host and engine."""
    found = call.engine.system.info()
    swarm = {
        "NodeID": "",
        "NodeAddr": "",
        "LocalNodeState": "inactive",
        "ControlAvailable": False,
        "Error": "",
        "RemoteManagers": None,
    }
    docker = {
        name: value
        for name, value in found.items()
        if name not in ("Host", "Store", "Registries", "Settings", "Plugins", "Version")
    }
    registries: dict[str, Any] = {
        "AllowNondistributableArtifactsCIDRs": None,
        "InsecureRegistryCIDRs": [],
        "IndexConfigs": {},
        "Mirrors": None,
    }
    value = {**_INFO, **docker, "RegistryConfig": registries, "Swarm": swarm, "LoggingDriver": "json-file"}
    return json_answer(info_of(value, call.request.version))


def auth(call: Call) -> Answer:
    """Check a login, and keep it where `login` does."""
    body = Fields(call.request.json)
    registry = body.text("serveraddress") or "docker.io"
    username, password = body.text("username"), body.text("password")
    if not username or not password:
        raise InvalidInput("a login needs username and password", subject=registry)
    call.engine.images.login(registry, LoginOptions(username=username, password=password))
    return json_answer({"Status": "Login Succeeded", "IdentityToken": ""})


def no_plugins(_call: Call) -> Answer:
    """List no plugins."""
    return Answer(headers=JSON, body=b"[]\n")


def disk_usage(call: Call) -> Answer:
    """Tell what images, containers, volumes and the cache of builds take."""
    usage = call.engine.system.disk_usage()
    shared = {row.id: row.shared_bytes for row in usage.image_rows}
    volumes = []
    for row in usage.volume_rows:
        entry = volume_object(call.engine.volumes.inspect(row.name))
        volumes.append({**entry, "UsageData": {"Size": row.size_bytes, "RefCount": row.links}})
    sizes = {row.id: row.size_bytes for row in usage.container_rows}
    containers: list[dict[str, Any]] = [
        {**container_summary(container, 0, {}, []), "SizeRw": sizes.get(container.id, 0)}
        for container in call.engine.containers.list(all=True)
    ]
    value: dict[str, Any] = {
            "LayersSize": usage.images.size_bytes,
            "Images": [
                image_summary_of(image_summary(image, shared.get(image.id, 0)), call.request.version)
                for image in call.engine.images.list(all=True)
            ],
            "Containers": containers,
            "Volumes": volumes,
            "BuildCache": [
                {
                    "ID": entry.id, "Type": "regular", "Description": entry.text, "InUse": entry.in_use, "Shared": False,
                    "Size": entry.size_bytes, "CreatedAt": format_rfc3339(entry.created_at_ns),
                    "LastUsedAt": format_rfc3339(entry.used_at_ns), "UsageCount": entry.uses,
                }
                for entry in call.engine.images.build_cache()
            ],
            "BuilderSize": 0,
    }  # fmt: skip
    request = call.request
    if request.version >= (1, 42):
        del value["BuilderSize"]
    return json_answer(disk_usage_of(value, request.version, verbose=request.flag("verbose")))
