"""One suite for every kind of runtime: OCI runtimes with conmon, and a shim of containerd's. What only a shim can do wrong follows."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.terminals import Terminal
from tests.support.waiting import wait_until

SHIM = "io.containerd.runc.v2"
_TRAPS = "trap 'echo usr1' USR1; trap 'exit 7' TERM; echo ready; echo oops >&2; while :; do sleep 0.1; done"
_SIZE = b"until stty size 2>/dev/null; do :; done"
"""The size is set a moment after the process has begun."""


class Store:
    """`on("run", …)` runs containers of one runtime, without a network."""

    def __init__(self, pycman, runtime):
        self.pycman = pycman
        self.words = ("--network", "none", "--runtime", runtime)

    def on(self, verb, *words, **options):
        return self.pycman.run(verb, *self.words, *words, **options)

    def start(self, name, *words):
        self.pycman("run", "-d", *self.words, "--name", name, *words)

    def inspect(self, name, template):
        return self.pycman("inspect", "--format", template, name).strip()

    def logs_have(self, name, text):
        wait_until(lambda: text in self.pycman("logs", name), f"{text} is not in the log of {name}")


@pytest.fixture(params=["crun", "runc", SHIM])
def store(request, root_pycman):
    return Store(root_pycman, request.param)


@pytest.fixture
def shim(root_pycman):
    return Store(root_pycman, SHIM)


def test_a_foreground_run_passes_bytes_and_its_status(store):
    ended = store.on("run", "--rm", "-i", "busybox:1", "sh", "-c", "cat; echo err >&2; exit 3", stdin=b"x" * 300_000)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, b"x" * 300_000, b"err\n")
    for status, words in ((127, ("nosuch",)), (126, ("/etc",)), (126, ("-w", "/bin/sh", "true"))):
        options, command = (words[:2], words[2:]) if words[0] == "-w" else ((), words)
        refused = store.on("run", "--rm", *options, "busybox:1", *command)
        assert (refused.returncode, refused.stdout) == (status, b""), refused.stderr
        assert len([line for line in refused.stderr.splitlines() if line.startswith(b"Error: ")]) == 1
    assert store.pycman("ps", "-aq") == ""


def test_the_life_of_a_container_in_the_background(store):
    store.start("c", "--memory", "64m", "busybox:1", "sh", "-c", _TRAPS)
    assert store.inspect("c", "{{.OCIRuntime}}") == store.words[-1]
    store.logs_have("c", "ready\n")
    wait_until(lambda: store.pycman.run("logs", "c").stderr == b"oops\n", "its standard error is not in the log")
    ran = store.pycman.run("exec", "-i", "c", "sh", "-c", "cat; echo no >&2; exit 9", stdin=b"in\n")
    assert (ran.returncode, ran.stdout, ran.stderr) == (9, b"in\n", b"no\n")
    assert store.pycman.run("exec", "c", "nosuch").returncode == 127
    assert store.pycman.run("exec", "-w", "/bin/sh", "c", "true").returncode == 126
    store.pycman("exec", "-d", "c", "sh", "-c", "head -c 300000 /dev/zero; echo done > /tmp/done; sleep 1000")
    wait_until(lambda: store.pycman.run("exec", "c", "cat", "/tmp/done").stdout == b"done\n")
    assert "sleep 1000" in store.pycman("top", "c")
    store.pycman("pause", "c")
    assert store.inspect("c", "{{.State.Status}}") == "paused"
    store.pycman("unpause", "c")
    store.pycman("update", "--memory", "48m", "c")
    assert "48MiB" in store.pycman("stats", "--no-stream", "c")
    store.pycman("kill", "-s", "USR1", "c")
    store.logs_have("c", "usr1\n")
    store.pycman("stop", "-t", "60", "c")
    assert store.inspect("c", "{{.State.ExitCode}} {{.State.Status}}") == "7 exited"
    store.pycman("start", "c")
    store.pycman("kill", "c")
    assert store.pycman("wait", "c") == "137\n"
    store.pycman("restart", "-t", "0", "c")
    store.pycman("rm", "-f", "-t", "0", "c")
    store.start("again", "--restart", "on-failure:1", "busybox:1", "sh", "-c", "echo run; exit 4")
    wait_until(lambda: store.inspect("again", "{{.RestartCount}} {{.State.Status}}") == "1 exited")
    assert store.inspect("again", "{{.State.ExitCode}}") == "4"
    assert store.pycman("logs", "again") == "run\nrun\n"


def test_terminals_and_attached_clients(store):
    terminal = Terminal(store.pycman, "run", "-it", *store.words, "--name", "t", "busybox:1", "sh")
    terminal.until(b"# ")
    terminal.type(_SIZE + b"\n")
    terminal.until(b"43 121")
    terminal.type(b"\x10\x11")
    assert terminal.end() == 0
    again = Terminal(store.pycman, "exec", "-it", "t", "sh")
    again.until(b"# ")
    again.type(_SIZE + b"; exit 5\n")
    again.until(b"43 121")
    assert again.end() == 5
    back = Terminal(store.pycman, "attach", "t")
    back.until(b"# ")
    back.type(b"exit 6\n")
    assert back.end() == 6
    store.start("log", "--log-opt", "max-size=2kb", "busybox:1", "sh", "-c", "seq 1 500; sleep 1000")
    store.logs_have("log", "500\n")
    assert not store.pycman("logs", "log").startswith("1\n")


def test_a_shims_monitor_that_was_killed_is_started_again(shim):
    shim.start("c", "-i", "busybox:1", "sh", "-c", "while read line; do echo got $line; done; exit 9")
    for word in ("one", "two"):
        os.kill(int(shim.inspect("c", "{{.State.ConmonPid}}")), signal.SIGKILL)
        client = shim.pycman.start("attach", "c", stdin=-1, stdout=-1)
        client.stdin.write(f"{word}\n".encode())
        client.stdin.flush()
        assert client.stdout.readline() == f"got {word}\n".encode()
        client.kill()
        client.wait()
    shim.logs_have("c", "got one\ngot two\n")
    os.kill(int(shim.inspect("c", "{{.State.ConmonPid}}")), signal.SIGKILL)
    os.kill(int(shim.inspect("c", "{{.State.Pid}}")), signal.SIGKILL)
    assert shim.pycman("wait", "c") == "137\n"  # the shim knows


def test_a_shim_that_was_killed_ends_its_container(shim):
    shim.start("c", "busybox:1", "sleep", "1000")
    pid = shim.inspect("c", "{{.State.Pid}}")
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        parent = next(int(line.split()[1]) for line in file if line.startswith("PPid:"))
    os.kill(parent, signal.SIGKILL)
    assert shim.pycman("wait", "c") == "137\n"
    assert not os.path.exists(f"/proc/{pid}/root/bin")
    shim.pycman("start", "c")
    assert shim.inspect("c", "{{.State.Running}}") == "true"


def test_members_of_one_pod_run_by_three_runtimes(root_pycman):
    root_pycman("--runtime", SHIM, "pod", "create", "--network", "none", "p")
    for runtime in ("crun", "runc", SHIM):
        name = runtime.rpartition(".")[0] or runtime
        root_pycman("run", "-d", "--runtime", runtime, "--pod", "p", "--name", name, "busybox:1", "sleep", "1000")
        assert root_pycman("exec", name, "hostname") == "p\n"
    found = root_pycman("ps", "-q", "--filter", "pod=p").split()
    assert len(found) == 4
    shims = {root_pycman("inspect", "--format", "{{.OCIRuntime}}", each).strip() for each in found}
    assert shims == {"crun", "runc", SHIM}
    root_pycman("pod", "stop", "-t", "0", "p")
    root_pycman("pod", "start", "p")
    root_pycman("pod", "rm", "-f", "-t", "0", "p")


def test_yaml_names_a_shim_and_users_cannot_join_another_pods(root_pycman):
    manifest = f"""
apiVersion: v1
kind: Pod
metadata: {{name: y, annotations: {{io.kubernetes.cri.sandbox-id: another}}}}
spec:
  runtimeClassName: {SHIM}
  hostNetwork: true
  terminationGracePeriodSeconds: 0
  containers:
  - {{name: a, image: "busybox:1", command: [sh, -c, "echo from yaml; sleep 1000"]}}
"""
    (root_pycman.folder / "y.yaml").write_text(manifest)
    root_pycman("kube", "play", "y.yaml")
    assert root_pycman("inspect", "--format", "{{.OCIRuntime}}", "y-a").strip() == SHIM
    wait_until(lambda: root_pycman("logs", "y-a") == "from yaml\n")
    root_pycman("kube", "down", "y.yaml")
