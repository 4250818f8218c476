"""Create a container: insert its row, make its directories and volumes, then mark the row ready.

image pulled, spec completed ──▶ row "creating" ──▶ layers, directories, volumes ──▶ row "ready", event create
                                      └─ error: discard_unfinished; kill: the next command removes it (recover)
"""

from __future__ import annotations

import os
import time

from pycman.config.mounts_conf import default_mounts
from pycman.containers.bundle.time_zone import zone_file
from pycman.containers.catalogue import find_id, get_id, get_row, row_of, spec_of
from pycman.containers.check_spec import check_health_log, check_spec
from pycman.containers.create import user_namespace
from pycman.containers.create.conf_defaults import default_sysctls, with_defaults
from pycman.containers.create.generated_names import free_name, new_id
from pycman.containers.create.image_defaults import fill_in
from pycman.containers.create.resolve_mounts import describe_mounts, resolve_mounts
from pycman.containers.events import append_event
from pycman.containers.networks.resolve import resolve_network
from pycman.errors import AlreadyExists, InvalidInput, NotFound, Unsupported
from pycman.images.transfer.ensure_image import ensure_image
from pycman.jsontext import format_json, parse_json
from pycman.linux.attributes import dress
from pycman.linux.files import make_directory
from pycman.linux.host_limits import has_selinux
from pycman.linux.processes import find_init, how_to_install
from pycman.linux.systemd.presence import runs_systemd
from pycman.plan import crash_point
from pycman.record import Record
from pycman.runtime.check_confinement import check_confinement
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime, warn_of_limits
from pycman.runtime.process import check_apparmor
from pycman.runtime.seccomp_profile import profile_path, read_profile
from pycman.runtime.settable import settable
from pycman.spec.cgroup_names import check_slice
from pycman.spec.id_map import IdMap, map_id
from pycman.spec.image_file import parse_image_file
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import listed_networks
from pycman.spec.resources import Resources
from pycman.state import owners
from pycman.state.settings import containers_conf, engine_environment
from pycman.state.sqlite import sqlite3
from pycman.storage.driver import choose_driver
from pycman.storage.layers import ensure_image_layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.containers.create.resolve_mounts import ResolvedMounts
    from pycman.images.image import Image
    from pycman.runtime.bundle_input import HostFacts
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_SHARED_MODES = ("pid_mode", "ipc_mode", "uts_mode", "cgroup_mode", "user_mode")


class StepBase(Record):
    """What a container of a build's step starts from in place of an image: the stage's layers, top first, and the
    "config" object of an image for it.
    """

    layer_names: tuple[str, ...]
    config: Mapping[str, Any] = {}


class _Draft(Record):
    """The values of the row of a container that is being created."""

    id: str
    name: str
    spec: ContainerSpec
    image_id: str
    image_name: str
    id_map: IdMap
    needs: tuple[str, ...]
    base: StepBase | None = None


class Begun:
    """A container whose row was inserted. `limited`: it has limits, which the host may be unable to enforce."""

    def __init__(self, draft: _Draft, mounts: ResolvedMounts, *, limited: bool) -> None:
        self.draft, self.mounts, self.limited = draft, mounts, limited


def create_container(
    session: Session,
    spec: ContainerSpec,
    *,
    progress: Any = None,
    base: StepBase | None = None,
    container_id: str = "",
    durable: bool = True,
) -> str:
    """Create a container and return its id; the image is pulled by the policy `spec.pull` (default: if it is missing).

    Not `durable`: the caller's next durable commit is what keeps it after a loss of power, before it tells of the container.

    `container_id` is the id that it gets, 64 hex digits, "" for a new one. With `base` it is one of a build's step: no listing shows it, this process owns it, and `spec.image` is only a text.
    Raises AlreadyExists (name, id), InvalidInput, NotFound (image, secret, other container), and whatever pulling raises.
    """
    begun = begin_creation(session, spec, progress=progress, base=base, container_id=container_id)
    return finish_creation(session, begun, durable=durable)


