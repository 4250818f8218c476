"""Rows of the database as CRI messages: lists and states, which the server answers itself. It starts no child process and walks
no directory tree.
"""

from __future__ import annotations

import functools
import os

from google.protobuf.json_format import ParseDict

from cri_server.proto import api_pb2 as api
from pycman.containers import states
from pycman.containers.run_end import UNKNOWN_STATUS
from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import find_image, list_images
from pycman.images.lookup import STORED, is_id
from pycman.jsontext import parse_json
from pycman.linux.files import read_text
from pycman.linux.processes import is_alive
from pycman.spec.image_reference import parse_image_reference
from pycman.state.events import of_actor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.images.image import Image
    from pycman.state.session import Session

_STATES = {
    states.CREATED: api.CONTAINER_CREATED, states.INITIALIZED: api.CONTAINER_CREATED, states.RUNNING: api.CONTAINER_RUNNING,
    states.PAUSED: api.CONTAINER_RUNNING, states.EXITED: api.CONTAINER_EXITED, states.RESTARTING: api.CONTAINER_EXITED,
    states.REMOVING: api.CONTAINER_EXITED,
}  # fmt: skip
_SANDBOXES = (
    "SELECT s.*, p.labels, p.created_at_ns, p.cgroup, c.id AS infra_id, c.boot_id, c.pid, c.pid_start, c.conmon_pid, c.pinned"
    " FROM cri_sandboxes s JOIN pods p ON p.id = s.pod_id LEFT JOIN containers c ON c.pod_id = p.id AND c.is_infra = 1"
)
_CONTAINERS = (
    "SELECT c.*, k.name AS cri_name, k.attempt, k.config, k.log_path FROM cri_containers k"
    " JOIN containers c ON c.id = k.container_id"
)
_users: dict[str, tuple[tuple[int, int, int], api.ContainerUser | None]] = {}
"""Users of containers by the path of the runtime spec, with the identity of the file that they were read from."""
_MOST_KEPT = 5000


def sandboxes(session: Session, pod_id: str = "") -> list[Any]:
    """Return the rows of sandboxes: all, newest first, or those whose id begins with `pod_id`."""
    where, values = between("s.pod_id", pod_id)
    return session.db.rows(f"{_SANDBOXES}{where} ORDER BY p.created_at_ns DESC", values)


def is_ready(row: Mapping[str, Any], lives: states.Lives = is_alive) -> bool:
    """Return whether a sandbox is ready: it was not stopped, and its infra container (or pinned namespaces) still exists."""
    return bool(row["ready"]) and row["infra_id"] is not None and states.has_process(row, lives)


def sandbox_item(row: Mapping[str, Any], lives: states.Lives = is_alive) -> api.PodSandbox:
    """Return a sandbox as ListPodSandbox returns it."""
    config = parse_json(row["config"])
    return api.PodSandbox(
        id=row["pod_id"],
        metadata=_metadata(row),
        state=api.SANDBOX_READY if is_ready(row, lives) else api.SANDBOX_NOTREADY,
        created_at=row["created_at_ns"],
        labels=config.get("labels") or {},
        annotations=config.get("annotations") or {},
        runtime_handler=row["runtime_handler"],
    )


def _metadata(row: Mapping[str, Any]) -> api.PodSandboxMetadata:
    return api.PodSandboxMetadata(name=row["name"], uid=row["uid"], namespace=row["namespace"], attempt=row["attempt"])


def sandbox_status(session: Session, pod_id: str, lives: states.Lives = is_alive) -> tuple[api.PodSandboxStatus, Any]:
    """Return a sandbox's status and its row. Raises NotFound."""
    rows = sandboxes(session, pod_id)
    if len(rows) != 1:
        raise NotFound("no such sandbox", subject=pod_id)
    (row,) = rows
    config = parse_json(row["config"])
    item = sandbox_item(row, lives)
    addresses = parse_json(row["addresses"]) if item.state == api.SANDBOX_READY else []
    options = ((config.get("linux") or {}).get("security_context") or {}).get("namespace_options") or {}
    status = api.PodSandboxStatus(
        id=item.id,
        metadata=item.metadata,
        state=item.state,
        created_at=item.created_at,
        network=api.PodSandboxNetworkStatus(
            ip=next(iter(addresses), ""), additional_ips=[api.PodIP(ip=address) for address in addresses[1:]]
        ),
        linux=api.LinuxPodSandboxStatus(namespaces=api.Namespace(options=ParseDict(options, api.NamespaceOption()))),
        labels=item.labels,
        annotations=item.annotations,
        runtime_handler=item.runtime_handler,
    )
    return status, row


