"""The infra container: its spec, derived from the pod's, and the root file system that all infra containers share."""

from __future__ import annotations

import os

from pycman.containers.bundle.cgroup_path import default_parent, pod_slice_path
from pycman.errors import Unavailable, Unsupported
from pycman.linux.folder import Folder
from pycman.linux.processes import find_program, how_to_install
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.spec.cgroup_names import check_slice, is_slice
from pycman.spec.container import ContainerSpec, LogConfig, Security
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import NetworkAttachment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.network_attachment import NetworkMode
    from pycman.spec.pod import PodSpec, PodVolume
    from pycman.state.session import Session

_DIRECTORIES = ("dev", "etc", "proc", "run", "sys", "tmp")
_FILES = ("etc/hosts", "etc/hostname", "etc/resolv.conf")
_STOP_TIMEOUT_S = 2
USER_MODE = "io.podman.annotations.userns"


def infra_name(pod_id: str, spec: PodSpec) -> str:
    """Return the infra container's name: `spec.infra_name`, else the one podman would generate."""
    return spec.infra_name or f"{pod_id[:12]}-infra"


def infra_spec(session: Session, pod_id: str, spec: PodSpec, cgroup: str) -> ContainerSpec:
    """Return the spec of a pod's infra container, which has the pod's network, ports, host names, sysctls and namespaces.

    Its program only waits and reaps, so it runs without capabilities and without a seccomp filter (15 ms to compile). The
    program of an `infra_image` gets both, as any container.
    """
    minimal = Security(cap_drop=("all",), no_new_privileges=True, seccomp_profile="unconfined", read_only_tmpfs=False)
    labels = spec.security.label_options
    is_plain = not spec.infra_image and spec.security == Security(label_options=labels)
    security = minimal.replace(label_options=labels) if is_plain else spec.security
    command = spec.infra_command or (() if spec.infra_image else ("/catatonit", "-P"))
    return ContainerSpec(
        image=spec.infra_image,
        rootfs="" if spec.infra_image else pause_root(session),
        name=infra_name(pod_id, spec),
        entrypoint=command or None,
        hostname=_hostname(spec),
        domainname=spec.domainname,
        labels=dict(spec.labels),
        annotations={**spec.annotations, **_user_annotation(spec)},
        network=_network(spec),
        ports=spec.ports,
        extra_hosts=spec.extra_hosts,
        dns=spec.dns,
        dns_search=spec.dns_search,
        dns_options=spec.dns_options,
        dns_exact=spec.dns_exact,
        no_hosts=spec.no_hosts,
        base_hosts=spec.base_hosts,
        no_hostname=spec.no_hostname,
        pid_mode=spec.pid_mode,
        ipc_mode=spec.ipc_mode,
        uts_mode=spec.uts_mode,
        user_mode=spec.user_mode,
        id_map=spec.id_map,
        shm_size_bytes=spec.shm_size_bytes,
        mounts=tuple(_memory_mount(volume) for volume in spec.volumes if volume.memory),
        sysctls=spec.sysctls,
        security=security,
        cgroup_parent=cgroup,
        cgroup_manager=manager_of(cgroup),
        stop_timeout_s=_STOP_TIMEOUT_S,
        http_proxy=False,
        conf_defaults=spec.conf_defaults,
        log=LogConfig(driver="none"),
        oci_runtime=spec.oci_runtime,
        pod_id=pod_id,
        conmon_pid_file=spec.infra_conmon_pid_file,
        is_infra=True,
        pinned=can_be_pinned(spec) and not choose_runtime(session, spec.oci_runtime).knows_pods,
    )


def _user_annotation(spec: PodSpec) -> dict[str, str]:
    """Return the annotation by which podman's clients find the user namespace that a pod was asked for."""
    mode = spec.user_mode
    return {USER_MODE: ":".join(filter(None, (mode.kind, mode.value)))} if mode.kind not in ("", "host") else {}


