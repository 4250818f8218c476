"""A network namespace for a single container, connected by --network slirp4netns[:OPTIONS] or pasta[:OPTIONS]."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, Unavailable, Unsupported
from pycman.linux.files import make_directory, read_text, remove_tree
from pycman.linux.namespaces import pin, unpin
from pycman.linux.own_mounts import with_own_mounts
from pycman.linux.processes import find_program, how_to_install, is_alive, is_ending, namespace_path, run, start_time
from pycman.network.rootless.pasta import (
    address_arguments,
    own_arguments,
    pasta_forwards_ports,
    pasta_program,
    pasta_version,
    port_arguments,
    wrong_option,
)
from pycman.network.rootless.slirp_options import parse_slirp_options, slirp_addresses
from pycman.network.rootless.uplink import Uplink, api_socket, check_tun, last_words, start_helper, stop_helper
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.network_attachment import NetworkMode
    from pycman.spec.port import PortMapping
    from pycman.state.session import Session


def with_options_of_conf(session: Session, mode: NetworkMode) -> NetworkMode:
    """Return the mode with the options of containers.conf before its own, which take precedence."""
    conf = containers_conf(session)
    options = conf.pasta_options if mode.kind == "pasta" else conf.network_cmd_options
    return mode.replace(value=",".join(filter(None, (*options, mode.value)))) if options else mode


def check_user_mode(session: Session, mode: NetworkMode, ports: Sequence[PortMapping]) -> None:
    """Check that the mode can work, before anything is created.

    Raises InvalidInput (options), Unsupported (program).
    """
    if mode.kind == "slirp4netns":
        parse_slirp_options(mode.value)
        if not slirp_program(session):
            raise _missing("slirp4netns")
    else:
        if not pasta_program(session):
            raise _missing("pasta")
        if ports and not pasta_forwards_ports(pasta_program(session)):
            raise Unsupported(
                f"this version of pasta ({pasta_version(pasta_program(session))}) stalls on incoming connections",
                subject="--network pasta with -p",
                hint="use --network slirp4netns or a bridge, or install a pasta of 2024_02_20 or later",
            )
    check_tun()


def start_user_mode(
    session: Session, container_id: str, mode: NetworkMode, pid: int, ports: Sequence[PortMapping]
) -> None:
    """Connect the network namespace of a process and open its ports on the host. Raises Unavailable, InUse, InvalidInput (options)."""
    make_directory(session.paths.network, 0o700)
    if mode.kind == "pasta":
        namespace = _namespace_path(session, container_id)
        unpin(namespace)
        # not /proc/PID, which pasta could not open: it drops its privileges before it opens the path
        pin(pid, "net", namespace)
        _start_pasta(session, container_id, mode.value, namespace, ports)
    else:
        _start_slirp(session, container_id, mode.value, namespace_path(pid, "net"), ports)


def restart_user_mode(
    session: Session, container_id: str, mode: NetworkMode, pid: int, ports: Sequence[PortMapping]
) -> None:
    """Start the slirp4netns or pasta of a running container again if it was killed. Raises Unavailable, InUse."""
    row = session.db.row("SELECT pid, pid_start FROM network_helpers WHERE container_id = ?", (container_id,))
    if row is None or not is_alive(row["pid"], row["pid_start"]) or is_ending(row["pid"]):
        stop_user_mode(session, container_id)
        start_user_mode(session, container_id, mode, pid, ports)


def stop_user_mode(session: Session, container_id: str) -> None:
    """Stop the slirp4netns or pasta of a container, if it has one, and remove its socket and namespace file."""
    row = session.db.row("SELECT pid, pid_start FROM network_helpers WHERE container_id = ?", (container_id,))
    if row is not None:
        stop_helper(row["pid"], row["pid_start"])
        session.db.change("DELETE FROM network_helpers WHERE container_id = ?", (container_id,))
    else:
        from pycman.linux.orphans import (
            end_told,
        )  # only for a container that was not started, or whose start was killed

        end_told(
            (f"--api-socket={api_socket(_socket_path(session, container_id))}",),
            ("--netns", _namespace_path(session, container_id)),
        )
    remove_tree(_socket_path(session, container_id))
    unpin(_namespace_path(session, container_id))


def slirp_program(session: Session) -> str:
    """Return the slirp4netns of containers.conf, else the installed one; "" if there is none."""
    conf = containers_conf(session)
    return conf.network_cmd_path or find_program("slirp4netns", conf.helper_binaries_dir)


def _missing(program: str) -> Unsupported:
    return Unsupported("it is not installed", subject=program, hint=how_to_install(program))


def _socket_path(session: Session, container_id: str) -> str:
    return f"{session.paths.network}/{container_id[:12]}.sock"  # short: the bundle's path may be too long for unix(7)


def _namespace_path(session: Session, container_id: str) -> str:
    return f"{session.paths.network}/{container_id[:12]}.netns"


def _start_slirp(session: Session, container_id: str, value: str, namespace: str, ports: Sequence[PortMapping]) -> None:
    options = parse_slirp_options(value)
    socket = _socket_path(session, container_id)
    argv = [slirp_program(session), "--configure", f"--mtu={options.get('mtu', '65520')}", "--ready-fd=3",
            "--enable-seccomp", f"--api-socket={api_socket(socket)}", "--netns-type=path"]  # fmt: skip
    if session.rootless:
        argv.append("--enable-sandbox")  # as root it would unmount the host's own mounts
    if options.get("allow_host_loopback", "false") != "true":
        argv.append("--disable-host-loopback")
    if options.get("enable_ipv6", "false") == "true":
        argv.append("--enable-ipv6")
    for key, flag in (("cidr", "--cidr"), ("outbound_addr", "--outbound-addr"), ("outbound_addr6", "--outbound-addr6")):
        if key in options:
            argv.append(f"{flag}={options[key]}")
    pid = start_helper(
        [*argv, namespace, "tap0"], "slirp4netns", folder=session.paths.network, own_mounts=session.rootless
    )
    _record_helper(session, container_id, "slirp4netns", pid)
    guest = slirp_addresses(options).guest
    for port in ports:
        Uplink(os.path.dirname(socket), socket_name=os.path.basename(socket)).open_port(
            port.protocol, port.host_ip, port.host_port, port.container_port, guest=guest
        )


def _start_pasta(
    session: Session, container_id: str, options: str, namespace: str, ports: Sequence[PortMapping]
) -> None:
    pid_file = f"{session.paths.bundle(container_id)}/pasta.pid"
    argv = [pasta_program(session), "--config-net", "--quiet", "--pid", pid_file]
    if not session.rootless:
        argv += ["--runas", "0"]  # by default pasta runs as the user nobody, which may not join the namespace
    argv += [*port_arguments(ports, options), *address_arguments(argv[0], options), *own_arguments(options)]
    argv += ["--netns", namespace]

    def start() -> tuple[int, str, str]:
        finished = run(argv, timeout_s=20)
        return finished.status, last_words(finished.stderr), wrong_option(finished.stderr)

    status, words, wrong = with_own_mounts(start, subject="pasta") if session.rootless else start()
    pid = read_text(pid_file).strip()
    if status or not pid.isdigit():
        if pid.isdigit():
            stop_helper(int(pid), start_time(int(pid)))
        if wrong:
            raise InvalidInput(f"pasta does not take it: {wrong}", subject="--network pasta", hint="see pasta(1)")
        reason = words or f"status {status}"
        raise Unavailable(f"it does not start: {reason}", subject="pasta", hint="try --network slirp4netns")
    _record_helper(session, container_id, "pasta", int(pid))


def _record_helper(session: Session, container_id: str, program: str, pid: int) -> None:
    session.db.change(
        "INSERT OR REPLACE INTO network_helpers VALUES (?, ?, ?, ?)", (container_id, program, pid, start_time(pid))
    )
