"""Change a container's limits and restart policy, of a running one too."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.create.check import check_spec
from pycman.errors import InvalidInput, Unsupported
from pycman.jsontext import format_json
from pycman.plan import crash_point
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.resources import limits_object
from pycman.spec.health import RestartPolicy
from pycman.spec.resources import Resources
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def update_container(session: Session, name: str, resources: Resources, *, restart: str = "") -> str:
    """Change what `resources` gives (the rest stays) and the restart policy ("on-failure:3"); return the id.

    A running container gets the new limits at once, and all of them hold at the next start too. Raises NotFound,
    InvalidInput, Unsupported where the host gives containers no cgroup.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        spec = spec_of(row)
        merged = merge_resources(spec.resources, resources)
        changed = spec.replace(resources=merged, restart=parse_restart(restart) if restart else spec.restart)
        check_spec(changed)
        limits = changed.resources != spec.resources
        if limits and states.state_of(row) in states.ALIVE:
            program = choose_runtime(session, row["oci_runtime"]).program
            facts = host_facts(session, merged, runtime=program)
            if facts.cgroups == "none" or spec.cgroups == "disabled":
                raise Unsupported(
                    "the container has no cgroup of its own, so it has no limits",
                    subject=name,
                    hint="run pycman doctor",
                )
            choose_runtime(session, row["oci_runtime"]).update(
                container_id, limits_object(merged, facts.device_numbers)
            )
            crash_point("update:runtime")
        with session.db.transaction():
            session.db.change(
                "UPDATE containers SET spec = ?, restart_policy = ? WHERE id = ?",
                (format_json(changed.to_dict()), changed.restart.name, container_id),
            )
            events.append(session.db, "container", "update", container_id, name=row["name"], image=row["image_name"])
    return container_id


def merge_resources(old: Resources, new: Resources) -> Resources:
    """Return `old` with every field that `new` gives: one that is not at its default. Pure."""
    given = {name: value for name, value in new.__dict__.items() if value != getattr(Resources, name)}
    merged = old.replace(**given)
    if "memory_bytes" in given and "memory_swap_bytes" not in given and merged.memory_bytes:
        swap = merged.memory_swap_bytes
        if swap is not None and 0 < swap < merged.memory_bytes:
            raise InvalidInput(
                "it would be more than the limit of memory and swap together",
                subject="--memory",
                hint="give --memory-swap too",
            )
    return merged


def parse_restart(text: str) -> RestartPolicy:
    """Return a restart policy as --restart writes it ("no", "always", "on-failure:3"). Raises InvalidInput."""
    name, colon, count = text.partition(":")
    if colon and (name != "on-failure" or not count.isdigit()):
        raise InvalidInput(
            "not a restart policy", subject=text, hint="use no, on-failure[:N], always or unless-stopped"
        )
    return RestartPolicy(name=name, maximum_retries=int(count or 0))
