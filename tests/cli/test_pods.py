"""Pods through the command line, as root and rootless."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.waiting import wait_until


def state(pycman, name: str) -> str:
    return pycman("pod", "inspect", "-f", "{{.State}}", name).strip()


def test_members_share_network_ipc_and_host_name_but_not_pids(pycman) -> None:
    pod_id = pycman("pod", "create", "--name", "p").strip()
    assert pycman("pod", "ps", "--format", "{{.ID}} {{.Name}} {{.Status}}") == f"{pod_id[:12]} p Created\n"
    pycman("run", "-d", "--pod", "p", "--name", "one", "busybox:1", "sh", "-c", "nc -l -p 7000 -e echo hi; sleep 1000")
    out = pycman("run", "--rm", "--pod", "p", "busybox:1", "sh", "-c", "hostname; echo $$; nc 127.0.0.1 7000; ls /proc")
    lines = out.splitlines()
    assert lines[0] == "p"
    assert lines[1] == "1"  # a pid namespace of its own
    assert "hi" in lines
    script = "for kind in net ipc uts pid; do readlink /proc/1/ns/$kind; done"
    one = pycman("exec", "one", "sh", "-c", script).split()
    other = pycman("run", "--rm", "--pod", "p", "busybox:1", "sh", "-c", script).split()
    assert one[:3] == other[:3]
    assert one[3] != other[3]
    assert state(pycman, "p") == "Running"
    assert pycman("ps", "--format", "{{.Names}}", "--filter", "pod=p").split() == ["one", f"{pod_id[:12]}-infra"]


def test_a_pod_that_shares_pids_sees_every_members_processes(pycman) -> None:
    pycman("pod", "create", "--name", "p", "--share", "+pid")
    pycman("run", "-d", "--pod", "p", "--name", "one", "busybox:1", "sleep", "1234")
    out = pycman("run", "--rm", "--pod", "p", "busybox:1", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "sleep 1234" in out
    assert "catatonit" in out
    assert "sleep 1234" in pycman("pod", "top", "p", "args")


def test_ports_of_a_pod_lead_to_whichever_member_listens(networked) -> None:
    pycman = networked
    pycman("pod", "create", "--name", "p", "-p", "8080:80")
    pycman("run", "-d", "--pod", "p", "--name", "w", "busybox:1", "sh", "-c",
           "mkdir /w; echo found > /w/index.html; exec httpd -f -p 80 -h /w")  # fmt: skip
    pycman.machines.run("curl", "-s", "--retry", "20", "--retry-all-errors", "--retry-delay", "0", "127.0.0.1:8080")
    assert pycman.machines.run("curl", "-s", "127.0.0.1:8080") == "found\n"
    line = pycman.fails("run", "--rm", "--pod", "p", "-p", "81:81", "busybox:1", "true", status=125)
    assert "published by pod p" in line


def test_a_pods_state_follows_from_its_members(pycman) -> None:
    pycman("pod", "create", "--name", "p")
    pycman("create", "--pod", "p", "--name", "a", "busybox:1", "sleep", "1000")
    pycman("create", "--pod", "p", "--name", "b", "--stop-timeout", "0", "busybox:1", "sleep", "1000")
    assert state(pycman, "p") == "Created"
    pycman("pod", "start", "p")
    assert state(pycman, "p") == "Running"
    pycman("stop", "b")
    assert state(pycman, "p") == "Degraded"
    pycman("pod", "stop", "-t", "0", "p")
    assert state(pycman, "p") == "Exited"
    pycman("pod", "restart", "p")
    assert state(pycman, "p") == "Running"
    pycman("pod", "kill", "p")
    wait_until(lambda: state(pycman, "p") == "Exited", "kill did not end it")
    assert pycman("pod", "ps", "-q", "--filter", "status=running") == ""


def test_starting_a_member_starts_the_sandbox_and_a_member_that_dies_leaves_it_running(pycman) -> None:
    pycman("pod", "create", "--name", "p")
    pycman("create", "--pod", "p", "--name", "a", "busybox:1", "true")
    pycman("start", "a")
    pycman("wait", "a")
    wait_until(lambda: state(pycman, "p") == "Degraded", "the sandbox went along")
    pycman("start", "a")


def test_exit_policy_stop_ends_the_pod_with_its_last_member(pycman) -> None:
    pid_file = pycman.folder / "infra.pid"
    pycman("pod", "create", "--name", "p", "--exit-policy", "stop", "--infra-conmon-pidfile", pid_file)
    assert not pid_file.exists()
    pycman("pod", "start", "p")
    assert state(pycman, "p") == "Running", "an empty pod waits for its first member"
    assert Path(f"/proc/{pid_file.read_text().strip()}/comm").read_text() == "conmon\n"
    pycman("run", "-d", "--pod", "p", "busybox:1", "true")
    wait_until(lambda: state(pycman, "p") == "Exited", "the infra container runs on")
    pycman("pod", "start", "p")
    wait_until(lambda: state(pycman, "p") == "Exited", "the infra container runs on after a pod start")


def test_files_of_pids_are_written_at_each_start(root_pycman, tmp_path) -> None:
    files = [f"--{kind}={tmp_path}/{kind}" for kind in ("pidfile", "conmon-pidfile")]
    root_pycman("pod", "create", "--name", "p", "--network", "none", f"--infra-conmon-pidfile={tmp_path}/infra")
    assert not (tmp_path / "infra").exists()
    root_pycman("create", "--pod", "p", "--name", "c", *files, "busybox:1", "sleep", "1000")
    for verb in (["pod", "start", "p"], ["pod", "restart", "p"]):
        root_pycman(*verb)
        infra = json.loads(root_pycman("pod", "inspect", "p"))[0]["InfraContainerID"]
        pids = root_pycman("inspect", "--format", "{{.State.Pid}} {{.State.ConmonPid}}", "c", infra).split()
        assert [(tmp_path / name).read_text() for name in ("pidfile", "conmon-pidfile", "infra")] == [
            f"{pid}\n" for pid in (*pids[:2], pids[3])
        ]


def test_run_creates_a_new_pod_with_the_ports_of_its_flags(pycman) -> None:
    pycman("run", "-d", "--pod", "new:fresh", "-p", "18088:80", "--name", "c", "busybox:1", "sleep", "1000")
    found = json.loads(pycman("pod", "inspect", "fresh"))[0]
    assert found["ExitPolicy"] == "stop"
    assert found["InfraConfig"]["PortBindings"] == {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "18088"}]}
    assert [each["Name"] for each in found["Containers"]] == [f"{found['Id'][:12]}-infra", "c"]
    assert found["Containers"][1]["State"] == "running"


def test_init_containers_run_to_their_end_before_the_others(pycman) -> None:
    pycman("pod", "create", "--name", "p", "-v", "shared:/shared")
    for kind in ("always", "once"):
        pycman("create", "--pod", "p", "--init-ctr", kind, "--name", kind, "busybox:1", "sh", "-c",
               f"echo {kind} >> /shared/log")  # fmt: skip
    pycman("create", "--pod", "p", "--name", "main", "busybox:1", "sh", "-c", "cat /shared/log; sleep 1000")
    pycman("pod", "start", "p")
    wait_until(lambda: pycman("logs", "main") == "always\nonce\n", "not in order")
    assert pycman.run("container", "exists", "once").returncode == 1
    assert state(pycman, "p") == "Running"
    pycman("pod", "stop", "-t", "0", "p")
    pycman("pod", "start", "p")
    wait_until(lambda: "always\nonce\nalways\n" in pycman("logs", "main"), "always ran once only")


def test_a_failed_init_container_prevents_the_others_from_starting(pycman) -> None:
    pycman("pod", "create", "--name", "p")
    pycman("create", "--pod", "p", "--init-ctr", "always", "--name", "i", "busybox:1", "false")
    pycman("create", "--pod", "p", "--name", "main", "busybox:1", "sleep", "1000")
    line = pycman.fails("pod", "start", "p", status=125)
    assert "init container i ended with status 1" in line
    assert pycman("inspect", "-f", "{{.State.Status}}", "main") == "created\n"


def test_the_infra_container_is_removed_only_with_its_pod(pycman) -> None:
    pod_id = pycman("pod", "create", "--name", "p").strip()
    line = pycman.fails("rm", "-f", f"{pod_id[:12]}-infra", status=1)
    assert "is removed with it" in line
    pycman("create", "--pod", "p", "--name", "a", "busybox:1", "true")
    pycman("rm", "-fa")
    assert pycman("pod", "ps", "--format", "{{.Name}} {{.NumberOfContainers}}") == "p 1\n"
    pycman("container", "prune", "-f")
    assert pycman("pod", "rm", "p").strip() == pod_id
    assert pycman("ps", "-aq") == ""


def test_removing_a_pod_whose_members_run_needs_force(pycman) -> None:
    pycman("run", "-d", "--pod", "new:p", "--name", "a", "busybox:1", "sleep", "1000")
    line = pycman.fails("pod", "rm", "p", status=125)
    assert "containers of the pod are running: a" in line
    pycman("pod", "rm", "-f", "-t", "0", "p")
    assert pycman("ps", "-aq") == ""
    assert pycman.run("pod", "rm", "p").returncode == 1
    assert pycman.run("pod", "rm", "-f", "p").returncode == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "--pod", "nosuch", "busybox:1"), "no such pod"),
        (("pod", "create", "--share", "net,nosuch"), "not a namespace"),
        (("pod", "create", "--exit-policy", "maybe"), "not an exit policy"),
        (("pod", "create", "--infra=false", "-p", "80:80"), "without an infra container"),
        (("pod", "create", "--name", "../x"), "not a pod name"),
        (("pod", "create", "--network", "nosuch"), "no such network"),
        (("pod", "start", "nosuch"), "no such pod"),
        (("pod", "ps", "--filter", "colour=red"), "invalid filter"),
        (("create", "--init-ctr", "once", "busybox:1"), "only pods have init containers (name the pod with --pod)"),
        (("run", "--pod", "new:", "busybox:1"), "needs a name"),
        (("pod", "stop"), "needs a pod"),
    ],
)
def test_wrong_input_gives_one_line_of_error_and_leaves_nothing(root_pycman, words, says: str) -> None:
    line = root_pycman.fails(*words, status=125)
    assert says in line
    assert root_pycman("pod", "ps", "-q") == ""
    assert root_pycman("ps", "-aq") == ""


def test_names_of_pods_and_containers_are_one_set(root_pycman) -> None:
    root_pycman("pod", "create", "--name", "x")
    assert "a pod has this name" in root_pycman.fails("create", "--name", "x", "busybox:1", status=125)
    assert "in use by pod" in root_pycman.fails("pod", "create", "x", status=125)
    root_pycman("create", "--name", "c", "busybox:1")
    assert "in use by container" in root_pycman.fails("pod", "create", "c", status=125)
    first = root_pycman("pod", "inspect", "-f", "{{.Id}}", "x")
    root_pycman("pod", "create", "--replace", "--name", "x")
    assert root_pycman("pod", "inspect", "-f", "{{.Id}}", "x") != first


def test_pause_and_logs_and_stats_of_a_pod(root_pycman) -> None:
    pycman = root_pycman
    pycman("pod", "create", "--name", "p")
    for name in ("a", "b"):
        pycman("run", "-d", "--pod", "p", "--name", name, "busybox:1", "sh", "-c", f"echo from {name}; sleep 1000")
    wait_until(lambda: len(pycman("pod", "logs", "p").splitlines()) == 2, "a line is missing")
    assert pycman("pod", "logs", "--names", "p") == "a from a\nb from b\n"
    assert pycman("pod", "logs", "-c", "b", "p") == "from b\n"
    assert pycman("logs", pycman("pod", "inspect", "-f", "{{.InfraContainerID}}", "p").strip()) == ""
    assert "not a container of pod p" in pycman.fails("pod", "logs", "-c", "z", "p", status=125)
    rows = pycman("pod", "stats", "--no-stream", "--format", "{{.Name}} {{.PIDS}}", "p").splitlines()
    assert sorted(rows)[1:] == ["a 1", "b 1"] or {"a 1", "b 1"} <= set(rows)
    pycman("pod", "pause", "p")
    assert state(pycman, "p") == "Paused"
    pycman("pod", "unpause", "p")
    assert state(pycman, "p") == "Running"


def test_limits_of_a_pod_are_those_of_all_members_together(root_pycman) -> None:
    pycman = root_pycman
    pycman("pod", "create", "--name", "p", "--memory", "64m", "--cpus", "0.5")
    pycman("create", "--pod", "p", "--name", "a", "busybox:1", "sh", "-c", "cat /proc/1/cgroup; sleep 1000")
    pycman("pod", "start", "p")
    group = pycman("pod", "inspect", "-f", "{{.CgroupPath}}", "p").strip()
    wait_until(lambda: group in pycman("logs", "a"), "the member is not below the pod's cgroup")
    files = [Path(f"/sys/fs/cgroup/memory{group}/memory.limit_in_bytes"), Path(f"/sys/fs/cgroup{group}/memory.max")]
    assert [int(file.read_text()) for file in files if file.exists()] == [64 << 20]
    pycman("pod", "rm", "-f", "-t", "0", "p")
    pycman("pod", "create", "--name", "q", "--memory", "32m")
    pycman(
        "run", "-d", "--pod", "q", "--name", "a", "busybox:1", "sleep", "1000"
    )  # which starts the pod, by no verb of pods
    group = pycman("pod", "inspect", "-f", "{{.CgroupPath}}", "q").strip()
    files = [Path(f"/sys/fs/cgroup/memory{group}/memory.limit_in_bytes"), Path(f"/sys/fs/cgroup{group}/memory.max")]
    assert [int(file.read_text()) for file in files if file.exists()] == [32 << 20]
    pycman("pod", "rm", "-f", "-t", "0", "q")


def test_a_clone_has_members_like_the_first(pycman) -> None:
    pycman("pod", "create", "--name", "p", "--hostname", "h")
    pycman("create", "--pod", "p", "--name", "a", "busybox:1", "sleep", "1000")
    pycman("pod", "clone", "--start", "p", "q")
    assert state(pycman, "q") == "Running"
    assert pycman("exec", "a-clone", "hostname") == "h\n"
    pycman("pod", "clone", "--destroy", "q", "r")
    assert pycman("pod", "ps", "--format", "{{.Name}}", "--sort", "name").split() == ["p", "r"]


def test_thirty_members_start_at_once_on_one_sandbox(root_pycman) -> None:
    root_pycman("pod", "create", "--name", "p")
    for number in range(12):
        root_pycman("create", "--pod", "p", "--name", f"c{number}", "busybox:1", "sleep", "1000")
    root_pycman("pod", "start", "p")
    assert root_pycman("ps", "-q").count("\n") == 13
    root_pycman("pod", "rm", "-f", "-t", "0", "p")


def test_members_that_cannot_start_or_do_not_end_hold_up_no_other(pycman) -> None:
    loop = "echo ready; while :; do sleep 0.05; done"
    pycman("pod", "create", "--name", "p")
    pycman("create", "--pod", "p", "--name", "good", "busybox:1", "sh", "-c", f"trap 'exit 3' TERM; {loop}")
    pycman("create", "--pod", "p", "--name", "bad", "busybox:1", "/no/such")
    pycman(
        "create",
        "--pod",
        "p",
        "--name",
        "deaf",
        "--stop-timeout",
        "1",
        "busybox:1",
        "sh",
        "-c",
        f"trap '' TERM; {loop}",
    )
    started = pycman.run("pod", "start", "p")
    assert started.returncode != 0
    assert b"/no/such" in started.stderr
    wait_until(lambda: all(pycman("logs", name) == "ready\n" for name in ("good", "deaf")), "a member does not run")
    assert pycman("inspect", "-f", "{{.State.Status}}", "bad") == "created\n"
    pycman("pod", "stop", "p")
    ends = pycman("inspect", "-f", "{{.Name}} {{.State.Status}} {{.State.ExitCode}}", "good", "deaf")
    assert [line.strip("/") for line in ends.splitlines()] == ["good exited 3", "deaf exited 137"]
    pycman("pod", "rm", "p")
    assert pycman("ps", "-aq") == ""
