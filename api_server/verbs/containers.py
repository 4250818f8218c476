"""/containers: everything but streams and files."""

from __future__ import annotations

import os
import time

from api_server.exec_records import ExecRecords
from api_server.translate.container import container_spec
from api_server.translate.fields import Fields
from api_server.translate.host_config import SECCOMP_JSON, resources_of, restart_policy
from api_server.translate.networking import links_of
from api_server.translate.summaries import container_object, container_summary, shown_networks
from api_server.translate.versions import container_of, endpoints_of
from api_server.verbs.call import NO_CONTENT, NOT_MODIFIED, json_answer
from api_server.verbs.links import with_links
from pycman.containers import states
from pycman.containers.catalogue import get_row, row_of, spec_of
from pycman.containers.inspect.network_settings import network_settings
from pycman.containers.networks.endpoints import endpoints_with_networks
from pycman.contexts import suppress
from pycman.digest import digest_bytes
from pycman.errors import InvalidInput, NotFound, NotRunning, PycmanError, WrongState
from pycman.linux.files import make_directory, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.http.request import Request
    from api_server.verbs.call import Answer, Call
    from pycman.containers.container import Container
    from pycman.engine import Engine
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_CHANGES = {"C": 0, "A": 1, "D": 2}
_HEALTH_LISTED = (1, 52)
_FILTERS = {"is-task": "", "isolation": ""}
_UP = (states.RUNNING, states.PAUSED)


def list_containers(call: Call) -> Answer:
    """List containers."""
    request = call.request
    filters = [(key, value) for key, value in request.filters() if key not in _FILTERS]
    found = call.engine.containers.list(filters, all=request.flag("all"), last=max(0, request.number("limit")))
    now = time.time_ns()
    return json_answer([_summary(call, container, now, size=request.flag("size")) for container in found])


def _summary(call: Call, container: Container, now: int, *, size: bool) -> dict[str, Any]:
    try:
        row = row_of(call.session, container.id)
    except NotFound:
        return container_summary(container, now, {}, [])
    spec = spec_of(row)
    settings = network_settings(row, spec, endpoints_with_networks(call.session, container.id), pid=container.pid)
    ports = [
        (port, binding["HostIp"], binding["HostPort"])
        for port, bindings in settings["Ports"].items()
        for binding in bindings or [{"HostIp": "", "HostPort": ""}]
    ]
    entry = container_summary(
        container.replace(image_name=spec.image or container.image_name),
        now,
        endpoints_of(shown_networks(settings["Networks"], call.default_network), call.request.version),
        ports if container.running else [],
    )
    if call.request.version >= _HEALTH_LISTED:
        status = container.health_status or "starting" if container.has_health and container.running else "none"
        entry["Health"] = {"Status": status, "FailingStreak": row["health_streak"]}
    if size:
        entry["SizeRw"], entry["SizeRootFs"] = call.engine.containers.size(container.id)
    return entry


def create(call: Call) -> Answer:
    """Create a container."""
    spec = container_spec(call.request.json, call.request.text("name"), call.request.text("platform"))
    spec = with_links(call.session, _with_profile(call.session, spec), links_of(call.request.json))
    container_id = call.engine.containers.create(spec)
    return json_answer({"Id": container_id, "Warnings": list(call.session.warnings)}, 201)


