"""The server of an ordinary user: what it can do, and how it says what it cannot."""

from __future__ import annotations

import os
import signal

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import CriServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.parametrize("pycman", ["rootless"], indirect=True)


@pytest.fixture
def server(pycman):
    made = CriServer(pycman, "")
    made.start()
    yield made
    for item in made.runtime("ListPodSandbox").items:
        made.runtime("RemovePodSandbox", pod_sandbox_id=item.id)
    made.stop()


def test_pods_on_the_hosts_network(server) -> None:
    ready, network = server.runtime("Status").status.conditions
    assert (ready.type, ready.status) == ("RuntimeReady", True)
    assert (network.type, network.status, network.reason) == ("NetworkReady", False, "NetworkPluginNotReady")
    assert "hostNetwork" in network.message
    linux = api.LinuxContainerConfig()
    linux.security_context.namespace_options.pid = api.CONTAINER
    linux.security_context.namespace_options.network = api.NODE
    _, container = server.run(server.sandbox(network="NODE"), server.container("sleep", "1000", linux=linux))
    done = server.runtime("ExecSync", container_id=container, cmd=["id", "-u"])
    assert (done.stdout, done.exit_code) == (b"0\n", 0)
    assert server.runtime("ListContainerStats").stats[0].memory.usage_bytes.value


def test_a_killed_pool_process_is_started_again_within_the_users_namespaces(server) -> None:
    _, killed, _ = server.tree()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server.tree()[1] not in (0, killed), "it is not started again")
    wait_until(lambda: server.runtime("Status").status.conditions[0].status, "it is not ready again")
    linux = api.LinuxContainerConfig()
    linux.security_context.namespace_options.network = api.NODE
    _, container = server.run(server.sandbox(network="NODE"), server.container("sleep", "1000", linux=linux))
    done = server.runtime("ExecSync", container_id=container, cmd=["id", "-u"])
    assert (done.stdout, done.exit_code) == (b"0\n", 0)


def test_a_pod_with_a_network_of_its_own_fails_in_one_line_with_nothing_left(server) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        server.runtime("RunPodSandbox", config=server.sandbox())
    assert "not permitted" in caught.value.details()
    assert "\n" not in caught.value.details()
    assert not server.runtime("ListPodSandbox").items
