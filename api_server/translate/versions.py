"""What an answer has by the version of the API: fields that docker documents and no others. Pure.

Of those that docker has taken away since 1.52 three kinds stay, as scripts read them with whatever version the service has: addresses
of the default bridge, `status`, `id` and `from` of events, and the lists of `system df`.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Version = tuple[int, int]
    Object = dict[str, Any]

_ID = re.compile("[0-9a-f]{64}")
_CONTAINER = frozenset(
    "Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform MountLabel"
    " ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver SizeRw SizeRootFs Mounts Config NetworkSettings".split()
)
_STATE = frozenset(
    "Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt Health".split()
)
_CONFIG = frozenset(
    "Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env Cmd Healthcheck"
    " ArgsEscaped Image Volumes WorkingDir Entrypoint NetworkDisabled MacAddress OnBuild Labels StopSignal StopTimeout Shell".split()
)
_PODMANS_HOST_CONFIG = frozenset(
    "AutoRemoveImage CgroupConf CgroupManager CgroupMode Cgroups DiskQuota HostsFile IDMappings IntelRdtClosID".split()
)
_MOUNT = frozenset("Type Name Source Destination Driver Mode RW Propagation".split())
_IMAGE = frozenset(
    "Id RepoTags RepoDigests Parent Comment Created DockerVersion Author Config Architecture Variant Os OsVersion Size VirtualSize"
    " GraphDriver RootFS Metadata".split()
)
_OF_CONTAINERS = frozenset(
    "Hostname Domainname AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Image NetworkDisabled MacAddress"
    " StopTimeout".split()
)
"""Fields of an image's Config that only a container's can have."""
_OPTIONAL_CONFIG = frozenset("Cmd Entrypoint Env Labels OnBuild User Volumes WorkingDir".split())


def _only(value: Mapping[str, Any], names: Iterable[str]) -> Object:
    return {name: value[name] for name in value if name in names}


def _without(value: Mapping[str, Any], names: Iterable[str]) -> Object:
    return {name: value[name] for name in value if name not in names}


def container_of(value: Mapping[str, Any], version: Version) -> Object:
    """Return the inspection of a container."""
    host = _without(value["HostConfig"], _PODMANS_HOST_CONFIG)
    host["LogConfig"] = _only(host["LogConfig"], ("Type", "Config"))
    config = _only(value["Config"], _CONFIG)
    settings = {**value["NetworkSettings"], "Networks": endpoints_of(value["NetworkSettings"]["Networks"], version)}
    if version >= (1, 42):
        host.pop("KernelMemory", None)
    if version >= (1, 52):
        host.pop("KernelMemoryTCP", None)
        config.pop("MacAddress", None)
        if not config.get("OnBuild"):
            config.pop("OnBuild", None)
    return {
        **_only(value, _CONTAINER),
        "State": _only(value["State"], _STATE),
        "HostConfig": host,
        "Config": config,
        "NetworkSettings": settings,
        "Mounts": [_only(mount, _MOUNT) for mount in value["Mounts"]],
    }


def endpoints_of(networks: Mapping[str, Mapping[str, Any]], version: Version) -> Object:
    """Return the EndpointSettings of a container, by networks."""
    later = [name for name, since in (("DNSNames", (1, 44)), ("GwPriority", (1, 48))) if version < since]
    return {name: _without(value, later) for name, value in networks.items()} if later else dict(networks)


def network_of(value: Mapping[str, Any], version: Version) -> Object:
    """Return an entry of a listing of networks."""
    if version >= (1, 52):
        return _without(value, ("Containers",))
    return _without(value, ("EnableIPv4",)) if version < (1, 48) else dict(value)


def image_of(value: Mapping[str, Any], version: Version) -> Object:
    """Return the inspection of an image."""
    image = _only(value, _IMAGE)
    config = _only(image.get("Config") or {}, _CONFIG)
    if version >= (1, 44):
        image.pop("VirtualSize", None)
    if version >= (1, 50):
        config = _without(config, _OF_CONTAINERS)
    if version >= (1, 52):
        config = {name: each for name, each in config.items() if each or name not in _OPTIONAL_CONFIG}
        empty = ("Parent", "Comment", "DockerVersion", "Author")
        image = {name: each for name, each in image.items() if each or name not in empty}
    return {**image, "Config": config}


def image_summary_of(value: Mapping[str, Any], version: Version) -> Object:
    """Return an entry of a listing of images."""
    return _without(value, ("VirtualSize",)) if version >= (1, 44) else dict(value)


def info_of(value: Mapping[str, Any], version: Version) -> Object:
    """Return the description of host and engine."""
    info = _without(value, ("SystemStatus",) if version < (1, 42) else ("SystemStatus", "KernelMemory"))
    if version >= (1, 49):
        info["RegistryConfig"] = _without(
            info["RegistryConfig"],
            ("AllowNondistributableArtifactsCIDRs", "AllowNondistributableArtifactsHostnames"),
        )
        for name in ("ContainerdCommit", "RuncCommit", "InitCommit"):
            info[name] = _without(info[name], ("Expected",))
    if version >= (1, 50):
        info = _without(info, ("BridgeNfIptables", "BridgeNfIp6tables"))
    return info


def event_of(value: Mapping[str, Any]) -> Object:
    """Return an event, with the ids of images as everywhere else."""
    if value["Type"] == "image" and _ID.fullmatch(value["Actor"]["ID"]):
        whole = f"sha256:{value['Actor']['ID']}"
        value = {**value, "Actor": {**value["Actor"], "ID": whole}, "id": whole}
    return dict(value)


def disk_usage_of(value: Mapping[str, Any], version: Version, *, verbose: bool) -> Object:
    """Return what everything takes: lists, and since 1.52 also sums by kind, with the lists in these alone if `verbose`.

    `value` is the answer of 1.51.
    """
    if version < (1, 52):
        return dict(value)
    images, containers, volumes, cache = (
        value[name] or [] for name in ("Images", "Containers", "Volumes", "BuildCache")
    )
    kinds = {
        "ImageUsage": _usage(images, "Size", lambda each: each["Containers"] > 0, value["LayersSize"]),
        "ContainerUsage": _usage(containers, "SizeRw", lambda each: each["State"] in ("running", "paused")),
        "VolumeUsage": _usage(
            [{**each, **each["UsageData"]} for each in volumes], "Size", lambda each: each["RefCount"] > 0
        ),
        "BuildCacheUsage": _usage(cache, "Size", lambda each: each["InUse"]),
    }
    if verbose:
        for kind, items in zip(kinds.values(), (images, containers, volumes, cache), strict=True):
            if items:
                kind["Items"] = items
        return kinds
    return {**value, **kinds}


def _usage(items: list[Object], size: str, is_active: Any, total: int = -1) -> Object:
    active = [each for each in items if is_active(each)]
    total = sum(max(0, each[size]) for each in items) if total < 0 else total
    reclaimable = total - sum(max(0, each[size]) for each in active)
    return {
        "ActiveCount": len(active),
        "TotalCount": len(items),
        "TotalSize": total,
        "Reclaimable": max(0, reclaimable),
    }
