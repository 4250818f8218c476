"""The life of containers through the command line, as root and rootless."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from tests.support.waiting import wait_until


def test_run_prints_what_the_command_prints_and_ends_with_its_status(pycman) -> None:
    done = pycman.run("run", "--rm", "busybox:1", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 7)
    assert pycman("ps", "-aq") == ""


def test_streams_are_binary_clean_and_no_last_line_is_lost(pycman) -> None:
    data = os.urandom(300_000) + b"\nno newline at the end"
    done = pycman.run("run", "--rm", "-i", "busybox:1", "cat", stdin=data)
    assert done.stdout == data


def test_a_container_runs_on_in_the_background(pycman) -> None:
    container_id = pycman("run", "-d", "--name", "web", "busybox:1", "sleep", "100").strip()
    assert pycman("ps", "--format", "{{.ID}} {{.Names}} {{.State}}") == f"{container_id[:12]} web running\n"
    pycman("stop", "-t", "0", "web")
    assert pycman("ps", "-a", "--format", "{{.Names}} {{.State}}") == "web exited\n"
    assert pycman("inspect", "-f", "{{.State.ExitCode}}", "web") == "137\n"
    pycman("start", "web")
    pycman("rm", "-f", "web")
    assert pycman("ps", "-aq") == ""


def test_exec_runs_beside_and_passes_status_and_input(pycman) -> None:
    pycman("run", "-d", "--name", "c", "-e", "A=1", "busybox:1", "sleep", "100")
    assert pycman("exec", "c", "sh", "-c", "echo $A") == "1\n"
    assert pycman("exec", "-i", "c", "cat", stdin="typed") == "typed"
    assert (
        pycman("exec", "-u", "worker", "c", "id")
        == "uid=1000(worker) gid=1000(worker) groups=1000(worker),2000(extra)\n"
    )
    assert pycman.run("exec", "c", "sh", "-c", "exit 9").returncode == 9


@pytest.mark.parametrize(("command", "status"), [("nosuch", 127), ("/data/from-image", 126), ("/etc", 126)])
def test_a_command_that_cannot_run_ends_with_dockers_status(pycman, command: str, status: int) -> None:
    line = pycman.fails("run", "--rm", "busybox:1", command, status=status)
    assert command in line
    assert pycman("ps", "-aq") == ""


def test_logs_keep_streams_apart_and_print_tails(pycman) -> None:
    pycman.run("run", "--name", "c", "busybox:1", "sh", "-c", "for i in 1 2 3; do echo $i; done; echo bad >&2")
    done = pycman.run("logs", "c")
    assert (done.stdout, done.stderr) == (b"1\n2\n3\n", b"bad\n")
    assert pycman.run("logs", "--tail", "2", "c").stdout == b"3\n"


def test_logs_follow_to_the_end(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sh", "-c", "echo one; sleep 0.5; echo two")
    assert pycman("logs", "-f", "c") == "one\ntwo\n"


def test_wait_prints_the_status_when_it_ends(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sh", "-c", "sleep 0.3; exit 4")
    assert pycman("wait", "c") == "4\n"


def test_restart_on_failure_counts_and_gives_up(pycman) -> None:
    pycman("run", "-d", "--name", "c", "--restart", "on-failure:2", "busybox:1", "false")
    wait_until(
        lambda: pycman("inspect", "-f", "{{.RestartCount}} {{.State.Status}}", "c") == "2 exited\n", "two restarts"
    )


def test_a_stopped_container_is_not_restarted(pycman) -> None:
    pycman("run", "-d", "--name", "c", "--restart", "always", "busybox:1", "sleep", "100")
    pycman("stop", "-t", "0", "c")
    assert pycman("ps", "-a", "--format", "{{.State}}") == "exited\n"


def test_a_killed_client_leaves_the_container_to_its_monitor(pycman) -> None:
    client = pycman.start("run", "--rm", "--name", "c", "busybox:1", "sleep", "1", stdout=subprocess.DEVNULL)
    wait_until(lambda: pycman("ps", "-q"), "it runs")
    client.send_signal(signal.SIGKILL)
    client.wait()
    wait_until(lambda: not pycman("ps", "-aq"), "--rm after the client's death")


def test_signals_reach_the_process(pycman) -> None:
    script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    client = pycman.start("run", "--rm", "busybox:1", "sh", "-c", script, stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"ready\n"
    client.send_signal(signal.SIGTERM)
    assert (client.stdout.read(), client.wait(120)) == (b"got it\n", 3)


def test_volumes_are_copied_up_and_shared(pycman) -> None:
    assert pycman("run", "--rm", "-v", "v:/data", "busybox:1", "cat", "/data/from-image") == "hello\n"
    pycman("run", "--rm", "-v", "v:/data", "busybox:1", "sh", "-c", "echo more > /data/more")
    assert pycman("run", "--rm", "-v", "v:/x:ro", "busybox:1", "ls", "/x") == "from-image\nmore\n"
    assert pycman.run("run", "--rm", "-v", "v:/x:ro", "busybox:1", "touch", "/x/y").returncode == 1
    assert pycman("volume", "ls", "-q") == "v\n"
    pycman("volume", "rm", "v")


def test_binds_tmpfs_and_read_only_roots(pycman) -> None:
    folder = pycman.folder / "bind"
    folder.mkdir()
    (folder / "file").write_text("from the host\n")
    assert pycman("run", "--rm", "-v", f"{folder}:/b:ro", "busybox:1", "cat", "/b/file") == "from the host\n"
    assert "tmpfs" in pycman("run", "--rm", "--tmpfs", "/t:size=1m", "busybox:1", "sh", "-c", "mount | grep ' /t '")
    assert pycman.run("run", "--rm", "--read-only", "busybox:1", "touch", "/x").returncode == 1
    assert pycman("run", "--rm", "--read-only", "busybox:1", "sh", "-c", "echo ok > /tmp/x; cat /tmp/x") == "ok\n"


def test_users_env_workdir_hostname_and_labels(pycman) -> None:
    words = ["run", "--rm", "-u", "1000:1000", "-e", "B=2", "-w", "/data", "-h", "box", "busybox:1"]
    assert (
        pycman(*words, "sh", "-c", "id -u; echo $B $FROM_IMAGE; pwd; hostname; cat /etc/hostname")
        == "1000\n2 yes\n/data\nbox\nbox\n"
    )


def test_secrets_come_as_files_and_variables(pycman) -> None:
    pycman("secret", "create", "s", "-", stdin="hush")
    assert pycman("run", "--rm", "--secret", "s", "busybox:1", "cat", "/run/secrets/s") == "hush"
    assert pycman("run", "--rm", "--secret", "s,type=env,target=S", "busybox:1", "sh", "-c", "echo $S") == "hush\n"


def test_copies_go_both_ways(pycman) -> None:
    (pycman.folder / "in").write_text("copied\n")
    os.chmod(pycman.folder / "in", 0o644)
    pycman("create", "--name", "c", "busybox:1", "cat", "/tmp/in")
    pycman("cp", str(pycman.folder / "in"), "c:/tmp/in")
    assert pycman("start", "-a", "c") == "copied\n"
    pycman("cp", "c:/tmp/in", str(pycman.folder / "out"))
    assert (pycman.folder / "out").read_text() == "copied\n"


def test_commit_keeps_what_changed(pycman) -> None:
    pycman("run", "--name", "c", "busybox:1", "sh", "-c", "echo kept > /kept; rm /data/from-image")
    pycman("commit", "-q", "--change", 'CMD ["cat", "/kept"]', "c", "new:1")
    assert pycman("run", "--rm", "new:1") == "kept\n"
    assert pycman("run", "--rm", "new:1", "ls", "/data") == ""
    assert sorted(pycman("diff", "c").split("\n")) == ["", "A /kept", "C /data", "D /data/from-image"]


def test_a_health_check_turns_unhealthy_and_is_explained(pycman) -> None:
    words = [
        "run",
        "-d",
        "--name",
        "c",
        "--health-cmd",
        "test -e /fine",
        "--health-interval",
        "200ms",
        "--health-retries",
        "2",
    ]
    pycman(*words, "busybox:1", "sh", "-c", "touch /fine; sleep 100")
    status = ("inspect", "-f", "{{.State.Health.Status}}", "c")
    wait_until(lambda: pycman(*status) == "healthy\n", "healthy")
    pycman("exec", "c", "rm", "/fine")
    wait_until(lambda: pycman(*status) == "unhealthy\n", "unhealthy")
    assert "[unhealthy]" in pycman("why", "c")
    pycman("rm", "-f", "c")
    wait_until(lambda: not _supervisors(pycman), "the supervisor ends with the last need for it")


def _supervisors(pycman) -> list[str]:
    lines = subprocess.run(["ps", "-ww", "-eo", "args"], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line for line in lines if "__supervise" in line and str(pycman.folder) in line]


def test_containers_can_share_namespaces(pycman) -> None:
    pycman("run", "-d", "--name", "a", "-h", "shared", "busybox:1", "sleep", "100")
    assert (
        pycman("run", "--rm", "--uts", "container:a", "--network", "container:a", "busybox:1", "hostname") == "shared\n"
    )
    assert "remove" in pycman.fails("rm", "a")


def test_events_record_the_whole_life(pycman) -> None:
    pycman("run", "--rm", "--name", "c", "busybox:1", "true")
    lines = pycman("events", "--stream=false", "--filter", "type=container", "--format", "{{.Action}}").split()
    assert lines == ["create", "init", "attach", "start", "die", "cleanup", "destroy"]
    pycman("create", "--label", "app=web", "--name", "d", "busybox:1", "true")
    pycman("cp", "/etc/hostname", "d:/tmp/x")
    pycman("start", "d")
    pycman("wait", "d")
    words = (
        "events",
        "--stream=false",
        "--filter",
        "container=d",
        "--filter",
        "label=app=web",
        "--format",
        "{{.Action}}",
    )
    assert pycman(*words).split()[:4] == ["create", "copy", "init", "start"]  # nobody is attached by a start alone


def test_inspect_has_the_fields_scripts_ask_for(pycman) -> None:
    pycman("create", "--name", "c", "-v", "v:/x", "--memory", "64m", "busybox:1", "sleep", "1")
    found = json.loads(pycman("inspect", "c"))[0]
    assert (found["Name"], found["Config"]["Image"], found["State"]["Status"]) == (
        "/c",
        "busybox:1",
        "created",
    )
    assert found["HostConfig"]["Memory"] == 64 * 1024 * 1024
    assert [mount["Destination"] for mount in found["Mounts"]] == ["/x"]


def test_thirty_containers_at_once_all_run_and_none_is_doubled(pycman) -> None:
    clients = [pycman.start("run", "-d", "busybox:1", "sleep", "100", stdout=subprocess.PIPE) for _ in range(30)]
    ids = {client.communicate(timeout=120)[0].strip() for client in clients}
    assert [client.returncode for client in clients] == [0] * 30
    assert len(ids) == len(pycman("ps", "-q").split()) == 30


def test_only_conmon_keeps_running_after_a_command(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    ours = _ours(pycman)
    assert ours == {"conmon", "aardvark-dns", *(["slirp4netns"] if pycman.rootless else [])}
    pycman("rm", "-f", "-t", "0", "c")
    pycman("run", "-d", "--name", "d", "--network", "none", "busybox:1", "sleep", "100")
    assert _ours(pycman) == {"conmon"}


def _ours(pycman) -> set[str]:
    lines = subprocess.run(
        ["ps", "-ww", "-eo", "comm,args"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {line.split()[0] for line in lines if str(pycman.folder) in line and "ps -ww" not in line}


def test_user_namespaces_give_ids_of_their_own(pycman) -> None:
    first = pycman(
        "run",
        "--rm",
        "--userns",
        "auto:size=70000" if not pycman.rootless else "auto:size=5000",
        "busybox:1",
        "cat",
        "/proc/self/uid_map",
    )
    assert first.split()[0] == "0"
    assert first.split()[1] != "0"
    assert pycman("run", "--rm", "--userns", "host", "busybox:1", "id", "-u") == "0\n"


def test_keep_id_makes_files_the_users_own(pycman) -> None:
    folder = pycman.folder / "mine"
    folder.mkdir()
    if not pycman.rootless:
        assert pycman("run", "--rm", "--userns", "keep-id", "busybox:1", "id", "-u") == "0\n"
        return
    uid = pycman.options()["user"]
    os.chown(folder, uid, uid)
    pycman("run", "--rm", "--userns", "keep-id", "-v", f"{folder}:/m", "busybox:1", "sh", "-c", "id -u > /m/id")
    assert (folder / "id").read_text() == f"{uid}\n"
    assert (folder / "id").stat().st_uid == uid


def test_a_container_that_is_only_initialized_is_removed_without_force(pycman) -> None:
    name = pycman("create", "busybox:1", "sleep", "1000").strip()
    pycman("init", name)
    assert pycman("inspect", "--format", "{{.State.Status}}", name).strip() == "initialized"
    assert pycman("rm", name).strip() == name
    assert pycman("ps", "-aq") == ""
