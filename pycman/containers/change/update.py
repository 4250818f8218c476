"""Change limits, restart policy, environment and health checks of a container, running or not."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.check_spec import check_health_log, check_spec
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.events import append_event
from pycman.containers.hooks.wake_supervisor import wake_supervisor
from pycman.errors import InvalidInput, Unsupported
from pycman.jsontext import format_json
from pycman.linux.cgroup.quota import lift_cpu_quota
from pycman.plan import crash_point
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.resources import limits_object
from pycman.runtime.settable import settable
from pycman.spec.changes import Changes, changed_spec
from pycman.spec.health import RestartPolicy
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def update_container(
    session: Session, name: str, resources: Resources, *, restart: str = "", changes: Changes | None = None
) -> str:
    """Set the limits that `resources` has (the others stay as they are) and the restart policy ("on-failure:3"), and make the changes.

    Return the id. A running container gets new limits and checks at once; the next start uses them too. Raises NotFound,
    InvalidInput, Unsupported for a running container without a cgroup.
    """
    changes = changes or Changes()
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        spec = spec_of(row)
        check_spec(spec.replace(resources=merge_resources(spec.resources, resources)))
        program = choose_runtime(session, row["oci_runtime"]).program
        facts = host_facts(session, resources, runtime=program, manager=spec.manager)
        possible, warnings = settable(resources, facts.cgroups, facts.controllers, rootless=facts.rootless)
        session.warnings += warnings
        merged = merge_resources(spec.resources, possible)
        policy = parse_restart(restart) if restart else spec.restart
        changed = changed_spec(spec, changes).replace(resources=merged, restart=policy)
        check_spec(changed)
        if changes.health_log:
            check_health_log(changed.health_log)
        if changed.resources != spec.resources and states.has_process(row):
            _apply_limits(session, row, changed, name)
            crash_point("update:runtime")
        with session.db.transaction():
            session.db.change(
                "UPDATE containers SET spec = ?, restart_policy = ?, has_health = ? WHERE id = ?",
                (
                    format_json(changed.to_dict()),
                    changed.restart.name,
                    int(changed.has_check),
                    container_id,
                ),
            )
            if changes.of_health:
                _begin_checks(session, container_id, changed)
            append_event(session, row, "update")
    if changes.of_health and states.has_process(row):
        wake_supervisor(session)
    return container_id


def _begin_checks(session: Session, container_id: str, spec: ContainerSpec) -> None:
    """Forget the outcomes of former checks; the supervisor sees that the first of the new ones is due."""
    session.db.change(
        "UPDATE containers SET health_status = ?, health_streak = 0, health_started = 0, health_due_ns = 0 WHERE id = ?",
        ("starting" if spec.has_check else "", container_id),
    )
    session.db.change("DELETE FROM health_log WHERE container_id = ?", (container_id,))


def _apply_limits(session: Session, row: Any, spec: ContainerSpec, name: str) -> None:
    """Have the OCI runtime set the limits of a running container. Raises Unsupported if it has no cgroup of its own."""
    runtime = choose_runtime(session, row["oci_runtime"])
    facts = host_facts(session, spec.resources, runtime=runtime.program, manager=spec.manager)
    if facts.cgroups == "none":
        raise Unsupported(
            "the container has no cgroup of its own, so it has no limits", subject=name, hint="run pycman doctor"
        )
    limits = limits_object(spec.resources, facts.device_numbers)
    lifts_quota = facts.cgroups == "v1" and limits.get("cpu", {}).get("quota") == -1
    if lifts_quota:  # crun 1.8 writes it as a number without sign, which the kernel refuses
        del limits["cpu"]["quota"]
    runtime.update(row["id"], limits)
    if lifts_quota:
        lift_cpu_quota(row["pid"], f"pycman-{row['id']}")


def merge_resources(old: Resources, new: Resources) -> Resources:
    """Return `old` with every field of `new` that is not at its default. Pure.

    Raises InvalidInput for a new memory limit above the old limit of memory and swap.
    """
    changes = {name: value for name, value in new.__dict__.items() if value != getattr(Resources, name)}
    merged = old.replace(**changes)
    if changes.get("memory_bytes", 1) <= 0:
        merged = merged.replace(memory_swap_bytes=changes.get("memory_swap_bytes"))  # none is below that of memory
    if "memory_bytes" in changes and "memory_swap_bytes" not in changes and merged.memory_bytes:
        swap = merged.memory_swap_bytes
        if swap is not None and 0 < swap < merged.memory_bytes:
            raise InvalidInput(
                "it is above the limit of memory and swap together",
                subject="--memory",
                hint="set --memory-swap too",
            )
    return merged


def parse_restart(text: str) -> RestartPolicy:
    """Return the restart policy that --restart names ("no", "always", "on-failure:3"). Raises InvalidInput."""
    name, colon, count = text.partition(":")
    if colon and (name != "on-failure" or not count.isdecimal()):
        raise InvalidInput(
            "not a restart policy",
            subject=text,
            hint="use no, on-failure[:N], always or unless-stopped",
            code="not-a-restart-policy",
            facts={"policy": text},
        )
    return RestartPolicy(name=name, maximum_retries=int(count or 0))
