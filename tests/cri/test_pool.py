"""What happens to calls and streams when the process that starts the server's workers is killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from cri_server.config import CriConfig
from cri_server.proto import api_pb2 as api
from cri_server.services import as_dict
from pycman.engine import open_engine
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state.session import Options
from tests.support.stream_clients import SpdyCommand
from tests.support.waiting import wait_until

ROOT = str(Path(__file__).resolve().parent.parent.parent)
SUCCESS = {"metadata": {}, "status": "Success"}


def runtime_condition(server):
    return next(
        condition for condition in server.runtime("Status").status.conditions if condition.type == "RuntimeReady"
    )


def exec_url(server, container: str, *command: str) -> str:
    return server.runtime("Exec", container_id=container, cmd=command, stdout=True, stderr=True).url


def runtime_of_exec(container: str) -> int:
    """Return the pid of the OCI runtime that waits for a command in a container."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{name}/cmdline").read_bytes().decode().split("\0")
            if "exec" in words and "--process" in words and container in words:
                return int(name)
    raise AssertionError("no runtime waits")


def may_be_copied(server) -> bool:
    """Say whether the host has this runtime's program executed from sealed memory."""
    options = Options(root=f"{server.folder}/root", run_root=f"{server.folder}/run")
    with open_engine(options, join_namespaces=False) as engine:
        return choose_runtime(engine.session).copy_for("c") >= 0


def test_a_killed_pool_process_is_started_again_and_what_was_at_work_goes_on(server, tmp_path) -> None:
    config, mount = server.sandbox(), {"host_path": str(tmp_path), "container_path": "/shared"}
    _, container = server.run(config, server.container("sleep", "1000", mounts=[mount]))
    url = exec_url(server, container, "echo", "there")
    assert runtime_condition(server).status
    replies = []
    script = "touch /shared/begun; until [ -e /shared/go ]; do sleep 0.05; done; echo done"
    caller = threading.Thread(
        target=lambda: replies.append(
            server.runtime("ExecSync", container_id=container, cmd=["sh", "-c", script], timeout=50)
        )
    )
    caller.start()
    wait_until((tmp_path / "begun").exists, "the command does not begin")
    assert os.readlink(f"/proc/{runtime_of_exec(container)}/exe").startswith("/memfd:") == may_be_copied(server)
    _, killed, _ = server.tree()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server.tree()[1] not in (0, killed), "it is not started again")
    wait_until(lambda: runtime_condition(server).status, "it is not ready again")
    _, second = server.run(server.sandbox("q"), server.container("sleep", "1000"))
    for each in (url, exec_url(server, second, "echo", "there")):  # the URL of before leads to the new process
        client = SpdyCommand(server, each, "stdout", "stderr")
        assert client.result() == SUCCESS
        assert client["stdout"] == b"there\n"
    (tmp_path / "go").touch()  # what was at work has gone on
    caller.join()
    assert [(reply.exit_code, reply.stdout) for reply in replies] == [(0, b"done\n")]


_WORKER = """
import json, sys
from cri_server.work.worker_entry import load
tickets, options, settings, name, arguments = map(json.loads, sys.argv[1:])
load(options, settings, tickets).prepare()(name, arguments)
"""


def killed_worker(server, tickets, point: str, name: str, **arguments) -> None:
    """Have a worker begin a request, and kill it at a named point."""
    options = Options(root=f"{server.folder}/root", run_root=f"{server.folder}/run").to_dict()
    settings = CriConfig(cni_conf_dir=f"{server.folder}/net.d").to_dict()
    values = [json.dumps(value) for value in (str(tickets), options, settings, name, arguments)]
    worker = ["nsenter", f"--net={server.pycman.machine}", sys.executable, "-c", _WORKER, *values]
    env = {**server.pycman.env, "PYTHONPATH": ROOT, "PYCMAN_TEST_CRASH_AT": point}
    assert subprocess.run(worker, env=env, check=False).returncode == -signal.SIGKILL


def test_a_sandbox_is_listed_and_removed_whenever_its_worker_was_killed(server, tmp_path) -> None:
    config = server.sandbox()
    for point in (
        "pod-create:row",
        "create:directories",
        "cri-sandbox:created",
        "start:initialized",
        "cni-add:plugin-1",
    ):
        killed_worker(server, tmp_path, point, "run_sandbox", config=as_dict(config), handler="")
        (item,) = server.runtime("ListPodSandbox").items
        assert (item.metadata.name, item.state) == ("p", api.SANDBOX_NOTREADY)
        for method in ("StopPodSandbox", "RemovePodSandbox"):
            server.runtime(method, pod_sandbox_id=item.id)
        assert server.pycman("pod", "ps", "-q") + server.pycman("ps", "-aq") == ""
    assert os.listdir(server.folder / "root/containers") == []
    # a start that was killed is gone on with
    pod = server.runtime("RunPodSandbox", config=config).pod_sandbox_id
    made = server.runtime(
        "CreateContainer", pod_sandbox_id=pod, config=server.container("sleep", "1000"), sandbox_config=config
    ).container_id
    killed_worker(server, tmp_path, "start:initialized", "start_container", container_id=made)
    assert server.runtime("ContainerStatus", container_id=made).status.state == api.CONTAINER_CREATED
    server.runtime("StartContainer", container_id=made)
    assert server.runtime("ContainerStatus", container_id=made).status.state == api.CONTAINER_RUNNING
