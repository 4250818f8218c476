"""Create a pod: a row "creating" first, then infra container and volumes, then the row becomes "ready"."""

from __future__ import annotations

import time

from pods.conf_defaults import with_defaults
from pods.infra import infra_spec, pod_cgroup
from pods.volumes import make_volumes
from pycman.containers.create.create import create_container
from pycman.containers.create.generated_names import free_name, new_id
from pycman.errors import AlreadyExists, InvalidInput, WrongState
from pycman.jsontext import format_json
from pycman.plan import crash_point
from pycman.spec.container import check_name
from pycman.spec.lines import check_nul
from pycman.spec.pod import NAMESPACES
from pycman.state import events, owners
from pycman.state.settings import containers_conf
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pycman.spec.pod import PodSpec
    from pycman.state.session import Session


def create_pod(
    session: Session, spec: PodSpec, *, progress: Any = None, record: Callable[[str], None] | None = None
) -> str:
    """Create a pod with its infra container and volumes and return its id; if a step fails, everything is removed again.

    `record` is called with the id, to write in the transaction of the pod's row what its maker knows it by.

    Raises AlreadyExists (name), InvalidInput, NotFound (network, infra image), and what creating a container raises.
    """
    spec = with_defaults(spec, containers_conf(session))
    check_pod(spec)
    session.enter_namespaces()
    pod_id = new_id()
    cgroup = pod_cgroup(session, pod_id, spec)
    spec = _inserted(session, pod_id, spec, cgroup, record)
    crash_point("pod-create:row")
    try:
        if spec.infra:
            create_container(session, infra_spec(session, pod_id, spec, cgroup), progress=progress, durable=False)
            crash_point("pod-create:infra")
        make_volumes(session, pod_id, spec)
        with session.db.transaction():
            if not session.db.change(
                "UPDATE pods SET row_state = 'ready', owner = '' WHERE id = ? AND row_state = 'creating'", (pod_id,)
            ):
                raise WrongState("it was removed while it was created", subject=spec.name)
            events.append(session.db, "pod", "create", pod_id, name=spec.name, attributes=dict(spec.labels))
    except BaseException:
        from pods.remove import discard  # only imported after a failure

        discard(session, pod_id)
        raise
    return pod_id


def check_pod(spec: PodSpec) -> None:
    """Raise InvalidInput if the spec contradicts itself. Pure."""
    check_nul(spec, "spec")
    if spec.name:
        check_name(spec.name, noun="pod")
    if spec.exit_policy not in ("continue", "stop"):
        raise InvalidInput(
            "not an exit policy", subject=spec.exit_policy, hint="use continue or stop", code="not-an-exit-policy"
        )
    for name in spec.share:
        if name not in NAMESPACES:
            raise InvalidInput(
                "not a namespace that can be shared",
                subject=f"--share {name}",
                hint=f"use some of {', '.join(NAMESPACES)}",
                code="not-a-shared-namespace",
                facts={"namespace": name},
            )
    if not spec.infra:
        for value, flag in ((spec.ports, "-p"), (spec.network.attachments, "--network"), (spec.infra_name, "--infra-name"),
                            (spec.infra_command, "--infra-command"), (spec.infra_image, "--infra-image"),
                            (spec.hostname, "--hostname"), (spec.dns, "--dns"), (spec.extra_hosts, "--add-host")):  # fmt: skip
            if value:
                raise InvalidInput(
                    "a pod without an infra container cannot have it", subject=flag, hint="leave one out"
                )


def _refuse_taken_name(session: Session, name: str) -> None:
    """Raise AlreadyExists if a pod or container has the name; a pod whose creator was killed is removed first."""
    holder = session.db.row("SELECT id, row_state, owner FROM pods WHERE name = ?", (name,))
    if holder is not None and holder["row_state"] != "ready" and owners.is_gone(holder["owner"]):
        from pods.remove import discard  # only imported after a killed command

        discard(session, holder["id"])
        holder = session.db.row("SELECT id FROM pods WHERE name = ?", (name,))
    if holder is not None:
        raise _taken(name, f"pod {holder['id'][:12]}")
    container = session.db.value("SELECT id FROM containers WHERE name = ?", (name,))
    if container is not None:
        raise _taken(name, f"container {str(container)[:12]}")


def _taken(name: str, holder: str) -> AlreadyExists:
    return AlreadyExists(
        f"the name is already in use by {holder}",
        subject=name,
        hint="remove it, choose another name, or use --replace",
    )


def _inserted(
    session: Session, pod_id: str, spec: PodSpec, cgroup: str, record: Callable[[str], None] | None
) -> PodSpec:
    """Insert the row and return the spec with its name. Without a name, retry with generated names. Raises AlreadyExists."""
    while True:
        named = spec.replace(name=spec.name or free_name(session))
        try:
            _refuse_taken_name(session, named.name)
            _insert(session, pod_id, named, cgroup, record)
        except AlreadyExists:
            if spec.name:
                raise
        else:
            return named


def _insert(session: Session, pod_id: str, spec: PodSpec, cgroup: str, record: Callable[[str], None] | None) -> None:
    """Insert the row "creating", by which recovery finds this pod if the command is killed. Raises AlreadyExists."""
    values = {
        "id": pod_id,
        "name": spec.name,
        "row_state": "creating",
        "owner": owners.me(),
        "spec": format_json(spec.to_dict()),
        "labels": format_json(dict(spec.labels)),
        "exit_policy": spec.exit_policy,
        "cgroup": cgroup,
        "managed_by": spec.managed_by,
        "created_at_ns": time.time_ns(),
    }
    try:
        with session.db.transaction():
            marks = ", ".join("?" * len(values))
            session.db.change(f"INSERT INTO pods ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
            if spec.owner is not None:
                session.db.change(
                    "INSERT INTO kube_pods (pod_id, kind, namespace, name, number, hash, maker) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (pod_id, spec.owner.kind, spec.owner.namespace, spec.owner.name, spec.owner.number, spec.owner.hash,
                     owners.me()),
                )  # fmt: skip
            if record is not None:
                record(pod_id)
    except sqlite3.IntegrityError as error:
        raise _taken(spec.name, "another pod") from error
