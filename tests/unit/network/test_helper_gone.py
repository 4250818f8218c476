"""A helper that was killed while a change of networks was planned or done: it does not answer, and another one takes its place."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pycman.errors import Unavailable, decode_error, encode_error
from pycman.linux.processes import start_time
from pycman.network.helper_gone import HelperGone
from pycman.network.reconcile import work
from pycman.network.reconcile.desired import Bridge, Desired
from pycman.network.reconcile.dns import begin_serving, finish_serving, wait_until_listening
from pycman.network.reconcile.reconcile import Applied, Place, Refresh
from pycman.network.reconcile.step import NetworkStep
from pycman.network.relay.control import PortRelay
from pycman.network.rootless.uplink import Uplink

_ROOT = Path(__file__).resolve().parent.parent.parent.parent
_BRIDGE = Bridge(name="podman", interface="pycman0", subnets=("10.79.0.0/16",), gateways=("10.79.0.1/16",))


def _resets(connection: socket.socket) -> None:
    connection.recv(1)  # what is left unread makes it a reset


def _ends(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def _reads_two(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.recv(4096)


def _breaks_off(connection: socket.socket) -> None:
    _ends(connection)
    connection.sendall(b'{"return": {"entr')


def _answers(connection: socket.socket) -> None:
    _ends(connection)
    connection.sendall(
        b'{"entries": [{"id": 3, "proto": "udp", "host_addr": "0.0.0.0", "host_port": 53, "guest_port": 54}]}'
    )


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Callable[[str, int, Callable[[socket.socket], None]], None]]:
    """Return what has a socket in the folder do something with its first connection."""
    threads = []

    def listen(name: str, kind: int, behave: Callable[[socket.socket], None]) -> None:
        server = socket.socket(socket.AF_UNIX, kind)
        server.bind(str(tmp_path / name))
        server.listen(1)

        def once() -> None:
            with server, server.accept()[0] as connection:
                behave(connection)

        threads.append(threading.Thread(target=once))
        threads[-1].start()

    yield listen
    for thread in threads:
        thread.join(60)


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Return what writes the pid file of a process that runs."""
    process = subprocess.Popen(["sleep", "600"])

    def record(name: str) -> None:
        (tmp_path / name).write_text(f"{process.pid} {start_time(process.pid)}\n")

    yield record
    process.kill()
    process.wait()


@pytest.mark.parametrize("behave", [_resets, _ends, _breaks_off], ids=["resets", "ends", "breaks off"])
def test_a_slirp4netns_that_breaks_off_has_gone(tmp_path: Path, listener, behave) -> None:
    listener("uplink.sock", socket.SOCK_STREAM, behave)
    with pytest.raises(HelperGone, match="slirp4netns: it does not answer"):
        Uplink(str(tmp_path)).list_ports()


@pytest.mark.parametrize("bound", [False, True], ids=["no socket", "refused"])
def test_a_slirp4netns_that_does_not_listen_has_gone(tmp_path: Path, bound: bool) -> None:
    if bound:
        with socket.socket(socket.AF_UNIX) as closed:
            closed.bind(str(tmp_path / "uplink.sock"))
    with pytest.raises(HelperGone):
        Uplink(str(tmp_path)).open_port("udp", "", 53, 54)


def test_whoever_asked_for_a_change_is_told_that_a_helper_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(HelperGone) as raised:
        Uplink(str(tmp_path)).list_ports()
    assert type(decode_error(encode_error(raised.value))) is Unavailable


@pytest.mark.parametrize("behave", [_resets, _answers], ids=["resets", "answers"])
def test_networks_are_made_anew_if_their_slirp4netns_was_killed_just_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener, behave
) -> None:
    listener("uplink.sock", socket.SOCK_STREAM, behave)
    monkeypatch.setattr(Uplink, "is_up", lambda _self: True)
    place = Place(folder=str(tmp_path), table="pycman", uplink=Uplink(str(tmp_path)))
    refresh = Refresh(place, Desired(bridges=(_BRIDGE,)), Applied(), force=True)
    steps = [step.describe() for step in refresh.steps()]
    assert ("start slirp4netns" in steps) == (behave is _resets)
    assert ("close port udp 0.0.0.0 53" in steps) == (behave is _answers)


def test_an_uplink_that_was_killed_is_not_up_before_it_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded
) -> None:
    recorded("uplink.pid")
    uplink = Uplink(str(tmp_path))
    monkeypatch.setattr(uplink, "_is_pinned", lambda: True)
    assert uplink.is_up()
    monkeypatch.setattr("pycman.network.rootless.uplink.is_ending", lambda _pid: True)
    assert not uplink.is_up()