def begin_creation(
    session: Session, spec: ContainerSpec, *, progress: Any = None, base: StepBase | None = None, container_id: str = ""
) -> Begun:
    """Complete a spec and insert the row "creating", by which recovery finds what `finish_creation` makes. Takes and raises what `create_container` does."""
    check_spec(spec)
    check_health_log(spec.health_log)
    _refuse_taken_name(session, spec.name)
    if container_id and find_id(session, container_id) is not None:
        raise AlreadyExists(
            "there is a container of this id", subject=container_id[:12], hint="give the new one a --name"
        )
    session.enter_namespaces()
    image = _image_of(session, spec, progress) if base is None else None
    if image is not None and parse_image_file(spec.image) is not None:
        spec = spec.replace(image=image.names[0] if image.names else image.id)  # no container goes by a file's name
    limited = spec.resources != Resources() or (spec.conf_defaults and "pids_limit" in containers_conf(session).given)
    spec = _with_defaults(session, spec, image)
    image_config = (image.config.get("config") or {}) if image else {} if base is None else base.config
    complete = _completed(session, spec, image_config, in_build=base is not None)
    mounts = resolve_mounts(session, complete)
    draft = _inserted(session, complete.replace(mounts=tuple(mounts.mounts)), image, base, mounts, container_id)
    return Begun(draft, mounts, limited=limited)


def finish_creation(session: Session, begun: Begun, *, durable: bool) -> str:
    """Make what a container has on the disk, and its row "ready"; return its id. If that fails, it is removed again."""
    draft = begun.draft
    try:
        _make(session, draft, begun.mounts, durable=durable)
    except BaseException:
        from pycman.containers.end.remove import discard_unfinished  # only imported after a failure

        discard_unfinished(session, draft.id)
        raise
    if begun.limited:
        session.warnings += warn_of_limits(session, draft.spec.oci_runtime, manager=draft.spec.manager)
    return draft.id


def _inserted(
    session: Session,
    spec: ContainerSpec,
    image: Image | None,
    base: StepBase | None,
    mounts: ResolvedMounts,
    container_id: str,
) -> _Draft:
    """Insert the row; retry with a new generated name if another command took the same one at the same time."""
    while True:
        draft = _draft(session, spec, image, container_id).replace(base=base)
        try:
            _insert(session, draft, mounts)
        except AlreadyExists:
            if spec.name:
                raise
        else:
            return draft


def _refuse_taken_name(session: Session, name: str) -> None:
    if not name:
        return None
    if session.db.value("SELECT 1 FROM pods WHERE name = ?", (name,)) is not None:
        raise AlreadyExists("a pod has this name", subject=name, hint="take another one")
    holder = session.db.row("SELECT id, row_state, owner FROM containers WHERE name = ?", (name,))
    if holder is None:
        return None
    if holder["row_state"] != "ready" and owners.is_gone(holder["owner"]):
        from pycman.containers.end.recover import recover_container  # only imported after a killed command

        recover_container(session, holder["id"])
        return _refuse_taken_name(session, name)
    raise _taken(name, holder["id"])


def _taken(name: str, holder: str) -> AlreadyExists:
    return AlreadyExists(
        f"the name is already in use by container {holder[:12]}",
        subject=name,
        hint="remove or rename that container, or use --replace",
        code="container-name-taken",
        facts={"holder": holder[:12]},
    )


def _image_of(session: Session, spec: ContainerSpec, progress: Any) -> Image | None:
    if spec.rootfs:
        if not os.path.isdir(spec.rootfs):
            raise NotFound("no such root file system", subject=spec.rootfs)
        return None
    policy = spec.pull or containers_conf(session).pull_policy
    return ensure_image(session, spec.image, policy=policy, platform=spec.platform, progress=progress)


