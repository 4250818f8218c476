"""The body of POST /libpod/pods/create, podman's PodSpecGenerator, as a PodSpec. Pure."""

from __future__ import annotations

from api_server.libpod.spec.container import restart_policy
from api_server.libpod.spec.known import POD, finish
from api_server.libpod.spec.network import BASE_HOSTS, hosts_of, name_servers, network_mode, ports_of
from api_server.libpod.spec.resources import device_rates, resources_of
from api_server.libpod.spec.security import id_map, namespace
from api_server.libpod.spec.storage import devices_of, mounts_of, shm_size
from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.pod import NAMESPACES, PodSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_POLICIES = ("", "continue", "stop")


def pod_spec(body: dict[str, Any]) -> PodSpec:
    """Return what a body asks for. Raises InvalidInput, Unsupported."""
    fields = Fields(body)
    infra = not fields.switch("no_infra")
    if fields.text("exit_policy") not in _POLICIES:
        raise InvalidInput("not an exit policy", subject=fields.text("exit_policy")[:40], hint="use continue or stop")
    restart = restart_policy(fields)
    spec = PodSpec(
        name=fields.text("name"),
        hostname=fields.text("hostname"),
        labels=fields.pairs("labels"),
        create_command=fields.texts("pod_create_command"),
        exit_policy=fields.text("exit_policy"),
        share=_shared(fields) if infra else (),
        share_parent=fields.maybe("share_parent") is not False,
        infra=infra,
        infra_name=fields.text("infra_name"),
        infra_image=fields.text("infra_image"),
        infra_conmon_pid_file=fields.absolute_path("infra_conmon_pid_file"),
        infra_command=fields.texts("infra_command"),
        network=network_mode(fields),
        ports=ports_of(fields),
        extra_hosts=hosts_of(fields),
        dns=name_servers(fields),
        dns_search=fields.texts("dns_search"),
        dns_options=fields.texts("dns_option"),
        no_hosts=fields.maybe("no_manage_hosts"),
        base_hosts=fields.absolute_path("hostsFile", besides=BASE_HOSTS),
        no_hostname=fields.switch("no_manage_hostname"),
        pid_mode=namespace(fields, "pidns"),
        ipc_mode=_ipc(fields, infra=infra),
        uts_mode=namespace(fields, "utsns"),
        user_mode=namespace(fields, "userns"),
        id_map=id_map(fields.below("idmappings")),
        mounts=mounts_of(fields),
        volumes_from=fields.texts("volumes_from"),
        devices=devices_of([*fields.texts("pod_devices"), *fields.texts("devices")]),
        shm_size_bytes=shm_size(fields),
        systemd_size_bytes=fields.number("shm_size_systemd") or None,
        resources=resources_of(fields.below("resource_limits"), device_rates(fields), {}),
        cgroup_parent=fields.text("cgroup_parent"),
        sysctls=fields.pairs("sysctl"),
        security=_security(fields),
        restart=restart if fields.text("restart_policy") else None,
    )
    fields.ignore(("restart_tries",))
    finish(fields, POD)
    return spec


def _shared(fields: Fields) -> tuple[str, ...]:
    """Return the shared namespaces; podman shares ipc, net and uts if nothing is said. Raises InvalidInput."""
    if not fields.given("shared_namespaces"):
        return ("ipc", "net", "uts")
    names = [
        {"network": "net"}.get(name, name) for name in fields.texts("shared_namespaces") if name not in ("", "none")
    ]
    for name in names:
        if name not in NAMESPACES:
            raise InvalidInput(
                "not a namespace that can be shared",
                subject=f"shared_namespaces {name[:40]}",
                hint=f"use {', '.join(NAMESPACES)}",
            )
    return tuple(sorted(set(names)))


def _ipc(fields: Fields, *, infra: bool) -> NamespaceMode:
    """Return the IPC namespace; one that the members share is not private to the infra container, whatever clients send."""
    mode = namespace(fields, "ipcns")
    return NamespaceMode() if mode.kind == "private" and infra and "ipc" in _shared(fields) else mode


def _security(fields: Fields) -> Security:
    """Return security_opt, of which a pod has labels, seccomp, AppArmor and no-new-privileges. Raises Unsupported."""
    changes: dict[str, Any] = {}
    labels: list[str] = []
    for option in fields.texts("security_opt"):
        key, _, value = option.partition("=") if "=" in option else option.partition(":")
        if key == "label" and value:
            labels.append(value)
        elif key == "no-new-privileges":
            changes["no_new_privileges"] = value != "false"
        elif key == "seccomp" and value:
            changes["seccomp_profile"] = value
        elif key == "apparmor" and value:
            changes["apparmor_profile"] = value
        elif key in ("mask", "unmask") and value:
            changes[key] = tuple(value.split(":"))
        else:
            raise Unsupported("unknown security option", subject=f"security_opt {option[:60]}")
    return Security(**changes, label_options=tuple(labels))
