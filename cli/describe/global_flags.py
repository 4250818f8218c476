"""The flags before the command. Docker's and podman's own are read in `cli/global_flags.py`: handed on, taken or refused."""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import CONF_MODULE, flag, no_effect, unsupported


def pycman(
    root: Annotated[str, flag("--root", help="Directory of images, containers and volumes", metavar="PATH")] = "",
    runroot: Annotated[
        str, flag("--runroot", help="Directory of state that does not outlive a boot", metavar="PATH")
    ] = "",
    runtime: Annotated[str, flag("--runtime", help="OCI runtime (crun)", metavar="NAME", of="crun|runc|runsc")] = "",
    log_level: Annotated[
        str,
        flag(
            "--log-level",
            "-l",
            help="Print messages of this level and above: debug, info, warn, error",
            metavar="LEVEL",
            of="debug|info|warn|error",
        ),
    ] = "",
    storage_driver: Annotated[
        str,
        flag(
            "--storage-driver",
            help="Storage driver: overlay, fuse-overlayfs or copies",
            metavar="NAME",
            of="overlay|fuse-overlayfs|copies",
        ),
    ] = "",
    cgroup_manager: Annotated[
        str,
        flag(
            "--cgroup-manager",
            help="cgroup manager: systemd, cgroupfs or disabled",
            metavar="NAME",
            of="systemd|cgroupfs|disabled",
        ),
    ] = "",
    debug: Annotated[bool, flag("--debug", "-D", help="The same as --log-level=debug", hidden=True)] = False,
    config: Annotated[str, flag("--config", help="Sets DOCKER_CONFIG", metavar="PATH", hidden=True)] = "",
    help: Annotated[bool, flag("--help", help="Show help")] = False,
    version: Annotated[bool, flag("--version", "-v", help="Show the version")] = False,
    registries_conf: Annotated[
        str,
        flag("--registries-conf", help="Sets CONTAINERS_REGISTRIES_CONF", metavar="FILE", hidden=True),
    ] = "",
    tmpdir: Annotated[str, flag("--tmpdir", help="Sets TMPDIR", metavar="PATH", hidden=True)] = "",
    host: Annotated[list[str], unsupported("--host", "-H", why="there is no daemon to talk to")] = [],
    context: Annotated[
        str,
        flag("--context", "--connection", "--url", "-c", help="Only default: there is no daemon", hidden=True),
    ] = "",
    remote: Annotated[bool, unsupported("--remote", "-r", why="there is no daemon to talk to")] = False,
    identity: Annotated[str, unsupported("--identity", why="there is no daemon to talk to")] = "",
    ssh: Annotated[str, unsupported("--ssh", why="there is no daemon to talk to")] = "",
    out: Annotated[
        str,
        flag(
            "--out",
            help="Write standard output to this file, but for what containers write",
            metavar="FILE",
            hidden=True,
        ),
    ] = "",
    noout: Annotated[
        bool, flag("--noout", help="Write nothing to standard output but what containers write", hidden=True)
    ] = False,
    tls: Annotated[bool, no_effect("--tls")] = False,
    tlsverify: Annotated[bool, no_effect("--tlsverify")] = False,
    tlscacert: Annotated[str, no_effect("--tlscacert")] = "",
    tlscert: Annotated[str, no_effect("--tlscert")] = "",
    tlskey: Annotated[str, no_effect("--tlskey")] = "",
    storage_opt: Annotated[list[str], no_effect("--storage-opt")] = [],
    syslog: Annotated[
        bool, flag("--syslog", help="Copy errors and warnings to syslog, those of cleanups too", hidden=True)
    ] = False,
    events_backend: Annotated[
        str,
        flag(
            "--events-backend",
            help="Where events go: file, journald or none",
            metavar="NAME",
            hidden=True,
            of="file|journald|none",
        ),
    ] = "",
    transient_store: Annotated[bool, no_effect("--transient-store")] = False,
    namespace: Annotated[str, no_effect("--namespace")] = "",
    network_backend: Annotated[str, no_effect("--network-backend")] = "",
    network_cmd_path: Annotated[str, no_effect("--network-cmd-path")] = "",
    network_config_dir: Annotated[str, no_effect("--network-config-dir")] = "",
    max_workers: Annotated[int, no_effect("--max-workers")] = 0,
    db_backend: Annotated[str, flag("--db-backend", help="Only sqlite", metavar="NAME", hidden=True, of="sqlite")] = "",
    conmon: Annotated[str, unsupported("--conmon", why="conmon is found on PATH or set in containers.conf")] = "",
    hooks_dir: Annotated[
        list[str],
        flag(
            "--hooks-dir", help="Folder of OCI hooks, in place of root's usual ones", metavar="DIRECTORY", hidden=True
        ),
    ] = [],
    cdi_spec_dir: Annotated[
        list[str], unsupported("--cdi-spec-dir", why="cdi_spec_dirs in containers.conf says where CDI files are")
    ] = [],
    imagestore: Annotated[str, unsupported("--imagestore", why="there is one store")] = "",
    volumepath: Annotated[str, unsupported("--volumepath", why="volumes live below --root")] = "",
    default_mounts_file: Annotated[
        str,
        flag(
            "--default-mounts-file",
            help="Read default mounts from this file (mounts.conf)",
            metavar="FILE",
            hidden=True,
        ),
    ] = "",
    runtime_flag: Annotated[
        list[str],
        flag("--runtime-flag", help="Flag for the OCI runtime, without its --", metavar="FLAG", hidden=True),
    ] = [],
    module: Annotated[
        list[str],
        flag(
            "--module",
            help="Read this file after those of containers.conf: its name below containers.conf.modules, or its path",
            metavar="MODULE",
            hidden=True,
            of=CONF_MODULE,
        ),
    ] = [],
) -> None:
    """Run and manage containers, pods and images without a daemon.

    pycman understands the command lines of docker and podman. Every command opens the store, does its work and exits; what
    outlives it is one monitor (conmon) for each container. Run as an ordinary user it needs no privileges.
    """
