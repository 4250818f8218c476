"""Change the resource limits and restart policy of a container, running or not."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.check_spec import check_spec
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.events import append_event
from pycman.errors import InvalidInput, Unsupported
from pycman.jsontext import format_json
from pycman.linux.cgroup.quota import lift_cpu_quota
from pycman.plan import crash_point
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.resources import limits_object
from pycman.runtime.settable import settable
from pycman.spec.health import RestartPolicy
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def update_container(session: Session, name: str, resources: Resources, *, restart: str = "") -> str:
    """Set the limits that `resources` has (the others stay as they are) and the restart policy ("on-failure:3").

    Return the id. A running container gets the new limits at once; the next start uses them too. Raises NotFound,
    InvalidInput, Unsupported for a running container without a cgroup.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        spec = spec_of(row)
        check_spec(spec.replace(resources=merge_resources(spec.resources, resources)))
        facts = host_facts(session, runtime=choose_runtime(session, row["oci_runtime"]).program)
        possible, warnings = settable(resources, facts.cgroups, facts.controllers)
        session.warnings += warnings
        merged = merge_resources(spec.resources, possible)
        changed = spec.replace(resources=merged, restart=parse_restart(restart) if restart else spec.restart)
        check_spec(changed)
        if changed.resources != spec.resources and states.has_process(row):
            _apply_limits(session, row, changed, name)
            crash_point("update:runtime")
        with session.db.transaction():
            session.db.change(
                "UPDATE containers SET spec = ?, restart_policy = ? WHERE id = ?",
                (format_json(changed.to_dict()), changed.restart.name, container_id),
            )
            append_event(session, row, "update")
    return container_id


def _apply_limits(session: Session, row: Any, spec: ContainerSpec, name: str) -> None:
    """Have the OCI runtime set the limits of a running container. Raises Unsupported if it has no cgroup of its own."""
    runtime = choose_runtime(session, row["oci_runtime"])
    facts = host_facts(session, spec.resources, runtime=runtime.program)
    if facts.cgroups == "none" or spec.cgroups == "disabled":
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
            "not a restart policy", subject=text, hint="use no, on-failure[:N], always or unless-stopped"
        )
    return RestartPolicy(name=name, maximum_retries=int(count or 0))
