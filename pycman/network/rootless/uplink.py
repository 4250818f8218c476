"""The network namespace that has all bridges of a rootless store, and the slirp4netns that connects it with the host.

    host ◀── slirp4netns ──▶ tap0 10.0.2.100 │ shared namespace: bridges, nftables table, aardvark-dns │ ◀── veth ──▶ containers

A bind-mounted file below the run root keeps the namespace (namespaces(7)), from the first container to the last.
slirp4netns itself opens UDP ports on the host (`add_hostfwd` of its API), which keeps the client's address; the nftables
table redirects from tap0 to the container. TCP ports are the relay's (pycman/network/relay).
"""

from __future__ import annotations

import _socket
import _thread
import os

from pycman.contexts import suppress
from pycman.errors import InUse, Unavailable, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.linux import syscalls
from pycman.linux.files import descriptor_path, make_directory, read_text, remove_tree, socket_path, write_atomic
from pycman.linux.links import find_link, set_up
from pycman.linux.namespaces import pin, unpin
from pycman.linux.netlink import Netlink
from pycman.linux.own_mounts import leave_shared_mounts, with_own_mounts
from pycman.linux.processes import (
    find_program,
    how_to_install,
    is_alive,
    is_ending,
    send_signal,
    spawn,
    start_time,
    wait_gone,
)
from pycman.network.helper_gone import HelperGone, broke_off
from pycman.network.rootless.addresses import GUEST_ADDRESS
from pycman.plan import crash_point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_DEVICE = "tap0"
_TUN = "/dev/net/tun"
_READY_TIMEOUT_S = 10.0
_SIGTERM, _SIGKILL = 15, 9
_FOLDER = 4
"""The descriptor by which a helper knows the folder of its socket."""


