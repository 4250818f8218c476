"""generate systemd: units that start, stop or make a container or the containers of a pod."""

from __future__ import annotations

import os
import sys
import time

from cli.habits import habits_of
from cli.output.systemd_units import (
    RESTART_POLICIES,
    UnitContainer,
    UnitOptions,
    UnitPod,
    container_service,
    container_unit,
    pod_id_file,
    pod_service,
    pod_unit,
)
from pods.api import Pods
from pycman.errors import InvalidInput, NotFound, from_os_error
from pycman.jsontext import format_json
from pycman.linux.files import write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pods.catalogue import Pod

_POD_STOP_S = 10
_NAMESPACES = ("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupMode")


def run(call: Call) -> int:
    """Print the units, or with --files write them here and print their paths. Raises NotFound, InvalidInput."""
    if call.string("format") not in ("", "json"):
        raise InvalidInput("unknown format", subject=f"--format {call.string('format')}", hint="use json")
    options = _options(call)
    units = _units(call, call.arguments[0], options)
    if call.habits.podman_warnings:
        sys.stderr.write("\nDEPRECATED command: Quadlet files are recommended in its place (podman-systemd.unit(5))\n")
    if call.flag("files"):
        for name, text in units.items():
            units[name] = _write(f"{os.getcwd()}/{name}.service", text)
    if call.string("format"):
        call.print(format_json(units, indent=1))
        return 0
    sys.stdout.write("".join(f"{text}\n" if call.flag("files") else text for text in units.values()))
    return 0


def _options(call: Call) -> UnitOptions:
    policy = call.string("restart-policy")
    if call.given("restart-policy") and policy not in RESTART_POLICIES:
        raise InvalidInput(
            f"{policy} is not a valid restart policy",
            subject="--restart-policy",
            hint=f"use {', '.join(RESTART_POLICIES)}",
        )
    if call.given("stop-timeout") and call.given("time"):
        raise InvalidInput("--stop-timeout and --time are redundant and cannot be used together", hint="leave one out")
    if call.flag("template") and call.given("new") and not call.flag("new"):
        raise InvalidInput("--template cannot be set with --new=false", hint="leave one out")
    stop = "stop-timeout" if call.given("stop-timeout") else "time"
    return UnitOptions(
        program=os.path.abspath(sys.argv[0]),
        release=habits_of("podman").release,
        stamp="" if call.flag("no-header") else time.strftime("%a %b %e %H:%M:%S %Z %Y"),
        new=call.flag("new") or call.flag("template"),
        by_name=call.flag("name"),
        template=call.flag("template"),
        container_prefix=call.string("container-prefix", "container"),
        pod_prefix=call.string("pod-prefix", "pod"),
        separator=call.string("separator", "-"),
        restart_policy=policy,
        restart_s=_seconds(call, "restart-sec"),
        start_timeout_s=_seconds(call, "start-timeout"),
        stop_timeout_s=_seconds(call, stop),
        wants=tuple(call.values("wants")),
        after=tuple(call.values("after")),
        requires=tuple(call.values("requires")),
        env=tuple(_variables(call)),
    )


def _seconds(call: Call, flag: str) -> int | None:
    if not call.given(flag):
        return None
    if call.number(flag) < 0:
        raise InvalidInput("it cannot be negative", subject=f"--{flag} {call.number(flag)}", hint="give it in seconds")
    return call.number(flag)


def _variables(call: Call) -> list[str]:
    """Return NAME=VALUE of each --env; one without a value is the caller's."""
    found = {}
    for text in call.values("env"):
        name, equals, value = text.partition("=")
        if equals or name in os.environ:
            found[name] = value if equals else os.environ[name]
    return [f"{name}={value}" for name, value in found.items()]


def _units(call: Call, name: str, options: UnitOptions) -> dict[str, str]:
    """Return the text of each unit by its name. Raises NotFound if there is neither a container nor a pod of this name."""
    pods = Pods(call.engine)
    try:
        container = _container(call, name, options)
    except NotFound:
        pod = pods.find(name)
        if pod is None:
            raise NotFound(
                "no such container or pod", subject=name, hint="see pycman ps -a and pycman pod ps"
            ) from None
        return _pod_units(call, pod, options)
    return {container_service(container, options): container_unit(container, options)}


def _container(call: Call, name: str, options: UnitOptions) -> UnitContainer:
    """Return a container. Raises NotFound, InvalidInput for an init container."""
    found = call.engine.containers.get(name)
    if found.init_kind:
        raise InvalidInput("there are no units for init containers", subject=name)
    if not options.new and found.restart_policy not in ("", "no"):
        call.warn(
            f"Container {found.id} has restart policy {found.restart_policy!r} which can lead to issues on shutdown: consider"
            " recreating the container without a restart policy and use systemd's restart mechanism instead"
        )
    shown = call.engine.containers.inspect(found.id)
    config = shown["Config"]
    return UnitContainer(
        id=found.id,
        name=found.name,
        command=tuple(config.get("CreateCommand") or ())[1:],
        pid_file=shown["ConmonPidFile"],
        stop_timeout_s=int(config.get("StopTimeout", 10)),
        run_root=call.engine.session.paths.run_root,
        env=dict(pair.partition("=")[::2] for pair in config.get("Env") or ()),
    )


def _pod_units(call: Call, pod: Pod, options: UnitOptions) -> dict[str, str]:
    """Return the units of a pod and of its members. Raises InvalidInput."""
    if options.template:
        raise InvalidInput("--template is not supported for pods", subject=pod.name, hint="leave it out")
    if not pod.infra_id or not pod.workers:
        what = "infra container" if not pod.infra_id else "containers"
        raise InvalidInput(f"the pod has no {what}", subject=pod.name)
    members = {worker.id: _container(call, worker.id, options) for worker in pod.workers}
    command = tuple(Pods(call.engine).inspect(pod.id).get("CreateCommand") or ())[1:]
    # its restart policy is the pod's matter; as podman has it, its members have ten seconds to end
    infra = _container(call, pod.infra_id, options.replace(new=True)).replace(stop_timeout_s=_POD_STOP_S)
    values = UnitPod(
        id=pod.id,
        name=pod.name,
        infra=infra,
        command=command,
        members=tuple(container_service(member, options) for member in members.values()),
    )
    units = {pod_service(values, options): pod_unit(values, options)}
    for member in members.values():
        needs = [pod_service(values, options)]
        needs += [container_service(members[other], options) for other in _used(call, member.id) if other in members]
        unit = member.replace(
            needs=tuple(dict.fromkeys(needs)), pod_id_file=pod_id_file(values, options) if options.new else ""
        )
        units[container_service(member, options)] = container_unit(unit, options)
    return units


def _used(call: Call, name: str) -> list[str]:
    """Return the ids of containers whose namespaces a container uses, or which it requires."""
    shown = call.engine.containers.inspect(name)
    modes = [str(shown["HostConfig"].get(key, "")) for key in _NAMESPACES]
    return [*(mode[10:] for mode in modes if mode.startswith("container:")), *shown.get("Dependencies", ())]


def _write(path: str, text: str) -> str:
    try:
        write_atomic(path, text)
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    return path
