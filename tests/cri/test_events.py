"""Event stream and streamed lists."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import threading

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.waiting import wait_until

CREATED, STARTED = api.CONTAINER_CREATED_EVENT, api.CONTAINER_STARTED_EVENT
_SYS_TGKILL = {"x86_64": 234, "aarch64": 131}[platform.machine()]
STOPPED, DELETED = api.CONTAINER_STOPPED_EVENT, api.CONTAINER_DELETED_EVENT


def test_a_pods_life_in_events(server) -> None:
    stream = server.stream("RuntimeService", "GetContainerEvents", api.ContainerEventResponse, api.GetEventsRequest())
    found: list[api.ContainerEventResponse] = []
    first = threading.Event()

    def read() -> None:
        with pytest.raises(grpc.RpcError):
            for event in stream:
                found.append(event)
                first.set()

    reader = threading.Thread(target=read)
    reader.start()
    while not first.is_set():  # until the server listens
        pod = server.runtime("RunPodSandbox", config=server.sandbox("early")).pod_sandbox_id
        server.runtime("RemovePodSandbox", pod_sandbox_id=pod)
        first.wait(0.3)
    pod, container = server.run(server.sandbox(), server.container("sh", "-c", "exit 3"))

    def kinds(of: str) -> list[int]:
        return [each.container_event_type for each in found if each.container_id == of]

    wait_until(lambda: STOPPED in kinds(container), "its end is not told")
    server.pycman("pod", "rm", "--force", pod)  # whoever it was
    wait_until(lambda: DELETED in kinds(pod), "its removal is not told")
    assert kinds(container) == [CREATED, STARTED, STOPPED, DELETED]
    assert kinds(pod)[:2] == [CREATED, STARTED]
    assert kinds(pod)[-1] == DELETED
    stopped = next(each for each in found if (each.container_id, each.container_event_type) == (container, STOPPED))
    assert stopped.created_at > 0
    assert stopped.pod_sandbox_status.id == pod
    assert [
        (containers_status.id, containers_status.exit_code) for containers_status in stopped.containers_statuses
    ] == [(container, 3)]
    stream.cancel()
    reader.join(20)
    assert not reader.is_alive()
    server.runtime("StopPodSandbox", pod_sandbox_id=pod)  # its address is given back though it is gone


def test_the_server_ends_though_somebody_listens(server) -> None:
    stream = server.stream("RuntimeService", "GetContainerEvents", api.ContainerEventResponse, api.GetEventsRequest())

    def read() -> None:
        with contextlib.suppress(grpc.RpcError):
            list(stream)

    reader = threading.Thread(target=read)
    reader.start()
    server.stop()
    reader.join(20)
    assert not reader.is_alive()
    server.start()


def test_the_server_ends_whichever_of_its_threads_gets_the_signal(server) -> None:
    pid = server.tree()[0]
    others = [int(thread) for thread in os.listdir(f"/proc/{pid}/task") if int(thread) != pid]
    tgkill = ctypes.CDLL(None).syscall
    assert tgkill(_SYS_TGKILL, pid, max(others), signal.SIGTERM) == 0
    wait_until(lambda: not server.is_running(), "it does not end")
    server.stop()
    server.start()


def test_lists_as_streams(server) -> None:
    pods = [server.run(server.sandbox(f"p{n}"), server.container("sleep", "1000", name=f"c{n}")) for n in range(3)]
    for service, method, answer, request, field, wanted in (
        ("RuntimeService", "StreamPodSandboxes", api.StreamPodSandboxesResponse, api.StreamPodSandboxesRequest(),
         "pod_sandboxes", {pod for pod, _ in pods}),
        ("RuntimeService", "StreamContainers", api.StreamContainersResponse,
         api.StreamContainersRequest(filter=api.ContainerFilter(pod_sandbox_id=pods[0][0])), "containers", {pods[0][1]}),
    ):  # fmt: skip
        items = [each for part in server.stream(service, method, answer, request) for each in getattr(part, field)]
        assert {item.id for item in items} == wanted
    stats = server.stream(
        "RuntimeService", "StreamContainerStats", api.StreamContainerStatsResponse, api.StreamContainerStatsRequest()
    )
    assert {each.attributes.id for part in stats for each in part.container_stats} == {made for _, made in pods}
    images = server.stream("ImageService", "StreamImages", api.StreamImagesResponse, api.StreamImagesRequest())
    assert [image.repo_tags for part in images for image in part.images] == [["localhost/busybox:1"]]
    none = api.StreamContainersRequest(filter=api.ContainerFilter(id="0" * 64))
    assert list(server.stream("RuntimeService", "StreamContainers", api.StreamContainersResponse, none)) == []


def test_addresses_of_pods_that_went_while_no_server_was_there_are_given_back(server) -> None:
    pod, _ = server.run(server.sandbox(), server.container("sleep", "1000"))
    leases = server.folder / "leases/pods"
    assert [each.name for each in leases.iterdir() if each.name[0].isdigit()]
    server.stop()
    server.pycman("pod", "rm", "--force", pod)
    server.start()
    wait_until(
        lambda: not [each for each in leases.iterdir() if each.name[0].isdigit()], "the address is not given back"
    )