def _with_defaults(session: Session, spec: ContainerSpec, image: Image | None) -> ContainerSpec:
    """Return the spec completed from containers.conf, and checked against this host. Raises Unsupported, InvalidInput (no init)."""
    conf = containers_conf(session)
    if image and conf.platform_to_oci_runtime and not (spec.oci_runtime or session.options.oci_runtime):
        platform = f"{image.os}/{image.architecture}"
        spec = spec.replace(oci_runtime=conf.platform_to_oci_runtime.get(platform, ""))
    program = choose_runtime(session, spec.oci_runtime).program
    host = host_facts(session, spec.resources, runtime=program, manager=spec.manager)
    if spec.cgroups == "split" and session.rootless and host.cgroups == "none" and runs_systemd():
        from pycman.linux.systemd.own_scope import leave_others_scope  # only rootless on hosts with systemd

        leave_others_scope(session.user.uid, rootless=True)  # the cgroup of a login cannot be split
        host = host_facts(session, spec.resources, runtime=program, manager=spec.manager)
    if spec.cgroups == "split" and host.cgroups == "none" and session.options.notify_socket:
        # a unit that podman's Quadlet would write, on a host of cgroup v1: the monitor stays with the service all the same
        session.notes.append(f"--cgroups=split: {host.manager_why}: the container's cgroup is not below the service's")
        spec = spec.replace(cgroups="no-conmon")
        host = host_facts(session, spec.resources, runtime=program, manager=spec.manager)
    _warn_of_oom_score(session, spec, host)
    spec = _with_manager(session, spec, host)
    spec = spec.replace(hooks_dirs=session.options.hooks_dirs or spec.hooks_dirs)
    check_apparmor(spec.security.apparmor_profile, host)
    possible, warnings = settable(spec.resources, host.cgroups, host.controllers, rootless=host.rootless)
    if warnings:
        session.warnings += warnings
        spec = spec.replace(resources=possible)
    filled = with_defaults(spec, conf, host.controllers if host.cgroups != "none" else ())
    filled = _with_profiles(session, filled, host)
    if spec.conf_defaults and not spec.is_infra:
        filled = _with_default_mounts(session, filled)
    return filled.replace(init_path=_init_path(filled, conf.helper_binaries_dir)) if filled.init else filled