def can_be_pinned(spec: PodSpec) -> bool:
    """Return whether files can keep the pod's namespaces open, so that it needs no infra process."""
    return (
        spec.pinned
        and not {"user", "cgroup"} & set(spec.share)
        and ("pid" not in spec.share or spec.pid_mode.kind == "host")
        and not (
            spec.infra_image
            or spec.infra_command
            or spec.infra_conmon_pid_file
            or spec.user_mode.kind
            or spec.id_map.uids
        )
        and spec.network.kind in ("", "private", "bridge", "none", "host")
    )


def _memory_mount(volume: PodVolume) -> Mount:
    """Return the mount by which the infra container keeps a pod's volume in memory (kind "held")."""
    size = (f"size={volume.size_bytes}",) if volume.size_bytes else ()
    group = (f"gid={volume.gid}",) if volume.gid >= 0 else ()
    mode = volume.mode | (0o2070 if volume.gid >= 0 else 0)
    return Mount(
        kind="held", source=volume.name, target=f"/volumes/{volume.name}", options=(f"mode={mode:o}", *size, *group)
    )


def _hostname(spec: PodSpec) -> str:
    if spec.hostname or spec.uts_mode.kind == "host" or spec.network.kind == "host":
        return spec.hostname
    return spec.name[:63]


def _network(spec: PodSpec) -> NetworkMode:
    """Return the pod's network mode, with the pod's name as an alias on every network."""
    mode = spec.network
    if mode.kind not in ("", "private", "bridge"):
        return mode
    attachments = mode.attachments or (NetworkAttachment(name="bridge"),)
    named = tuple(
        attachment.replace(aliases=tuple(dict.fromkeys((*attachment.aliases, spec.name)))) for attachment in attachments
    )
    return mode.replace(kind="bridge", attachments=named)


def manager_of(cgroup: str) -> str:
    """Return the cgroup manager of the containers in a pod's cgroup; "" is the host's, for a pod that has none."""
    return "systemd" if is_slice(cgroup) else "cgroupfs" if cgroup else ""


def pod_cgroup(session: Session, pod_id: str, spec: PodSpec) -> str:
    """Return the parent cgroup of the pod's members. Raises InvalidInput for a parent that the host's cgroup manager cannot use.

    A kubelet's slice is that of the pod already; the pod of a path that it names is made by cgroupfs, whichever manager is the host's.
    """
    if not spec.share_parent:
        return spec.cgroup_parent
    parent = spec.cgroup_parent
    if spec.managed_by and parent:
        by_systemd = is_slice(parent)
    else:
        runtime = choose_runtime(session, spec.oci_runtime).program
        by_systemd = host_facts(session, runtime=runtime).cgroup_manager == "systemd"
    if by_systemd:
        if parent:
            check_slice(parent, f"--cgroup-parent {parent}")
        return pod_slice_path(session, parent, "" if spec.managed_by and parent else pod_id)
    return f"{(spec.cgroup_parent or default_parent(session)).rstrip('/')}/pycman-pod-{pod_id}"


def pause_root(session: Session) -> str:
    """Return the root file system of infra containers, made at first use: catatonit, and places to mount on.

    Raises Unavailable (no catatonit), Unsupported (it is not statically linked).
    """
    root = session.paths.pause
    program = f"{root}/catatonit"
    if os.path.exists(program):
        return root
    source = find_program("catatonit") or next(filter(os.path.exists, ("/usr/libexec/podman/catatonit",)), "")
    if not source:
        raise Unavailable(
            "no such program", subject="catatonit", hint=f"{how_to_install('catatonit')}, or use --infra-image"
        )
    with Folder(root) as folder:
        for name in _DIRECTORIES:
            folder.make_directory(name)
        for name in _FILES:
            folder.make_file(name)
    with open(source, "rb") as file:
        content = file.read()
    if b"/ld-linux" in content[:4096] or b"/ld-musl" in content[:4096]:
        raise Unsupported(
            "it is not statically linked, but the infra container has no loader",
            subject=source,
            hint="use --infra-image",
        )
    with Folder(root) as folder:
        folder.write("catatonit", content, mode=0o755)
    return root
