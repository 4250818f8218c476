"""Statistics and metrics of real containers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import CriServer, code_of
from tests.support.waiting import wait_until

MIB = 1 << 20
BUSY = "while :; do :; done"
NETWORK = ("receive_bytes", "receive_packets", "transmit_bytes", "transmit_packets", "receive_errors")


def limited(memory_bytes: int = 64 * MIB) -> api.LinuxContainerConfig:
    """What critest gives the container whose metrics it looks at."""
    resources = api.LinuxContainerResources(
        cpu_period=100_000, cpu_quota=20_000, cpu_shares=1024,
        memory_limit_in_bytes=memory_bytes, memory_swap_limit_in_bytes=memory_bytes,
    )  # fmt: skip
    return api.LinuxContainerConfig(resources=resources)


def stats_of(server: CriServer, container: str) -> api.ContainerStats:
    return server.runtime("ContainerStats", container_id=container).stats


def values_of(found: list[api.Metric]) -> dict[str, int]:
    return {each.name.removeprefix("container_"): each.value.value for each in found}


def test_a_container_that_works_has_all_numbers(server: CriServer) -> None:
    script = "dd if=/dev/zero of=/written bs=1024 count=2048 2>/dev/null; mkdir /made; " + BUSY
    _, container = server.run(server.sandbox(), server.container("sh", "-c", script, linux=limited()))
    wait_until(lambda: stats_of(server, container).cpu.usage_core_nano_seconds.value > 2 * 10**8, "it uses no CPU")
    found = stats_of(server, container)
    assert (found.attributes.id, found.attributes.metadata.name) == (container, "c")
    assert dict(found.attributes.labels) == {"part": "c"}
    memory = found.memory
    assert 0 < memory.rss_bytes.value <= memory.usage_bytes.value < 64 * MIB
    assert 0 < memory.working_set_bytes.value <= memory.usage_bytes.value
    assert memory.available_bytes.value == 64 * MIB - memory.working_set_bytes.value
    assert memory.page_faults.value > 0
    assert memory.HasField("major_page_faults")
    assert found.HasField("swap")
    assert abs(found.cpu.timestamp - time.time_ns()) < 60 * 10**9
    time.sleep(1.2)  # the window of a rate
    assert 0 < stats_of(server, container).cpu.usage_nano_cores.value < 6 * 10**8  # a fifth of a CPU is allowed


def test_the_writable_layer_is_measured(server: CriServer) -> None:
    script = "dd if=/dev/zero of=/written bs=1024 count=2048 2>/dev/null; mkdir /made; touch /ready; sleep 1000"
    _, container = server.run(server.sandbox(), server.container("sh", "-c", script))
    ready = ["test", "-e", "/ready"]
    wait_until(lambda: server.runtime("ExecSync", container_id=container, cmd=ready).exit_code == 0, "it is not ready")
    layer = stats_of(server, container).writable_layer
    assert os.path.isdir(layer.fs_id.mountpoint)
    assert 2 * MIB <= layer.used_bytes.value < 3 * MIB
    assert layer.inodes_used.value >= 4


def test_only_running_containers_have_statistics(server: CriServer) -> None:
    config = server.sandbox()
    pod, lives = server.run(config, server.container("sleep", "1000"))
    made = server.runtime("CreateContainer", pod_sandbox_id=pod, config=server.container("true", name="d")).container_id
    _, other = server.run(server.sandbox("q"), server.container("sleep", "1000", name="e"))

    def listed(**fields: object) -> set[str]:
        wanted = api.ContainerStatsFilter(**fields)
        return {each.attributes.id for each in server.runtime("ListContainerStats", filter=wanted).stats}

    assert listed() == {lives, other}
    assert listed(pod_sandbox_id=pod) == {lives}
    assert listed(id=other[:12]) == {other}
    assert listed(label_selector={"part": "e"}) == {other}
    assert listed(id=made) == set()
    assert code_of(lambda: server.runtime("ContainerStats", container_id="nosuch")) == grpc.StatusCode.NOT_FOUND
    server.runtime("StopContainer", container_id=lives, timeout=0)
    assert listed() == {other}


@pytest.mark.parametrize("pid", ["CONTAINER", "POD"])
def test_a_pod_has_the_sum_and_its_own_network(server: CriServer, pid: str) -> None:
    config = server.sandbox(pid=pid)
    pod, first = server.run(config, server.container("sh", "-c", BUSY, pid=pid))
    second = server.runtime(
        "CreateContainer", pod_sandbox_id=pod, config=server.container("sleep", "1000", name="d", pid=pid)
    ).container_id
    server.runtime("StartContainer", container_id=second)
    address = server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.network.ip
    gateway = address.rpartition(".")[0] + ".1"
    server.runtime("ExecSync", container_id=first, cmd=["ping", "-c", "2", "-i", "0.1", gateway])
    found = server.runtime("PodSandboxStats", pod_sandbox_id=pod).stats
    assert (found.attributes.id, found.attributes.metadata.name) == (pod, "p")
    linux = found.linux
    assert {container.attributes.id for container in linux.containers} == {first, second}
    assert linux.network.default_interface.name == "eth0"
    assert linux.network.default_interface.tx_bytes.value >= 2 * 84
    assert linux.network.default_interface.rx_bytes.value >= 2 * 84
    assert list(linux.network.interfaces) == []
    members = [container.cpu.usage_core_nano_seconds.value for container in linux.containers]
    assert linux.cpu.usage_core_nano_seconds.value >= sum(members) > 0
    assert linux.cpu.usage_nano_cores.value > 0
    assert linux.memory.working_set_bytes.value > 0
    assert linux.process.process_count.value == (3 if pid == "POD" else 2)


def test_pods_without_a_process_and_on_the_hosts_network(server: CriServer) -> None:
    pods = {
        name: server.runtime("RunPodSandbox", config=server.sandbox(name, network=network)).pod_sandbox_id
        for name, network in (("a", "POD"), ("b", "POD"), ("h", "NODE"))
    }

    def listed(**fields: object) -> dict[str, api.PodSandboxStats]:
        wanted = api.PodSandboxStatsFilter(**fields)
        return {each.attributes.id: each for each in server.runtime("ListPodSandboxStats", filter=wanted).stats}

    found = listed()
    assert set(found) == set(pods.values())
    for name in ("a", "b"):
        assert found[pods[name]].linux.network.default_interface.name == "eth0"
        assert found[pods[name]].linux.process.process_count.value == 0
    assert not found[pods["h"]].linux.HasField("network")
    assert set(listed(id=pods["a"][:12])) == {pods["a"]}
    assert set(listed(label_selector={"app": "b"})) == {pods["b"]}
    server.runtime("StopPodSandbox", pod_sandbox_id=pods["a"])
    assert set(listed()) == {pods["b"], pods["h"]}
    stopped = code_of(lambda: server.runtime("PodSandboxStats", pod_sandbox_id=pods["a"]))
    assert stopped == grpc.StatusCode.FAILED_PRECONDITION
    assert code_of(lambda: server.runtime("PodSandboxStats", pod_sandbox_id="nosuch")) == grpc.StatusCode.NOT_FOUND


def test_metrics_are_those_that_are_described(server: CriServer) -> None:
    pod, container = server.run(server.sandbox(), server.container("sh", "-c", BUSY, linux=limited()))
    writes = "for i in 1 2 3 4; do echo hi >/file$i; done; sync"
    server.runtime("ExecSync", container_id=container, cmd=["sh", "-c", writes])
    wait_until(lambda: stats_of(server, container).cpu.usage_core_nano_seconds.value > 11 * 10**8, "it uses no CPU")
    keys = {
        descriptor.name: len(descriptor.label_keys)
        for descriptor in server.runtime("ListMetricDescriptors").descriptors
    }
    (of_pod,) = server.runtime("ListPodSandboxMetrics").pod_metrics
    (of_container,) = of_pod.container_metrics
    assert (of_pod.pod_sandbox_id, of_container.container_id) == (pod, container)
    for metric in [*of_pod.metrics, *of_container.metrics]:
        assert len(metric.label_values) == keys[metric.name], metric.name
        assert metric.label_values[4:6] == ["default", "p"]
        assert metric.timestamp == 0
    assert values_of(of_pod.metrics).keys() >= {f"network_{name}_total" for name in NETWORK}
    found = values_of(of_container.metrics)
    assert found["cpu_usage_seconds_total"] >= 1
    assert found["cpu_cfs_periods_total"] >= found["cpu_cfs_throttled_periods_total"] > 0
    assert found["spec_cpu_quota"] == 20_000
    assert found["spec_cpu_period"] == 100_000
    assert found["spec_memory_limit_bytes"] == 64 * MIB
    assert 0 < found["memory_usage_bytes"] <= found["memory_max_usage_bytes"] <= 64 * MIB
    assert (found["processes"], found["threads"]) == (1, 1)
    assert found["file_descriptors"] >= 3
    assert found["oom_events_total"] == 0
    assert 0 <= found["last_seen"] - found["start_time_seconds"] < 600
    assert found["fs_limit_bytes"] > found["fs_usage_bytes"]
    optional = {"container_blkio_device_usage_total"} | {
        f"container_{name}"
        for name in ("fs_reads_bytes_total", "fs_reads_total", "fs_writes_bytes_total", "fs_writes_total")
    }
    missing = set(keys) - {metric.name for metric in [*of_pod.metrics, *of_container.metrics]} - optional
    assert not {name for name in missing if "pressure" not in name and "hugetlb" not in name}
    labels = dict(
        zip(
            ("container", "id", "image", "name", "namespace", "pod"), of_container.metrics[0].label_values, strict=False
        )
    )
    assert (labels["container"], labels["image"], labels["name"]) == ("c", "localhost/busybox:1", container)
    assert Path(f"/proc/{pid_of(server, container)}/cgroup").read_text().count(labels["id"]) > 0


def test_children_killed_for_memory_are_counted_while_their_container_lives(server: CriServer) -> None:
    script = "(x=a; while :; do x=$x$x; done); sleep 1000"
    server.run(server.sandbox(), server.container("sh", "-c", script, linux=limited(16 * MIB)))

    def killed() -> int:
        (pod,) = server.runtime("ListPodSandboxMetrics").pod_metrics
        return values_of(pod.container_metrics[0].metrics)["oom_events_total"]

    wait_until(lambda: killed() == 1, "nobody was killed")


def pid_of(server: CriServer, container: str) -> int:
    import json

    return int(json.loads(server.runtime("ContainerStatus", container_id=container, verbose=True).info["info"])["pid"])


def test_prometheus_finds_the_servers_own_metrics(server: CriServer) -> None:
    server.stop()
    server.start("--metrics", "127.0.0.1:9095")
    server.runtime("Version")
    code_of(lambda: server.runtime("ContainerStatus", container_id="nosuch"))
    with server.connect("http://127.0.0.1:9095/metrics") as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert "text/plain; version=0.0.4" in text
    assert 'pycman_cri_operations_total{operation="Version"} 1.0' in text
    assert 'pycman_cri_operations_errors_total{code="NOT_FOUND",operation="ContainerStatus"} 1.0' in text
    assert "process_cpu_seconds_total" in text


def test_who_counts_packets_of_a_pod_without_processes_is_where_it_was_afterwards(server) -> None:
    server.runtime("RunPodSandbox", config=server.sandbox("empty"))
    for _ in range(4):  # every worker that is free
        (stats,) = server.runtime("ListPodSandboxStats").stats
        assert stats.linux.network.default_interface.name == "eth0"
    linux = api.LinuxContainerConfig()
    linux.security_context.namespace_options.pid = api.CONTAINER
    linux.security_context.namespace_options.network = api.NODE
    _, container = server.run(server.sandbox("hosts", network="NODE"), server.container("sleep", "1000", linux=linux))
    inside = server.runtime("ExecSync", container_id=container, cmd=["readlink", "/proc/self/ns/net"]).stdout.decode()
    assert inside == server.pycman.machines.run("readlink", "/proc/self/ns/net")
