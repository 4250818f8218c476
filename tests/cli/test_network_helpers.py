"""Programs that connect rootless networks: what they mount stays theirs, and killed ones come back."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path

import pytest

from tests.support.machines import HERE_ADDRESS, THERE_ADDRESS
from tests.support.waiting import wait_until

IMAGE = "busybox:1"


def mounts_of_the_engine(pycman) -> list[str]:
    """Return the mount points of the user's mount namespace, except those of containers."""
    pid = (pycman.folder / "run/rootless/pause.pid").read_text().split()[0]
    targets = [line.split()[4] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return sorted(target for target in targets if not target.startswith(str(pycman.folder)))


@pytest.mark.parametrize("networked_with_own_mounts", ["rootless"], indirect=True)
@pytest.mark.parametrize("mode", ["bridge", "slirp4netns", "pasta"])
def test_helpers_leave_no_mounts_where_tmp_and_run_are_mounts(networked_with_own_mounts, mode: str) -> None:
    pycman = networked_with_own_mounts
    before = mounts_of_the_engine(pycman)
    ports = ["-p", "8080:80"] if mode != "pasta" else []
    for name in ("first", "second"):
        pycman("run", "-d", "--name", name, "--network", mode, *ports, IMAGE, "sleep", "1000")
        assert mounts_of_the_engine(pycman) == before
        machines = pycman.machines
        if ports:
            namespace = f"/proc/{pycman('inspect', '-f', '{{.State.Pid}}', name).strip()}/ns/net"
            machines.answer(namespace)
            assert machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS
            machines.hush()
        pycman("rm", "-f", "-t", "0", name)
    pycman("run", "--rm", "--network", mode, IMAGE, "true")
    assert mounts_of_the_engine(pycman) == before


def test_containers_follow_the_resolver_of_the_host(networked_with_own_mounts) -> None:
    pycman = networked_with_own_mounts
    write = pycman.mounts.write_resolv_conf
    write("search home.example\nnameserver 203.0.113.99\n")
    pycman("run", "-d", "--name", "c", IMAGE, "sleep", "1000")
    pycman("run", "-d", "--name", "own", "--network", "host", IMAGE, "sleep", "1000")
    assert "search dns.podman home.example\n" in pycman("exec", "c", "cat", "/etc/resolv.conf")
    pycman.machines.answer_names(pycman.machines.there, THERE_ADDRESS)
    write(f"search vpn.example\nnameserver {THERE_ADDRESS}\n")
    pycman("network", "reload", "-a")
    assert "search dns.podman vpn.example\n" in pycman("exec", "c", "cat", "/etc/resolv.conf")
    assert pycman("exec", "own", "cat", "/etc/resolv.conf") == f"search vpn.example\nnameserver {THERE_ADDRESS}\n"
    if not pycman.rootless:  # there slirp4netns asks the host's server, which it looks up itself
        assert "192.0.2.7" in pycman("exec", "c", "nslookup", "-type=a", "www.example.org.")


def test_the_supervisor_follows_the_resolver_and_leaves_what_containers_wrote(networked_with_own_mounts) -> None:
    pycman = networked_with_own_mounts
    pycman.mounts.write_resolv_conf("search home.example\nnameserver 203.0.113.99\n")
    watched = ("--health-cmd", "true", "--health-interval", "1h")
    pycman("run", "-d", "--name", "c", "--network", "host", *watched, IMAGE, "sleep", "1000")
    pycman("run", "-d", "--name", "own", "--network", "host", IMAGE, "sleep", "1000")
    pycman("exec", "own", "sh", "-c", "echo nameserver 192.0.2.1 > /etc/resolv.conf")
    lock = pycman.folder / "run/supervisor.lock"
    wait_until(lambda: not _is_free(lock), "no supervisor")
    pycman.mounts.write_resolv_conf(f"search vpn.example\nnameserver {THERE_ADDRESS}\n")
    wait_until(lambda: "vpn.example" in pycman("exec", "c", "cat", "/etc/resolv.conf"), "it does not follow")
    assert pycman("exec", "own", "cat", "/etc/resolv.conf") == "nameserver 192.0.2.1\n"


def test_a_killed_slirp4netns_of_a_container_comes_back(networked) -> None:
    networked("run", "-d", "--name", "c", "--network", "slirp4netns", "-p", "8080:80", IMAGE, "sleep", "1000")
    machines = networked.machines
    machines.answer(f"/proc/{networked('inspect', '-f', '{{.State.Pid}}', 'c').strip()}/ns/net")
    with sqlite3.connect(networked.folder / "root/state.sqlite") as store:
        (pid,) = store.execute("SELECT pid FROM network_helpers").fetchone()
    machines.run("kill", "-9", str(pid))
    wait_until(lambda: "no answer" in machines.ask(machines.here, "tcp", "127.0.0.1", 8080), "it was not killed")
    networked("network", "reload", "c")
    assert machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS


def test_the_supervisor_starts_killed_helpers_again(networked) -> None:
    watched = ("--health-cmd", "true", "--health-interval", "1h", "-p", "8080:80")
    bridges = ("unshare", "--rootless-netns", "ls", "/proc/sys/net/ipv4/conf")
    assert b"rootless network: there is none" in networked.run(*bridges).stderr or not networked.rootless
    networked("run", "-d", "--name", "web", *watched, IMAGE, "sleep", "1000")
    assert "tap0" in networked(*bridges) if networked.rootless else True
    machines = networked.machines
    machines.answer(f"/proc/{networked('inspect', '-f', '{{.State.Pid}}', 'web').strip()}/ns/net")
    wait_until(lambda: not _is_free(networked.folder / "run/supervisor.lock"), "no supervisor")
    folder = networked.folder / "run/network"
    for pid_file in ("relay.pid", "names/aardvark.pid", "uplink.pid"):
        if (folder / pid_file).exists():
            machines.run("kill", "-9", (folder / pid_file).read_text().split()[0])
    for address in ("127.0.0.1", "::1"):
        wait_until(lambda a=address: "no answer" not in machines.ask(machines.here, "tcp", a, 8080), "nobody answers")
    wait_until(lambda: networked.run("exec", "web", "nslookup", "web.dns.podman").returncode == 0, "no names")


def _is_free(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
