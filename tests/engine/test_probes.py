"""Probes over the network, from outside the container: no image needs a client."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pycman.containers.hooks.probe_rules import (
    ProbeState,
    after_probe,
    after_startup,
    first_states,
    has_failed,
    is_ready,
)
from pycman.spec.probe import Handler, Probe
from tests.support.waiting import wait_until


def play(pycman, probe: str, command: str, kind: str = "readinessProbe") -> str:
    path = Path(pycman.folder) / "p.yaml"
    path.write_text(
        textwrap.dedent(f"""
        apiVersion: v1
        kind: Pod
        metadata: {{name: p}}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: c
            image: localhost/busybox:1
            command: [sh, -c, "{command}"]
            ports: [{{containerPort: 8080, name: web}}]
            {kind}: {probe}
        """)
    )
    path.chmod(0o644)
    pycman("kube", "play", str(path))
    return str(path)


def ready(pycman) -> bool:
    return pycman("pod", "ps", "--format", "{{.Ready}}").strip() == "1/1"


def test_http_probes_look_at_status_headers_and_named_ports(pycman) -> None:
    probe = "{httpGet: {port: web, path: /ready, httpHeaders: [{name: Host, value: here.example}]}, periodSeconds: 1}"
    path = play(pycman, probe, "mkdir /w; httpd -p 8080 -h /w; sleep 1000")
    wait_until(lambda: pycman.run("exec", "p-c", "true").returncode == 0, "it does not run")
    assert not ready(pycman)
    pycman("exec", "p-c", "sh", "-c", "echo yes > /w/ready")
    wait_until(lambda: ready(pycman), "it never gets ready")
    pycman("exec", "p-c", "rm", "/w/ready")
    wait_until(lambda: not ready(pycman), "it stays ready")
    pycman("kube", "down", path)


def test_tcp_probes_only_connect(pycman) -> None:
    path = play(
        pycman,
        "{tcpSocket: {port: 8080}, periodSeconds: 1}",
        "while [ ! -e /go ]; do sleep 0.1; done; httpd -p 8080; sleep 1000",
    )
    wait_until(lambda: pycman.run("exec", "p-c", "true").returncode == 0, "it does not run")
    assert not ready(pycman)
    pycman("exec", "p-c", "touch", "/go")
    wait_until(lambda: ready(pycman), "it never gets ready")
    pycman("kube", "down", path)


_HEALTH = """
import sys, time
from concurrent import futures
import grpc
status = {"": 1, "bad": 2}
def check(request, context):
    name = request[2:].decode() if request else ""
    if name not in status:
        context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
    return b"\\x08" + bytes((status[name],))
handler = grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)})
server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(handler,))
server.add_insecure_port("[::]:8080")
server.start()
print("ready", flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize(("service", "good"), [("", True), ("bad", False), ("nosuch", False)])
def test_grpc_probes_ask_the_health_service(root_pycman, service: str, good: bool) -> None:
    pycman = root_pycman
    path = play(
        pycman, f"{{grpc: {{port: 8080, service: '{service}'}}, periodSeconds: 1, failureThreshold: 1}}", "sleep 1000"
    )
    pid = pycman("inspect", "-f", "{{.State.Pid}}", "p-c").strip()
    words = ["nsenter", "-t", pid, "-n", sys.executable, "-c", _HEALTH]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            wanted = {True: "", False: "NOT_SERVING" if service == "bad" else "NOT_FOUND"}[good]
            if good:
                wait_until(lambda: ready(pycman), "it never gets ready")
            else:
                wait_until(lambda: wanted in _last_error(pycman), "the reason is not kept")
                assert not ready(pycman)
        finally:
            server.kill()
    pycman("kube", "down", path)


def _last_error(pycman) -> str:
    import sqlite3

    with sqlite3.connect(f"file:{pycman.folder}/root/state.sqlite?mode=ro", uri=True) as database:
        return str(database.execute("SELECT error FROM probes").fetchall())


def test_a_killed_supervisor_is_started_again_by_the_next_command(root_pycman) -> None:
    pycman = root_pycman
    path = play(pycman, "{exec: {command: [test, -e, /up]}, periodSeconds: 1}", "sleep 1000")

    def supervisors() -> list[str]:
        found = subprocess.run(
            ["pgrep", "-f", f"{pycman.folder}/run.*__supervise"], capture_output=True, text=True, check=False
        )
        return found.stdout.split()

    wait_until(lambda: supervisors() != [], "there is no supervisor")
    subprocess.run(["kill", "-9", *supervisors()], check=False)  # one of them may have gone by itself
    wait_until(lambda: supervisors() == [], "it lives on")
    pycman("exec", "p-c", "touch", "/up")
    pycman("restart", "-t", "0", "p-c")
    pycman("exec", "p-c", "touch", "/up")
    wait_until(lambda: ready(pycman), "nobody probes")
    pycman("kube", "down", path)


PROBE = Probe(
    handler=Handler(kind="tcp", port=1), initial_delay_s=5, period_s=2, failure_threshold=2, success_threshold=2
)
S = 10**9


def test_startup_gates_the_others_and_their_delays_count_from_the_start() -> None:
    probes = {"startup": PROBE, "readiness": PROBE, "liveness": PROBE}
    states = first_states(probes, 100 * S)
    assert (states["startup"].due_ns, states["readiness"].due_ns, states["liveness"].due_ns) == (105 * S, 0, 0)
    assert not is_ready(states)
    assert after_startup(probes, 100 * S, 103 * S) == {"readiness": 105 * S, "liveness": 105 * S}
    assert after_startup(probes, 100 * S, 109 * S) == {"readiness": 109 * S, "liveness": 109 * S}


def test_outcomes_count_in_a_row() -> None:
    state = after_probe(PROBE, ProbeState(), good=True, now_ns=0)
    assert (state.passed, state.due_ns) == (-1, 2 * S)
    state = after_probe(PROBE, state, good=True, now_ns=0)
    assert state.passed == 1
    state = after_probe(PROBE, state, good=False, now_ns=0)
    assert (state.passed, has_failed("liveness", state)) == (1, False)
    state = after_probe(PROBE, state, good=False, now_ns=0)
    assert has_failed("liveness", state)
    assert not has_failed("readiness", state)
    assert after_probe(PROBE, state, good=True, now_ns=0).streak == 1
