"""RUN: a container of the engine over the stage's layers, whose upper directory becomes the next layer.

It is created, started and cleaned up as every container is, with the engine's default confinement, network and ids;
only that no listing shows it, and that it is removed when the build that owns it has ended.
"""

from __future__ import annotations

import os

from pycman.build.execute.mount_points import remove_mount_points
from pycman.build.execute.new_layer import store_upper
from pycman.build.outcome import StepFailed
from pycman.containers.attach.start_attached import start_container
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.create.create import StepBase, create_container
from pycman.containers.end.remove import remove_container, remove_quietly
from pycman.containers.process.log_tail import last_lines
from pycman.errors import CommandNotExecutable, CommandNotFound, PycmanError
from pycman.images.platform import Platform, host_platform
from pycman.linux.binfmt import emulates
from pycman.runtime.attach import Streams
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode
from pycman.spec.network_attachment import NetworkMode
from pycman.storage.layers import layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.build.execute.new_layer import NewLayer
    from pycman.build.execute.run_mounts import Shown
    from pycman.build.options import BuildOptions, RunOptions
    from pycman.build.plan.values import RunStep
    from pycman.build.stack import Stack
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_SHOWN_LINES = 20
_ALSO_RUN = {"amd64": ("386",), "arm64": ("arm",)}
"""Architectures whose programs a 64-bit kernel runs as well."""
_CAPTURED = LogConfig(driver="k8s-file")
_NOT_KEPT = LogConfig(driver="none")
_COMMAND_FAILED = (StepFailed, CommandNotFound, CommandNotExecutable)


def run_step(
    session: Session,
    leased: Lease,
    stack: Stack,
    step: RunStep,
    options: BuildOptions,
    shown: Shown,
    kept: list[str] | None = None,
) -> NewLayer:
    """Run the command of a RUN and store what it changed; `shown` is what its --mount show it.

    Raises StepFailed if it ends with another status than 0, and what creating and starting a container raise. With
    `kept` the container of a command that failed is not removed: its id is appended, and the caller removes it.
    """
    spec = step_spec(step, options, shown)
    container_id = create_container(session, spec, base=step_base(stack, step))
    try:
        streams = Streams(stdin=-1, stdout=options.stdout, stderr=options.stderr)
        status = start_step(session, container_id, streams, shown)
        if status:
            raise _failure(session, container_id, status, step)
        upper = session.paths.upper(container_id)
        targets = [mount.target for mount in spec.mounts]
        remove_mount_points(upper, layer_paths(session, stack.names), targets)
        latest_ns = None if options.timestamp_s is None else options.timestamp_s * 10**9
        made = store_upper(session, leased, stack, upper, latest_ns=latest_ns)
    except BaseException as error:
        if kept is not None and isinstance(error, _COMMAND_FAILED):
            kept.append(container_id)
        else:
            remove_quietly(session, container_id)
        raise
    remove_container(session, container_id, force=True, volumes=True)
    return made


def start_step(session: Session, container_id: str, streams: Streams, shown: Shown) -> int:
    """Start the container of a step and return its exit status; its secrets are released once it has them."""

    def release() -> None:
        shown.release()
        if shown.env_files:
            from pycman.build.execute.bundle_secrets import remove_values  # only for secrets as variables

            remove_values(session, container_id, tuple(shown.env_files))

    return start_container(session, container_id, streams=streams, before_process=release)[1]


def step_base(stack: Stack, step: RunStep) -> StepBase:
    """Return what the container of a step starts from: the stage's layers and environment."""
    return StepBase(layer_names=stack.names, config={"Env": list(step.env)})


def step_spec(step: RunStep, options: BuildOptions, shown: Shown) -> ContainerSpec:
    """Return the container of a step, as the instruction and the build's options have it."""
    run = options.run
    captured = options.stdout < 0 or options.stderr < 0
    return ContainerSpec(
        image="build",
        entrypoint=(),
        command=step.argv,
        env=shown.env,
        env_files=shown.env_files,
        user=step.user,
        workdir=step.working_dir or "/",
        mounts=(*run.mounts, *shown.mounts),
        image_volumes="ignore",
        network=_network(step, run),
        extra_hosts=run.extra_hosts,
        dns=run.dns,
        dns_search=run.dns_search,
        dns_options=run.dns_options,
        no_hosts=run.no_hosts,
        http_proxy=run.http_proxy,
        resources=run.resources,
        ulimits=run.ulimits,
        shm_size_bytes=run.shm_size_bytes,
        cgroup_parent=run.cgroup_parent,
        security=run.security,
        devices=run.devices,
        group_add=run.group_add,
        ipc_mode=run.ipc_mode,
        pid_mode=run.pid_mode,
        uts_mode=run.uts_mode,
        cgroup_mode=run.cgroup_mode,
        user_mode=NamespaceMode(kind="host"),
        log=_CAPTURED if captured else _NOT_KEPT,
        init=False,
        stop_timeout_s=0,
    )


def _network(step: RunStep, run: RunOptions) -> NetworkMode:
    """Return the network of the instruction ("none", "host"), else that of the build."""
    return NetworkMode(kind=step.network) if step.network in ("none", "host") else run.network


def foreign_platform(config: Mapping[str, Any], machine: str) -> Platform | None:
    """Return the platform of an image whose programs a machine (`uname -m`) does not run by itself, else None. Pure."""
    host = host_platform(machine)
    architecture = str(config.get("architecture") or host.architecture)
    own = {host.architecture, *_ALSO_RUN.get(host.architecture, ())}
    return None if architecture in own else Platform(os="linux", architecture=architecture)


def _failure(session: Session, container_id: str, status: int, step: RunStep) -> StepFailed:
    """Return the error of a command that ended with `status`, with its last lines if nobody has seen them."""
    error = StepFailed(f"the command ended with exit status {status}", status=status)
    foreign = foreign_platform(step.config, os.uname().machine)
    if foreign and not emulates(foreign.architecture):
        error.problem += f": the image is for {foreign}, which this machine does not run"
        error.hint = "install qemu-user-static, so that binfmt_misc runs it, or build on such a machine"
    row = row_of(session, container_id)
    try:
        spec = spec_of(row)
        if spec.log.driver == "k8s-file" and os.path.exists(session.paths.log(container_id)):
            error.output = tuple(last_lines(session, row, spec, _SHOWN_LINES))
    except PycmanError:
        return error
    return error
