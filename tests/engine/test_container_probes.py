"""Probes and hooks of containers that no pod knows of, made through the library; the command line looks on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from pycman.spec.container import ContainerSpec
from pycman.spec.health import RestartPolicy
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.probe import Handler, Probe
from tests.support.waiting import wait_until

ALWAYS = RestartPolicy(name="always", kubernetes=True)
BRIDGE = NetworkMode(kind="bridge")
_MAKE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import pycman
with pycman.Engine.open(root=sys.argv[2], run_root=sys.argv[3]) as engine:
    engine.containers.run(pycman.ContainerSpec.from_dict(json.loads(sys.argv[4])))
"""


def sh(text: str) -> Handler:
    return Handler(kind="exec", command=("sh", "-c", text))


def probe(handler: Handler, **fields) -> Probe:
    return Probe(handler=handler, **{"period_s": 1, "failure_threshold": 1, "timeout_s": 5, **fields})


def argv(pycman, program, **fields) -> list[str]:
    """Return a program that starts a container called c by the library, as a process of its own."""
    fields = {"name": "c", "image": "localhost/busybox:1", "network": NetworkMode(kind="none"), **fields}
    if isinstance(fields.get("command", ""), str):
        fields["command"] = ("sh", "-c", fields.get("command", "sleep 1000"))
    spec = ContainerSpec(**{"stop_timeout_s": 0, **fields})
    folders = [str(program.parent.parent / "source"), f"{pycman.folder}/root", f"{pycman.folder}/run"]
    return [str(program.parent / "python"), "-c", _MAKE, *folders, json.dumps(spec.to_dict())]


def run(pycman, program, **fields) -> None:
    done = subprocess.run(
        argv(pycman, program, **fields), capture_output=True, text=True, check=False, timeout=60, **pycman.options()
    )
    assert done.returncode == 0, done.stderr


def state(pycman, name: str = "c") -> dict:
    return json.loads(pycman("inspect", name))[0]["State"]


def restarts(pycman) -> int:
    return int(pycman("inspect", "-f", "{{.RestartCount}}", "c"))


def events(pycman, action: str, name: str = "c") -> list[dict[str, str]]:
    """Return the attributes of a container's events of one kind, oldest first."""
    words = ("events", "--stream=false", "--filter", f"container={name}", "--filter", f"event={action}")
    return [json.loads(line)["Actor"]["Attributes"] for line in pycman(*words, "--format", "{{json .}}").splitlines()]


def wait_ready(pycman, wanted: bool = True) -> None:
    wait_until(lambda: state(pycman)["Ready"] == wanted, f"it is never {'' if wanted else 'not '}ready")


def processes(pycman, words: str) -> list[int]:
    """Return the container's processes with these words in their command lines, but not those that nobody has waited for."""
    shown = [line.split(None, 2) for line in pycman("top", "c", "hpid,state,args").splitlines()[1:]]
    return [int(pid) for pid, letter, args in shown if words in args and letter != "Z"]