def _with_default_mounts(session: Session, spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with the mounts of mounts.conf, but where it has others: files as they are, directories below a layer of its own."""
    config_home = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME', '')}/.config"
    found = default_mounts(session.options.default_mounts_file, config_home if session.rootless else "")
    taken = {mount.target.rstrip("/") for mount in spec.mounts}
    mounts = tuple(
        Mount(kind="bind", source=source, target=target, options=("O",))
        if os.path.isdir(source)
        else Mount(kind="bind", source=source, target=target, read_only=True)
        for source, target in found
        if target.rstrip("/") not in taken
    )
    return spec.replace(mounts=spec.mounts + mounts) if mounts else spec


def _warn_of_oom_score(session: Session, spec: ContainerSpec, host: HostFacts) -> None:
    """Warn of a score that an ordinary user cannot have: it would make the container the last to be killed, and is not obeyed."""
    least = host.own_oom_score_adj
    if host.rootless and spec.oom_score_adj is not None and spec.oom_score_adj < least:
        session.warnings.append(
            f"--oom-score-adj={spec.oom_score_adj}: ordinary users cannot go below their own, it is {least}"
        )


def _with_manager(session: Session, spec: ContainerSpec, host: HostFacts) -> ContainerSpec:
    """Return the spec with the cgroup manager that is kept with the container. Raises InvalidInput for a parent that it cannot use."""
    chosen = host.cgroup_manager
    if spec.cgroups == "split" and host.cgroups == "none":
        raise Unsupported(
            host.manager_why, subject="--cgroups=split", hint="it needs cgroup v2, as in a service of systemd"
        )
    if chosen == "systemd" and spec.cgroup_parent and spec.cgroups != "split":
        check_slice(spec.cgroup_parent, f"--cgroup-parent {spec.cgroup_parent}")
    asked = session.options.cgroup_manager
    if asked == "systemd" != chosen and not spec.manager:
        session.warnings.append(f"--cgroup-manager {asked} is not used: {host.manager_why}")
    if spec.manager:
        return spec
    # where there are no cgroups today, there may be some at its next start
    return spec.replace(cgroup_manager=asked or ("" if chosen == "disabled" else chosen))


def _with_profiles(session: Session, spec: ContainerSpec, host: HostFacts) -> ContainerSpec:
    """Return the spec with the AppArmor profile it will run under; refuse profiles that cannot be had, before anything is made.

    Raises NotFound, Corrupt (a broken seccomp profile), Unavailable (AppArmor's parser failed), Unsupported.
    """
    security = spec.security
    check_confinement(spec, host)
    if security.seccomp_profile not in ("", "unconfined"):
        read_profile(profile_path(security, ""), ())
    if spec.is_infra:
        return spec.replace(security=security.replace(apparmor_profile=""))
    if host.apparmor:
        from pycman.runtime.apparmor import confinement  # only on hosts with AppArmor

        profile = confinement(security, rootless=session.rootless)
        return spec.replace(security=security.replace(apparmor_profile=profile))
    if security.apparmor_profile not in ("", "unconfined"):
        session.warnings.append(
            f"apparmor_profile {security.apparmor_profile} of containers.conf is not used: this host has no AppArmor"
        )
    return spec.replace(security=security.replace(apparmor_profile=""))


def _init_path(spec: ContainerSpec, directories: tuple[str, ...]) -> str:
    path = spec.init_path or find_init(directories)
    if not path or not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise InvalidInput(
            "no init program", subject=f"--init {spec.init_path}".strip(), hint=how_to_install("catatonit")
        )
    return path


def _completed(
    session: Session, spec: ContainerSpec, image_config: Mapping[str, Any], *, in_build: bool
) -> ContainerSpec:
    """Return the spec completed with defaults of the image and the settings, with names of other containers replaced by ids."""
    settings = containers_conf(session)
    complete = fill_in(
        spec,
        image_config,
        default_env=_pairs(settings.env) if spec.conf_defaults else {},
        host_env=engine_environment(session, os.environ),
        stop_timeout_s=settings.stop_timeout,
        in_build=in_build,
    )
    zone_file(complete.timezone)
    if complete.health_on_failure != "none" and not complete.has_check:
        subject = f"--health-on-failure {complete.health_on_failure}"
        raise InvalidInput(
            "there is no health check",
            subject=subject,
            hint="add --health-cmd, or leave it out",
            code="on-failure-without-check",
            facts={"action": complete.health_on_failure},
        )
    if complete.sdnotify == "healthy" and complete.health is None:
        raise InvalidInput(
            "there is no health check",
            subject="--sdnotify healthy",
            hint="add --health-cmd",
            code="sdnotify-without-check",
        )
    changes: dict[str, Any] = {"network": resolve_network(session, complete)}
    for field in _SHARED_MODES:
        mode = getattr(complete, field)
        if mode.kind == "container":
            changes[field] = mode.replace(value=get_id(session, mode.value))
            if field == "ipc_mode":
                _refuse_private_ipc(session, changes[field].value, mode.value)
    changes["requires"] = tuple(get_id(session, name) for name in complete.requires)
    changes["sysctls"] = default_sysctls(complete.replace(network=changes["network"]), settings)
    for secret in (*complete.secrets, *complete.secret_env):
        if session.db.value("SELECT 1 FROM secrets WHERE name = ? OR id = ?", (secret.name, secret.name)) is None:
            raise NotFound(
                "no such secret", subject=secret.name, hint="pycman secret ls lists them", code="no-such-secret"
            )
    return complete.replace(**changes)


def _refuse_private_ipc(session: Session, donor: str, name: str) -> None:
    """Raise InvalidInput if a container keeps its ipc namespace and its /dev/shm to itself."""
    mode = spec_of(get_row(session, donor)).ipc_mode.kind
    if mode in ("private", "none"):
        raise InvalidInput(
            f"the container keeps its ipc namespace to itself (--ipc={mode})",
            subject=f"--ipc=container:{name}",
            hint="create it with --ipc=shareable",
            code="ipc-not-shareable",
            facts={"container": name},
        )


def _pairs(entries: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, _, value in (entry.partition("=") for entry in entries)}


def _draft(session: Session, spec: ContainerSpec, image: Image | None, container_id: str) -> _Draft:
    needs = [getattr(spec, field).value for field in _SHARED_MODES if getattr(spec, field).kind == "container"]
    if spec.network.kind == "container":
        needs.append(spec.network.value)
    id_map = user_namespace.resolve_id_map(session, spec, session.available_ids())
    if spec.user_mode.kind == "container":
        id_map = IdMap.from_dict(parse_json(get_row(session, spec.user_mode.value)["id_map"]))
    name = spec.name or free_name(session)
    return _Draft(
        id=container_id or new_id(),
        name=name,
        spec=spec.replace(name=name),
        image_id=image.id if image else "",
        image_name=_image_name(spec, image),
        id_map=id_map,
        needs=tuple(dict.fromkeys(needs)),
    )


def _image_name(spec: ContainerSpec, image: Image | None) -> str:
    if image is None:
        return ""
    text = spec.image
    if image.id.startswith(text.removeprefix("sha256:")):
        return image.names[0] if image.names else image.id
    for name in image.names:
        if name in (text, f"{text}:latest") or name.endswith((f"/{text}", f"/{text}:latest")):
            return name
    return text


def _insert(session: Session, draft: _Draft, mounts: ResolvedMounts) -> None:
    """Insert the row "creating": if this command is killed after that, the next one finds and removes what it made."""
    spec = draft.spec
    now = time.time_ns()
    values: dict[str, object] = {
        "id": draft.id,
        "name": draft.name,
        "row_state": "creating",
        "owner": owners.me(),
        "image_id": draft.image_id,
        "image_name": draft.image_name,
        "pod_id": spec.pod_id,
        "is_infra": int(spec.is_infra),
        "init_kind": spec.init_kind,
        "pinned": int(spec.pinned),
        "command": format_json(list(spec.readable.argv)),
        "labels": format_json(dict(spec.labels)),
        "ports": format_json([port.to_dict() for port in spec.ports]),
        "networks": format_json(listed_networks(spec.network)),
        "mounts": format_json(describe_mounts(session, mounts.mounts)),
        "oci_runtime": choose_runtime(session, spec.oci_runtime).name,
        "driver": choose_driver(session).name,
        "auto_remove": int(spec.auto_remove),
        "restart_policy": spec.restart.name,
        "purpose": "" if draft.base is None else "build",
        "has_health": int(spec.has_check),
        "created_at_ns": now,
    }
    try:
        with session.db.transaction():
            _refuse_lost(session, spec, draft.needs)
            if draft.image_id and session.db.value("SELECT 1 FROM images WHERE id = ?", (draft.image_id,)) is None:
                raise NotFound("the image was removed by another command", subject=spec.image)
            marks = ", ".join("?" * (len(values) + 2))
            session.db.change(
                f"INSERT INTO containers ({', '.join(values)}, spec, id_map) VALUES ({marks})",
                (*values.values(), "{}", "{}"),
            )
            id_map = draft.id_map
            if spec.user_mode.kind == "auto" and id_map.is_identity:
                id_map = user_namespace.reserve_auto(session, draft.id, spec, session.available_ids())
            if spec.security.mount_label or has_selinux():
                spec = _labelled(session, spec)
            session.db.change(
                "UPDATE containers SET spec = ?, id_map = ? WHERE id = ?",
                (format_json(spec.to_dict()), format_json(id_map.to_dict()), draft.id),
            )
            for volume in mounts.volumes:
                anonymous = int(volume in mounts.anonymous)
                session.db.change("INSERT INTO container_volumes VALUES (?, ?, ?)", (draft.id, volume, anonymous))
            for needed in draft.needs:
                session.db.change("INSERT INTO container_needs VALUES (?, ?)", (draft.id, needed))
    except sqlite3.IntegrityError as error:
        holder = session.db.value("SELECT id FROM containers WHERE name = ?", (draft.name,))
        if holder is None:
            raise
        raise _taken(draft.name, str(holder)) from error


def _labelled(session: Session, spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with SELinux labels of its own: it may be a copy of another container's."""
    bare = spec.replace(security=spec.security.replace(process_label="", mount_label=""))
    if not has_selinux():
        return bare
    from pycman.containers.create.selinux_labels import with_labels  # only on hosts with SELinux

    return with_labels(session, bare)


def _refuse_lost(session: Session, spec: ContainerSpec, needs: Sequence[str]) -> None:
    """Raise NotFound if another command has removed the container's pod, a network or a container whose namespaces it is to use.

    The caller is in the transaction that writes the container's row: whoever removes them after it sees that row.
    """
    is_there = "SELECT 1 FROM {} WHERE id = ? AND row_state != 'removing'"
    if spec.pod_id and session.db.value(is_there.format("pods"), (spec.pod_id,)) is None:
        raise NotFound("the pod was removed by another command", subject=spec.pod_id[:12])
    for needed in needs:
        if session.db.value(is_there.format("containers"), (needed,)) is None:
            raise NotFound("the container was removed by another command", subject=needed[:12])
    for attachment in spec.network.attachments:
        if session.db.value("SELECT 1 FROM networks WHERE name = ?", (attachment.name,)) is None:
            raise NotFound("the network was removed by another command", subject=attachment.name)


def _make(session: Session, draft: _Draft, mounts: ResolvedMounts, *, durable: bool) -> None:
    session.db.settle()  # by the row the directories are found
    crash_point("create:row")
    id_map = IdMap.from_dict(
        parse_json(session.db.value("SELECT id_map FROM containers WHERE id = ?", (draft.id,)), subject=draft.id)
    )
    layers = ensure_image_layers(session, draft.image_id, id_map) if draft.image_id else ()
    owner = ""
    if draft.base is not None:
        layers, owner = draft.base.layer_names, owners.me()
    make_directory(session.paths.container(draft.id), 0o700)
    if not draft.spec.pinned:  # all of those have one root, which nothing is laid over
        for path in (session.paths.upper(draft.id), session.paths.work(draft.id), session.paths.merged(draft.id)):
            make_directory(path)
        _own_upper(session.paths.upper(draft.id), id_map)
    crash_point("create:directories")
    for mount in mounts.mounts:
        if mount.kind == "volume":
            _make_volume(session, mount, anonymous=mount.source in mounts.anonymous)
    crash_point("create:volumes")
    with session.db.transaction(durable=durable and not draft.spec.auto_remove):
        changed = session.db.change(
            "UPDATE containers SET row_state = 'ready', owner = ?, layer_names = ? WHERE id = ? AND row_state = 'creating'",
            (owner, format_json(layers), draft.id),
        )
        if not changed:
            raise InvalidInput("it was removed while it was created", subject=draft.name)
        append_event(session, row_of(session, draft.id), "create")
    crash_point("create:ready")


def _own_upper(path: str, id_map: IdMap) -> None:
    """Make the container's root the owner of the writable layer's top directory, which is "/" in the container."""
    owner = map_id(id_map.uids, 0) or -1, map_id(id_map.gids, 0) or -1
    if owner != (-1, -1):
        dress(path, owner=owner)


def _make_volume(session: Session, mount: Any, *, anonymous: bool) -> None:
    from pycman.volumes.catalogue import (  # 1 ms with what it needs, only for containers with volumes
        create_volume,
        find_volume,
    )
    from pycman.volumes.volume import VolumeSpec  # 1 ms with what it needs, only for containers with volumes

    if not anonymous and find_volume(session, mount.source) is not None:
        return
    spec = VolumeSpec(
        name=mount.source,
        driver=mount.volume_driver or "local",
        options=dict(mount.volume_options),
        labels=dict(mount.volume_labels),
        anonymous=anonymous,
    )
    create_volume(session, spec, ignore=True)
