"""Which keys docker's and podman's `inspect` print as JSON, and which of them only with a value. Pure.

The engine's objects have the keys of both. Sources: `docker inspect` of docker 28 (api/types), `podman inspect` of podman 5.4
(libpod/define). Under pycman's own name both are printed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_Rules = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Path of an object ("" is the outermost, "[]" each of a list, "{}" each of a mapping) → the keys that are another program's, those
that are left out when empty (None, "", 0, False, [], {})."""

_CHECK_ZERO = ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")
_IMAGE_CONFIG = (
    "Hostname", "Domainname", "User", "AttachStdin", "AttachStdout", "AttachStderr", "ExposedPorts", "Tty", "OpenStdin", "StdinOnce",
    "Env", "Cmd", "Image", "Volumes", "WorkingDir", "Entrypoint", "OnBuild", "Labels", "StopSignal", "StopTimeout", "Shell", "ArgsEscaped",
    "Healthcheck",
)  # fmt: skip
_CONTAINER_OF_PODMAN = (
    "ImageDigest", "ImageName", "Rootfs", "Pod", "StaticDir", "OCIConfigPath", "OCIRuntime", "ConmonPidFile", "PidFile", "EffectiveCaps",
    "BoundingCaps", "Dependencies", "Namespace", "IsInfra", "IsService", "KubeExitCodePropagation", "lockNumber", "UseImageHosts",
    "UseImageHostname",
)  # fmt: skip
_CONFIG_OF_PODMAN = (
    "Annotations", "StartupHealthCheck", "HealthcheckOnFailureAction", "HealthLogDestination", "HealthMaxLogCount", "HealthMaxLogSize", "CreateCommand", "Umask", "Timezone",
    "Timeout", "SystemdMode", "Secrets", "Passwd", "sdNotifyMode", "sdNotifySocket",
)  # fmt: skip
_HOST_CONFIG_OF_PODMAN = (
    "AutoRemoveImage", "DiskQuota", "HostsFile", "CgroupMode", "IDMappings", "Cgroups", "CgroupManager", "CgroupConf", "IntelRdtClosID",
)  # fmt: skip

DOCKER: dict[str, _Rules] = {
    "container": {
        "": (_CONTAINER_OF_PODMAN, ()),
        "State": (
            ("OciVersion", "ConmonPid", "CgroupPath", "Checkpointed", "CheckpointedAt", "RestoredAt", "StoppedByUser"),
            ("Health",),
        ),
        "Config": (
            _CONFIG_OF_PODMAN,
            ("ExposedPorts", "Healthcheck", "StopSignal", "StopTimeout", "NetworkDisabled", "MacAddress", "Shell", "ArgsEscaped"),
        ),
        "Config.Healthcheck": ((), _CHECK_ZERO),
        "HostConfig": (_HOST_CONFIG_OF_PODMAN, ("Init", "Sysctls", "StorageOpt", "Tmpfs", "Annotations", "Mounts")),
        "HostConfig.LogConfig": (("Path", "Tag", "Size"), ()),
        "Mounts.[]": (("Options", "SubPath"), ("Driver",)),
    },
    "image": {
        "": (("Digest", "Version", "Labels", "Annotations", "ManifestType", "User", "History", "NamesHistory", "Healthcheck"), ("Variant", "OsVersion")),
        "Config": ((), _IMAGE_CONFIG),
        "Config.Healthcheck": ((), _CHECK_ZERO),
    },
    "volume": {
        "": (("UID", "GID", "Anonymous", "MountCount", "NeedsCopyUp", "NeedsChown", "Timeout", "StorageID", "LockNumber"), ("Status", "UsageData")),
    },
    "network": {
        "": (
            (
                "name", "id", "driver", "network_interface", "created", "subnets", "routes", "ipv6_enabled", "internal", "dns_enabled",
                "network_dns_servers", "labels", "options", "ipam_options", "containers",
            ),
            (),
        ),
        "IPAM.Config.[]": ((), ("IPRange", "Gateway", "AuxiliaryAddresses")),
    },
}  # fmt: skip
PODMAN: dict[str, _Rules] = {
    "container": {
        "": (("LogPath", "Platform"), ("OCIConfigPath",)),
        "State": ((), ("Health", "ConmonPid", "CgroupPath", "Checkpointed", "StoppedByUser")),
        "Config": (
            ("NetworkDisabled", "MacAddress", "Shell", "ArgsEscaped", "HealthMaxLogCount", "HealthMaxLogSize"),
            ("ExposedPorts", "StartupHealthCheck", "Healthcheck", "Timezone", "SystemdMode", "Secrets", "sdNotifySocket"),
        ),
        "Config.Healthcheck": (("StartInterval",), _CHECK_ZERO),
        "Config.StartupHealthCheck": (("StartInterval",), ("StartPeriod",)),
        "HostConfig": (
            ("StorageOpt", "Mounts", "DeviceCgroupRules", "DeviceRequests", "CgroupnsMode", "Sysctls", "MaskedPaths", "ReadonlyPaths"),
            ("Init", "IDMappings", "IntelRdtClosID"),
        ),
        "NetworkSettings": ((), ("SecondaryIPAddresses", "SecondaryIPv6Addresses")),
        "NetworkSettings.Networks.{}": (("DNSNames", "GwPriority"), ()),
        "Mounts.[]": ((), ("SubPath",)),
    },
    "image": {
        "": (("DockerVersion", "Container", "ContainerConfig", "Variant", "OsVersion", "Metadata", "Descriptor", "Manifests"), ("Healthcheck",)),
        "Config": (("Healthcheck", "OnBuild", "Shell"), _IMAGE_CONFIG),
        "Healthcheck": ((), _CHECK_ZERO),
    },
    "volume": {"": ((), ("Status", "UID", "GID", "Anonymous", "Timeout", "StorageID"))},
    "network": {
        "": (
            (
                "Name", "Id", "Created", "Scope", "Driver", "EnableIPv4", "EnableIPv6", "IPAM", "Internal", "Attachable", "Ingress",
                "ConfigFrom", "ConfigOnly", "Containers", "Options", "Labels", "Peers", "Services",
            ),
            ("routes", "network_dns_servers", "labels", "options"),
        ),
    },
    "pod": {"": (("Annotations", "ManagedBy"), ("Namespace", "Labels", "InfraContainerID", "InfraConfig", "SharedNamespaces"))},
}  # fmt: skip