def supervisors(pycman) -> list[int]:
    found = subprocess.run(
        ["pgrep", "-f", f"{pycman.folder}/run.*__supervise"], capture_output=True, text=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


def test_readiness_follows_a_command_and_is_told(pycman, program) -> None:
    run(pycman, program, readiness_probe=probe(sh("cat /up"), failure_threshold=2))
    found = wait_until(lambda: state(pycman)["Probes"]["Readiness"]["LastError"] and state(pycman), "it is not probed")
    assert (found["Ready"], found["Probes"]["Readiness"]["Status"]) == (False, "failing")
    assert "ended with status 1: cat: can't open '/up'" in found["Probes"]["Readiness"]["LastError"]
    assert "it is not ready: its readiness probe says" in pycman("why", "c")
    pycman("exec", "c", "touch", "/up")
    wait_ready(pycman)
    pycman("exec", "c", "rm", "/up")
    wait_ready(pycman, wanted=False)
    assert [event["ready"] for event in events(pycman, "readiness")] == ["true", "false"]
    assert state(pycman)["Probes"]["Readiness"]["Streak"] <= -2
    assert state(pycman)["Status"] == "running"
    assert events(pycman, "exec_start") == events(pycman, "exec_start")[:2]  # those of this test, none of probes


def test_servers_are_called_at_the_containers_own_address(pycman, program) -> None:
    ports = {
        "http": Handler(kind="http", port=8080, path="/ok"),
        "tcp": Handler(kind="tcp", port=8080),
        "loopback": Handler(kind="http", port=8080, path="/ok", host="127.0.0.1"),
    }
    script = "mkdir /w; touch /w/ok; httpd -p 127.0.0.1:8080 -h /w; sleep 1000"
    for name, handler in ports.items():
        run(pycman, program, name=name, command=script, network=BRIDGE, readiness_probe=probe(handler))
    wait_until(lambda: state(pycman, "loopback")["Ready"], "it does not answer at 127.0.0.1")
    for name in ("http", "tcp"):
        wait_until(
            lambda name=name: "connection refused" in state(pycman, name)["Probes"]["Readiness"]["LastError"],
            "it is called at another address",
        )
        pycman("exec", name, "sh", "-c", 'httpd -p "$(hostname -i):8080" -h /w')
        wait_until(lambda name=name: state(pycman, name)["Ready"], "it does not answer at its own address")


def test_a_container_in_anothers_network_is_called_at_that_ones_address(pycman, program) -> None:
    pycman("run", "-d", "--name", "first", "--network", "bridge", "localhost/busybox:1", "sleep", "1000")
    address = pycman("exec", "first", "hostname", "-i").strip()
    run(
        pycman,
        program,
        command=f"httpd -p {address}:8080 -h /; sleep 1000",
        network=NetworkMode(kind="container", value="first"),
        readiness_probe=probe(Handler(kind="tcp", port=8080)),
    )
    wait_ready(pycman)


def test_a_container_in_the_hosts_network_is_called_on_loopback(pycman, program) -> None:
    port = 20000 + os.getpid() % 10000
    run(
        pycman,
        program,
        command=f"httpd -p 127.0.0.1:{port} -h /bin; sleep 1000",
        network=NetworkMode(kind="host"),
        readiness_probe=probe(Handler(kind="http", port=port, path="/busybox")),
    )
    wait_ready(pycman)


def test_ipv6_only_containers_are_called_at_their_address(pycman, program) -> None:
    pycman("network", "create", "--subnet", "fd00:90::/64", "six")
    run(
        pycman,
        program,
        command="mkdir /w; touch /w/ok; httpd -p [::]:8080 -h /w; sleep 1000",
        network=NetworkMode.from_dict({"kind": "bridge", "attachments": [{"name": "six"}]}),
        readiness_probe=probe(Handler(kind="http", port=8080, path="/ok")),
    )
    wait_ready(pycman)
    pycman("rm", "-f", "-t", "0", "c")
    pycman("network", "rm", "six")


def test_startup_gates_readiness_and_liveness(pycman, program) -> None:
    run(
        pycman,
        program,
        restart=ALWAYS,
        startup_probe=probe(sh("test -e /started"), failure_threshold=1000),
        readiness_probe=probe(sh("echo asked >>/readiness")),
        liveness_probe=probe(sh("echo asked >>/liveness; test -e /alive")),
    )
    wait_until(lambda: state(pycman)["Probes"]["Startup"]["Streak"] <= -2, "the startup probe does not run")
    assert pycman("exec", "c", "sh", "-c", "ls -d /*ness || true") == ""
    assert not state(pycman)["Ready"]
    pycman("exec", "c", "sh", "-c", "touch /alive /started")
    wait_ready(pycman)
    wait_until(lambda: state(pycman)["Probes"]["Liveness"]["Status"] == "passing", "liveness is not asked")
    assert restarts(pycman) == 0
    healthy = [(event["probe"], event["health_status"]) for event in events(pycman, "health_status")]
    assert healthy == [("startup", "healthy"), ("liveness", "healthy")]


def test_a_startup_probe_that_never_passes_ends_the_container(pycman, program) -> None:
    run(pycman, program, startup_probe=probe(Handler(kind="tcp", port=1), failure_threshold=2))
    pycman("wait", "c")
    (told,) = events(pycman, "health_status")
    assert (told["probe"], told["health_status"]) == ("startup", "unhealthy")
    assert "its startup probe failed, so it was killed: tcp 127.0.0.1:1: connection refused" in pycman("why", "c")


@pytest.mark.parametrize("policy", ["always", "on-failure", "no"])
def test_liveness_restarts_as_the_policy_says_whatever_the_status(pycman, program, policy: str) -> None:
    run(
        pycman,
        program,
        command="trap 'exit 0' TERM; touch /alive; while :; do sleep 0.1; done",
        stop_timeout_s=20,
        restart=RestartPolicy(name=policy, kubernetes=True),
        liveness_probe=probe(sh("test -e /alive"), initial_delay_s=1),
    )
    pycman("exec", "c", "rm", "/alive")
    if policy == "no":
        pycman("wait", "c")
        assert state(pycman)["ExitCode"] == 0
    else:
        wait_until(lambda: restarts(pycman) == 1, "it was not started again")
        wait_until(lambda: state(pycman)["Probes"]["Liveness"]["Status"] == "passing", "it is not probed again")


def test_a_probes_own_grace_is_what_a_container_has_to_end(pycman, program) -> None:
    run(
        pycman,
        program,
        command="trap 'echo told >>/proc/1/fd/1' TERM; while :; do sleep 0.1; done",
        stop_timeout_s=300,
        liveness_probe=probe(sh("false"), termination_grace_s=1),
    )
    pycman("wait", "c")
    assert state(pycman)["ExitCode"] == 137
    assert pycman("logs", "c") == "told\n"


def test_a_late_command_is_ended_with_all_it_started(pycman, program) -> None:
    run(pycman, program, readiness_probe=probe(sh("sleep 4321 & yes & sleep 4321"), timeout_s=1))
    wait_until(lambda: processes(pycman, "sleep 4321"), "it is not probed")
    wait_until(lambda: "longer than 1 s" in state(pycman)["Probes"]["Readiness"]["LastError"], "it is not given up")
    for pid in supervisors(pycman):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes(pycman, "sleep 4321"), "what it had started lives on")
    assert not processes(pycman, "yes")


