"""From an archive's config.dump and spec.dump to a spec of our own. Pure, and both are a stranger's: every value is checked for its
type here, for its meaning by `create`, as that of every container; what has no translation is left out or refused.
"""

from __future__ import annotations

import os

from pycman.errors import Corrupt, InvalidInput, Unsupported
from pycman.record import Record
from pycman.runtime.bundle_input import INIT_PATH
from pycman.runtime.defaults import CAPABILITIES
from pycman.spec.annotations import without_steering
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode, Security, check_name
from pycman.spec.health import RestartPolicy
from pycman.spec.mount import Device, Mount
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.resources import Resources
from pycman.spec.signals import signal_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ENGINES_OWN = frozenset(
    ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/shm", "/run/.containerenv", "/run/secrets", "/etc/passwd",
     "/etc/group", "/proc", "/sys", "/dev", "/dev/pts", "/dev/mqueue", "/sys/fs/cgroup", "/dev/init",
     "/dev/console", "/run/notify")
)  # fmt: skip
"""What an engine mounts itself: the new container gets its own."""
_ENGINES_VARIABLES = frozenset(("container", "HOSTNAME", "HOME", "TERM"))
_ENGINES_ANNOTATIONS = ("io.podman.", "io.container.", "io.kubernetes.cri", "org.opencontainers.image.stopSignal")
_HEX = frozenset("0123456789abcdef")
_MODES = {"pid": "pid_mode", "ipc": "ipc_mode", "uts": "uts_mode", "cgroup": "cgroup_mode"}
_POD_KEYS = ("ipcNsCtr", "netNsCtr", "pidNsCtr", "utsNsCtr", "cgroupNsCtr")
_RESTARTS = frozenset(("no", "always", "on-failure", "unless-stopped"))


class Translated(Record):
    """A container as an archive has it: its `id` ("" if that is none), its `spec`, whether it was in a pod, what is worth a warning."""

    id: str
    spec: ContainerSpec
    in_pod: bool = False
    warnings: tuple[str, ...] = ()


def translate(config: Mapping[str, Any], runtime_spec: Mapping[str, Any], *, subject: str) -> Translated:
    """Return the container that an archive describes. Raises Corrupt (a value of another type), InvalidInput, Unsupported."""
    read = _Reader(subject)
    if read.many(config, "dependencies"):
        raise Unsupported("its container depends on other containers", subject=subject)
    in_pod = bool(read.text(config, "pod")) or any(read.text(config, key) for key in _POD_KEYS)
    process = read.object(runtime_spec, "process")
    linux = read.object(runtime_spec, "linux")
    name = read.text(config, "name")
    image = read.text(config, "rootfsImageName") or read.text(config, "rootfsImageID")
    if not image:
        raise Unsupported("its container has no image (--rootfs)", subject=subject)
    mounts, warnings = _mounts(read, config, runtime_spec)
    security, more = _security(read, config, runtime_spec)
    container_id = read.text(config, "id")
    command = tuple(read.texts(process, "args"))
    has_init = command[:2] == (INIT_PATH, "--")
    spec = ContainerSpec(
        image=image,
        name=check_name(name) if name else "",
        entrypoint=(),
        command=command[2:] if has_init else command,
        init=has_init,
        oci_runtime=_runtime(read.text(config, "runtime")),
        conf_defaults=False,
        create_command=tuple(read.texts(config, "CreateCommand")),
        env={key: value for key, value in _variables(read, process).items() if key not in _ENGINES_VARIABLES},
        unset_env_all=True,
        labels=read.text_map(config, "labels"),
        annotations=_annotations(read.text_map(runtime_spec, "annotations")),
        user=read.text(config, "user"),
        group_add=tuple(read.texts(config, "groups")),
        workdir=read.text(process, "cwd"),
        hostname=read.text(runtime_spec, "hostname"),
        terminal=read.flag(process, "terminal"),
        stdin=read.flag(config, "stdin"),
        stop_signal=_signal(read, config),
        stop_timeout_s=read.number(config, "stopTimeout"),
        timeout_s=read.number(config, "timeout"),
        umask=read.text(config, "umask"),
        timezone=read.text(config, "timezone") if read.text(config, "timezone") != "local" else "",
        mounts=mounts,
        devices=_devices(read, linux) if not security.privileged else (),
        image_volumes="ignore",
        shm_size_bytes=read.number(config, "shmSize") or None,
        network=NetworkMode(kind="") if in_pod else _network(read, config, linux),
        ports=() if in_pod else _ports(read, config),
        extra_hosts=() if in_pod else tuple(read.texts(config, "hostsAdd")),
        dns=() if in_pod else tuple(read.texts(config, "dnsServer")),
        dns_search=() if in_pod else tuple(read.texts(config, "dnsSearch")),
        dns_options=() if in_pod else tuple(read.texts(config, "dnsOption")),
        resources=_resources(read, linux),
        oom_score_adj=read.optional_number(process, "oomScoreAdj"),
        sysctls={} if in_pod else _sysctls(read.text_map(linux, "sysctl")),
        security=security,
        restart=_restart(read, config),
        log=LogConfig(max_size_bytes=read.number(config, "logSize") or -1),
        **({} if in_pod else _modes(read, linux)),
    )
    good_id = len(container_id) == 64 and _HEX.issuperset(container_id)
    return Translated(id=container_id if good_id else "", spec=spec, in_pod=in_pod, warnings=(*warnings, *more))


