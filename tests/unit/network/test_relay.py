"""The port relay: a real process that passes bytes and datagrams, takes ports and gives them back."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import threading
from pathlib import Path

import pytest

from pycman.network.ports import open_port
from pycman.network.reconcile.helpers import has_dead_helper
from pycman.network.relay.control import PortRelay
from pycman.network.relay.lines import format_port, parse_port
from pycman.spec.port import listen_addresses


def folder_of(tmp_path: Path) -> Path:
    """Return a folder whose sockets have names longer than unix(7) allows."""
    folder = tmp_path / ("x" * 110)
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def relay(tmp_path):
    made = PortRelay(str(folder_of(tmp_path)), as_nobody=False, shows_callers=False)
    yield made
    made.stop()


class Server:
    """Answers in the background: a stream with what it got until its end, a datagram with its mark and what it got."""

    def __init__(self, mark: bytes = b"") -> None:
        self.mark = mark
        self.stream = socket.create_server(("127.0.0.1", 0))
        self.port = self.stream.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        for work in (self._answer_streams, self._answer_datagrams):
            threading.Thread(target=work, daemon=True).start()

    def _answer_streams(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                call, _ = self.stream.accept()
                threading.Thread(target=self._echo, args=(call,), daemon=True).start()

    def _echo(self, call: socket.socket) -> None:
        with call, contextlib.suppress(OSError):
            call.sendall(self.mark)
            data = b"".join(iter(lambda: call.recv(65536), b""))
            call.sendall(data)

    def _answer_datagrams(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, client = self.datagrams.recvfrom(65536)
                self.datagrams.sendto(self.mark + data, client)

    def close(self) -> None:
        for each in (self.stream, self.datagrams):
            each.close()


@pytest.fixture
def server():
    made = Server(b"m")
    yield made
    made.close()


def opened(host_ip: str = "::1", protocol: str = "tcp") -> tuple[str, int, int]:
    """Return (key, descriptor, port) of a new port on the host."""
    bound = open_port(listen_addresses(host_ip)[0], 0, protocol, listens=True)
    assert bound is not None
    return f"{protocol} {host_ip} {bound[1]}", bound[0], bound[1]


def ask(port: int, data: bytes = b"hello") -> bytes:
    with socket.create_connection(("::1", port), timeout=10) as call:
        call.sendall(data)
        call.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: call.recv(65536), b""))


def test_lines_are_read_as_they_were_written() -> None:
    line = format_port("tcp fe80::1%eth0 80", "turn", [("10.0.0.1", 80), ("fd00::1", 81)])
    assert parse_port(line) == ("tcp fe80::1%eth0 80", "turn", [("10.0.0.1", 80), ("fd00::1", 81)])


def test_bytes_pass_both_ways_to_their_end_and_more_than_buffers_hold(relay: PortRelay, server: Server) -> None:
    key, descriptor, port = opened()
    relay.serve({key: format_port(key, "first", [("127.0.0.1", server.port)])}, {key: descriptor})
    os.close(descriptor)
    assert ask(port) == b"mhello"
    data = os.urandom(3 << 20)
    assert ask(port, data) == b"m" + data


def test_more_slow_readers_than_there_are_pipes_get_all_of_their_bytes(relay: PortRelay, server: Server) -> None:
    key, descriptor, port = opened()
    relay.serve({key: format_port(key, "first", [("127.0.0.1", server.port)])}, {key: descriptor})
    os.close(descriptor)
    data = os.urandom(4 << 20)
    with contextlib.ExitStack() as opened_calls:
        calls = []
        for _ in range(20):
            call = opened_calls.enter_context(socket.socket(socket.AF_INET6))
            call.settimeout(60)
            call.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            call.connect(("::1", port))
            call.sendall(data)
            call.shutdown(socket.SHUT_WR)  # the echo begins now, and nobody reads it yet
            calls.append(call)
        for call in calls:
            assert b"".join(iter(lambda call=call: call.recv(1 << 20), b"")) == b"m" + data


def test_a_reset_reaches_the_other_side_after_what_was_sent_before_it(relay: PortRelay) -> None:
    key, descriptor, port = opened()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        relay.serve({key: format_port(key, "first", [listening.getsockname()])}, {key: descriptor})
        os.close(descriptor)
        for resetting in range(2):
            caller = socket.create_connection(("::1", port), timeout=60)
            target, _ = listening.accept()
            target.settimeout(60)
            ends = [caller, target]
            with ends.pop(resetting) as one, ends[0] as other:
                other.sendall(b"?")
                one.sendall(b"answer")
                assert other.recv(6, socket.MSG_WAITALL) == b"answer"
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
                one.close()
                with pytest.raises(ConnectionResetError):
                    other.recv(1)


def test_datagrams_of_several_callers_are_answered(relay: PortRelay, server: Server) -> None:
    key, descriptor, port = opened(protocol="udp")
    relay.serve({key: format_port(key, "first", [("127.0.0.1", server.port)])}, {key: descriptor})
    os.close(descriptor)
    callers = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(3)]
    for number, caller in enumerate(callers):
        caller.settimeout(10)
        caller.connect(("::1", port))
        caller.send(b"%d" % number)
    assert [caller.recv(10) for caller in callers] == [b"m0", b"m1", b"m2"]
    for caller in callers:
        caller.close()


def test_the_next_target_answers_where_the_first_refuses_and_back_ends_take_turns(relay: PortRelay) -> None:
    first, second = Server(b"1"), Server(b"2")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        refused = nobody.getsockname()[1]
    (a, a_socket, a_port), (b, b_socket, b_port) = opened(), opened()
    lines = {
        a: format_port(a, "first", [("127.0.0.1", refused), ("127.0.0.1", first.port)]),
        b: format_port(b, "turn", [("127.0.0.1", first.port), ("127.0.0.1", second.port)]),
    }
    relay.serve(lines, {a: a_socket, b: b_socket})
    os.close(a_socket)
    os.close(b_socket)
    assert ask(a_port) == b"1hello"
    assert sorted(ask(b_port) for _ in range(2)) == [b"1hello", b"2hello"]
    first.close()
    second.close()


def test_ports_come_and_go_and_it_ends_with_the_last(relay: PortRelay, server: Server) -> None:
    (a, a_socket, a_port), (b, b_socket, b_port) = opened(), opened()
    targets = [("127.0.0.1", server.port)]
    relay.serve({a: format_port(a, "first", targets)}, {a: a_socket})
    os.close(a_socket)
    with socket.create_connection(("::1", a_port), timeout=10) as call:
        assert call.recv(1) == b"m"
        relay.serve({a: format_port(a, "first", targets), b: format_port(b, "first", targets)}, {b: b_socket})
        os.close(b_socket)
        assert ask(a_port) == ask(b_port) == b"mhello"
        relay.serve({b: format_port(b, "first", targets)}, {})
        with pytest.raises(ConnectionResetError):  # what was relayed to the container of a closed port
            call.recv(1)
    with pytest.raises(ConnectionRefusedError):
        ask(a_port)
    assert ask(b_port) == b"mhello"
    relay.serve({}, {})
    with pytest.raises(ConnectionRefusedError):
        ask(b_port)
    again = open_port(listen_addresses("::1")[0], b_port, "tcp", listens=True)  # though connections are in TIME_WAIT
    assert again is not None
    os.close(again[0])


def test_a_killed_one_is_started_again(relay: PortRelay, server: Server, tmp_path) -> None:
    key, descriptor, port = opened()
    line = {key: format_port(key, "first", [("127.0.0.1", server.port)])}
    relay.serve(line, {key: descriptor})
    assert ask(port) == b"mhello"
    pid = int((folder_of(tmp_path) / "relay.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not relay.is_running()
    assert relay.is_recorded()
    assert has_dead_helper(str(folder_of(tmp_path)))
    relay.serve(line, {key: descriptor})
    os.close(descriptor)
    assert ask(port) == b"mhello"
    assert not has_dead_helper(str(folder_of(tmp_path)))
    relay.stop()
    assert not relay.is_recorded()