def test_a_post_start_hook_that_fails_ends_the_container_and_is_told(pycman, program) -> None:
    run(
        pycman,
        program,
        post_start=sh("echo cannot >&2; exit 3"),
        pre_stop=sh("echo pre >>/proc/1/fd/1"),
        stop_timeout_s=5,
        command="trap 'echo term; exit 7' TERM; while :; do sleep 0.1; done",
    )
    pycman("wait", "c")
    assert state(pycman)["ExitCode"] == 7
    assert "postStart: " in state(pycman)["Error"]
    assert "ended with status 3: cannot" in state(pycman)["Error"]
    assert [event["hook"] for event in events(pycman, "hook_failed")] == ["postStart"]
    assert pycman("logs", "c") == "pre\nterm\n"


def test_probes_wait_for_the_post_start_hook_and_nobody_waits_for_its_lock(pycman, program) -> None:
    words = argv(
        pycman,
        program,
        post_start=sh("while [ ! -e /go ]; do sleep 0.05; done"),
        readiness_probe=probe(sh("true")),
        liveness_probe=probe(sh("test -e /go")),
    )
    with subprocess.Popen(words, **pycman.options()) as starting:
        wait_until(lambda: pycman.run("exec", "c", "true").returncode == 0, "it does not run")
        pycman("rename", "c", "other")  # takes the lock
        pycman("rename", "other", "c")
        assert not state(pycman)["Ready"]
        pycman("exec", "c", "touch", "/go")
        assert starting.wait(timeout=120) == 0
    wait_ready(pycman)
    assert restarts(pycman) == 0
    assert events(pycman, "readiness")[0]["ready"] == "true"


def test_a_hook_whose_command_was_killed_keeps_nobody_waiting(pycman, program) -> None:
    words = argv(pycman, program, post_start=sh("sleep 1000"), readiness_probe=probe(sh("true")))
    with subprocess.Popen(words, process_group=0, **pycman.options()) as starting:
        wait_until(lambda: pycman.run("exec", "c", "true").returncode == 0, "it does not run")
        wait_until(lambda: processes(pycman, "sleep 1000")[1:], "the hook does not run")
        os.killpg(starting.pid, signal.SIGKILL)
    wait_ready(pycman)


