"""Two machines for a test: network namespaces joined by a cable, and programs that call and answer in them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

HERE_ADDRESS = "203.0.113.1"
THERE_ADDRESS = "203.0.113.2"
_FOLDER = Path("/run/netns")

_ASK = """
import socket, sys
kind, host, port = sys.argv[1:4]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as call:
    call.settimeout(3)
    try:
        call.connect((host, int(port)))
        if kind == "udp":
            call.send(b"who am I?")
        print(call.recv(200).decode().strip())
    except OSError as error:
        print("no answer:", error)
"""

_ANSWER = """
import select, socket, sys
family = socket.AF_INET6 if sys.argv[1] == "6" else socket.AF_INET
anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"
stream = socket.create_server((anywhere, 80), family=family, backlog=64)
datagrams = socket.socket(family, socket.SOCK_DGRAM)
datagrams.bind((anywhere, 90))
print("ready", flush=True)
while True:
    for ready in select.select([stream, datagrams], [], [])[0]:
        if ready is stream:
            call, address = stream.accept()
            call.sendall(address[0].encode())
            call.close()
        else:
            _, address = datagrams.recvfrom(100)
            datagrams.sendto(address[0].encode(), address)
"""


_ANSWER_NAMES = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(512)
    end = query.index(b"\\0", 12) + 5
    answers = query[end - 4:end - 2] == b"\\0\\1"
    head = query[:2] + b"\\x81\\x80\\0\\1" + bytes((0, answers)) + bytes(4)
    record = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\0\\0\\4" + bytes((192, 0, 2, 7))
    server.sendto(head + query[12:end] + (record if answers else b""), client)
"""


class Machines:
    """`here` is the machine pycman works on, `there` its neighbour: paths of network namespaces."""

    def __init__(self) -> None:
        mark = os.urandom(3).hex()
        self._names = (f"here-{mark}", f"there-{mark}")
        self.here, self.there = (str(_FOLDER / name) for name in self._names)
        self._servers: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Machines:
        here, there = self._names
        for name in self._names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", "cable0", "netns", here, "type", "veth", "peer", "name", "cable1", "netns", there)
        for name, link, v4, v6 in (
            (here, "cable0", HERE_ADDRESS, "2001:db8:113::1"),
            (there, "cable1", THERE_ADDRESS, "2001:db8:113::2"),
        ):
            _ip("-n", name, "address", "add", f"{v4}/24", "dev", link)
            _ip("-n", name, "address", "add", f"{v6}/64", "dev", link, "nodad")
            _ip("-n", name, "link", "set", link, "up")
        _ip("-n", here, "route", "add", "default", "via", THERE_ADDRESS)
        return self

    def __exit__(self, *_error: object) -> None:
        self.hush()
        for name in self._names:
            _ip("netns", "delete", name)

    def ask(self, machine: str, kind: str, address: str, port: int | str) -> str:
        """Call a port over tcp or udp and return the answer: the caller's address as the server saw it."""
        argv = ["nsenter", f"--net={machine}", sys.executable, "-c", _ASK, kind, address, str(port)]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    def answer(self, namespace: str, version: int = 4) -> None:
        """Answer callers on TCP port 80 and UDP port 90 of a namespace with their own address."""
        self._serve(namespace, _ANSWER, str(version))

    def answer_names(self, machine: str, address: str) -> None:
        """Answer every question for an IPv4 address with 192.0.2.7, at UDP port 53 of an address of the machine."""
        self._serve(machine, _ANSWER_NAMES, address)

    def _serve(self, namespace: str, program: str, argument: str) -> None:
        argv = ["nsenter", f"--net={namespace}", sys.executable, "-c", program, argument]
        server = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self._servers.append(server)
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"

    def run(self, *words: str, machine: str = "") -> str:
        """Run a program on a machine (here, unless said) and return its output."""
        argv = ["nsenter", f"--net={machine or self.here}", *words]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def hush(self) -> None:
        """End the programs that answer."""
        for server in self._servers:
            server.kill()
            server.wait()
        self._servers.clear()

    def leftovers(self, timeout: float = 60) -> list[str]:
        """Return interfaces, tables and listeners that nobody should have left here; the kernel is given a moment."""
        deadline = time.monotonic() + timeout
        while (found := self._look()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def _look(self) -> list[str]:
        links = [line.split()[0].partition("@")[0] for line in self.run("ip", "-br", "link").splitlines()]
        tables = self.run("nft", "list", "tables").splitlines()
        sockets = self.run("ss", "-Hlntu").splitlines()
        return [*(link for link in links if link not in ("lo", "cable0")), *tables, *sockets]


class MountsOfItsOwn:
    """A mount namespace as on most hosts: /tmp and /run are mounts of their own, and all mounts are shared.

    It has a resolv.conf of its own, too.
    """

    _MAKE = """
    mount --make-rprivate / && mount --bind /tmp /tmp && mount -t tmpfs tmpfs /run && mkdir -p "$1" && chown "$2" "$1" &&
    chmod 700 "$1" && touch /run/resolv.conf && mount --bind /run/resolv.conf /etc/resolv.conf &&
    mount --make-rshared / && echo ready && exec sleep infinity
    """

    def __init__(self, runtime_directory: str, user: str) -> None:
        """`runtime_directory` of the user exists on the new /run."""
        argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", self._MAKE, "sh", runtime_directory, user]
        self._keeper = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == "ready\n"
        self.path = f"/proc/{self._keeper.pid}/ns/mnt"

    def write_resolv_conf(self, text: str) -> None:
        """Overwrite the host's resolv.conf in there."""
        argv = ["nsenter", f"--mount={self.path}", "dd", "of=/etc/resolv.conf", "status=none"]
        subprocess.run(argv, input=text, check=True, text=True)

    def end(self) -> None:
        """End the process that keeps the namespace."""
        self._keeper.kill()
        self._keeper.wait()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
