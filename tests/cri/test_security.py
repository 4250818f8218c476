"""Who processes are: users, groups, capabilities, and user namespaces of pods."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest

from cri_server.proto import api_pb2 as api

SHOW = ("sh", "-c", "id -u; id -g; id -G; grep Cap /proc/self/status; exec sleep 1000")


def security(**fields) -> api.LinuxContainerConfig:
    options = api.NamespaceOption(pid=api.CONTAINER, **fields.pop("options", {}))
    return api.LinuxContainerConfig(
        security_context=api.LinuxContainerSecurityContext(namespace_options=options, **fields)
    )


def told(server, container: str) -> dict[str, str]:
    """Return what the first process is: ids and capabilities."""
    words = server.runtime("ExecSync", container_id=container, cmd=["cat", "/proc/1/status"]).stdout.decode()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in words.splitlines())}


def number(value: int) -> api.Int64Value:
    return api.Int64Value(value=value)


def test_users_and_groups_in_status(server) -> None:
    linux = security(run_as_user=number(1000), run_as_group=number(2000), supplemental_groups=[3000])
    _, container = server.run(server.sandbox(), server.container(*SHOW, linux=linux))
    user = server.runtime("ContainerStatus", container_id=container).status.user.linux
    assert (user.uid, user.gid, list(user.supplemental_groups)) == (1000, 2000, [2000, 3000])
    found = told(server, container)
    assert found["Uid"].split()[0] == "1000"
    assert found["Gid"].split()[0] == "2000"
    assert "3000" in found["Groups"].split()


def test_capabilities_are_ambient_only_if_asked_for_as_such(server) -> None:
    added = security(run_as_user=number(1000), capabilities=api.Capability(add_capabilities=["NET_ADMIN"]))
    ambient = security(run_as_user=number(1000), capabilities=api.Capability(add_ambient_capabilities=["NET_ADMIN"]))
    pod, first = server.run(server.sandbox(), server.container(*SHOW, linux=added))
    net_admin = 1 << 12
    found = told(server, first)
    assert int(found["CapBnd"], 16) & net_admin
    assert not int(found["CapEff"], 16)
    made = server.runtime(
        "CreateContainer", pod_sandbox_id=pod, config=server.container(*SHOW, name="b", linux=ambient)
    )
    server.runtime("StartContainer", container_id=made.container_id)
    found = told(server, made.container_id)
    assert int(found["CapEff"], 16) == int(found["CapAmb"], 16) == net_admin


def test_a_pod_with_ids_of_its_own(server) -> None:
    ids = [api.IDMapping(host_id=1_000_000, container_id=0, length=65536)]
    userns = {"userns_options": api.UserNamespace(mode=api.POD, uids=ids, gids=ids)}
    config = server.sandbox()
    config.linux.security_context.namespace_options.userns_options.CopyFrom(userns["userns_options"])
    linux = security(options=userns)
    pod, container = server.run(config, server.container("sh", "-c", "touch /f; exec sleep 1000", linux=linux))
    out = server.runtime("ExecSync", container_id=container, cmd=["cat", "/proc/self/uid_map"]).stdout.split()
    assert out == [b"0", b"1000000", b"65536"]
    out = server.runtime("ExecSync", container_id=container, cmd=["stat", "-c", "%u", "/f", "/etc/passwd"]).stdout
    assert set(out.split()) == {b"0"}
    address = server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.network.ip
    out = server.runtime("ExecSync", container_id=container, cmd=["ip", "address"]).stdout.decode()
    assert address.startswith("10.97.")
    assert address in out
    echoed = server.runtime("PodSandboxStatus", pod_sandbox_id=pod).status.linux.namespaces.options.userns_options
    assert echoed.uids[0].host_id == 1_000_000


@pytest.mark.parametrize(
    "ids",
    [[], [(0, 1, 5)], [(0, 0, 0)], [(0, 0, 5), (5, 5, 5)]],
)
def test_maps_that_are_none_are_refused(server, ids) -> None:
    ranges = [api.IDMapping(host_id=host, container_id=inside, length=size) for host, inside, size in ids]
    config = server.sandbox()
    config.linux.security_context.namespace_options.userns_options.CopyFrom(
        api.UserNamespace(mode=api.POD, uids=ranges, gids=ranges)
    )
    with pytest.raises(grpc.RpcError) as caught:
        server.runtime("RunPodSandbox", config=config)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert server.runtime("ListPodSandbox").items == []


def test_handlers_are_those_that_are_installed(server) -> None:
    found = {
        runtime_handler.name: runtime_handler.features for runtime_handler in server.runtime("Status").runtime_handlers
    }
    assert {"", "crun", "runc"} == found.keys()
    assert all(each.recursive_read_only_mounts for each in found.values())


def test_limits_are_changed_and_told(server) -> None:
    resources = api.LinuxContainerResources(
        memory_limit_in_bytes=64 << 20, hugepage_limits=[api.HugepageLimit(page_size="2MB", limit=0)]
    )
    linux = api.LinuxContainerConfig(resources=resources)
    linux.security_context.namespace_options.pid = api.CONTAINER
    pod, container = server.run(server.sandbox(), server.container("sleep", "1000", linux=linux))
    more = api.LinuxContainerResources(memory_limit_in_bytes=96 << 20, cpu_shares=512)
    server.runtime("UpdateContainerResources", container_id=container, linux=more)
    found = server.runtime("ContainerStatus", container_id=container).status.resources.linux
    assert (found.memory_limit_in_bytes, found.cpu_shares) == (96 << 20, 512)
    assert server.runtime("ContainerStats", container_id=container).stats.memory.available_bytes.value <= 96 << 20
    server.runtime("UpdatePodSandboxResources", pod_sandbox_id=pod, resources=more)
    with pytest.raises(grpc.RpcError) as caught:
        server.runtime("UpdatePodSandboxResources", pod_sandbox_id="0" * 64, resources=more)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_devices_of_vendors(server) -> None:
    folder = Path("/var/run/cdi")
    folder.mkdir(exist_ok=True)
    file = folder / "pycman-test.json"
    edits = {"env": ["GPU=1"], "deviceNodes": [{"path": "/dev/gpu0", "hostPath": "/dev/null"}]}
    device = {"name": "a", "containerEdits": edits}
    file.write_text(json.dumps({"cdiVersion": "0.6.0", "kind": "test.example/gpu", "devices": [device]}))
    try:
        config = server.container("sleep", "1000", CDI_devices=[api.CDIDevice(name="test.example/gpu=a")])
        pod, container = server.run(server.sandbox(), config)
        out = server.runtime(
            "ExecSync", container_id=container, cmd=["sh", "-c", "test -c /dev/gpu0 && cat /proc/1/environ"]
        )
        assert b"GPU=1\0" in out.stdout
        old = server.container("sleep", "1000", name="d", annotations={"cdi.k8s.io/x": "test.example/gpu=nosuch"})
        made = server.runtime("CreateContainer", pod_sandbox_id=pod, config=old).container_id
        with pytest.raises(grpc.RpcError) as caught:
            server.runtime("StartContainer", container_id=made)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    finally:
        file.unlink()
