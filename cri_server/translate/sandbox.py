"""PodSandboxConfig into a PodSpec. Pure."""

from __future__ import annotations

from cri_server.translate.names import visible_name
from pycman.errors import InvalidInput, Unsupported
from pycman.network.addresses import parse_address
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.id_map import IdMap, IdRange
from pycman.spec.lines import check_nul
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MANAGER = "kubelet"
_SELINUX = ("user", "role", "type", "level")
_KEYS = ("name", "uid", "namespace")


def sandbox_name(metadata: Mapping[str, Any]) -> str:
    """Return the engine's name for the pod: k8s_NAME_NAMESPACE_UID_ATTEMPT (names.py). Raises InvalidInput if a field is missing."""
    for key in _KEYS:
        if not metadata.get(key):
            raise InvalidInput("it is missing", subject=f"metadata.{key}")
    return visible_name((metadata["name"], metadata["namespace"], metadata["uid"], metadata.get("attempt", 0)))


def namespace_options(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a sandbox's NamespaceOption."""
    security = (config.get("linux") or {}).get("security_context") or {}
    options: Mapping[str, Any] = security.get("namespace_options") or {}
    return options


def is_on_host_network(config: Mapping[str, Any]) -> bool:
    """Return whether a sandbox uses the node's network namespace."""
    return namespace_options(config).get("network") == "NODE"


def is_privileged(config: Mapping[str, Any]) -> bool:
    """Return whether containers of a sandbox may be privileged."""
    return bool(((config.get("linux") or {}).get("security_context") or {}).get("privileged"))


def pod_spec(config: Mapping[str, Any], runtime: str) -> PodSpec:
    """Return the spec of a sandbox's pod: its network is the host's, or "none", to be connected by CNI.

    Raises InvalidInput, Unsupported.
    """
    linux = config.get("linux") or {}
    security = linux.get("security_context") or {}
    options = namespace_options(config)
    on_host = is_on_host_network(config)
    id_map = id_map_of(options.get("userns_options"))
    if id_map.uids and on_host:
        raise Unsupported("a pod with a user namespace cannot use the node's network", subject="userns_options")
    for kind in ("network", "ipc"):
        if options.get(kind) in ("CONTAINER", "TARGET"):
            raise InvalidInput("it must be POD or NODE", subject=f"namespace_options.{kind}")
    check_nul(config, "the sandbox's config")
    port_mappings(config)
    dns = config.get("dns_config")
    pid = options.get("pid", "POD")
    share = ["net", "uts", *(["ipc"] if options.get("ipc") != "NODE" else []), *(["pid"] if pid == "POD" else [])]
    return PodSpec(
        name=sandbox_name(config.get("metadata") or {}),
        hostname="" if on_host else str(config.get("hostname") or "")[:63],
        labels=config.get("labels") or {},
        annotations=config.get("annotations") or {},
        managed_by=MANAGER,
        conf_defaults=False,
        pinned=True,
        id_map=id_map,
        share=tuple(sorted(share)),
        network=NetworkMode(kind="host" if on_host else "none"),
        uts_mode=NamespaceMode(kind="host") if on_host else NamespaceMode(),
        ipc_mode=NamespaceMode(kind="host") if options.get("ipc") == "NODE" else NamespaceMode(),
        pid_mode=NamespaceMode(kind="host") if pid == "NODE" else NamespaceMode(),
        dns=tuple((dns or {}).get("servers") or ()),
        dns_search=tuple((dns or {}).get("searches") or ()),
        dns_options=tuple((dns or {}).get("options") or ()),
        dns_exact=dns is not None,
        sysctls=linux.get("sysctls") or {},
        cgroup_parent=_cgroup_parent(str(linux.get("cgroup_parent") or "")),
        security=Security(label_options=label_options(security.get("selinux_options"))),
        oci_runtime=runtime,
    )


def label_options(options: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return a SELinuxOption as the engine's options ("type:container_t")."""
    return tuple(f"{key}:{value}" for key, value in sorted((options or {}).items()) if key in _SELINUX and value)


def id_map_of(options: Mapping[str, Any] | None) -> IdMap:
    """Return the id map of a pod with its own user namespace; an empty one for the node's. Raises InvalidInput.

    There must be one range, the same for users and groups, that begins at 0 (cri-api, "UserNamespace").
    """
    if options is None:
        return IdMap()
    mode = options.get("mode", "POD")
    if mode == "NODE":
        return IdMap()
    if mode != "POD":
        raise InvalidInput("it must be POD or NODE", subject="userns_options.mode")
    uids, gids = ([_range(mapping) for mapping in options.get(key) or ()] for key in ("uids", "gids"))
    if len(uids) != 1 or uids != gids or uids[0].container_id or not uids[0].size:
        raise InvalidInput("it must have one range from 0 on, the same for uids and gids", subject="userns_options")
    return IdMap(uids=tuple(uids), gids=tuple(gids))


def _range(mapping: Mapping[str, Any]) -> IdRange:
    return IdRange(
        container_id=int(mapping.get("container_id", 0)),
        host_id=int(mapping.get("host_id", 0)),
        size=int(mapping.get("length", 0)),
    )


def _cgroup_parent(text: str) -> str:
    if ".." in text.split("/"):
        raise InvalidInput("not a cgroup", subject=f"cgroup_parent {text}")
    return f"/{text.strip('/')}" if text.strip("/") else ""


def port_mappings(config: Mapping[str, Any]) -> list[PortMapping]:
    """Return the ports for CNI to publish: those with a host port. Raises InvalidInput."""
    ports = []
    for port_mapping in config.get("port_mappings") or ():
        container_port, host_port = (int(port_mapping.get(key) or 0) for key in ("container_port", "host_port"))
        address = str(port_mapping.get("host_ip") or "")
        if address:
            parse_address(address, f"port_mappings.host_ip {address}")
        if not (0 <= container_port < 65536 and 0 <= host_port < 65536):
            raise InvalidInput(
                "ports are numbers from 1 to 65535", subject=f"port_mappings {host_port}:{container_port}"
            )
        if host_port:
            protocol = str(port_mapping.get("protocol") or "TCP").lower()
            ports.append(
                PortMapping(container_port=container_port, host_port=host_port, host_ip=address, protocol=protocol)
            )
    return ports
