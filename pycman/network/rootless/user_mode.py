"""A network namespace of one container alone, connected by slirp4netns or pasta: --network slirp4netns[:…], pasta[:…]."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, Unavailable, Unsupported
from pycman.linux.files import make_directory, read_text, remove_tree
from pycman.linux.namespaces import pin, unpin
from pycman.linux.processes import find_program, namespace_path, run, start_time
from pycman.network.addresses import format_address, parse_cidr
from pycman.network.rootless.uplink import GUEST_ADDRESS, Uplink, check_tun, end_helper, start_helper
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.network_attachment import NetworkMode
    from pycman.spec.port import PortMapping
    from pycman.state.session import Session

_PASTA_GOOD_SINCE = "2024_02_20"
"""Older ones stall on connections from outside when the server speaks first (seen with the one of 2023_03)."""
_SLIRP_OPTIONS = (
    "allow_host_loopback",
    "cidr",
    "enable_ipv6",
    "mtu",
    "outbound_addr",
    "outbound_addr6",
    "port_handler",
)


def with_options_of_conf(session: Session, mode: NetworkMode) -> NetworkMode:
    """Return the mode with the options of containers.conf before its own, which so win."""
    conf = containers_conf(session)
    options = conf.pasta_options if mode.kind == "pasta" else conf.network_cmd_options
    return mode.replace(value=",".join(filter(None, (*options, mode.value)))) if options else mode


def check_user_mode(session: Session, mode: NetworkMode, ports: Sequence[PortMapping]) -> None:
    """Raise what stands against such a network before anything is made: InvalidInput (options), Unsupported."""
    if mode.kind == "slirp4netns":
        _slirp_options(mode.value)
        if not slirp_program(session):
            raise _missing("slirp4netns", "slirp4netns")
    else:
        if not pasta_program(session):
            raise _missing("pasta", "passt")
        if ports and not pasta_takes_ports(pasta_program(session)):
            raise Unsupported(
                f"this pasta ({pasta_version(pasta_program(session))}) stalls on connections from outside",
                subject="--network pasta with -p",
                hint=f"use --network slirp4netns or a bridge, or install a pasta of {_PASTA_GOOD_SINCE} or later",
            )
    check_tun()


def start_user_mode(
    session: Session, container_id: str, mode: NetworkMode, pid: int, ports: Sequence[PortMapping]
) -> None:
    """Connect the namespace of a process, with its ports open on the host. Raises Unavailable, InUse."""
    make_directory(session.paths.network, 0o700)
    if mode.kind == "pasta":
        namespace = _kept_namespace(session, container_id)
        unpin(namespace)
        pin(pid, "net", namespace)  # pasta gives its rights up before it opens what it was told: not /proc/PID then
        _start_pasta(session, container_id, mode.value, namespace, ports)
    else:
        _start_slirp(session, container_id, mode.value, namespace_path(pid, "net"), ports)


def stop_user_mode(session: Session, container_id: str) -> None:
    """End the program of a container's network, if it has one."""
    row = session.db.row("SELECT pid, pid_start FROM network_helpers WHERE container_id = ?", (container_id,))
    if row is not None:
        end_helper(row["pid"], row["pid_start"])
        session.db.change("DELETE FROM network_helpers WHERE container_id = ?", (container_id,))
    remove_tree(_socket_path(session, container_id))
    unpin(_kept_namespace(session, container_id))


def slirp_program(session: Session) -> str:
    """Return the slirp4netns of containers.conf, else the one that is found; "" if there is none."""
    conf = containers_conf(session)
    return conf.network_cmd_path or find_program("slirp4netns", conf.helper_binaries_dir)


def pasta_program(session: Session) -> str:
    """Return the pasta that is found; "" if there is none."""
    return find_program("pasta", containers_conf(session).helper_binaries_dir)


def pasta_version(program: str) -> str:
    """Return what this pasta calls itself, "unknown" where it does not say."""
    if not program:
        return ""
    words = run([program, "--version"], timeout_s=5).stdout.decode("utf-8", "replace").split()
    return words[1] if len(words) > 1 else "unknown"