class _Reader:
    """Reads values of JSON objects; one of another type than it must have is an error that names it."""

    def __init__(self, subject: str) -> None:
        self._subject = subject

    def _value(self, above: Mapping[str, Any], key: str, kind: type, empty: Any) -> Any:
        value = above.get(key)
        if value is None:
            return empty
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Corrupt(f"{key} is not a {kind.__name__} in its description", subject=self._subject)
        return value

    def text(self, above: Mapping[str, Any], key: str) -> str:
        """Return a text, "" if there is none."""
        value = str(self._value(above, key, str, ""))
        if "\0" in value:
            raise Corrupt(f"{key} contains a NUL character in its description", subject=self._subject)
        return value

    def flag(self, above: Mapping[str, Any], key: str) -> bool:
        """Return a boolean."""
        return bool(self._value(above, key, bool, False))

    def number(self, above: Mapping[str, Any], key: str) -> int:
        """Return an integer of 64 bits, 0 if there is none."""
        return self.optional_number(above, key) or 0

    def optional_number(self, above: Mapping[str, Any], key: str) -> int | None:
        """Return an integer of 64 bits, None if there is none."""
        value = self._value(above, key, int, None)
        if value is not None and not -(1 << 63) <= value < 1 << 64:
            raise Corrupt(f"{key} is too large in its description", subject=self._subject)
        return None if value is None else int(value)

    def object(self, above: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Return an object, {} if there is none."""
        return dict(self._value(above, key, dict, {}))

    def many(self, above: Mapping[str, Any], key: str) -> list[Any]:
        """Return a list, [] if there is none."""
        return list(self._value(above, key, list, []))

    def texts(self, above: Mapping[str, Any], key: str) -> list[str]:
        """Return a list of texts."""
        return [self.text({key: value}, key) for value in self.many(above, key)]

    def objects(self, above: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """Return a list of objects."""
        return [self.object({key: value}, key) for value in self.many(above, key)]

    def text_map(self, above: Mapping[str, Any], key: str) -> dict[str, str]:
        """Return an object of texts."""
        return {name: self.text({name: value}, name) for name, value in self.object(above, key).items()}


def _runtime(name: str) -> str:
    """Return the runtime whose files the images are, if it is one that is known by its name: never a path."""
    return name if name in ("crun", "runc") else ""


def _annotations(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations that a user gave: not those by which an engine tells its runtime or itself something."""
    kept = without_steering(annotations)
    return {key: value for key, value in kept.items() if not key.startswith(_ENGINES_ANNOTATIONS)}


def _variables(read: _Reader, process: Mapping[str, Any]) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in read.texts(process, "env"))
    return {name: value for name, equals, value in pairs if equals and name}


