"""Gather the values of a container's config.json: process, mounts, namespaces (runtime-spec), from its spec and its mounted root."""

from __future__ import annotations

import os

from pycman.containers.bundle import etc_files
from pycman.containers.bundle.cgroup_path import runtime_path
from pycman.containers.bundle.marks import containerenv_mount
from pycman.containers.bundle.process_env import (
    first_env,
    full_hostname,
    hostname_of,
    pod_addresses,
    with_addresses,
)
from pycman.containers.bundle.time_zone import link_zone, zone_file
from pycman.containers.catalogue import row_of
from pycman.containers.networks.etc_networks import network_names
from pycman.containers.states import require_running
from pycman.containers.users import lookup_user, process_user
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import parse_json
from pycman.linux.attributes import dress
from pycman.linux.cgroup.setup import has_v1_memory
from pycman.linux.files import read_text
from pycman.linux.folder import Folder
from pycman.linux.open_below import is_proc, read_below, resolved_below
from pycman.linux.processes import namespace_path
from pycman.runtime.bundle_input import BundleInput, RuntimeMount
from pycman.spec.annotations import CRIU_CONFIG, KEEP_GROUPS, scope_annotations
from pycman.spec.id_map import IdMap, map_id
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.networks.etc_networks import NetworkNames
    from pycman.runtime.bundle_input import HostFacts
    from pycman.spec.container import ContainerSpec, NamespaceMode
    from pycman.spec.mount import SecretUse
    from pycman.state.session import Session

_NAMESPACES = {"pid": "pid_mode", "ipc": "ipc_mode", "uts": "uts_mode", "cgroup": "cgroup_mode"}


def build_input(
    session: Session, row: Mapping[str, Any], spec: ContainerSpec, mounts: list[RuntimeMount], host: HostFacts
) -> BundleInput:
    """Return the values of the runtime spec, and write the bundle's etc files and secrets. The root must be mounted.

    Raises NotFound (user, time zone), InvalidInput (an id that is not mapped), NotRunning (a container to join).
    """
    container_id = row["id"]
    root = spec.bare_root or session.paths.merged(container_id)
    id_map = IdMap.from_dict(parse_json(row["id_map"]))
    if spec.user_mode.kind == "keep-id" or spec.host_users:
        from pycman.containers.bundle.unnamed_users import (
            add_host_users,
            add_keep_id_user,
        )  # only imported for such containers

        add_host_users(spec, root)
        add_keep_id_user(session, spec, root)
    user = lookup_user(root, process_user(session, spec), spec.group_add, spec.groups_policy)
    if spec.names_numbers and any(part.isdecimal() for part in spec.user.split(":")):
        from pycman.containers.bundle.unnamed_users import add_numbered_user  # only imported for users without a name

        add_numbered_user(spec, user, root)
    hostname = hostname_of(spec, container_id)
    etc = _etc_mounts(session, container_id, spec, hostname, mounts, id_map)
    marks = containerenv_mount(session.paths.bundle(container_id), row, spec, mounts, rootless=session.rootless)
    if host.apparmor:
        _refuse_links_into_proc(root, [*etc, *marks])
    return BundleInput(
        spec=spec,
        container_id=container_id,
        rootfs_path=root,
        mounts=(*etc, *marks, *mounts),
        argv=_argv(session, spec),
        env=first_env(session, spec, container_id, user.home),
        cwd=spec.workdir or "/",
        uid=user.uid,
        gid=user.gid,
        extra_gids=tuple(user.extra_gids),
        available_ids=session.available_ids(),
        hostname=full_hostname(spec, hostname),
        namespaces=_namespaces(session, spec, id_map),
        id_map=id_map,
        cgroup_path=runtime_path(session, spec, container_id, host),
        host=host,
        annotations=_annotations(session, container_id, spec, host),
    )


def _annotations(session: Session, container_id: str, spec: ContainerSpec, host: HostFacts) -> dict[str, str]:
    """Return the engine's own words to the runtime. Of a container with a network namespace of its own a checkpoint leaves that
    namespace out, which only a file of options can say.
    """
    own = {KEEP_GROUPS: "1"} if "keep-groups" in spec.group_add else {}
    if host.cgroup_manager == "systemd":
        own |= scope_annotations(spec.stop_signal, spec.stop_timeout_s)
    if session.rootless or spec.network.kind in ("host", "container", "path"):
        return own
    return {**own, CRIU_CONFIG: f"{session.paths.bundle(container_id)}/criu.conf"}


