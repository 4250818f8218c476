"""DNS names of containers: aardvark-dns, one process for each store, and the files it reads (aardvark-dns(8)).

    names/NETWORK    10.79.0.1 192.0.2.53                      listen addresses, upstream servers
                     ID 10.79.0.2 fd00::2 web,alias 1.1.1.1    a line for each container: addresses, names, own servers
    names/aardvark.pid

The process reads the files again at SIGHUP. It is started with the first container and stopped after the last. Every
change writes the files from the database, whole.
"""

from __future__ import annotations

import _socket
import os
import time

from pycman.contexts import suppress
from pycman.errors import Unavailable
from pycman.linux.files import make_directory, read_text, write_atomic
from pycman.linux.links import bound_udp_sockets
from pycman.linux.processes import (
    Running,
    command_line,
    find_program,
    has_handler,
    how_to_install,
    is_alive,
    is_ending,
    send_signal,
    start_time,
    wait_gone,
)
from pycman.network.addresses import pack_address
from pycman.network.helper_gone import HelperGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pycman.network.reconcile.desired import Bridge

_PID_FILE = "aardvark.pid"
_PORT = 53
_READY_TIMEOUT_S = 20.0
_ANSWER_TIMEOUT_S = 0.25
_SIGHUP, _SIGKILL = 1, 9


def file_text(bridge: Bridge, upstream: Sequence[str]) -> str:
    """Return the text of a network's file; "" if it has no DNS.

    `upstream` are the servers of networks that name none. Pure.
    """
    if not bridge.dns or not bridge.gateways:
        return ""
    listen = ",".join(gateway.partition("/")[0] for gateway in bridge.gateways)
    servers = ",".join(bridge.dns_servers or upstream)
    lines = [f"{listen} {servers}".rstrip()]
    for entry in bridge.entries:
        v4 = ",".join(address for address in entry.addresses if ":" not in address)
        v6 = ",".join(address for address in entry.addresses if ":" in address)
        names = ",".join(dict.fromkeys(name.lower() for name in entry.names))
        if names and (v4 or v6):
            lines.append(f"{entry.container_id} {v4} {v6} {names} {','.join(entry.servers)}".rstrip())
    return "\n".join(lines) + "\n"


def write_files(folder: str, files: Mapping[str, str]) -> None:
    """Write these files into a folder and delete all others, except the pid file."""
    make_directory(folder, 0o700)
    for name in os.listdir(folder):
        if name not in files and name != _PID_FILE:
            with suppress(FileNotFoundError):
                os.unlink(f"{folder}/{name}")
    for name, text in files.items():
        write_atomic(f"{folder}/{name}", text, mode=0o600, sync=False)


def begin_serving(folder: str, helper_directories: Sequence[str] = (), *, domain: str = "") -> Running | None:
    """Make aardvark-dns serve the files of a folder: signal the running process, or start one in this network
    namespace and return it for `finish_serving`. What it does not know in `domain` ("" is its own, dns.podman) does not exist;
    other names it asks upstream.

    Raises Unavailable.
    """
    pid, started = _running(folder)
    if pid and not is_ending(pid) and _handles_sighup(pid) and send_signal(pid, started, _SIGHUP):
        return None
    stop_serving(folder)
    program = find_program("aardvark-dns", helper_directories)
    if not program:
        raise Unavailable(
            "it is not installed, and container names cannot be resolved without it",
            subject="aardvark-dns",
            hint=f"{how_to_install('aardvark-dns')}, or create the network with --disable-dns",
        )
    with suppress(FileNotFoundError):
        os.unlink(f"{folder}/{_PID_FILE}")
    own = ["--filter-search-domain", f".{domain}"] if domain else []
    return Running([program, "--config", folder, "--port", str(_PORT), *own, "run"])


def finish_serving(starting: Running | None) -> None:
    """Wait until the process that was started, if any, goes on in the background. Raises Unavailable."""
    if starting is None:
        return
    finished = starting.finish(_READY_TIMEOUT_S)
    if finished.status:
        lines = finished.stderr.decode("utf-8", "replace").strip().splitlines() or [f"status {finished.status}"]
        raise Unavailable(f"it does not start: {lines[-1]}", subject="aardvark-dns")


def wait_until_listening(folder: str, addresses: Sequence[str]) -> None:
    """Wait until the process listens at these addresses and handles SIGHUP.

    Raises HelperGone if it has ended, Unavailable if it takes > 20 s.
    """
    expected = {(pack_address(address), _PORT) for address in addresses}
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while expected - bound_udp_sockets() or not _handles_sighup(_running(folder)[0]):
        has_ended = not _running(folder)[0] and bool(read_text(f"{folder}/{_PID_FILE}"))
        if has_ended or time.monotonic() > deadline:
            kind = HelperGone if has_ended else Unavailable
            raise kind(
                "it does not listen; another name server may have its port",
                subject="aardvark-dns",
                hint=f"look for it with ss -lnup sport = {_PORT}",
            )
        time.sleep(0.0005)


def wait_until_resolved(
    folder: str, server: str, name: str, address: str, helper_directories: Sequence[str] = (), *, domain: str = ""
) -> None:
    """Wait until a server resolves a new name. aardvark-dns 1.4 misses a SIGHUP that arrives while it handles another,
    and may then stop listening: after 0.25 s without an answer it is restarted.
    """
    for _ in range(2):
        deadline = time.monotonic() + _ANSWER_TIMEOUT_S
        while time.monotonic() < deadline:
            if is_resolved(server, name, address, timeout_s=0.02):
                return
            time.sleep(0.001)
        stop_serving(folder)
        finish_serving(begin_serving(folder, helper_directories, domain=domain))


def is_resolved(server: str, name: str, address: str, *, timeout_s: float) -> bool:
    """Query a name server once; say whether its response has the address (RFC 1035, section 4)."""
    packed = pack_address(address)
    labels = b"".join(bytes((len(label),)) + label for label in name.encode().split(b"."))
    query_type = 1 if len(packed) == 4 else 28
    query = b"\x2a\x2a\1\0\0\1\0\0\0\0\0\0" + labels + b"\0" + bytes((0, query_type, 0, 1))
    family = _socket.AF_INET6 if ":" in server else _socket.AF_INET
    socket = _socket.socket(family, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
    try:
        socket.settimeout(timeout_s)
        socket.connect((server, _PORT))
        socket.send(query)
        return packed in socket.recv(4096)
    except OSError:
        return False
    finally:
        socket.close()


def stop_serving(folder: str) -> None:
    """Stop the process that serves a folder, if there is one."""
    pid, started = _running(folder)
    if pid and send_signal(pid, started, _SIGKILL):  # SIGTERM takes 5 ms longer, and the process has nothing to save
        wait_gone(pid, started, 2)
    with suppress(FileNotFoundError):
        os.unlink(f"{folder}/{_PID_FILE}")


def _running(folder: str) -> tuple[int, int]:
    """Return (pid, start time) of the process that serves a folder; zeros if there is none."""
    text = read_text(f"{folder}/{_PID_FILE}").strip()
    if not text.isdigit():
        return 0, 0
    pid = int(text)
    started, words = start_time(pid), command_line(pid)
    is_it = folder in words or (
        not words and is_ending(pid)
    )  # in the middle of exit(2) it has no command line any more
    return (pid, started) if started and is_it and is_alive(pid, started) else (0, 0)


def _handles_sighup(pid: int) -> bool:
    """Say whether a process has a handler for SIGHUP: before aardvark-dns has, the signal would kill it."""
    return has_handler(pid, _SIGHUP)