def _signal(read: _Reader, config: Mapping[str, Any]) -> str:
    number = read.number(config, "stopSignal")
    return signal_name(number) if 0 < number <= 64 else ""


def _mounts(
    read: _Reader, config: Mapping[str, Any], runtime_spec: Mapping[str, Any]
) -> tuple[tuple[Mount, ...], list[str]]:
    """Return the user's mounts: named volumes, directories and files of the host, tmpfs. Warn of each of the host's paths."""
    found: list[Mount] = []
    warnings: list[str] = []
    for volume in read.objects(config, "namedVolumes"):
        name, target = read.text(volume, "volumeName"), read.text(volume, "dest")
        options = tuple(read.texts(volume, "options"))
        check_name(name, noun="volume")
        found.append(
            Mount(kind="volume", source=name, target=target, options=_kept(options), read_only="ro" in options)
        )
    taken = {mount.target for mount in found} | _ENGINES_OWN
    for mount in read.objects(runtime_spec, "mounts"):
        target, kind, source = read.text(mount, "destination"), read.text(mount, "type"), read.text(mount, "source")
        options = tuple(read.texts(mount, "options"))
        if target in taken or target.startswith(("/run/secrets/", "/sys/fs/cgroup/")):
            continue
        if kind == "tmpfs":
            found.append(Mount(kind="tmpfs", target=target, options=options))
        elif kind == "bind" or "bind" in options or "rbind" in options:
            if not os.path.isabs(source):
                raise InvalidInput(f"the source of the mount {target} is no absolute path", subject=source)
            warnings.append(f"the checkpoint mounts {source} of this host at {target}")
            found.append(
                Mount(kind="bind", source=source, target=target, options=_kept(options), read_only="ro" in options)
            )
        else:
            raise Unsupported(f"a mount of the kind {kind} at {target} cannot be made again", subject="the checkpoint")
    return tuple(found), warnings


def _kept(options: tuple[str, ...]) -> tuple[str, ...]:
    """Return those options of a mount that a user could have given."""
    known = ("ro", "rw", "rbind", "bind", "nosuid", "nodev", "noexec", "suid", "dev", "exec", "rprivate", "private",
             "rslave", "slave", "rshared", "shared")  # fmt: skip
    return tuple(option for option in options if option in known)


def _security(read: _Reader, config: Mapping[str, Any], runtime_spec: Mapping[str, Any]) -> tuple[Security, list[str]]:
    """Return the confinement: exactly the capabilities of the archive, which its images hold too."""
    process, linux = read.object(runtime_spec, "process"), read.object(runtime_spec, "linux")
    privileged = read.flag(config, "privileged")
    capabilities = read.texts(read.object(process, "capabilities"), "bounding")
    unknown = [name for name in capabilities if name not in CAPABILITIES]
    if unknown:
        raise InvalidInput("no such capability", subject=unknown[0])
    filtered = linux.get("seccomp") is not None
    security = Security(
        privileged=privileged,
        cap_drop=() if privileged else ("ALL",),
        cap_add=() if privileged else tuple(capabilities),
        no_new_privileges=read.flag(process, "noNewPrivileges"),
        seccomp_profile="" if filtered or privileged else "unconfined",
        masked_paths=None if privileged else tuple(read.texts(linux, "maskedPaths")),
        readonly_paths=None if privileged else tuple(read.texts(linux, "readonlyPaths")),
        read_only=read.flag(read.object(runtime_spec, "root"), "readonly"),
        read_only_tmpfs=False,
    )
    warnings = ["the checkpoint is of a privileged container"] if privileged else []
    return security, warnings


def _devices(read: _Reader, linux: Mapping[str, Any]) -> tuple[Device, ...]:
    paths = [read.text(device, "path") for device in read.objects(linux, "devices")]
    own = (
        "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
        "/dev/tty",
        "/dev/console",
        "/dev/ptmx",
    )
    return tuple(Device(host_path=path, container_path=path) for path in paths if path not in own)


