"""Build the runtime spec (config.json, runtime-spec v1.0) of a container from a BundleInput: `build_runtime_spec`. Pure."""

from __future__ import annotations

from pycman.runtime.bundle_input import INIT_PATH, BundleInput
from pycman.runtime.defaults import closed_paths
from pycman.runtime.mounts import HIDDEN_UNDER_MOUNTS, default_mounts, device_mounts, user_mounts
from pycman.runtime.process import ProcessInput, process_object
from pycman.runtime.resources import device_nodes, resources_object
from pycman.spec.annotations import without_steering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec

_CONTEXT_TYPE = "run.oci.mount_context_type"


def build_runtime_spec(inputs: BundleInput) -> dict[str, Any]:
    """Return config.json as a value, without "linux.seccomp", which bundle_text.py adds. "linux" must be its last member."""
    spec = inputs.spec
    result: dict[str, Any] = {
        "ociVersion": "1.0.2",
        "process": process_object(_first_process(inputs)),
        "root": {"path": inputs.rootfs_path, "readonly": bool(spec.security.read_only)},
        "mounts": _mounts(inputs),
        "annotations": {**without_steering(spec.annotations), **_nested(spec), **inputs.annotations},
        "linux": _linux(inputs),
    }
    if inputs.namespaces.get("uts") == "":
        result["hostname"] = inputs.hostname
        if spec.domainname:
            result["domainname"] = spec.domainname  # NIS, setdomainname(2); of runtime-spec 1.1, obeyed by crun
    if inputs.hooks:
        result["hooks"] = {when: list(hooks) for when, hooks in inputs.hooks.items()}
    return result


def _nested(spec: ContainerSpec) -> dict[str, str]:
    """Return the annotation by which crun lets the container label what is on its mounts (crun(1))."""
    return {_CONTEXT_TYPE: "rootcontext"} if "nested" in spec.security.label_options else {}


def _first_process(inputs: BundleInput) -> ProcessInput:
    return ProcessInput(
        spec=inputs.spec,
        host=inputs.host,
        argv=(INIT_PATH, "--", *inputs.argv) if inputs.spec.init else inputs.argv,
        env=inputs.env,
        cwd=inputs.cwd,
        uid=inputs.uid,
        gid=inputs.gid,
        extra_gids=inputs.extra_gids,
        terminal=inputs.spec.terminal,
    )


def _mounts(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return the mounts, parents before children; what the user mounts replaces the default of the same target."""
    own = [*user_mounts(inputs), *device_mounts(inputs)]
    taken = {mount["destination"] for mount in own}
    base = [mount for mount in default_mounts(inputs) if mount["destination"] not in taken]
    if inputs.spec.security.read_only and inputs.spec.security.read_only_dev:
        users = {mount.target for mount in inputs.spec.mounts}
        for mount in (*base, *own):
            if mount["destination"] in ("/dev", "/dev/shm") and mount["destination"] not in users:
                mount["options"] = [*(option for option in mount["options"] if option != "rw"), "ro"]
    return base + sorted(own, key=lambda mount: mount["destination"].rstrip("/").count("/"))


def _linux(inputs: BundleInput) -> dict[str, Any]:
    spec = inputs.spec
    linux: dict[str, Any] = {
        "namespaces": [
            {"type": kind, "path": path} if path else {"type": kind} for kind, path in sorted(inputs.namespaces.items())
        ],
        "devices": device_nodes(inputs),
        "resources": resources_object(inputs),
    }
    if inputs.namespaces.get("user") == "" and inputs.id_map.uids:
        linux["uidMappings"] = [_range(part) for part in inputs.id_map.uids]
        linux["gidMappings"] = [_range(part) for part in inputs.id_map.gids]
    if inputs.host.cgroups != "none" and spec.cgroups != "disabled":
        linux["cgroupsPath"] = inputs.cgroup_path
    sysctls = {**_network_sysctls(inputs), **spec.sysctls}
    if sysctls:
        linux["sysctl"] = sysctls
    if spec.personality:
        linux["personality"] = {"domain": spec.personality}
    if spec.security.mount_label and inputs.host.selinux:
        linux["mountLabel"] = spec.security.mount_label
    linux |= closed_paths(spec.security, {mount.target for mount in inputs.mounts} & HIDDEN_UNDER_MOUNTS)
    propagation = {mount_option for mount in inputs.mounts for mount_option in mount.options}
    if propagation & {"shared", "rshared"}:
        linux["rootfsPropagation"] = "shared"
    elif propagation & {"slave", "rslave"}:
        linux["rootfsPropagation"] = "slave"
    return linux


def _network_sysctls(inputs: BundleInput) -> dict[str, str]:
    """Return docker's defaults for a container with its own network namespace: ping and every port without capabilities."""
    if inputs.namespaces.get("network") != "" or inputs.spec.security.privileged:
        return {}
    groups = sum(part.size for part in inputs.id_map.gids) if inputs.id_map.gids else inputs.available_ids
    return network_sysctls(groups)


def network_sysctls(groups: int) -> dict[str, str]:
    """Return docker's default sysctls for a network namespace; `groups` is how many group ids its user namespace maps."""
    return {
        "net.ipv4.ip_unprivileged_port_start": "0",
        "net.ipv4.ping_group_range": f"0 {min(groups - 1, 0x7FFF_FFFF)}",
    }


def _range(part: Any) -> dict[str, int]:
    return {"containerID": part.container_id, "hostID": part.host_id, "size": part.size}