@pytest.mark.parametrize("behave", [_resets, _reads_two], ids=["resets", "ends"])
def test_a_relay_that_breaks_off_has_gone_and_is_not_there_for_the_next_try(
    tmp_path: Path, recorded, listener, behave
) -> None:
    recorded("relay.pid")
    listener("relay-2.sock", socket.SOCK_SEQPACKET, behave)
    relay = PortRelay(str(tmp_path), as_nobody=False, shows_callers=False)
    assert relay.is_running()
    with pytest.raises(HelperGone, match="port relay: it does not answer"):
        relay.serve({"tcp 0.0.0.0 1": "tcp 0.0.0.0 1 10.0.0.2 1", "tcp 0.0.0.0 2": "tcp 0.0.0.0 2 10.0.0.2 2"}, {})
    assert not relay.is_running()


def test_a_name_server_that_was_killed_has_gone_and_is_not_signalled(tmp_path: Path, monkeypatch) -> None:
    program = tmp_path / "aardvark-dns"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)
    process = subprocess.Popen(
        ["sh", "-c", "trap : HUP; echo; while :; do sleep 600 & wait; done", str(tmp_path)], stdout=-1
    )
    assert process.stdout is not None
    process.stdout.read(1)
    (tmp_path / "aardvark.pid").write_text(f"{process.pid}\n")
    assert begin_serving(str(tmp_path), [str(tmp_path)]) is None  # it handles SIGHUP, so nothing is started
    monkeypatch.setattr("pycman.network.reconcile.dns.is_ending", lambda _pid: True)
    with pytest.raises(Unavailable, match="it does not start: status 7"):
        finish_serving(begin_serving(str(tmp_path), [str(tmp_path)]))
    assert process.wait(60) == -9
    (tmp_path / "aardvark.pid").write_text(f"{process.pid}\n")
    with pytest.raises(HelperGone):
        wait_until_listening(str(tmp_path), ["127.0.0.1"])


class _Plan:
    """What a reconciliation does, in the words of `done`."""

    def __init__(self, done: list[str], failing: int, *, again: bool) -> None:
        self._done = done
        self._failing = failing
        done.append("forced" if again else "planned")

    def steps(self) -> list[NetworkStep]:
        return [NetworkStep("bridge", self._done.append, "bridge"), NetworkStep("port", self._ask, late=True)]

    def _ask(self) -> None:
        if self._done.count("bridge") <= self._failing:
            raise HelperGone("it does not answer", subject="slirp4netns")

    def begin(self) -> None: ...

    def abandon(self) -> None:
        self._done.append("abandoned")

    def end_started(self) -> None: ...

    def keep(self) -> None:
        self._done.append("kept")


def test_a_change_is_done_once_more_if_a_helper_goes_and_its_container_is_connected_once(tmp_path: Path) -> None:
    place = Place(folder=str(tmp_path), table="t")
    done: list[str] = []
    _plan, said = work._carry_out(place, lambda again: _Plan(done, 1, again=again), lambda: done.append("connect"))
    assert done == ["planned", "bridge", "connect", "abandoned", "forced", "bridge", "kept"]
    assert said == ["bridge", "port"]
    done.clear()
    with pytest.raises(HelperGone):
        work._carry_out(place, lambda again: _Plan(done, 2, again=again), None)
    assert done == ["planned", "bridge", "abandoned", "forced", "bridge"]


_ROOTLESS = """
import sys
from pycman.linux import syscalls
from pycman.network.helper_gone import HelperGone
from pycman.network.reconcile import work
from pycman.network.reconcile.reconcile import Place
from pycman.network.rootless.uplink import Uplink
from tests.unit.network.test_helper_gone import _Plan

syscalls.unshare(syscalls.CLONE_NEWUSER)
done = []
place = Place(folder=sys.argv[1], table="t", uplink=Uplink(sys.argv[1]))
enter = (lambda: syscalls.unshare(syscalls.CLONE_NEWNET)) if sys.argv[2] == "enters" else lambda: None
try:
    work._carry_out(place, lambda again: _Plan(done, 1, again=again), enter)
except HelperGone:
    done.append("gone")
print(*done)
"""


@pytest.mark.parametrize("enters", [False, True], ids=["stays", "enters"])
def test_rootless_a_change_is_done_once_more_unless_its_process_has_left_the_network_of_the_host(
    tmp_path: Path, enters: bool
) -> None:
    command = ["unshare", "--net", sys.executable, "-c", _ROOTLESS, str(tmp_path), "enters" if enters else "stays"]
    said = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True).stdout
    again = "gone" if enters else "forced bridge kept"
    assert said == f"planned bridge abandoned {again}\n"
