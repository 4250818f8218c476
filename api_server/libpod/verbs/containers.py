"""/libpod/containers: everything but streams and files."""

from __future__ import annotations

from api_server.exec_records import ExecRecords
from api_server.libpod.query import count, filters_of, switch
from api_server.libpod.shapes.containers import container_object, container_summary
from api_server.libpod.spec.container import container_spec, restart_policy
from api_server.libpod.spec.health import update_of
from api_server.libpod.spec.resources import resources_of, update_rates
from api_server.translate.fields import Fields
from api_server.verbs import execs
from api_server.verbs.call import NO_CONTENT, NOT_MODIFIED, Answer, json_answer
from pods.catalogue import list_pods
from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.errors import InvalidInput, NotFound, Unsupported, WrongState
from pycman.spec.changes import Changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Call

_KINDS = {"C": 0, "A": 1, "D": 2}


def list_containers(call: Call) -> Answer:
    """List containers."""
    request = call.request
    last = max(0, request.number("last") or request.number("limit"))  # clients send -1 for all
    filters = filters_of(request)
    every = switch(request, "all") or any(key == "status" for key, _ in filters)
    found = call.engine.containers.list(filters, all=every, last=last)
    pods = {pod.id: pod.name for pod in list_pods(call.session)} if any(each.pod_id for each in found) else {}
    entries = []
    for container in found:
        entry = container_summary(container, pods.get(container.pod_id, ""))
        if switch(request, "size"):
            own, root = call.engine.containers.size(container.id)
            entry["Size"] = {"rootFsSize": root, "rwSize": own}
        entries.append(entry)
    return json_answer(entries)


def create(call: Call) -> Answer:
    """Create a container, as a member of a pod if it names one."""
    spec = container_spec(call.request.json)
    pod = Fields(call.request.json).text("pod")
    if pod:
        from pods.api import Pods  # only for members of pods

        spec = Pods(call.engine).member(pod, spec)
    container_id = call.engine.containers.create(spec)
    return json_answer({"Id": container_id, "Warnings": list(call.session.warnings)}, 201)


def inspect(call: Call) -> Answer:
    """Describe a container."""
    found = call.engine.containers.inspect(call.name, size=switch(call.request, "size"))
    exec_ids = ExecRecords(call.session).of_container(found["Id"])
    return json_answer(container_object(found, exec_ids, call.request.version))


def exists(call: Call) -> Answer:
    """Say whether there is a container."""
    get_row(call.session, call.name)
    return NO_CONTENT


def initialize(call: Call) -> Answer:
    """Prepare a container without starting it; 304 for one that is prepared or runs."""
    row = get_row(call.session, call.name)
    if states.state_of(call.session, row) in states.ALIVE:
        return NOT_MODIFIED
    call.engine.containers.initialize(row["id"])
    return NO_CONTENT


def stop(call: Call) -> Answer:
    """Stop a container; 304 for one that does not run."""
    request = call.request
    try:
        row = get_row(call.session, call.name)
    except NotFound:
        if switch(request, "ignore"):
            return NO_CONTENT
        raise
    if states.state_of(call.session, row) not in (*states.ALIVE, states.RESTARTING):
        return NOT_MODIFIED
    call.engine.containers.stop(row["id"], timeout_s=count(request, "timeout", "t"))
    return NO_CONTENT


def restart(call: Call) -> Answer:
    """Restart a container."""
    call.engine.containers.restart(call.name, timeout_s=count(call.request, "timeout", "t"))
    return NO_CONTENT


def remove(call: Call) -> Answer:
    """Remove a container, and with `depend` those that need it; one that is not there is no error with `ignore`."""
    request = call.request
    force, timeout_s = switch(request, "force"), count(request, "timeout")
    try:
        ids = call.engine.containers.remove(
            call.name,
            force=force,
            volumes=switch(request, "volumes", "v"),
            timeout_s=timeout_s,
            depend=switch(request, "depend"),
        )
    except NotFound:
        if switch(request, "ignore"):
            return json_answer([])
        raise
    except WrongState:
        if states.state_of(call.session, row := get_row(call.session, call.name)) != states.INITIALIZED:
            raise
        # a client attached and left: to clients the container is one that was created
        ids = call.engine.containers.remove(row["id"], force=True, volumes=switch(request, "volumes", "v"), timeout_s=0)
    return json_answer([{"Id": each, "Err": None} for each in ids])


