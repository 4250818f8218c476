"""kill -9 at every step of connecting and disconnecting: the next command works, and nothing is left."""

from __future__ import annotations

import os

import pytest

from pycman.linux.processes import find_program
from tests.support.waiting import wait_until

IMAGE = "busybox:1"
START_POINTS = [f"start:{number}" for number in range(9)]


@pytest.mark.parametrize("point", [*START_POINTS, "cleanup:written", "cleanup:deleted", "cleanup:unmounted"])
def test_a_killed_run_leaves_no_address_port_or_rule(networked, point: str) -> None:
    words = ("run", "--rm", "--name", "c", "-p", "8080:80", IMAGE, "echo", "done")
    killed = networked.run(*words, env={"PYCMAN_TEST_CRASH_AT": point})
    assert killed.returncode == -9
    networked.run("rm", "-f", "c")
    assert networked(*words) == "done\n"
    assert networked.machines.leftovers() == []


def test_a_cleanup_killed_after_its_rows_frees_the_port_also_where_others_keep_the_bridge(networked) -> None:
    networked("run", "-d", "--name", "other", "-p", "7000:70", IMAGE, "sleep", "100")
    words = ("run", "--rm", "--name", "web", "-p", "8080:80", IMAGE, "echo", "done")
    assert networked.run(*words, env={"PYCMAN_TEST_CRASH_AT": "release:rows"}).returncode == -9
    applied = networked.folder / "run/network/applied.json"
    networked("ps", "-a")
    networked.run("rm", "-f", "web")
    wait_until(
        lambda: "8080" not in applied.read_text(), "its port is still published"
    )  # conmon's exit command may be at it
    assert "7000" in applied.read_text()
    assert networked(*words) == "done\n"


@pytest.mark.parametrize("number", [*range(8), "done"])
def test_a_killed_helper_is_an_error_and_the_next_run_works(networked, number) -> None:
    words = ("run", "--rm", "--name", "c", "-p", "8080:80", IMAGE, "echo", "done")
    killed = networked.run(*words, env={"PYCMAN_TEST_CRASH_AT": f"refresh:{number}"})
    assert killed.returncode in (0, 125), killed.stderr
    assert networked("ps", "-aq") == ""
    assert networked(*words) == "done\n"
    assert networked.machines.leftovers() == []


@pytest.mark.parametrize("number", [*range(4), "done"])
def test_a_helper_killed_at_the_end_is_replaced(networked, number) -> None:
    networked("run", "-d", "--name", "c", "-p", "8080:80", IMAGE, "sleep", "100")
    networked.run("rm", "-f", "-t", "0", "c", env={"PYCMAN_TEST_CRASH_AT": f"refresh:{number}"})
    assert networked("ps", "-aq") == ""
    networked("system", "check", "--repair")
    assert networked.machines.leftovers() == []


@pytest.mark.parametrize("point", ["connect:leased", "disconnect:gone"])
def test_a_killed_connect_or_disconnect_can_be_repeated(networked, point: str) -> None:
    networked("network", "create", "blue")
    networked("run", "-d", "--name", "c", IMAGE, "sleep", "100")
    for verb in ("connect", "disconnect"):
        networked.run("network", verb, "blue", "c", env={"PYCMAN_TEST_CRASH_AT": point})
        networked.run("network", verb, "blue", "c")
    assert "eth1" not in networked("exec", "c", "ip", "addr")
    networked("network", "connect", "blue", "c")
    assert "eth1" in networked("exec", "c", "ip", "addr")


def test_a_killed_name_server_or_uplink_is_restarted_by_the_next_container(networked) -> None:
    networked("run", "-d", "--name", "web", IMAGE, "sleep", "100")
    folder = networked.folder / "run/network"
    for pid_file in ("names/aardvark.pid", "uplink.pid"):
        if (folder / pid_file).exists():
            networked.machines.run("kill", "-9", (folder / pid_file).read_text().split()[0])
    (folder / "uplink.pid.4711.tmp").write_text("half a line")  # as of a writer that was killed
    out = networked("run", "--rm", IMAGE, "nslookup", "web.dns.podman")
    assert "Address" in out
    networked("rm", "-f", "-t", "0", "web")
    wait_until(lambda: not list(folder.glob("*.tmp")), "the unfinished file goes with the last container")


def test_a_name_server_whose_starter_is_killed_at_that_moment_does_not_outlive_the_store(networked) -> None:
    """The fixture finds what is left: a process that knows the folder of the store."""
    helpers = networked.folder / "helpers"
    helpers.mkdir()
    gate = networked.folder / "gate"
    os.mkfifo(gate)
    # its starter reads what it prints, so it is its parent still
    kills = "#!/bin/sh\nkill -9 $PPID\n"
    goes_on = f'exec {find_program("aardvark-dns")} "$@"\n'
    conf = networked.folder / "helpers.conf"
    conf.write_text(f'[engine]\nhelper_binaries_dir = ["{helpers}"]\n')
    conf.chmod(0o644)
    for script in (f"{kills}read line < {gate}\n", f"{kills}{goes_on}"):
        (helpers / "aardvark-dns").write_text(script)
        (helpers / "aardvark-dns").chmod(0o755)
        started = networked.run("run", "--rm", IMAGE, "echo", "done", env={"CONTAINERS_CONF": str(conf)})
        assert started.returncode == 125, started.stderr
        assert networked("run", "--rm", IMAGE, "echo", "done") == "done\n"
        assert networked.machines.leftovers() == []


def test_a_slirp4netns_whose_pid_was_not_written_down_does_not_outlive_the_store(networked) -> None:
    killed = networked.run("run", "--rm", IMAGE, "true", env={"PYCMAN_TEST_CRASH_AT": "uplink:started"})
    assert killed.returncode == (125 if networked.rootless else 0)
    assert networked("run", "--rm", IMAGE, "echo", "done") == "done\n"
    assert networked.machines.leftovers() == []