def containers(session: Session, *, container_id: str = "", pod_id: str = "") -> list[Any]:
    """Return the rows of containers: all, newest first, or those whose id, or whose sandbox's id, begins with the given one."""
    where, values = where_of(container_id, pod_id)
    return session.db.rows(f"{_CONTAINERS}{where} ORDER BY c.created_at_ns DESC", values)


def where_of(container_id: str, pod_id: str) -> tuple[str, list[str]]:
    """Return the condition, and its values, for prefixes of the ids of a container `c` and of its sandbox `k.pod_id`; "" is any."""
    first, values = between("c.id", container_id)
    second, more = between("k.pod_id", pod_id)
    return (f"{first} AND {second.removeprefix(' WHERE ')}" if first and second else first or second), values + more


def between(column: str, prefix: str) -> tuple[str, list[str]]:
    """Return the condition, and its values, that an id begins with `prefix`; none for ""."""
    return (f" WHERE {column} >= ? AND {column} < ?", [prefix, prefix + "g"]) if prefix else ("", [])


def container_state(state: str, row: Mapping[str, Any]) -> int:
    """Return the ContainerState of what `states.observe` returned; a container that failed to start counts as exited."""
    if state == states.CREATED and row["error"]:
        return int(api.CONTAINER_EXITED)
    return int(_STATES[state])


def container_item(state: str, row: Mapping[str, Any]) -> api.Container:
    """Return what `states.observe` returned for a container as ListContainers returns it."""
    config = parse_json(row["config"])
    return api.Container(
        id=row["id"],
        pod_sandbox_id=row["pod_id"],
        metadata=api.ContainerMetadata(name=row["cri_name"], attempt=row["attempt"]),
        image=_image_spec(config),
        image_ref=row["image_id"],
        image_id=row["image_id"],
        state=container_state(state, row),  # type: ignore[arg-type]
        created_at=row["created_at_ns"],
        labels=config.get("labels") or {},
        annotations=config.get("annotations") or {},
    )


def _image_spec(config: Mapping[str, Any]) -> api.ImageSpec:
    image = config.get("image") or {}
    return api.ImageSpec(
        image=image.get("user_specified_image") or image.get("image") or "",
        user_specified_image=image.get("user_specified_image") or "",
        runtime_handler=image.get("runtime_handler") or "",
    )


def container_status(
    session: Session, container_id: str, lives: states.Lives = is_alive
) -> tuple[api.ContainerStatus, Any]:
    """Return a container's status and its row. Raises NotFound."""
    rows = containers(session, container_id=container_id)
    if len(rows) != 1:
        raise NotFound("no such container", subject=container_id, code="no-such-container")
    return status_of(session, rows[0], lives)


def status_of(
    session: Session, found: Mapping[str, Any], lives: states.Lives = is_alive
) -> tuple[api.ContainerStatus, Any]:
    """Return the status of a row that `containers` returned, and the row with the end of its last run (`states.observe`)."""
    state, row = states.observe(session, found, lives)
    config = parse_json(row["config"])
    item = container_item(state, row)
    ended = item.state == api.CONTAINER_EXITED
    reason, message = _reason(session, row) if ended else ("", "")
    status = api.ContainerStatus(
        id=item.id,
        metadata=item.metadata,
        state=item.state,
        created_at=item.created_at,
        started_at=row["started_at_ns"] if row["started_at_ns"] else 0,
        finished_at=_finished_at_ns(session, row) if ended else 0,
        exit_code=row["exit_status"] if ended else 0,
        image=item.image,
        image_ref=_image_reference(session, row["image_id"]),
        image_id=item.image_id,
        reason=reason,
        message=message,
        labels=item.labels,
        annotations=item.annotations,
        mounts=[ParseDict(mount, api.Mount()) for mount in config.get("mounts") or ()],
        log_path=row["log_path"],
        resources=api.ContainerResources(
            linux=ParseDict((config.get("linux") or {}).get("resources") or {}, api.LinuxContainerResources())
        ),
        stop_signal=config.get("stop_signal") or "RUNTIME_DEFAULT",
        user=_user(session, row["id"]),
    )
    return status, row