def prune(call: Call) -> Answer:
    """Remove stopped containers."""
    ids, freed = call.engine.containers.prune(filters_of(call.request))
    return json_answer(prune_reports(ids, freed))


def prune_reports(ids: list[str], freed: int) -> list[dict[str, Any]]:
    """Return podman's reports of a prune; the engine knows the bytes of all together, which the first one has."""
    return [{"Id": each, "Size": 0 if position else freed} for position, each in enumerate(ids)]


def show_mounted(call: Call) -> Answer:
    """List the paths of mounted containers."""
    return json_answer(dict(call.engine.containers.mounted()))


def mount(call: Call) -> Answer:
    """Mount a container and tell the path, which is one of the server's host."""
    return json_answer(call.engine.containers.mount(call.name))


def unmount(call: Call) -> Answer:
    """Undo a mount; one that is not mounted is no error."""
    row = get_row(call.session, call.name)
    if row["id"] in dict(call.engine.containers.mounted()):
        call.engine.containers.unmount(row["id"])
    return NO_CONTENT


def changes(call: Call) -> Answer:
    """List what a container has changed against its image."""
    if call.request.text("parent"):
        raise InvalidInput("a container is compared with its image", subject="parent", hint="leave it out")
    found = call.engine.containers.diff(call.name)
    return json_answer([{"Path": each.path, "Kind": _KINDS[each.kind]} for each in found])


def check_health(call: Call) -> Answer:
    """Run the health check of a container. Raises WrongState for one that has none or does not run."""
    row = get_row(call.session, call.name)
    if not row["has_health"]:
        raise WrongState("the container has no health check", subject=row["name"])
    if states.state_of(call.session, row) != states.RUNNING:
        raise WrongState("the container does not run", subject=row["name"])
    status, _ = call.engine.containers.check_health(row["id"])
    return json_answer({"Status": status, "FailingStreak": 0, "Log": None})


def update(call: Call) -> Answer:
    """Change limits, restart policy, environment and health checks."""
    request = call.request
    row = get_row(call.session, call.name)
    fields = Fields(request.json)
    health = update_of(fields)
    env = dict(pair.partition("=")[::2] for pair in fields.texts("Env"))
    unset = fields.texts("UnsetEnv")
    rates = update_rates(fields)
    if fields.entries("r_limits"):
        raise Unsupported("limits of processes are set when a container is created", subject="r_limits")
    resources = resources_of(fields, rates, {})
    policy = ""
    if request.text("restartPolicy") or request.text("restartRetries"):
        wanted = restart_policy(
            Fields({"restart_policy": request.text("restartPolicy"), "restart_tries": request.number("restartRetries")})
        )
        if wanted.name != "on-failure" and request.number("restartRetries"):
            raise InvalidInput("only on-failure has a number of retries", subject="restartRetries")
        policy = f"{wanted.name}:{wanted.maximum_retries}" if wanted.maximum_retries else wanted.name
    changes = Changes(env=env, unset_env=unset, **health) if env or unset or health else None
    call.engine.containers.update(row["id"], resources, restart=policy, changes=changes)
    return json_answer(row["id"], 201)


def inspect_exec(call: Call) -> Answer:
    """Describe an exec instance; one that has not ended has the status 0, as to podman."""
    found = execs.describe(call)
    return json_answer({**found, "ExitCode": found["ExitCode"] or 0})


def remove_exec(call: Call) -> Answer:
    """Forget an exec instance that does not run, with `force` also one that does."""
    record = ExecRecords(call.session).get(call.request.names["id"])
    force = switch(call.request, "force") or bool(call.request.json.get("Force"))
    if record["state"] in ("claimed", "running") and not force:
        raise WrongState("the exec instance runs", subject=record["id"], hint="use force")
    ExecRecords(call.session).remove(record["id"])
    return NO_CONTENT