def _argv(session: Session, spec: ContainerSpec) -> tuple[str, ...]:
    argv = (*(spec.entrypoint or ()), *spec.command)
    if not spec.pod_fields:
        return argv
    addresses = pod_addresses(session, spec)
    return tuple(with_addresses(argument, addresses) for argument in argv)


def _refuse_links_into_proc(root: str, mounts: list[RuntimeMount]) -> None:
    """Raise InvalidInput if a link of the image leads a mount of the engine's into /proc, where the runtime writes the AppArmor profile."""
    for mount in mounts:
        if is_proc(resolved_below(root, mount.target)):
            raise InvalidInput(
                "a link of the image leads in /proc", subject=mount.target, hint="use an image without it"
            )


def _namespaces(session: Session, spec: ContainerSpec, id_map: IdMap) -> dict[str, str]:
    """Return each namespace to create ("") or join (its path); one that is shared with the host is left out."""
    paths: dict[str, str | None] = {"mount": ""}
    for kind, field in _NAMESPACES.items():
        paths[kind] = _namespace(session, kind, getattr(spec, field))
    network = spec.network
    if network.kind == "container":
        paths["network"] = _of_container(session, network.value, "net")
    elif network.kind == "path":
        paths["network"] = network.value
    elif network.kind != "host":
        paths["network"] = ""
    if spec.user_mode.kind == "container" and not id_map.uids:
        pass  # the other container is in the namespace that the engine works in, which nobody can join again
    elif spec.user_mode.kind == "container":
        paths["user"] = _of_container(session, spec.user_mode.value, "user")
    elif spec.user_mode.kind == "path":
        paths["user"] = spec.user_mode.value
    elif id_map.uids:
        paths["user"] = ""
    for path in paths.values():
        if path and not os.path.exists(path):
            raise NotFound("no such namespace", subject=path)
    return {kind: path for kind, path in paths.items() if path is not None}


def _namespace(session: Session, kind: str, mode: NamespaceMode) -> str | None:
    if mode.kind == "host":
        return None
    if mode.kind == "container":
        return _of_container(session, mode.value, kind)
    if mode.kind == "path":
        return mode.value
    if kind == "cgroup" and mode.kind == "" and has_v1_memory():
        return None  # on cgroup v1 the default is the host's namespace, as with docker
    return ""


def _of_container(session: Session, container_id: str, kind: str) -> str | None:
    other = row_of(session, container_id)
    require_running(session, other, "joined", paused=True)
    if other["pinned"]:
        path = f"{session.paths.bundle(container_id)}/ns/{kind}"
        return path if os.path.exists(path) else None  # namespaces of the host are not pinned
    return namespace_path(other["pid"], kind)


def _etc_mounts(
    session: Session, container_id: str, spec: ContainerSpec, hostname: str, mounts: list[RuntimeMount], id_map: IdMap
) -> list[RuntimeMount]:
    """Write hosts, hostname, resolv.conf and secrets into the bundle and return their binds."""
    bundle = session.paths.bundle(container_id)
    taken = {mount.target for mount in mounts}
    files = write_etc_files(session, container_id, spec, hostname, id_map)
    binds = [
        _bind(source, f"/etc/{name}", ("rw", "nosuid", "nodev", "noexec"))
        for name, source in files.items()
        if f"/etc/{name}" not in taken
    ]
    if "/etc/localtime" not in taken:
        root = spec.bare_root or session.paths.merged(container_id)
        if spec.timezone and not spec.rootfs and link_zone(root, spec.timezone):
            return binds + _secret_mounts(session, bundle, spec.secrets, id_map)
        binds += _time_zone_mount(bundle, spec.timezone)
    return binds + _secret_mounts(session, bundle, spec.secrets, id_map)