def _with_profile(session: Session, spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with the path of a file in place of a seccomp profile that the client has sent."""
    profile = spec.security.seccomp_profile
    if not profile.startswith(SECCOMP_JSON):
        return spec
    text = profile.removeprefix(SECCOMP_JSON).encode()
    folder = f"{session.paths.root}/seccomp-profiles"
    make_directory(folder, 0o700)
    path = f"{folder}/{digest_bytes(text).partition(':')[2]}.json"
    if not os.path.exists(path):
        write_atomic(path, text, mode=0o600)
    return spec.replace(security=spec.security.replace(seccomp_profile=path))


def inspect(call: Call) -> Answer:
    """Describe a container."""
    found = call.engine.containers.inspect(call.name, size=call.request.flag("size"))
    spec = spec_of(row_of(call.session, found["Id"]))
    shown = container_object(
        found,
        ExecRecords(call.session).of_container(found["Id"]),
        call.default_network,
        unset_env=spec.unset_env,
        version=call.request.version,
    )
    return json_answer(container_of(shown, call.request.version))


def initialize(engine: Engine, container_id: str) -> dict[str, Any]:
    """Initialize a container for a client that attaches before it starts it; one that runs already is no error."""
    if states.state_of(engine.session, get_row(engine.session, container_id)) not in states.ALIVE:
        engine.containers.initialize(container_id)
    return {}


def start(call: Call) -> Answer:
    """Start a container; 304 for one that runs."""
    row = get_row(call.session, call.name)
    state = states.state_of(call.session, row)
    if state == states.RUNNING and states.has_process(row):
        return NOT_MODIFIED
    if state == states.PAUSED:
        raise WrongState("cannot start a paused container, try unpause instead", subject=row["name"])
    checkpoint = call.request.text("checkpoint")
    if checkpoint:
        from pycman.containers.checkpoint.options import RestoreOptions  # only for docker's start --checkpoint
        from pycman.containers.checkpoint.place import Named  # the same

        named = Named(name=checkpoint, directory=call.request.text("checkpoint-dir"))
        call.engine.containers.restore(row["id"], RestoreOptions(named=named, tcp_established=True))
        return NO_CONTENT
    try:
        call.engine.containers.start(row["id"])
    except PycmanError:
        if row["auto_remove"] and not row["started_at_ns"]:  # nobody else would remove it: it has never run
            with suppress(PycmanError):
                call.engine.containers.remove(row["id"], force=True, volumes=True)
        raise
    return NO_CONTENT


def _timeout(request: Request) -> int | None:
    return request.number("t") if request.given("t") else None


def stop(call: Call) -> Answer:
    """Stop a container; 304 for one that does not run."""
    row = get_row(call.session, call.name)
    if states.state_of(call.session, row) not in (*states.ALIVE, states.RESTARTING):
        return NOT_MODIFIED
    call.engine.containers.stop(row["id"], timeout_s=_timeout(call.request), signal=call.request.text("signal"))
    return NO_CONTENT


def restart(call: Call) -> Answer:
    """Restart a container."""
    call.engine.containers.restart(call.name, timeout_s=_timeout(call.request), signal=call.request.text("signal"))
    return NO_CONTENT


def kill(call: Call) -> Answer:
    """Send a signal."""
    row = get_row(call.session, call.name)
    if states.state_of(call.session, row) not in states.ALIVE:
        raise NotRunning("container is not running", subject=f"cannot kill container {row['name']}")
    call.engine.containers.kill(row["id"], signal=call.request.text("signal") or "KILL")
    return NO_CONTENT


def pause(call: Call) -> Answer:
    """Pause a container."""
    call.engine.containers.pause(call.name)
    return NO_CONTENT


def unpause(call: Call) -> Answer:
    """Unpause a container."""
    call.engine.containers.unpause(call.name)
    return NO_CONTENT


def rename(call: Call) -> Answer:
    """Rename a container."""
    new_name = call.request.text("name").removeprefix("/")
    if not new_name:
        raise InvalidInput("neither old nor new names may be empty", subject="name")
    call.engine.containers.rename(call.name, new_name)
    return NO_CONTENT


def update(call: Call) -> Answer:
    """Change limits and restart policy."""
    fields = Fields(call.request.json)
    resources = resources_of(fields)
    text = ""
    if fields.given("RestartPolicy"):
        policy = restart_policy(fields)
        text = f"{policy.name}:{policy.maximum_retries}" if policy.maximum_retries else policy.name
        fields.raw("RestartPolicy")
    fields.finish()
    call.engine.containers.update(call.name, resources, restart=text)
    return json_answer({"Warnings": list(call.session.warnings) or None})


def remove(call: Call) -> Answer:
    """Remove a container."""
    request = call.request
    if request.flag("link"):
        raise NotFound("no such link", subject=call.name)
    force = request.flag("force")
    row = get_row(call.session, call.name)
    state = states.state_of(call.session, row)
    if not force and (state == states.RESTARTING or (state in _UP and states.has_process(row))):
        words = "unpause" if state == states.PAUSED else "stop"
        raise WrongState(
            f"container is {state}: {words} the container before removing or force remove",
            subject=f'cannot remove container "/{row["name"]}"',
        )
    if state == states.INITIALIZED:  # a client attached and left: to clients the container is one that was created
        force = True
    call.engine.containers.remove(
        row["id"],
        force=force,
        volumes=request.flag("v"),
        timeout_s=0 if force else None,
        keep_dependents=True,
    )
    return NO_CONTENT


def top(call: Call) -> Answer:
    """List the processes of a container, by the host's ps as docker does."""
    arguments = call.request.text("ps_args") or "-ef"
    table = call.engine.containers.top(call.name, arguments.split())
    return json_answer({"Titles": table[0], "Processes": table[1:]})


def changes(call: Call) -> Answer:
    """List what a container has changed."""
    found = call.engine.containers.diff(call.name)
    return json_answer([{"Path": change.path, "Kind": _CHANGES[change.kind]} for change in found] or None)


def prune(call: Call) -> Answer:
    """Remove stopped containers."""
    ids, freed = call.engine.containers.prune(call.request.filters())
    return json_answer({"ContainersDeleted": ids or None, "SpaceReclaimed": freed})


def sample(engine: Engine, container_id: str) -> dict[str, Any]:
    """Return one sample of a container's use, with the number of CPUs, for translate/stats.py."""
    found = engine.containers.stats([container_id])[0]
    values = {name: getattr(found, name) for name in found._fields}
    values["id"] = values.pop("container_id")
    return {**values, "online_cpus": os.cpu_count() or 1}
