"""Rootless: the one network namespace a user's bridges are in, and the program that connects it with the world.

    host ◀── slirp4netns ──▶ tap0 10.0.2.100 │ shared namespace: bridges, nftables table, aardvark-dns │ ◀── veth ──▶ containers

The namespace is kept by a file (namespaces(7)) below the run root, made with the first container and gone with the last.
Ports are opened on the host by slirp4netns itself (`add_hostfwd` of its API), which keeps the caller's address; from tap0
the table of firewall.py leads on to the container.
"""

from __future__ import annotations

import _socket
import os
import struct

from pycman.contexts import suppress
from pycman.errors import InUse, Unavailable, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.linux import syscalls
from pycman.linux.files import make_directory, read_text, remove_tree, write_atomic
from pycman.linux.forked_child import ForkedChild
from pycman.linux.links import find_link, set_up
from pycman.linux.namespaces import pin, unpin
from pycman.linux.netlink import Netlink
from pycman.linux.processes import find_program, is_alive, send_signal, spawn, start_time, wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

GUEST_ADDRESS = "10.0.2.100"
HOST_ADDRESS = "10.0.2.2"
"""The host's loopback as slirp4netns shows it. Answers to it must pass (of ports called from 127.0.0.1); the table of
firewall.py keeps everything else from it, as --disable-host-loopback would, which also stops such answers over UDP."""
NAME_SERVER = "10.0.2.3"
"""slirp4netns's own: it asks the host's servers, also those on the host's loopback."""
_DEVICE = "tap0"
_TUN = "/dev/net/tun"
_READY_TIMEOUT_S = 10.0
_SIGTERM, _SIGKILL = 15, 9
_SO_PEERCRED = 17


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
        """Say whether the namespace is there and its program runs."""
        return self._is_pinned() and is_alive(*self._process())

    def make_namespace(self) -> None:
        """Make the namespace, with loopback, unless it is there. What a killed command left of it goes first."""
        if self._is_pinned():
            return
        make_directory(self._folder, 0o700)
        unpin(self.namespace)
        ForkedChild(self._pin_new, subject="rootless network").finish()

    def start(self) -> None:
        """Start the program from the host's namespace. Raises Unsupported, Unavailable."""
        if is_alive(*self._process()):
            return
        program = self._program or find_program("slirp4netns", self._helper_directories)
        if not program:
            raise Unsupported(
                "slirp4netns is not installed",
                subject="rootless network",
                hint="install the package slirp4netns, or use --network=host or --network=none",
            )
        check_tun()
        remove_tree(self._socket)
        argv = [program, "--configure", "--mtu=65520", "--enable-sandbox", "--enable-seccomp",
                f"--api-socket={self._socket}", "--ready-fd=3", "--netns-type=path", self.namespace, _DEVICE]  # fmt: skip
        self._starting = Helper(argv, "slirp4netns")
        pid = self._starting.pid
        write_atomic(self._pid_file, f"{pid} {start_time(pid)}\n", mode=0o600, sync=False)

    def wait_started(self) -> None:
        """Wait until the device of what `start` started is there. Raises Unavailable."""
        helper, self._starting = self._starting, None
        if helper is not None:
            helper.wait()

    def stop(self) -> None:
        """End the program."""
        end_helper(*self._process())
        end_helper(*self._listener())
        for path in (self._pid_file, self._socket):
            remove_tree(path)

    def remove_namespace(self) -> None:
        """Let go of the namespace; with its last user the kernel takes away all that is in it."""
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
        """Have a port of the host forwarded; return the number it is closed by. Raises InUse, Unsupported."""
        if protocol not in ("tcp", "udp"):
            raise Unsupported(
                f"slirp4netns cannot forward {protocol}", subject=f"-p {host_port}/{protocol}", hint="use tcp or udp"
            )
        arguments = {"proto": protocol, "host_addr": host_ip or "0.0.0.0", "host_port": host_port,  # noqa: S104
                     "guest_addr": guest, "guest_port": guest_port}  # fmt: skip
        answer = self._ask("add_hostfwd", arguments)
        if "error" in answer:
            where = f"{host_ip or '0.0.0.0'}:{host_port}/{protocol}"  # noqa: S104
            raise InUse("the port cannot be opened on this host", subject=f"-p {where}", hint="choose another port")
        return int(answer["return"]["id"])

    def close_port(self, number: int) -> None:
        """Close a port; one that is closed already is fine."""
        with suppress(Unavailable):
            self._ask("remove_hostfwd", {"id": number})

    def list_ports(self) -> dict[str, tuple[int, int]]:
        """Return the ports that are open: "PROTOCOL IP PORT" to (number, port in the namespace)."""
        entries = self._ask("list_hostfwd", {}).get("entries") or ()
        return {
            f"{entry['proto']} {entry['host_addr']} {entry['host_port']}": (int(entry["id"]), int(entry["guest_port"]))
            for entry in entries
        }

    def _ask(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            socket = self._connect()
            socket.sendall(format_json({"execute": verb, "arguments": arguments}).encode())
            socket.shutdown(_socket.SHUT_WR)
            data = b""
            while piece := socket.recv(65536):
                data += piece
            socket.close()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Unavailable(
                f"it does not answer: {reason}", subject="slirp4netns", hint="run pycman network reload -a"
            ) from error
        answer: dict[str, Any] = parse_json(data, subject="slirp4netns")
        return answer

    def _connect(self) -> _socket.socket:
        socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        socket.settimeout(_READY_TIMEOUT_S)
        socket.connect(self._socket)
        return socket

    def _listener(self) -> tuple[int, int]:
        """Return the process that listens at the socket, also if its starter was killed before it wrote down its pid."""
        try:
            socket = self._connect()
        except OSError:
            return 0, 0
        pid = struct.unpack("=iii", socket.getsockopt(_socket.SOL_SOCKET, _SO_PEERCRED, 12))[0]
        socket.close()
        return pid, start_time(pid)

    def _pin_new(self, _offload: ForkedChild) -> None:
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
        words = read_text(self._pid_file).split()
        return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)


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
    """A program that was just started and says on descriptor 3 when it is ready. Raises NotFound, Unavailable."""

    def __init__(self, argv: list[str], name: str) -> None:
        self._name = name
        self._ready, ready_write = os.pipe()
        self._error, error_write = os.pipe()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        try:
            self.pid = spawn(argv, descriptors={0: null, 1: null, 2: error_write, 3: ready_write}, new_session=True)
        except BaseException:
            os.close(self._ready)
            os.close(self._error)
            raise
        finally:
            for descriptor in (ready_write, error_write, null):
                os.close(descriptor)

    def wait(self) -> int:
        """Wait until it is ready and return its pid. Raises Unavailable."""
        try:
            if os.read(self._ready, 16):
                return self.pid
            lines = os.read(self._error, 65536).decode("utf-8", "replace").strip().splitlines() or ["it ended at once"]
            os.waitpid(self.pid, 0)
            raise Unavailable(f"it does not start: {lines[-1]}", subject=self._name, hint="run pycman doctor")
        finally:
            os.close(self._ready)
            os.close(self._error)


def start_helper(argv: list[str], name: str) -> int:
    """Start a program that says on descriptor 3 when it is ready, wait for that and return its pid. Raises Unavailable."""
    return Helper(argv, name).wait()


def end_helper(pid: int, started: int) -> None:
    """End a program of ours and wait until it is gone."""
    if pid and send_signal(pid, started, _SIGTERM) and not wait_gone(pid, started, 2):
        send_signal(pid, started, _SIGKILL)
        wait_gone(pid, started, 2)
