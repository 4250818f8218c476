"""A handler of the CRI server that is a shim of containerd's: a pod, its containers, exec, attach's log, and their end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import a_server
from tests.support.waiting import wait_until


@pytest.fixture
def server(root_networked):
    file = root_networked.folder / "cri.toml"
    file.write_text('[runtimes]\nshim = "io.containerd.runc.v2"\nrunc = "runc"\n')
    yield from a_server(root_networked, "--config", str(file))


def test_a_pod_of_a_shim_beside_one_of_runc(server):
    status = server.runtime("Status")
    assert {"shim", "runc"} <= {handler.name for handler in status.runtime_handlers}
    made = {}
    for handler in ("shim", "runc"):
        config = server.sandbox(handler)
        pod = server.runtime("RunPodSandbox", config=config, runtime_handler=handler).pod_sandbox_id
        container = server.container("sh", "-c", f"echo from {handler}; sleep 1000")
        created = server.runtime("CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=config)
        server.runtime("StartContainer", container_id=created.container_id)
        made[handler] = (pod, created.container_id)
    for handler, (pod, container) in made.items():
        log = Path(server.folder) / "logs" / handler / "c/0.log"
        wait_until(
            lambda log=log, handler=handler: f"stdout F from {handler}" in log.read_text(), f"no log of {handler}"
        )
        ran = server.runtime("ExecSync", container_id=container, cmd=["sh", "-c", "hostname; exit 3"], timeout=60)
        assert (ran.stdout, ran.exit_code) == (f"{handler}\n".encode(), 3)
        sandbox = server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status
        assert (sandbox.state, sandbox.runtime_handler) == (api.SANDBOX_READY, handler)
        assert sandbox.network.ip
        pid = json.loads(server.runtime("ContainerStatus", container_id=container, verbose=True).info["info"])["pid"]
        assert Path(f"/proc/{pid}").is_dir()
        stats = server.runtime("ContainerStats", container_id=container).stats
        assert stats.memory.working_set_bytes.value > 0
    pod, container = made["shim"]
    server.runtime("StopContainer", container_id=container, timeout=0)
    ended = server.runtime("ContainerStatus", container_id=container).status
    assert (ended.state, ended.exit_code) == (api.CONTAINER_EXITED, 137)
    for pod, _container in made.values():
        server.runtime("StopPodSandbox", pod_sandbox_id=pod)
        server.runtime("RemovePodSandbox", pod_sandbox_id=pod)
