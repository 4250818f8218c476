"""The RPCs about containers of sandboxes. Every verb may be repeated, also after the worker was killed."""

from __future__ import annotations

import os

from cri_server.translate.container import container_spec, log_path_of, resources_of
from cri_server.translate.runtime_features import MAPS_MOUNTS
from cri_server.translate.sandbox import is_privileged
from cri_server.work import checkpoints
from cri_server.work.sandboxes import sandbox_config
from pods.members import member_spec, sandbox_of
from pycman.containers import states
from pycman.containers.catalogue import find_id, get_id, row_of
from pycman.containers.change.update import update_container
from pycman.containers.end.remove import remove_container
from pycman.containers.end.stop import stop_container
from pycman.containers.process.exec import run_captured
from pycman.containers.start.start import start_in_background
from pycman.errors import InvalidInput, NotFound, Unsupported, WrongState
from pycman.images.catalogue import find_image
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory
from pycman.plan import crash_point
from pycman.runtime.attach import reopen_log
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pods.members import Sandbox
    from pycman.spec.resources import Resources
    from pycman.state.session import Session

_OUTPUT_BYTES = 16 << 20


def create(session: Session, pod_id: str, config: Mapping[str, Any], *, restores: bool = False) -> str:
    """Create a container and return its id; the same metadata again return the existing container.

    With `restores` its image may hold a checkpoint, which its start restores.

    Raises NotFound (sandbox, image), WrongState (the sandbox is not ready), InvalidInput, Unsupported.
    """
    sandbox, is_ready = sandbox_config(session, pod_id)
    pod = sandbox_of(session, pod_id)
    if not (is_ready and pod.infra_id and states.has_process(row_of(session, pod.infra_id))):
        raise WrongState("the sandbox is not ready", subject=pod_id)
    reference = str((config.get("image") or {}).get("image") or "")
    if not reference:
        raise InvalidInput("it is missing", subject="image.image")
    image = find_image(session, reference)
    if image is None:
        raise NotFound("no such image", subject=reference, hint="pull it first", code="no-such-image")
    spec = container_spec(sandbox, config, image=image.id)
    if spec.security.apparmor_profile not in ("", "unconfined") and not host_facts(session).apparmor:
        raise Unsupported("this node has no AppArmor", subject=f"profile {spec.security.apparmor_profile}")
    if spec.security.privileged and not is_privileged(sandbox):
        raise InvalidInput("its sandbox is not", subject="privileged", hint="make a sandbox that is privileged too")
    spec = spec.replace(resources=_without_empty_huge_pages(session, spec.resources))
    if any("idmap" in mount.options for mount in spec.mounts):
        _require_idmap(session, pod)
    name, attempt = config["metadata"]["name"], int(config["metadata"].get("attempt", 0))
    with session.lock("cri-container", spec.name):  # the same call twice at the same time
        existing = session.db.value(
            "SELECT container_id FROM cri_containers WHERE pod_id = ? AND name = ? AND attempt = ?",
            (pod_id, name, attempt),
        )
        if existing is not None:
            return str(existing)
        _remove_unrecorded(session, spec.name)
        container_id = checkpoints.create(session, member_spec(pod, spec), image.id, allowed=restores)
        crash_point("cri-container:created")
        session.db.change(
            "INSERT INTO cri_containers (container_id, pod_id, name, attempt, config, log_path) VALUES (?, ?, ?, ?, ?, ?)",
            (container_id, pod_id, name, attempt, format_json(dict(config)), log_path_of(sandbox, config)),
        )
    return container_id


def _without_empty_huge_pages(session: Session, resources: Resources) -> Resources:
    """Return limits without huge page limits of 0 on a host without the hugetlb controller. Raises Unsupported for others."""
    if not resources.huge_pages or "hugetlb" in host_facts(session).controllers:
        return resources
    if any(resources.huge_pages.values()):
        raise Unsupported("this host has no hugetlb controller", subject="hugepage_limits")
    return resources.replace(huge_pages={})