def container_info(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a verbose ContainerStatus adds, under the names of CRI-O and containerd.

    `runtimeSpec` is the OCI runtime spec that the container was started with; there is none before and after.
    """
    security = (parse_json(row["config"]).get("linux") or {}).get("security_context") or {}
    info = {"pid": row["pid"], "sandboxID": row["pod_id"], "privileged": bool(security.get("privileged"))}
    spec = _runtime_spec(session, row["id"])
    return info if spec is None else {**info, "runtimeSpec": spec}


def _runtime_spec(session: Session, container_id: str) -> Any:
    text = read_text(f"{session.paths.bundle(container_id)}/config.json")
    return parse_json(text) if text else None


def _finished_at_ns(session: Session, row: Mapping[str, Any]) -> int:
    """Return when a container ended; of one that could not be started, when that failed."""
    if row["finished_at_ns"]:
        return int(row["finished_at_ns"])
    failures = of_actor(session.db, row["id"], "start_failed")
    return failures[-1].time_ns if failures else 0


def _user(session: Session, container_id: str) -> api.ContainerUser | None:
    """Return the user and groups of the container's first process, from the bundle it was started with."""
    path = f"{session.paths.bundle(container_id)}/config.json"
    try:
        status = os.stat(path)
    except OSError:
        _users.pop(path, None)
        return None
    identity = (status.st_ino, status.st_mtime_ns, status.st_size)
    known = _users.get(path)
    if known is None or known[0] != identity:
        if len(_users) > _MOST_KEPT:
            _users.clear()
        known = _users[path] = (identity, _user_of(_runtime_spec(session, container_id)))
    return known[1]


def _user_of(spec: Any) -> api.ContainerUser | None:
    if spec is None:
        return None
    user = spec["process"]["user"]
    groups = list(dict.fromkeys((user["gid"], *(user.get("additionalGids") or ()))))
    return api.ContainerUser(linux=api.LinuxContainerUser(uid=user["uid"], gid=user["gid"], supplemental_groups=groups))


def _reason(session: Session, row: Mapping[str, Any]) -> tuple[str, str]:
    if row["error"]:
        return "StartError", row["error"]
    if row["oom_killed"]:
        return "OOMKilled", ""
    if row["exit_status"] == UNKNOWN_STATUS and _is_unknown(session, row):
        return "Unknown", "its monitor (conmon) was gone, or the host was rebooted, before it ended"
    return ("Completed", "") if row["exit_status"] == 0 else ("Error", "")


def _is_unknown(session: Session, row: Mapping[str, Any]) -> bool:
    """Return whether nobody saw how a run ended: its cleanup has recorded that, or has yet to, and conmon wrote nothing."""
    recorded = [event for event in of_actor(session.db, row["id"], "died") if event.time_ns >= row["started_at_ns"]]
    if recorded:
        return recorded[-1].attributes.get("reason") == "Unknown"
    return not os.path.exists(session.paths.exit_file(row["id"]))


def _image_reference(session: Session, image_id: str) -> str:
    row = session.db.row("SELECT repository, digest FROM image_digests WHERE image_id = ? LIMIT 1", (image_id,))
    return f"{row['repository']}@{row['digest']}" if row else image_id


def matches(labels: Mapping[str, str], selector: Mapping[str, str]) -> bool:
    """Return whether labels contain all pairs of a selector."""
    return all(labels.get(key) == value for key, value in selector.items())


def images(session: Session, name: str = "") -> list[Image]:
    """Return all images, or the one with the given name, digest or id."""
    if not name:
        return [image for image in list_images(session) if not (image.intermediate or image.is_list)]
    image = find_image(session, name.removeprefix("sha256:"))
    return [] if image is None else [image]


@functools.lru_cache(_MOST_KEPT)
def is_whole_name(name: str) -> bool:
    """Say whether a name is an id or has a registry, so that it is that of one image whatever the settings of short names are."""
    bare = name.removeprefix(STORED)
    try:
        return is_id(bare) or bool(parse_image_reference(bare).domain)
    except InvalidInput:
        return False


def image_item(session: Session, image: Image, pinned: str) -> api.Image:
    """Return an image as ListImages returns it; `pinned` is the name of the image that the kubelet must not remove."""
    text = session.db.value("SELECT config FROM images WHERE id = ?", (image.id,))
    user = str((parse_json(str(text)).get("config") or {}).get("User") or "").partition(":")[0] if text else ""
    item = api.Image(
        id=image.id,
        repo_tags=list(image.names),
        repo_digests=list(image.digests),
        size=max(1, image.size_bytes),
        spec=api.ImageSpec(image=next(iter(image.names), image.id)),
        pinned=bool(pinned) and pinned in image.names,
    )
    if user.isdecimal() or not user:
        item.uid.value = int(user or 0)
    else:
        item.username = user
    return item
