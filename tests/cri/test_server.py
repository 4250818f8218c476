"""The CRI server with a real gRPC client, real CNI plugins and real containers, on a machine of the test's own."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import code_of
from tests.support.waiting import wait_until


def test_a_pods_whole_life(server) -> None:
    assert server.runtime("Version").version == "0.1.0"
    assert [condition.status for condition in server.runtime("Status").status.conditions] == [True, True]
    assert server.runtime("RuntimeConfig").linux.cgroup_driver == api.CGROUPFS
    config = server.sandbox()
    command = ("sh", "-c", "echo out; echo err >&2; hostname; cat /etc/resolv.conf; sleep 1000")
    pod, container = server.run(config, server.container(*command))
    status = server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status
    assert (status.state, status.metadata.name, status.annotations["note"]) == (api.SANDBOX_READY, "p", "kept")
    assert status.network.ip.startswith("10.97.0.")
    assert status.linux.namespaces.options.network == api.POD
    assert (
        status.network.ip in server.runtime("ExecSync", container_id=container, cmd=["ip", "address"]).stdout.decode()
    )
    found = server.runtime("ContainerStatus", container_id=container).status
    assert (found.state, found.image.image, found.image_id) == (
        api.CONTAINER_RUNNING, "localhost/busybox:1", server.images("ListImages").images[0].id)  # fmt: skip
    log = Path(found.log_path)
    wait_until(lambda: "ndots:2" in log.read_text(), "the log is not written")
    lines = [line.split(" ", 3)[1:] for line in log.read_text().splitlines()]
    assert ["stdout", "F", "out"] in lines
    assert ["stderr", "F", "err"] in lines
    assert ["stdout", "F", "nameserver 192.0.2.53"] in lines
    assert ["stdout", "F", "p"] in lines

    begins_a_daemon = ["sh", "-c", "sleep 1000 & echo o; echo e >&2; exit 3"]  # which holds the outputs
    done = server.runtime("ExecSync", container_id=container, cmd=begins_a_daemon)
    assert (done.stdout, done.stderr, done.exit_code) == (b"o\n", b"e\n", 3)
    happened = server.pycman(
        "events", "--stream=false", "--filter", f"container={container}", "--format", "{{.Status}}"
    )
    assert "start" in happened.split()
    assert "exec" not in happened  # a probe of a kubelet would push all else out of the events
    stats = server.runtime("ListContainerStats").stats
    assert stats[0].memory.usage_bytes.value > 0
    assert os.path.isdir(stats[0].writable_layer.fs_id.mountpoint)
    server.runtime("StopContainer", container_id=container, timeout=0)
    found = server.runtime("ContainerStatus", container_id=container).status
    assert (found.state, found.exit_code, found.reason) == (api.CONTAINER_EXITED, 137, "Error")
    assert found.finished_at > found.started_at > found.created_at > 0
    for _ in range(2):
        server.runtime("StopPodSandbox", pod_sandbox_id=pod)
    assert server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.state == api.SANDBOX_NOTREADY
    for _ in range(2):
        server.runtime("RemoveContainer", container_id=container)
        server.runtime("RemovePodSandbox", pod_sandbox_id=pod)
    assert code_of(lambda: server.runtime("PodSandboxStatus", pod_sandbox_id=pod)) == grpc.StatusCode.NOT_FOUND
    assert code_of(lambda: server.runtime("ContainerStatus", container_id=container)) == grpc.StatusCode.NOT_FOUND
    assert "out" in log.read_text()


def test_exit_codes_reasons_and_programs_that_are_not_there(server) -> None:
    config = server.sandbox()
    pod, first = server.run(config, server.container("sh", "-c", "exit 7"))

    def state() -> api.ContainerStatus:
        return server.runtime("ContainerStatus", container_id=first).status

    wait_until(lambda: state().state == api.CONTAINER_EXITED and state().exit_code == 7, "it has not ended")
    assert state().reason == "Error"
    made = server.runtime(
        "CreateContainer", pod_sandbox_id=pod, config=server.container("nosuch", name="d")
    ).container_id
    assert code_of(lambda: server.runtime("StartContainer", container_id=made)) == grpc.StatusCode.NOT_FOUND
    found = server.runtime("ContainerStatus", container_id=made).status
    assert (found.state, found.reason) == (api.CONTAINER_EXITED, "StartError")
    assert "nosuch" in found.message
    ends = {
        "zero": (0, "Completed", "exit 0"),
        "signal": (143, "Error", "sleep 100 & trap 'kill $!; wait $!; exit $?' TERM; wait"),
        "stubborn": (137, "Error", "trap '' TERM; while :; do sleep .1; done"),
        "unseen": (255, "Unknown", "sleep 100"),
        "said": (255, "Error", "exit 255"),
    }
    made_by_name = {}
    for name, (_status, _reason, script) in ends.items():
        container = server.container("sh", "-c", script, name=name)
        created = server.runtime("CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=config)
        made_by_name[name] = created.container_id
        server.runtime("StartContainer", container_id=created.container_id)
    server.runtime("StopContainer", container_id=made_by_name["signal"], timeout=20)
    server.runtime("StopContainer", container_id=made_by_name["stubborn"], timeout=1)
    pids = server.pycman(
        "inspect", "-f", "{{.State.ConmonPid}} {{.State.Pid}}", made_by_name["unseen"]
    ).split()  # by whomever: nobody writes how it ended
    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)

    def found_ends() -> dict[str, tuple[int, str]]:
        statuses = {name: server.runtime("ContainerStatus", container_id=made_by_name[name]).status for name in ends}
        return {name: (each.exit_code, each.reason) for name, each in statuses.items()}

    wanted = {name: (status, reason) for name, (status, reason, _script) in ends.items()}
    wait_until(lambda: found_ends() == wanted, f"they ended otherwise than {wanted}")
    server.pycman("ps", "-a")  # records what was not recorded yet
    assert found_ends() == wanted


def test_lists_are_filtered(server) -> None:
    pods = [server.run(server.sandbox(name), server.container("sleep", "1000", name=name))[0] for name in ("a", "b")]
    by_label = server.runtime("ListPodSandbox", filter=api.PodSandboxFilter(label_selector={"app": "b"})).items
    assert [each.id for each in by_label] == [pods[1]]
    of_pod = server.runtime("ListContainers", filter=api.ContainerFilter(pod_sandbox_id=pods[0])).containers
    assert [each.metadata.name for each in of_pod] == ["a"]
    server.runtime("StopPodSandbox", pod_sandbox_id=pods[0])
    state = api.PodSandboxStateValue(state=api.SANDBOX_READY)
    assert [item.id for item in server.runtime("ListPodSandbox", filter=api.PodSandboxFilter(state=state)).items] == [
        pods[1]
    ]


def test_a_killed_server_forgets_nothing_and_what_ended_meanwhile_is_told(server) -> None:
    config = server.sandbox()
    pod, lives = server.run(config, server.container("sleep", "1000"))
    ends = server.runtime(
        "CreateContainer",
        pod_sandbox_id=pod,
        config=server.container("sh", "-c", "sleep 0.5; echo late; exit 4", name="d"),
    ).container_id
    server.runtime("StartContainer", container_id=ends)
    server.stop(kill=True)
    time.sleep(0.8)  # so that it ends while nobody serves
    server.start()
    assert server.runtime("ContainerStatus", container_id=lives).status.state == api.CONTAINER_RUNNING
    found = server.runtime("ContainerStatus", container_id=ends).status
    assert (found.state, found.exit_code) == (api.CONTAINER_EXITED, 4)
    assert "late" in Path(found.log_path).read_text()
    assert server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.state == api.SANDBOX_READY
    assert server.runtime("ExecSync", container_id=lives, cmd=["echo", "still"]).stdout == b"still\n"


def test_the_command_line_sees_kubelets_pods_but_does_not_destroy_them_unasked(server) -> None:
    pod, container = server.run(server.sandbox(), server.container("sleep", "1000"))
    pycman = server.pycman
    assert pycman("pod", "ps", "--format", "{{.Name}} {{.ManagedBy}}") == "k8s_p_default_uid-p_0 kubelet\n"
    assert pycman("exec", container, "hostname") == "p\n"
    assert "managed by kubelet" in pycman.fails("pod", "rm", pod, status=125)
    pycman("pod", "prune", "-f")
    assert server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.state == api.SANDBOX_READY


@pytest.mark.parametrize("pid", ["POD", "NODE"])
def test_pid_namespaces_are_the_pods_or_the_nodes(server, pid: str) -> None:
    config = server.sandbox(pid=pid)
    _, container = server.run(config, server.container("sh", "-c", "sleep 1000", pid=pid))
    out = server.runtime("ExecSync", container_id=container, cmd=["sh", "-c", "cat /proc/1/cmdline"]).stdout.decode()
    assert ("catatonit" in out) == (pid == "POD")
    assert "sleep 1000" not in out


def test_a_name_as_long_as_kubernetes_allows(server) -> None:
    name = "x" * 253
    config = server.sandbox()
    config.metadata.name = name
    pod, container = server.run(config, server.container("sleep", "100"))
    assert server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.metadata.name == name
    again = server.runtime(
        "CreateContainer", pod_sandbox_id=pod, config=server.container("sleep", "100"), sandbox_config=config
    )
    assert again.container_id == container  # the same metadata mean the same container
    server.pycman("rename", container, "another")
    again = server.runtime(
        "CreateContainer", pod_sandbox_id=pod, config=server.container("sleep", "100"), sandbox_config=config
    )
    assert again.container_id == container
    verbose = server.runtime("ContainerStatus", container_id=container, verbose=True).info["info"]
    assert json.loads(verbose)["privileged"] is False
    assert json.loads(verbose)["runtimeSpec"]["process"]["args"] == ["sleep", "100"]


def test_nobody_waits_behind_those_who_wait(server) -> None:
    stubborn = server.container("sh", "-c", "trap '' TERM; while true; do sleep 1; done")
    _, container = server.run(server.sandbox(), stubborn)
    with ThreadPoolExecutor(50) as callers:
        listeners = [
            server.stream("RuntimeService", "GetContainerEvents", api.ContainerEventResponse, api.GetEventsRequest())
            for _ in range(40)
        ]
        stops = [
            callers.submit(lambda: server.runtime("StopContainer", container_id=container, timeout=30))
            for _ in range(40)
        ]
        wait_until(lambda: len(server.tree()[2]) >= 40, "not all of them wait")
        assert server.runtime("Version", deadline_s=5).runtime_name == "pycman"
        assert (
            server.runtime("ContainerStatus", container_id=container, deadline_s=5).status.state
            == api.CONTAINER_RUNNING
        )
        server.runtime("StopContainer", container_id=container, timeout=0, deadline_s=20)
        for stop in stops:
            stop.result(30)
        for listener in listeners:
            listener.cancel()


def test_host_network_has_no_address_and_the_same_sandbox_is_not_made_twice(server) -> None:
    config = server.sandbox(network="NODE")
    pod = server.runtime("RunPodSandbox", config=config).pod_sandbox_id
    status = server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status
    assert (status.network.ip, status.linux.namespaces.options.network) == ("", api.NODE)
    assert code_of(lambda: server.runtime("RunPodSandbox", config=config)) == grpc.StatusCode.ALREADY_EXISTS
    assert len(server.runtime("ListPodSandbox").items) == 1


def test_logs_are_reopened_after_a_rotation(server) -> None:
    _, container = server.run(server.sandbox(), server.container("sh", "-c", "while :; do echo x; sleep 0.05; done"))
    log = Path(server.runtime("ContainerStatus", container_id=container).status.log_path)
    wait_until(lambda: log.exists() and log.stat().st_size > 0, "nothing is written")
    old = log.with_suffix(".old")
    log.rename(old)
    server.runtime("ReopenContainerLog", container_id=container)
    assert log.exists()
    wait_until(lambda: log.stat().st_size > 0, "nothing is written to the new file")
    size = old.stat().st_size
    time.sleep(0.2)
    assert old.stat().st_size == size


def test_execs_that_take_too_long_are_killed_with_their_children(server) -> None:
    _, container = server.run(server.sandbox(), server.container("sleep", "1000"))
    script = "sleep 777 & sleep 778"

    def call() -> None:
        server.runtime("ExecSync", container_id=container, cmd=["sh", "-c", script], timeout=1)

    assert code_of(call) == grpc.StatusCode.DEADLINE_EXCEEDED
    look = ["sh", "-c", "ps | grep -c 'sleep 77[78]'"]
    wait_until(
        lambda: server.runtime("ExecSync", container_id=container, cmd=look).stdout == b"0\n",
        "the exec's children live on",
    )


def test_hostile_and_wrong_requests_get_the_right_code(server) -> None:
    config = server.sandbox()
    pod = server.runtime("RunPodSandbox", config=config).pod_sandbox_id

    def create(container) -> object:
        return server.runtime("CreateContainer", pod_sandbox_id=pod, config=container)

    wrong = grpc.StatusCode.INVALID_ARGUMENT
    assert code_of(lambda: server.runtime("RunPodSandbox")) == wrong
    assert (
        code_of(lambda: server.runtime("RunPodSandbox", config=server.sandbox("q"), runtime_handler="nosuch"))
        == grpc.StatusCode.NOT_FOUND
    )
    assert code_of(lambda: create(server.container("true", log_path="../../etc/passwd"))) == wrong
    assert code_of(lambda: create(server.container("true", annotations={"a": "x" * 300_000}))) == wrong
    assert code_of(lambda: create(server.container("true", image=api.ImageSpec()))) == wrong
    assert (
        code_of(lambda: create(server.container("true", image=api.ImageSpec(image="nosuch:1"))))
        == grpc.StatusCode.NOT_FOUND
    )
    assert code_of(lambda: server.runtime("CreateContainer", pod_sandbox_id="nosuch")) == grpc.StatusCode.NOT_FOUND
    assert code_of(lambda: server.runtime("ExecSync", container_id="nosuch", cmd=["x"])) == grpc.StatusCode.NOT_FOUND
    assert code_of(lambda: server.runtime("CheckpointContainer", container_id="x")) == wrong
    assert (
        code_of(lambda: server.runtime("CheckpointContainer", container_id="nosuch", location="/x"))
        == grpc.StatusCode.NOT_FOUND
    )
    server.runtime("StopPodSandbox", pod_sandbox_id="nosuch")
    server.runtime("RemoveContainer", container_id="nosuch")
    server.runtime("StopPodSandbox", pod_sandbox_id=pod)
    assert code_of(lambda: create(server.container("true"))) == grpc.StatusCode.FAILED_PRECONDITION
    assert server.runtime("ListContainers").containers == []
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o660


def test_without_a_cni_network_the_node_is_not_ready_and_pods_fail_with_nothing_left(server) -> None:
    (server.folder / "net.d/10-pods.conflist").unlink()
    condition = server.runtime("Status").status.conditions[1]
    assert (condition.status, condition.reason) == (False, "NetworkPluginNotReady")
    assert code_of(lambda: server.runtime("RunPodSandbox", config=server.sandbox())) == grpc.StatusCode.NOT_FOUND
    assert server.pycman("pod", "ps", "-q") == ""
    server.write_network({"subnet": "10.97.1.0/24"})
    assert server.runtime("Status").status.conditions[1].status
    pod = server.runtime("RunPodSandbox", config=server.sandbox()).pod_sandbox_id
    assert server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.network.ip.startswith("10.97.1.")


def test_images_are_listed_looked_at_and_removed(server) -> None:
    (image,) = server.images("ListImages").images
    assert image.repo_tags == ["localhost/busybox:1"]
    assert image.size > 0
    for name in ("localhost/busybox:1", "busybox:1", image.id, f"sha256:{image.id}"):
        assert server.images("ImageStatus", image=api.ImageSpec(image=name)).image.id == image.id
    assert not server.images("ImageStatus", image=api.ImageSpec(image="nosuch:1")).HasField("image")
    info = server.images("ImageFsInfo")
    assert os.path.isdir(info.image_filesystems[0].fs_id.mountpoint)
    assert image.size < info.image_filesystems[0].used_bytes.value < 64 << 20  # of images, not of the whole disk
    assert info.container_filesystems[0].used_bytes.value < 64 << 20
    for _ in range(2):
        server.images("RemoveImage", image=api.ImageSpec(image=image.id))
    assert server.images("ListImages").images == []


def test_eight_pods_at_once_have_addresses_of_their_own(server) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def make(number: int) -> str:
        pod, _ = server.run(server.sandbox(f"n{number}"), server.container("sleep", "1000", name=f"n{number}"))
        return server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.network.ip

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 8