def _network(read: _Reader, config: Mapping[str, Any], linux: Mapping[str, Any]) -> NetworkMode:
    """Return the networks: by name, in podman's older list, its map and its newest list."""
    kinds = {read.text(namespace, "type") for namespace in read.objects(linux, "namespaces")}
    if "network" not in kinds:
        return NetworkMode(kind="host")
    if read.text(config, "networkMode") == "none":
        return NetworkMode(kind="none")
    by_name: dict[str, dict[str, Any]] = {name: {} for name in read.texts(config, "networks")}
    by_name |= {name: read.object({name: value}, name) for name, value in read.object(config, "newNetworks").items()}
    for network in read.objects(config, "orderedNetworks"):
        by_name[read.text(network, "name") or read.text(network, "Name")] = network
    attachments = tuple(_attachment(read, name, options) for name, options in by_name.items() if name)
    return NetworkMode(kind="bridge", attachments=attachments)


def _attachment(read: _Reader, name: str, options: Mapping[str, Any]) -> NetworkAttachment:
    addresses = read.texts(options, "static_ips")
    return NetworkAttachment(
        name=check_name(name, noun="network"),
        aliases=tuple(read.texts(options, "aliases")),
        ipv4=next((text for text in addresses if ":" not in text), ""),
        ipv6=next((text for text in addresses if ":" in text), ""),
        mac_address=read.text(options, "static_mac"),
        interface_name=read.text(options, "interface_name"),
    )


def _ports(read: _Reader, config: Mapping[str, Any]) -> tuple[PortMapping, ...]:
    newer = [
        PortMapping(
            container_port=read.number(port, "container_port"),
            host_port=read.number(port, "host_port"),
            host_ip=read.text(port, "host_ip"),
            protocol=read.text(port, "protocol") or "tcp",
            range_size=read.number(port, "range") or 1,
        )
        for port in read.objects(config, "newPortMappings")
    ]
    older = [
        PortMapping(
            container_port=read.number(port, "containerPort"),
            host_port=read.number(port, "hostPort"),
            host_ip=read.text(port, "hostIP"),
            protocol=read.text(port, "protocol") or "tcp",
        )
        for port in read.objects(config, "portMappings")
    ]
    return tuple(newer or older)


def _resources(read: _Reader, linux: Mapping[str, Any]) -> Resources:
    resources = read.object(linux, "resources")
    memory, cpu, pids = (read.object(resources, key) for key in ("memory", "cpu", "pids"))
    return Resources(
        memory_bytes=read.optional_number(memory, "limit"),
        memory_swap_bytes=read.optional_number(memory, "swap"),
        memory_reservation_bytes=read.optional_number(memory, "reservation"),
        cpu_shares=read.optional_number(cpu, "shares"),
        cpu_period_us=read.optional_number(cpu, "period"),
        cpu_quota_us=read.optional_number(cpu, "quota"),
        cpuset_cpus=read.text(cpu, "cpus"),
        cpuset_mems=read.text(cpu, "mems"),
        pids_limit=read.optional_number(pids, "limit"),
    )


def _sysctls(sysctls: Mapping[str, str]) -> dict[str, str]:
    """Return the sysctls without those that every container with a network of its own gets."""
    own = ("net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range")
    return {name: value for name, value in sysctls.items() if name not in own}


def _restart(read: _Reader, config: Mapping[str, Any]) -> RestartPolicy:
    name = read.text(config, "restart_policy") or "no"
    if name not in _RESTARTS:
        raise InvalidInput("not a restart policy", subject=name)
    return RestartPolicy(name=name, maximum_retries=max(0, read.number(config, "restart_retries")))


def _modes(read: _Reader, linux: Mapping[str, Any]) -> dict[str, Any]:
    """Return the namespaces that the container shared with the host: those that its runtime spec does not list."""
    kinds = {read.text(namespace, "type") for namespace in read.objects(linux, "namespaces")}
    if "user" in kinds:
        raise Unsupported("a container with a user namespace cannot be restored elsewhere", subject="the checkpoint")
    return {field: NamespaceMode(kind="host") for kind, field in _MODES.items() if kind not in kinds}