def pasta_takes_ports(program: str) -> bool:
    """Say whether this pasta is known to carry published ports well."""
    version = pasta_version(program).replace("-", "_")
    at = version.find("20")
    return at >= 0 and version[at : at + 10] >= _PASTA_GOOD_SINCE


def _missing(program: str, package: str) -> Unsupported:
    return Unsupported("it is not installed", subject=program, hint=f"install the package {package}")


def _slirp_options(text: str) -> dict[str, str]:
    options = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key not in _SLIRP_OPTIONS:
            raise InvalidInput(
                f"unknown option {part!r}",
                subject="--network slirp4netns",
                hint=f"there are {', '.join(_SLIRP_OPTIONS)}",
            )
        options[key] = value
    return options


def _socket_path(session: Session, container_id: str) -> str:
    return f"{session.paths.network}/{container_id[:12]}.sock"  # not in the bundle: the path of a socket must be short


def _kept_namespace(session: Session, container_id: str) -> str:
    return f"{session.paths.network}/{container_id[:12]}.netns"


def _start_slirp(session: Session, container_id: str, text: str, namespace: str, ports: Sequence[PortMapping]) -> None:
    options = _slirp_options(text)
    socket = _socket_path(session, container_id)
    argv = [slirp_program(session), "--configure", f"--mtu={options.get('mtu', '65520')}", "--ready-fd=3",
            "--enable-seccomp", f"--api-socket={socket}", "--netns-type=path"]  # fmt: skip
    if session.rootless:
        argv.append("--enable-sandbox")  # as root its unmounting reaches the host's own mounts
    if options.get("allow_host_loopback", "false") != "true":
        argv.append("--disable-host-loopback")
    if options.get("enable_ipv6", "false") == "true":
        argv.append("--enable-ipv6")
    for key, flag in (("cidr", "--cidr"), ("outbound_addr", "--outbound-addr"), ("outbound_addr6", "--outbound-addr6")):
        if key in options:
            argv.append(f"{flag}={options[key]}")
    pid = start_helper([*argv, namespace, "tap0"], "slirp4netns")
    _keep(session, container_id, "slirp4netns", pid)
    guest = _guest_address(options.get("cidr", ""))
    for port in ports:
        Uplink(os.path.dirname(socket), socket_name=os.path.basename(socket)).open_port(
            port.protocol, port.host_ip, port.host_port, port.container_port, guest=guest
        )


def _guest_address(cidr: str) -> str:
    """Return the address slirp4netns gives: the 100th of its network."""
    if not cidr:
        return GUEST_ADDRESS

    return format_address(4, parse_cidr(cidr, f"cidr={cidr}").first + 100)


def _start_pasta(session: Session, container_id: str, text: str, namespace: str, ports: Sequence[PortMapping]) -> None:
    pid_file = f"{session.paths.bundle(container_id)}/pasta.pid"
    argv = [pasta_program(session), "--config-net", "--quiet", "--pid", pid_file, "--no-map-gw"]
    if not session.rootless:
        argv += ["--runas", "0"]  # nobody may not join the namespace
    for flag, protocol in (("-t", "tcp"), ("-u", "udp")):
        wanted = [
            f"{port.host_ip + '/' if port.host_ip else ''}{port.host_port}:{port.container_port}"
            for port in ports
            if port.protocol == protocol
        ]
        for word in wanted or ["none"]:
            argv += [flag, word]
    argv += ["-T", "none", "-U", "none", *filter(None, text.split(",")), "--netns", namespace]
    finished = run(argv, timeout_s=20)
    pid = read_text(pid_file).strip()
    if finished.status or not pid.isdigit():
        if pid.isdigit():
            end_helper(int(pid), start_time(int(pid)))
        said = finished.stderr.decode("utf-8", "replace").strip().splitlines() or [f"status {finished.status}"]
        raise Unavailable(f"it does not start: {said[-1]}", subject="pasta", hint="try --network slirp4netns")
    _keep(session, container_id, "pasta", int(pid))


def _keep(session: Session, container_id: str, program: str, pid: int) -> None:
    session.db.change(
        "INSERT OR REPLACE INTO network_helpers VALUES (?, ?, ?, ?)", (container_id, program, pid, start_time(pid))
    )