class Uplink:
    """The shared namespace of one store at `folder`, and its slirp4netns."""

    def __init__(
        self,
        folder: str,
        program: str = "",
        *,
        socket_name: str = "uplink.sock",
        helper_directories: Sequence[str] = (),
    ) -> None:
        """`program` is a slirp4netns, "" the one found in `helper_directories` or on PATH."""
        self._helper_directories = helper_directories
        self._folder = folder
        self._program = program
        self._starting: Helper | None = None
        self.namespace = f"{folder}/netns"
        self._pid_file = f"{folder}/uplink.pid"
        self._socket = f"{folder}/{socket_name}"

    def is_up(self) -> bool:
        """Say whether the namespace exists and its slirp4netns runs, and was not killed just now."""
        pid, started = self._process()
        return self._is_pinned() and is_alive(pid, started) and not is_ending(pid)

    def make_namespace(self) -> None:
        """Create the namespace, with loopback up, unless it exists.

        What a killed command left of it is removed first. A thread makes it, as this process could not come back out of it: the
        network namespace of the host is another user's. A forked child would cost 2 ms more.
        """
        if self._is_pinned():
            return
        make_directory(self._folder, 0o700)
        unpin(self.namespace)
        errors: list[BaseException] = []
        working = _thread.allocate_lock()
        working.acquire()

        def make() -> None:
            try:
                self._pin_new()
            except BaseException as error:  # raised by the thread that waits
                errors.append(error)
            finally:
                working.release()

        _thread.start_new_thread(make, ())
        working.acquire()
        if errors:
            raise errors[0]

    def start(self) -> None:
        """Start slirp4netns in the host's network namespace, unless it runs. Raises Unsupported, Unavailable.

        This process, a forked child, goes into the mount namespace with which it starts helpers (pycman/linux/own_mounts.py).
        """
        if is_alive(*self._process()):
            return
        program = self._program or find_program("slirp4netns", self._helper_directories)
        if not program:
            raise Unsupported(
                "slirp4netns is not installed",
                subject="rootless network",
                hint=f"{how_to_install('slirp4netns')}, or use --network=host or --network=none",
            )
        check_tun()
        remove_tree(self._socket)
        argv = [program, "--configure", "--mtu=65520", "--enable-sandbox", "--enable-seccomp",
                f"--api-socket={api_socket(self._socket)}", "--ready-fd=3", "--netns-type=path", self.namespace, _DEVICE]  # fmt: skip
        leave_shared_mounts()
        self._starting = Helper(argv, "slirp4netns", folder=self._folder, own_mounts=False)
        pid = self._starting.pid
        crash_point("uplink:started")
        write_atomic(self._pid_file, f"{pid} {start_time(pid)}\n", mode=0o600, sync=False)

    def wait_started(self) -> None:
        """Wait until the slirp4netns that `start` started is ready. Raises Unavailable."""
        helper, self._starting = self._starting, None
        if helper is not None:
            helper.wait()

    def stop(self) -> None:
        """Stop slirp4netns and remove its pid file and socket."""
        stop_helper(*self._process())
        for path in (self._pid_file, self._socket):
            remove_tree(path)

    def remove_namespace(self) -> None:
        """Unpin the namespace; the kernel deletes it and its interfaces when no process is in it any more."""
        unpin(self.namespace)

    def enter(self) -> None:
        """Move this process (a forked child) into the namespace."""
        descriptor = os.open(self.namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            syscalls.setns(descriptor, syscalls.CLONE_NEWNET)
        finally:
            os.close(descriptor)

    def open_port(
        self, protocol: str, host_ip: str, host_port: int, guest_port: int, *, guest: str = GUEST_ADDRESS
    ) -> int:
        """Open a port of the host; return the id to close it with. Raises InUse, Unsupported, HelperGone, Unavailable."""
        if protocol not in ("tcp", "udp"):
            raise Unsupported(
                f"slirp4netns cannot forward {protocol}", subject=f"-p {host_port}/{protocol}", hint="use tcp or udp"
            )
        arguments = {"proto": protocol, "host_addr": host_ip or "0.0.0.0", "host_port": host_port,  # noqa: S104
                     "guest_addr": guest, "guest_port": guest_port}  # fmt: skip
        reply = self._request("add_hostfwd", arguments)
        if "error" in reply:
            port = f"{host_ip or '0.0.0.0'}:{host_port}/{protocol}"  # noqa: S104
            raise InUse("the port cannot be opened on this host", subject=f"-p {port}", hint="choose another port")
        return int(reply["return"]["id"])

    def close_port(self, port_id: int) -> None:
        """Close a port, if it is open."""
        with suppress(Unavailable):
            self._request("remove_hostfwd", {"id": port_id})

    def list_ports(self) -> dict[str, tuple[int, int]]:
        """Return the open ports as "PROTOCOL IP PORT": (id, port in the namespace). Raises HelperGone, Unavailable."""
        entries = self._request("list_hostfwd", {}).get("entries") or ()
        return {
            f"{entry['proto']} {entry['host_addr']} {entry['host_port']}": (int(entry["id"]), int(entry["guest_port"]))
            for entry in entries
        }

    def _request(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            socket = self._connect()
            socket.sendall(format_json({"execute": command, "arguments": arguments}).encode())
            socket.shutdown(_socket.SHUT_WR)
            data = b""
            while chunk := socket.recv(65536):
                data += chunk
            socket.close()
            if not data.endswith((b"}", b"}\n")):
                raise ConnectionResetError(0, "it has ended")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            kind = HelperGone if broke_off(error) else Unavailable
            raise kind(
                f"it does not answer: {reason}", subject="slirp4netns", hint="run pycman network reload -a"
            ) from error
        reply: dict[str, Any] = parse_json(data, subject="slirp4netns")
        return reply

    def _connect(self) -> _socket.socket:
        socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        socket.settimeout(_READY_TIMEOUT_S)
        try:
            with socket_path(self._socket) as path:
                socket.connect(path)
        except OSError:
            socket.close()
            raise
        return socket

    def _pin_new(self) -> None:
        syscalls.unshare(syscalls.CLONE_NEWNET)
        with Netlink() as netlink:
            set_up(netlink, find_link(netlink, "lo"))
        pin(0, "net", self.namespace)

    def _is_pinned(self) -> bool:
        try:
            return os.stat(self.namespace).st_dev != os.stat(self._folder).st_dev
        except OSError:
            return False

    def _process(self) -> tuple[int, int]:
        fields = read_text(self._pid_file).split()
        return (int(fields[0]), int(fields[1])) if len(fields) == 2 else (0, 0)


def check_tun() -> None:
    """Raise Unsupported if this user cannot open the device that slirp4netns and pasta need."""
    try:
        os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        missing = not os.path.exists(_TUN)
        raise Unsupported(
            "it is missing" if missing else f"it cannot be opened: {(error.strerror or '').lower()}",
            subject=_TUN,
            hint="as root: modprobe tun" if missing else f"as root: chmod 666 {_TUN}; or use --network=host or none",
        ) from error


class Helper:
    """A program that was just started and writes to descriptor 3 when it is ready. Raises NotFound, Unavailable.

    With `own_mounts` it has a mount namespace of its own, as every helper of a rootless store (pycman/linux/own_mounts.py).
    """

    def __init__(self, argv: list[str], name: str, *, folder: str, own_mounts: bool) -> None:
        """The program has `folder` open as descriptor 4 (`api_socket`)."""
        self._name = name
        self._ready, ready_write = os.pipe()
        self._error, error_write = os.pipe()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        opened = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

        def start() -> int:
            descriptors = {0: null, 1: null, 2: error_write, 3: ready_write, _FOLDER: opened}
            return spawn(argv, descriptors=descriptors, new_session=True)

        try:
            keep = (null, error_write, ready_write, opened)
            self.pid = with_own_mounts(start, subject=name, keep=keep) if own_mounts else start()
        except BaseException:
            os.close(self._ready)
            os.close(self._error)
            raise
        finally:
            for descriptor in (ready_write, error_write, null, opened):
                os.close(descriptor)

    def wait(self) -> int:
        """Wait until it is ready and return its pid. Raises Unavailable."""
        try:
            if os.read(self._ready, 16):
                return self.pid
            reason = last_words(os.read(self._error, 65536)) or "it exited at once"
            with suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            raise Unavailable(f"it does not start: {reason}", subject=self._name, hint="run pycman doctor")
        finally:
            os.close(self._ready)
            os.close(self._error)


def last_words(output: bytes) -> str:
    """Return the end of what a program said before it failed: its last line, and the two before it, which often have the cause."""
    return "; ".join(spoken_lines(output)[-3:])


def spoken_lines(output: bytes) -> list[str]:
    """Return the lines of a program's output that say something; pasta complains of each that it cannot tell syslog too."""
    lines = (line.strip() for line in output.decode("utf-8", "replace").splitlines())
    return [line for line in lines if line and not (line.startswith("Failed to send ") and line.endswith(" to syslog"))]


def api_socket(path: str) -> str:
    """Return the path by which a `Helper` makes a socket in its folder: short, as slirp4netns cuts what sun_path has no room for."""
    return descriptor_path(_FOLDER, os.path.basename(path))


def start_helper(argv: list[str], name: str, *, folder: str, own_mounts: bool) -> int:
    """Start a program that writes to descriptor 3 when it is ready, wait for that, return its pid.

    Raises Unavailable.
    """
    return Helper(argv, name, folder=folder, own_mounts=own_mounts).wait()


def stop_helper(pid: int, started: int) -> None:
    """Stop a program started by `Helper`: SIGTERM, after 2 s SIGKILL. `started` guards against a reused pid."""
    if pid and send_signal(pid, started, _SIGTERM) and not wait_gone(pid, started, 2):
        send_signal(pid, started, _SIGKILL)
        wait_gone(pid, started, 2)