def test_pre_stop_runs_before_the_signal_and_not_on_kill(pycman, program) -> None:
    run(
        pycman,
        program,
        command="trap 'echo term; exit' TERM; while :; do sleep 0.1; done",
        pre_stop=sh("echo pre >>/proc/1/fd/1"),
        stop_timeout_s=20,
    )
    pycman("stop", "c")
    assert pycman("logs", "c") == "pre\nterm\n"
    pycman("start", "c")
    pycman("kill", "c")
    pycman("wait", "c")
    assert pycman("logs", "c") == "pre\nterm\n"


def test_a_pre_stop_hook_leaves_two_seconds_of_the_grace_period(pycman, program) -> None:
    run(
        pycman,
        program,
        command="trap 'sleep 1; echo tidy; exit' TERM; while :; do sleep 0.1; done",
        pre_stop=Handler(kind="sleep", seconds=1000),
    )
    pycman("stop", "-t", "1", "c")
    assert pycman("logs", "c") == "tidy\n"
    assert state(pycman)["ExitCode"] == 0


def test_hooks_may_be_http_calls(pycman, program) -> None:
    script = "mkdir -p /w/cgi-bin; printf '#!/bin/sh\\necho hook >>/proc/1/fd/1\\necho\\n' >/w/cgi-bin/hook;"
    call = Handler(kind="http", port=8080, path="/cgi-bin/hook")
    run(
        pycman,
        program,
        command=f"{script} chmod 755 /w/cgi-bin/hook; httpd -p 8080 -h /w; sleep 1000",
        post_start=sh("while ! wget -q -O /dev/null http://127.0.0.1:8080/cgi-bin/hook; do sleep 0.05; done"),
        pre_stop=call,
    )
    assert pycman("logs", "c") == "hook\n"
    pycman("stop", "-t", "1", "c")
    assert pycman("logs", "c") == "hook\nhook\n"


def test_a_killed_supervisor_is_back_with_the_next_listing_though_a_probe_is_under_way(pycman, program) -> None:
    run(pycman, program, readiness_probe=probe(sh("test -e /fast || sleep 2"), timeout_s=3))
    wait_until(lambda: processes(pycman, "sleep 2"), "it is not probed")
    (first,) = supervisors(pycman)[:1]
    for pid in supervisors(pycman):
        if subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False).stdout:
            os.kill(pid, signal.SIGKILL)  # only the one that has children: they go on
            first = pid
    pycman("ps")
    (second,) = wait_until(lambda: [pid for pid in supervisors(pycman) if pid != first], "there is none")[:1]
    assert second != first
    wait_ready(pycman)


def test_a_supervisor_ends_with_the_last_container_that_needs_it(pycman, program) -> None:
    run(pycman, program, liveness_probe=probe(sh("true")))
    assert wait_until(lambda: supervisors(pycman), "there is none")
    pycman("rm", "-f", "-t", "0", "c")
    wait_until(lambda: not supervisors(pycman), "it stays")


def test_probes_are_made_anew_at_each_start(pycman, program) -> None:
    run(pycman, program, readiness_probe=probe(sh("test -e /up")), command="sleep 1000")
    pycman("exec", "c", "touch", "/up")
    wait_ready(pycman)
    pycman("stop", "-t", "0", "c")
    assert (state(pycman)["Ready"], state(pycman)["Probes"]) == (False, {})
    pycman("start", "c")
    wait_ready(pycman)


_HEALTH = """
import sys, time
from concurrent import futures
import grpc
def check(request, context):
    assert request == b"\\x0a\\xc8\\x01" + b"x" * 200
    return b"\\x08\\x01"
handler = grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)})
server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(handler,))
server.add_insecure_port("127.0.0.1:8080")
server.start()
time.sleep(1000)
"""


def test_grpc_health_is_asked_by_the_services_name(pycman, program) -> None:
    run(pycman, program, readiness_probe=probe(Handler(kind="grpc", port=8080, service="x" * 200)))
    refused = wait_until(lambda: state(pycman)["Probes"]["Readiness"]["LastError"], "it is not probed")
    assert "UNAVAILABLE" in refused
    words = ["nsenter", "-t", str(state(pycman)["Pid"]), "-n", sys.executable, "-c", _HEALTH]
    with subprocess.Popen(words) as server:
        try:
            wait_ready(pycman)
        finally:
            server.kill()
