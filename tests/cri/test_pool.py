"""What happens to calls and streams when the process that starts the server's workers is killed."""

from __future__ import annotations

import os
import signal
import threading

from tests.support.stream_clients import SpdyCommand
from tests.support.waiting import wait_until

SUCCESS = {"metadata": {}, "status": "Success"}


def runtime_condition(server):
    return next(
        condition for condition in server.runtime("Status").status.conditions if condition.type == "RuntimeReady"
    )


def exec_url(server, container: str, *command: str) -> str:
    return server.runtime("Exec", container_id=container, cmd=command, stdout=True, stderr=True).url


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