def write_etc_files(
    session: Session, container_id: str, spec: ContainerSpec, hostname: str, id_map: IdMap
) -> dict[str, str]:
    """Write hosts, hostname and resolv.conf into the bundle, unless those of another container are shared; return name → path."""
    bundle = session.paths.bundle(container_id)
    files: dict[str, str] = {}
    network = network_names(session, container_id, spec)
    if not spec.no_hosts:
        files["hosts"] = hosts_text_of(session, container_id, spec, hostname, network)
    if not spec.no_hostname:
        files["hostname"] = hostname + "\n"
    if "none" not in spec.dns:
        files["resolv.conf"] = etc_files.resolv_text(spec, network, host=etc_files.host_resolv())
    shared = session.paths.bundle(spec.network.value) if spec.network.kind == "container" else ""
    named = session.paths.bundle(spec.uts_mode.value) if spec.uts_mode.kind == "container" else ""
    owner = (_outside(id_map.uids, 0), _outside(id_map.gids, 0)) if id_map.uids else (-1, -1)
    paths = {}
    with Folder(bundle, 0o700) as folder:
        for name, text in files.items():
            other = named if name == "hostname" else shared
            if other and os.path.exists(f"{other}/{name}"):
                paths[name] = f"{other}/{name}"
                if id_map.uids:
                    dress(paths[name], owner=owner)
            else:
                paths[name] = folder.write(name, text, owner=owner)
    if shared and spec.pod_id:
        from pycman.containers.bundle.pod_hosts import add_member  # only imported for members of pods

        add_member(session, spec, spec.name)
    return paths


def hosts_text_of(
    session: Session, container_id: str, spec: ContainerSpec, hostname: str, network: NetworkNames
) -> str:
    """Return /etc/hosts, which begins as the spec says, else base_hosts_file of containers.conf. Raises NotFound if there is no such file."""
    base_file = spec.base_hosts or (containers_conf(session).base_hosts_file if spec.conf_defaults else "")
    if not base_file:
        return etc_files.hosts_text(spec, hostname, network, base=read_text("/etc/hosts"))
    base = ""
    if base_file == "image":
        base = (read_below(spec.bare_root or session.paths.merged(container_id), "etc/hosts") or b"").decode(
            "utf-8", "replace"
        )
    elif base_file != "none":
        if not os.path.isfile(base_file):
            where = "--hosts-file" if spec.base_hosts else "base_hosts_file in containers.conf"
            raise NotFound("no such file", subject=base_file, hint=f"correct {where}")
        base = read_text(base_file)
    return etc_files.hosts_text(spec, hostname, network, base=base, replaces=True)


def _time_zone_mount(bundle: str, zone: str) -> list[RuntimeMount]:
    """Copy the zone's rules into the bundle and return the bind at /etc/localtime (tzfile(5)). Raises NotFound."""
    source = zone_file(zone)
    if not source:
        return []
    with open(source, "rb") as file:
        rules = file.read()
    with Folder(bundle) as folder:
        return [_bind(folder.write("localtime", rules, mode=0o644), "/etc/localtime", ("ro", "nosuid", "nodev"))]


def _secret_mounts(session: Session, bundle: str, secrets: tuple[SecretUse, ...], id_map: IdMap) -> list[RuntimeMount]:
    """Write secrets into the bundle, as files named by numbers, and return their binds."""
    binds: list[RuntimeMount] = []
    if not secrets:
        return binds
    from pycman.secrets.catalogue import read_secret  # only imported for containers with secrets

    with Folder(f"{bundle}/secrets", 0o700) as folder:
        for number, secret in enumerate(secrets):
            owner = (_outside(id_map.uids, secret.uid), _outside(id_map.gids, secret.gid))
            path = folder.write(str(number), read_secret(session, secret.name), mode=secret.mode, owner=owner)
            target = secret.target or secret.name
            inside = target if target.startswith("/") else f"/run/secrets/{target}"
            binds.append(_bind(path, inside, ("ro", "nosuid", "nodev")))
    return binds


def _outside(ranges: tuple[Any, ...], inside: int) -> int:
    outside = map_id(ranges, inside)
    if outside is None:
        raise InvalidInput("the id is not mapped in the container's user namespace", subject=str(inside))
    return outside


def _bind(source: str, target: str, options: tuple[str, ...]) -> RuntimeMount:
    return RuntimeMount(kind="bind", source=source, target=target, options=("bind", "rprivate", *options))