def _require_idmap(session: Session, pod: Sandbox) -> None:
    """Raise Unsupported if the sandbox's runtime cannot map the ids of mounts: runc before 1.2 silently ignores the option."""
    runtime = choose_runtime(session, pod.spec.oci_runtime)
    if runtime.program not in MAPS_MOUNTS:
        raise Unsupported(f"{runtime.name} cannot map their ids", subject="mounts", hint="use the handler crun")


def _remove_unrecorded(session: Session, name: str) -> None:
    """Remove a container that a killed call created without inserting its row in cri_containers."""
    leftover = find_id(session, name)
    if leftover is None:
        return
    if session.db.value("SELECT 1 FROM cri_containers WHERE container_id = ?", (leftover,)) is None:
        remove_container(session, leftover, force=True, volumes=True)


def start(session: Session, container_id: str) -> None:
    """Start a created container, or go on with a start that was killed. Raises NotFound, WrongState, and whatever starting raises."""
    row = row_of(session, get_id(session, container_id))
    state = states.state_of(session, row)
    if state not in (states.CREATED, states.INITIALIZED) or row["error"]:
        raise WrongState(
            f"the container is {state}, only one that was just created can be started", subject=container_id
        )
    path = str(session.db.value("SELECT log_path FROM cri_containers WHERE container_id = ?", (row["id"],)) or "")
    if path:
        make_directory(os.path.dirname(path), 0o755)
    if not checkpoints.restored(session, row):
        start_in_background(session, row["id"])


def stop(session: Session, container_id: str, timeout_s: int) -> None:
    """Stop a container: its stop signal, after `timeout_s` seconds SIGKILL. Do nothing if it does not exist."""
    try:
        stop_container(session, container_id, timeout_s=timeout_s)
    except NotFound:
        return


def remove(session: Session, container_id: str) -> None:
    """Remove a container, running or not. Do nothing if it does not exist. Its log is kept, for the kubelet."""
    try:
        remove_container(session, container_id, force=True, volumes=True)
    except NotFound:
        return


def execute(session: Session, container_id: str, command: list[str], timeout_s: float) -> dict[str, Any]:
    """Run a command in a container; return stdout and stderr (bytes, cut at 16 MiB each) and the exit status.

    Nothing of it is recorded: a kubelet probes each container again and again, which would push all else out of the events and
    invalidate the answers that the server keeps.

    Raises NotFound, NotRunning, TimedOut (the command and its children are killed).
    """
    if not command:
        raise InvalidInput("it is empty", subject="cmd")
    process = ProcessSpec(command=tuple(command))
    finished = run_captured(
        session, container_id, process, timeout_s=timeout_s or -1, limit_bytes=_OUTPUT_BYTES, record=False
    )
    return {"stdout": finished.stdout, "stderr": finished.stderr, "exit_code": finished.status}


def update(session: Session, container_id: str, resources: Mapping[str, Any]) -> None:
    """Change limits of a container; values that are 0 or empty are left unchanged."""
    container_id = get_id(session, container_id)
    update_container(session, container_id, _without_empty_huge_pages(session, resources_of(resources)))
    crash_point("cri-container:updated")
    row = session.db.row("SELECT config FROM cri_containers WHERE container_id = ?", (container_id,))
    config = parse_json(row["config"]) if row else {}
    linux = config.setdefault("linux", {})
    linux["resources"] = {**(linux.get("resources") or {}), **{key: value for key, value in resources.items() if value}}
    session.db.change(
        "UPDATE cri_containers SET config = ? WHERE container_id = ?",
        (format_json(config), container_id),
    )


def reopen(session: Session, container_id: str) -> None:
    """Have the monitor write to a new file at the log's path. Raises NotFound, WrongState."""
    row = row_of(session, get_id(session, container_id))
    states.require_running(session, row, "given a new log", paused=True)
    reopen_log(session.paths.bundle(row["id"]))
    path = str(session.db.value("SELECT log_path FROM cri_containers WHERE container_id = ?", (row["id"],)) or "")
    if path and not os.path.exists(path):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o640))
