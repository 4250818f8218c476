"""RUN with --isolation chroot: a process in the stage's root, without OCI runtime, conmon and networks of the engine.

For builds inside a container that may make no containers. The process gets as many namespaces as this one may make
(`pycman/linux/root_process.py`); with none at all, what it is shown is put into the root for its time (`placed.py`). It has the
network, the limits and the seccomp filter of whatever runs pycman, and no more capabilities than a container has.
"""

from __future__ import annotations

import os

from pycman.build.execute.chroot_mounts import etc_files, root_mounts
from pycman.build.execute.mount_points import remove_mount_points
from pycman.build.execute.new_layer import store_upper
from pycman.build.execute.output_pump import pass_output
from pycman.build.execute.root import writable_root
from pycman.build.outcome import StepFailed
from pycman.containers.users import lookup_user
from pycman.errors import Unsupported, from_os_error
from pycman.linux.files import read_text
from pycman.linux.host_limits import bounding_mask
from pycman.linux.root_process import Level, RootProcess, probe_level, start
from pycman.runtime.defaults import (
    CAPABILITIES,
    DEFAULT_CAPABILITIES,
    MASKED_PATHS,
    READONLY_PATHS,
    capability_names,
    choose_capabilities,
)
from pycman.storage.layers import layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.execute.new_layer import NewLayer
    from pycman.build.execute.root import Root
    from pycman.build.execute.run_mounts import Shown
    from pycman.build.options import BuildOptions, RunOptions
    from pycman.build.plan.values import RunStep
    from pycman.build.stack import Stack
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_KNOWN_OPTIONS = frozenset(
    ("network", "extra_hosts", "dns", "dns_search", "dns_options", "no_hosts", "http_proxy", "ulimits", "security",
     "mounts", "group_add")
)  # fmt: skip
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
_HOSTNAME = "build"
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_FREE_TO_ESCAPE = ("CAP_SYS_CHROOT", "CAP_MKNOD")
"""Not given where there is nothing but chroot(2): with the first a process leaves any root, with the second it makes disks."""


def check_chroot(options: RunOptions) -> None:
    """Refuse what only a container can be given. Raises Unsupported naming it."""
    for name in options.to_dict():
        if name not in _KNOWN_OPTIONS:
            raise Unsupported("only containers have it", subject=f"--isolation chroot, {name.replace('_', ' ')}")
    if set(options.security.to_dict()) - {"cap_add", "cap_drop"}:
        raise Unsupported("only containers have it", subject="--isolation chroot, --security-opt")
    if options.network.kind not in ("", "host", "none"):
        raise Unsupported(
            "there are no networks of the engine", subject=f"--isolation chroot, --network {options.network.kind}",
            hint="use host or none",
        )  # fmt: skip


def run_step_in_chroot(
    session: Session, leased: Lease, stack: Stack, step: RunStep, options: BuildOptions, shown: Shown
) -> NewLayer:
    """Run the command of a RUN and store what it changed. Raises StepFailed, Unsupported, InvalidInput, NoSpace."""
    latest_ns = None if options.timestamp_s is None else options.timestamp_s * 10**9
    with writable_root(session, stack) as root:
        level = probe_level(os.path.realpath(root.path))  # of the driver "copies" it may be a link
        with etc_files(session, options.run) as files:
            mounts = root_mounts(session, (*files, *options.run.mounts, *shown.mounts), root)
            with mounts:
                process = _process(root, step, options, shown, level)
                try:
                    if level.mounts:
                        process = process.replace(mounts=mounts.binds())
                    else:
                        mounts.place()
                except OSError as error:  # a stage may have a file where a directory is needed
                    raise from_os_error(error, doing="a mount of the step cannot be made") from error
                status, lines = _carry_out(process, level, options, shown)
        if status:
            failed = StepFailed(f"the command ended with exit status {status}", status=status)
            failed.output = tuple(lines)
            raise failed
        root.unmount()
        remove_mount_points(root.upper, layer_paths(session, stack.names), mounts.targets)
        return store_upper(session, leased, stack, root.upper, latest_ns=latest_ns)


def _carry_out(process: RootProcess, level: Level, options: BuildOptions, shown: Shown) -> tuple[int, list[str]]:
    """Run the process to its end; return its status, and its last lines if nobody sees them."""
    out_read, out_write = os.pipe()
    error_read, error_write = os.pipe()
    try:
        try:
            started = start(process, level, out_write, error_write)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            is_missing = isinstance(error, (FileNotFoundError, PermissionError))
            failed = StepFailed(f"it cannot be started: {error.filename or process.argv[0]}: {reason}")
            failed.status = (
                (_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE) if is_missing else 0
            )
            raise failed from error
        finally:
            os.close(out_write)
            os.close(error_write)
        try:
            shown.release()
            lines = pass_output({out_read: options.stdout, error_read: options.stderr})
            return started.wait(), lines
        except BaseException:
            started.end()
            raise
    finally:
        os.close(out_read)
        os.close(error_read)


def _process(root: Root, step: RunStep, options: BuildOptions, shown: Shown, level: Level) -> RootProcess:
    run = options.run
    user = lookup_user(root.path, step.user, run.group_add)
    network = step.network if step.network in ("none", "host") else run.network.kind
    if network == "none" and not level.mounts:
        raise Unsupported("no network namespace can be made here", subject="--isolation chroot, network none")
    env = dict(entry.partition("=")[::2] for entry in step.env)
    if run.http_proxy is not False:
        names = [each for name in _PROXIES for each in (name, name.upper())]
        env = {**{name: os.environ[name] for name in names if name in os.environ}, **env}
    env = {**env, **shown.env, **{name: read_text(path) for name, path in shown.env_files.items()}}
    env.setdefault("HOME", user.home)
    env.setdefault("HOSTNAME", _HOSTNAME if level.mounts else os.uname().nodename)
    return RootProcess(
        root=os.path.realpath(root.path),
        argv=step.argv,
        env=env,
        working_dir=step.working_dir or "/",
        uid=user.uid,
        gid=user.gid,
        groups=user.extra_gids,
        capabilities=_capabilities(run, level),
        masked=MASKED_PATHS,
        read_only=READONLY_PATHS,
        hostname=_HOSTNAME,
        limits={limit.name: (limit.soft, limit.hard) for limit in run.ulimits if limit.name != "host"},
        own_network=network == "none",
    )


def _capabilities(run: RunOptions, level: Level) -> tuple[int, ...]:
    """Return the numbers of the capabilities of a container, as far as this process has them."""
    bounding = CAPABILITIES if level.user else capability_names(bounding_mask())
    names = choose_capabilities(
        run.security.cap_add, run.security.cap_drop, bounding=bounding, privileged=False, base=DEFAULT_CAPABILITIES
    )
    barred = () if level.mounts else _FREE_TO_ESCAPE
    return tuple(CAPABILITIES.index(name) for name in names if name in bounding and name not in barred)
