"""ContainerConfig into a ContainerSpec. Pure."""

from __future__ import annotations

import base64
import os

from cri_server.translate.names import visible_name
from cri_server.translate.sandbox import is_on_host_network, label_options
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode, Security
from pycman.spec.lines import check_nul
from pycman.spec.mount import Device, Mount, is_cdi_name
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PROPAGATION = {"PROPAGATION_HOST_TO_CONTAINER": "rslave", "PROPAGATION_BIDIRECTIONAL": "rshared"}
_LONGEST = 256 << 10


def container_name(sandbox: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """Return the engine's name for the container: k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT (names.py). Raises InvalidInput."""
    if not metadata.get("name"):
        raise InvalidInput("it is missing", subject="metadata.name")
    pod = sandbox["metadata"]
    attempt = metadata.get("attempt", 0)
    return visible_name((metadata["name"], pod["name"], pod["namespace"], pod["uid"], attempt))


def log_path_of(sandbox: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Return the path of a container's log, "" for none. Raises InvalidInput for a path that leaves the pod's directory."""
    directory, name = str(sandbox.get("log_directory") or ""), str(config.get("log_path") or "")
    if not directory or not name:
        return ""
    path = os.path.normpath(os.path.join(directory, name))
    if not path.startswith(f"{os.path.normpath(directory)}/"):
        raise InvalidInput("it leaves the pod's log directory", subject=f"log_path {name}")
    return path


def container_spec(sandbox: Mapping[str, Any], config: Mapping[str, Any], *, image: str) -> ContainerSpec:
    """Return the spec of a container of a sandbox. Raises InvalidInput, Unsupported."""
    check_nul(config, "the container's config")
    linux = config.get("linux") or {}
    security = linux.get("security_context") or {}
    for key, value in (config.get("annotations") or {}).items():
        if len(key) + len(value) > _LONGEST:
            raise InvalidInput("it is longer than 256 KiB", subject=f"annotation {key[:64]}")
    resources = linux.get("resources") or {}
    path = log_path_of(sandbox, config)
    score = resources.get("oom_score_adj")
    return ContainerSpec(
        name=container_name(sandbox, config.get("metadata") or {}),
        image=image,
        entrypoint=tuple(config["command"]) if config.get("command") else None,
        command=tuple(config.get("args") or ()),
        env={env["key"]: _bytes(env.get("value", "")) for env in config.get("envs") or ()},
        http_proxy=False,
        conf_defaults=False,
        labels=config.get("labels") or {},
        annotations=config.get("annotations") or {},
        workdir=str(config.get("working_dir") or ""),
        stdin=bool(config.get("stdin")),
        stdin_once=bool(config.get("stdin_once")),
        terminal=bool(config.get("tty")),
        mounts=tuple(_mount(mount) for mount in config.get("mounts") or ()),
        image_volumes="ignore",
        devices=tuple(_device(device) for device in config.get("devices") or ()),
        cdi_devices=_cdi_devices(config),
        user=_user(security),
        group_add=tuple(str(supplemental_group) for supplemental_group in security.get("supplemental_groups") or ()),
        groups_policy=str(security.get("supplemental_groups_policy") or "Merge"),
        security=_security(security),
        resources=resources_of(resources),
        oom_score_adj=int(score) if score else None,
        stop_signal=_stop_signal(config),
        log=LogConfig(driver="k8s-file" if path else "none", path=path),
        pull="never",
        **_namespaces(sandbox, security.get("namespace_options") or {}),
    )


def _bytes(value: str) -> str:
    return base64.b64decode(value).decode("utf-8", "surrogateescape")


def _stop_signal(config: Mapping[str, Any]) -> str:
    name = str(config.get("stop_signal") or "RUNTIME_DEFAULT")
    return "" if name == "RUNTIME_DEFAULT" else name.replace("PLUS", "+").replace("MINUS", "-")  # SIGRTMINPLUS3


def _mount(mount: Mapping[str, Any]) -> Mount:
    target = str(mount.get("container_path") or "")
    if not target.startswith("/"):
        raise InvalidInput("a mount needs an absolute container_path", subject=target or "mounts")
    if (mount.get("image") or {}).get("image"):
        source = str(mount["image"]["image"])
        return Mount(
            kind="image", source=source, target=target, read_only=True, subpath=str(mount.get("image_sub_path") or "")
        )
    recursive = bool(mount.get("recursive_read_only"))
    propagation = str(mount.get("propagation") or "PROPAGATION_PRIVATE")
    if recursive and (not mount.get("readonly") or propagation != "PROPAGATION_PRIVATE"):
        raise InvalidInput(
            "it goes with readonly and private propagation only", subject=f"recursive_read_only {target}"
        )
    return Mount(
        kind="bind",
        source=os.path.realpath(str(mount.get("host_path") or "")),
        target=target,
        read_only=bool(mount.get("readonly")),
        options=(
            *(("rro",) if recursive else ("Z",) if mount.get("selinux_relabel") else ()),
            *(("idmap",) if mount.get("uidMappings") or mount.get("gidMappings") else ()),
        ),
        propagation=_PROPAGATION.get(propagation, ""),
        create_source=True,
    )


def _device(device: Mapping[str, Any]) -> Device:
    host = str(device.get("host_path") or "")
    return Device(
        host_path=host,
        container_path=str(device.get("container_path") or host),
        permissions=str(device.get("permissions") or "rwm"),
    )


def _cdi_devices(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of CDI devices: those of the field CDI_devices, else those older kubelets write into annotations."""
    names = [str(device.get("name") or "") for device in config.get("CDI_devices") or ()]
    if not names:
        lists = (value for key, value in (config.get("annotations") or {}).items() if key.startswith("cdi.k8s.io/"))
        names = [name for names_of_key in lists for name in names_of_key.split(",")]
    for name in names:
        if not is_cdi_name(name):
            raise InvalidInput("not the name of a device", subject=f"CDI device {name}", hint="VENDOR/CLASS=NAME")
    return tuple(dict.fromkeys(names))


def _user(security: Mapping[str, Any]) -> str:
    group = security.get("run_as_group")
    user = security.get("run_as_user")
    name = str(security.get("run_as_username") or "") if user is None else str(user.get("value", 0))
    if group is None:
        return name
    if not name:
        raise InvalidInput("it needs a user too", subject="run_as_group")
    return f"{name}:{group.get('value', 0)}"


def _security(security: Mapping[str, Any]) -> Security:
    """Return privileges and confinement; a privileged container has all capabilities and no seccomp profile, as with containerd."""
    capabilities = security.get("capabilities") or {}
    privileged = bool(security.get("privileged"))
    ambient = tuple(capabilities.get("add_ambient_capabilities") or ())
    return Security(
        privileged=privileged,
        cap_add=(*(capabilities.get("add_capabilities") or ()), *ambient),
        cap_ambient=ambient,
        cap_drop=() if privileged else tuple(capabilities.get("drop_capabilities") or ()),
        no_new_privileges=bool(security.get("no_new_privs")),
        seccomp_profile="unconfined" if privileged else _seccomp(security.get("seccomp")),
        masked_paths=tuple(security.get("masked_paths") or ()),
        readonly_paths=tuple(security.get("readonly_paths") or ()),
        apparmor_profile=_apparmor(security),
        label_options=label_options(security.get("selinux_options")),
        read_only=bool(security.get("readonly_rootfs")),
        read_only_tmpfs=False,
    )


def _apparmor(security: Mapping[str, Any]) -> str:
    """Return the name of the node's AppArmor profile or unconfined; "" for the engine's default."""
    profile = security.get("apparmor") or {}
    kind = str(profile.get("profile_type") or "RuntimeDefault") if profile else ""
    name = str((profile.get("localhost_ref") if profile else security.get("apparmor_profile")) or "")
    if kind == "Unconfined" or (not profile and name == "unconfined"):
        return "unconfined"
    if kind == "Localhost" or (not profile and name.startswith("localhost/")):
        name = name.removeprefix("localhost/")
        if not name:
            raise InvalidInput("it is missing", subject="apparmor.localhost_ref")
        return name
    return ""


def _seccomp(profile: Mapping[str, Any] | None) -> str:
    """Return the engine's value of seccomp_profile: no profile at all is "unconfined", "" the host's default."""
    if profile is None:
        return "unconfined"
    kind = profile.get("profile_type") or "RuntimeDefault"
    if kind != "Localhost":
        return "unconfined" if kind == "Unconfined" else ""
    path = str(profile.get("localhost_ref") or "").removeprefix("localhost/")
    if not path.startswith("/"):
        raise InvalidInput("not an absolute path", subject=f"seccomp.localhost_ref {path}".strip())
    return path


def resources_of(resources: Mapping[str, Any]) -> Resources:
    """Return the limits of LinuxContainerResources; 0 and empty values mean no limit."""

    def number(key: str) -> int | None:
        return int(resources.get(key) or 0) or None

    return Resources(
        cpu_period_us=number("cpu_period"),
        cpu_quota_us=number("cpu_quota"),
        cpu_shares=number("cpu_shares"),
        memory_bytes=number("memory_limit_in_bytes"),
        memory_swap_bytes=number("memory_swap_limit_in_bytes"),
        cpuset_cpus=str(resources.get("cpuset_cpus") or ""),
        cpuset_mems=str(resources.get("cpuset_mems") or ""),
        huge_pages={
            hugepage_limit["page_size"]: int(hugepage_limit.get("limit") or 0)
            for hugepage_limit in resources.get("hugepage_limits") or ()
        },
        unified=resources.get("unified") or {},
    )


def _namespaces(sandbox: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the namespace modes that differ from the defaults of a pod's members, as fields of ContainerSpec."""
    modes: dict[str, Any] = {}
    pid = options.get("pid", "POD")
    if pid == "CONTAINER":
        modes["pid_mode"] = NamespaceMode(kind="private")
    elif pid == "NODE":
        modes["pid_mode"] = NamespaceMode(kind="host")
    elif pid == "TARGET":
        modes["pid_mode"] = NamespaceMode(kind="container", value=str(options.get("target_id") or ""))
    if options.get("ipc") == "NODE":
        modes["ipc_mode"] = NamespaceMode(kind="host")
    if is_on_host_network(sandbox):
        modes["uts_mode"] = NamespaceMode(kind="host")
    return modes