TEMPLATES: dict[str, dict[str, Any]] = {
    "container": {"SizeRw": None, "SizeRootFs": None, "ImageManifestDescriptor": None},
    "image": {"Container": "", "ContainerConfig": None, "Descriptor": None, "Manifests": None},
    "volume": {"UsageData": None},
    "network": {"Peers": None, "Services": None},
    "secret": {"Version": {"Index": 1}, "SecretData": ""},
    "pod": {
        "RestartPolicy": "", "CPUPeriod": 0, "CPUQuota": 0, "CPUShares": 0, "CPUSetCPUs": "", "CPUSetMems": "", "MemoryLimit": 0,
        "MemorySwap": 0, "MemorySwappiness": 0, "BlkioWeight": 0, "BlkioDeviceReadBps": [], "BlkioDeviceWriteBps": [], "Mounts": [],
        "Devices": [], "SecurityOpts": [], "VolumesFrom": [],
    },
}  # fmt: skip
"""Fields that a template finds and JSON has only with a value, and what they are without one."""
_POD_FIELDS = {
    "CPUPeriod": "cpu_period", "CPUQuota": "cpu_quota", "CPUShares": "cpu_shares", "CPUSetCPUs": "cpuset_cpus",
    "CPUSetMems": "cpuset_mems", "MemoryLimit": "memory_limit", "MemorySwap": "memory_swap", "BlkioWeight": "blkio_weight",
    "Mounts": "mounts", "Devices": "devices", "SecurityOpts": "security_opt", "VolumesFrom": "volumes_from",
}  # fmt: skip
"""Go names of fields of pods whose key in JSON is another."""


def with_every_field(kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object of `kind` as templates see it: also with the fields that have no value."""
    given = {field: found[key] for field, key in _POD_FIELDS.items() if key in found} if kind == "pod" else {}
    return {**TEMPLATES.get(kind, {}), **given, **found}


def with_keys_of(peer: str, kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object of `kind` with the keys that `peer` prints: "docker", "podman", or "" for both, where only what neither prints
    without a value is left out.
    """
    rules = {"docker": DOCKER, "podman": PODMAN}.get(peer)
    if rules is None:
        return _without(found, "", {"Config": ((), ("Healthcheck",))} if kind in ("container", "image") else {})
    return _without(found, "", rules.get(kind, {}))


def _without(found: Mapping[str, Any], path: str, rules: _Rules) -> dict[str, Any]:
    others, optional = rules.get(path, ((), ()))
    below = {name.split(".", 1)[0] for name in _below(path, rules)}
    return {
        key: _walk(value, f"{path}.{key}" if path else key, rules) if key in below or "{}" in below else value
        for key, value in found.items()
        if key not in others and (value or key not in optional)
    }


def _walk(value: Any, path: str, rules: _Rules) -> Any:
    if isinstance(value, dict):
        names = _below(path, rules)
        if any(name.split(".", 1)[0] == "{}" for name in names):
            return {key: _without(each, f"{path}.{{}}", rules) for key, each in value.items()}
        return _without(value, path, rules)
    if isinstance(value, list):
        return [_without(each, f"{path}.[]", rules) if isinstance(each, dict) else each for each in value]
    return value


def _below(path: str, rules: _Rules) -> list[str]:
    """Return the paths of rules that lie below `path`, from there on."""
    prefix = f"{path}." if path else ""
    return [name[len(prefix) :] for name in rules if name.startswith(prefix) and name != path]
