"""Values over the CRI as no kubelet sends them: each is refused with one line, or means nothing; the server and the node stay as they are.

One server and one sandbox take everything: what one value breaks, the next ones meet.
"""

from __future__ import annotations

import os
import re
import stat

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import a_server
from tests.support.waiting import wait_until

REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.UNKNOWN,  # errors of the runtime, broken files: with words of pycman's own
}
KINDS = api.SecurityProfile.ProfileType
EVIL_WORDS = [
    "../../../../etc/cron.d/x",
    "/etc/passwd",
    "a\nb",
    "a\0b",
    "a\x1b[2J",
    "%",
    "*",
    "' OR 1=1 --",
    "é" * 300,
    "x" * 70_000,
    "--root=/x",
]


class Node:
    """A server with one sandbox, and the files of the node that must stay as they are."""

    def __init__(self, server) -> None:
        self.server = server
        self.config = server.sandbox()
        self.pod = server.runtime("RunPodSandbox", config=self.config).pod_sandbox_id
        self.canary = server.folder / "canary"
        self.canary.write_text("untouched")
        self.canary.chmod(0o640)
        self.number = 0

    def refused(self, service: str, method: str, codes=REFUSALS, **fields) -> str:
        """Call an RPC that must fail in one line; return its words."""
        with pytest.raises(grpc.RpcError) as caught:
            getattr(self.server, service)(method, **fields)
        told = caught.value.details()
        assert caught.value.code() in codes, (method, str(fields)[:200], caught.value.code(), told)
        self.is_a_line(told)
        return told

    def is_a_line(self, told: str) -> None:
        assert "\n" not in told.strip()
        assert not re.search(r"Traceback|\b[A-Z]\w*(Error|Exception): ", told), told

    def container(self, *command: str, linux=None, **fields) -> api.ContainerConfig:
        self.number += 1
        if linux is not None:
            linux.security_context.namespace_options.pid = api.CONTAINER
            fields["linux"] = linux
        return self.server.container(*(command or ("true",)), **{"name": f"c{self.number}", **fields})

    def create(self, config) -> str:
        return self.server.runtime(
            "CreateContainer", pod_sandbox_id=self.pod, config=config, sandbox_config=self.config
        ).container_id

    def refuse(self, *command: str, **fields) -> None:
        """A container with these fields must be refused when it is created, or when it is started; nothing of it is left."""
        config = self.container(*command, **fields)
        try:
            made = self.create(config)
        except grpc.RpcError as error:
            assert error.code() in REFUSALS, (str(fields)[:200], error.code(), error.details())
            self.is_a_line(error.details())
            return
        self.refused("runtime", "StartContainer", container_id=made)
        self.server.runtime("RemoveContainer", container_id=made)

    def harmless(self, *command: str, **fields) -> str:
        """A container with these fields may be made, and be removed again; its output is returned."""
        made = self.create(self.container(*command, **fields))
        try:
            self.server.runtime("StartContainer", container_id=made)
            wait_until(lambda: self.state(made) == api.CONTAINER_EXITED, "the container ends")
            path = self.server.runtime("ContainerStatus", container_id=made).status.log_path
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        finally:
            self.server.runtime("RemoveContainer", container_id=made)

    def state(self, container: str):
        return self.server.runtime("ContainerStatus", container_id=container).status.state

    def is_well(self) -> None:
        assert self.server.runtime("Version").runtime_name
        assert [item.id for item in self.server.runtime("ListPodSandbox").items] == [self.pod]
        assert [item.metadata.name for item in self.server.runtime("ListContainers").containers] == []
        assert self.canary.read_text() == "untouched"
        assert stat.S_IMODE(self.canary.stat().st_mode) == 0o640
        assert not os.path.exists("/etc/cron.d/x")


def security(**fields) -> api.LinuxContainerConfig:
    return api.LinuxContainerConfig(security_context=api.LinuxContainerSecurityContext(**fields))


def names(node: Node) -> None:
    for word in EVIL_WORDS:
        for method, field in (("ContainerStatus", "container_id"), ("StartContainer", "container_id"), ("ReopenContainerLog", "container_id"),
                              ("ContainerStats", "container_id"), ("PodSandboxStatus", "pod_sandbox_id"), ("PodSandboxStats", "pod_sandbox_id")):  # fmt: skip
            node.refused("runtime", method, **{field: word})
        node.refused(
            "runtime", "CreateContainer", pod_sandbox_id=word, config=node.container(), sandbox_config=node.config
        )
        node.refused("runtime", "ExecSync", container_id=word, cmd=["true"])
        for method, field in (
            ("StopContainer", "container_id"),
            ("RemoveContainer", "container_id"),
            ("RemovePodSandbox", "pod_sandbox_id"),
        ):
            node.server.runtime(method, **{field: word})  # what is not there is gone
        assert not node.server.runtime("ListContainers", filter=api.ContainerFilter(id=word)).containers
        assert not node.server.images("ImageStatus", image=api.ImageSpec(image=word)).image.id
    node.refused("runtime", "ContainerStatus", container_id="")
    node.refuse(image=api.ImageSpec(image=""))
    for word in EVIL_WORDS:
        node.refuse(image=api.ImageSpec(image=word))


def paths(node: Node) -> None:
    for path in ("../../../../../canary", "../canary", "..", "/../../canary", "a/../../x"):
        node.refuse(log_path=path)
    outside = node.server.folder / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    for mount in (
        api.Mount(container_path="relative", host_path=str(outside)),
        api.Mount(container_path="", host_path=str(outside)),
        api.Mount(container_path="/", host_path=str(outside)),
        api.Mount(container_path="/a\0b", host_path=str(outside)),
        api.Mount(container_path="/m", host_path="/a\0b"),
        api.Mount(
            container_path="/m", image=api.ImageSpec(image="localhost/busybox:1"), image_sub_path="../../../../etc"
        ),
        api.Mount(container_path="/m", image=api.ImageSpec(image="localhost/busybox:1"), image_sub_path="/nonexistent"),
        api.Mount(container_path="/m", host_path=str(outside), recursive_read_only=True),
    ):
        node.refuse(mounts=[mount])
    link = node.server.folder / "link"
    link.symlink_to(outside)
    seen = node.harmless(
        "ls", "-la", "/m", "/etc", mounts=[api.Mount(container_path="/../../m", host_path=str(link), readonly=True)]
    )
    assert "secret" in seen
    node.harmless(
        "sh",
        "-c",
        "echo x > /m/y; chmod 777 /m",
        mounts=[api.Mount(container_path="/m", host_path=str(outside), readonly=True)],
    )
    assert sorted(os.listdir(outside)) == ["secret"]
    for directory in ("/work", "../x", "/", "a\nb", "\0"):
        config = node.container("pwd", working_dir=directory)
        if directory not in ("/work", "/"):
            node.refuse("pwd", working_dir=directory)
        else:
            node.server.runtime("RemoveContainer", container_id=node.create(config))


def identities(node: Node) -> None:
    for user in (
        "root:0:0",
        "nobody\nroot",
        "9" * 400,
        "-1",
        "4294967295",
        "²",
        "a\0",
        "../x",
        "x" * 70_000,
        "no-such-user",
    ):
        node.refuse(linux=security(run_as_username=user))
    for uid in (-1, 1 << 32, (1 << 63) - 1):
        node.refuse(linux=security(run_as_user=api.Int64Value(value=uid)))
        node.refuse(linux=security(run_as_user=api.Int64Value(value=0), run_as_group=api.Int64Value(value=uid)))
        node.refuse(linux=security(supplemental_groups=[uid]))
    node.refuse(linux=security(run_as_group=api.Int64Value(value=0)))
    for capability in ("", "ALL\n", "CAP_", "SYS_ADMIN;", "x" * 70_000):
        node.refuse(linux=security(capabilities=api.Capability(add_capabilities=[capability])))
    node.refuse(linux=security(privileged=True))  # its sandbox is not


def profiles(node: Node) -> None:
    folder = node.server.folder / "profiles"
    folder.mkdir()
    os.mkfifo(folder / "fifo")
    (folder / "broken").write_text("{")
    (folder / "list").write_text("[]")
    (folder / "dangling").symlink_to("/nonexistent")
    (folder / "secret").symlink_to("/etc/shadow")
    (folder / "loop").symlink_to("loop")
    for name in (*sorted(os.listdir(folder)), ".", "nonexistent"):
        told = [KINDS.Localhost, f"{folder}/{name}"]
        node.refuse(linux=security(seccomp=api.SecurityProfile(profile_type=told[0], localhost_ref=told[1])))
    for reference in ("", "p.json", "/dev/zero", "/dev/stdin", "/proc/self/mem", "a\0b", "../" * 50 + "etc/passwd"):
        node.refuse(linux=security(seccomp=api.SecurityProfile(profile_type=KINDS.Localhost, localhost_ref=reference)))
    for reference in ("", "mine", "mine {}\nprofile x", "containers-default-pycman-1 {"):
        node.refuse(linux=security(apparmor=api.SecurityProfile(profile_type=KINDS.Localhost, localhost_ref=reference)))


def limits(node: Node) -> None:
    for key in ("../../x", "/etc/passwd", "", "a/b", "..", "memory.max\n", "a\0"):
        node.refuse(linux=api.LinuxContainerConfig(resources=api.LinuxContainerResources(unified={key: "1"})))
    for device in ("/etc/passwd", "/dev/../etc/passwd", "", "relative", "/nonexistent", str(node.server.folder), "a\0"):
        node.refuse(devices=[api.Device(host_path=device, container_path="/dev/x", permissions="rwm")])
    for permissions in ("x", "rwmx", "r w", "\n"):
        node.refuse(devices=[api.Device(host_path="/dev/null", container_path="/dev/x", permissions=permissions)])
    node.refuse(devices=[api.Device(host_path="/dev/null", container_path="../x", permissions="rwm")])
    for name in ("a", "vendor.com/class", "../x=y", "vendor.com/class=../x", "a" * 70_000, "v.com/c=d"):
        node.refuse(CDI_devices=[api.CDIDevice(name=name)])


def words(node: Node) -> None:
    """Annotations, labels, environment, commands: text stays text, also where a runtime could be steered by it."""
    steering = {
        "run.oci.seccomp_bpf_data": "AAAA",
        "run.oci.hooks.stdout": str(node.canary),
        "run.oci.handler": "wasm",
        "RUN.OCI.keep_original_groups": "1",
    }
    seen = node.harmless("sh", "-c", "grep Seccomp: /proc/self/status; id -G", annotations=steering,
                         linux=security(seccomp=api.SecurityProfile(profile_type=KINDS.RuntimeDefault)))  # fmt: skip
    assert "Seccomp:\t2" in seen
    node.refuse(annotations={"a": "x" * (300 << 10)})
    node.refuse(labels={"a\nb": "c"})
    node.refuse("a\0b")
    node.refuse(envs=[api.KeyValue(key="A\0", value=b"x")])
    node.refuse(envs=[api.KeyValue(key="A", value=b"x\0y")])
    node.refuse("x" * 200_000)
    shown = node.harmless("sh", "-c", 'echo "$A"', envs=[api.KeyValue(key="A", value=b"\xff$(id)")])
    assert "$(id)" in shown


def sandboxes(node: Node) -> None:
    def sandbox(**fields):
        config = node.server.sandbox("q")
        config.MergeFrom(api.PodSandboxConfig(**fields))
        return config

    linux = api.LinuxPodSandboxConfig
    for config in (
        *(sandbox(hostname=name) for name in ("a\nb", "a b", "../x", "a\0")),
        *(sandbox(dns_config=api.DNSConfig(servers=[word])) for word in ("1.1.1.1\nsearch x", "a b")),
        *(sandbox(dns_config=api.DNSConfig(searches=[word])) for word in ("x\nnameserver 6.6.6.6", "")),
        *(sandbox(linux=linux(sysctls={name: "1"})) for name in ("kernel.core_pattern", "vm.swappiness", "net/../kernel/core_pattern",
                                                                  "../x", "", "net.ipv4.\0", "kernel.hostname")),
        *(sandbox(linux=linux(cgroup_parent=path)) for path in ("/../../x", "a/../../../x")),
        sandbox(labels={"a\nb": "c"}),
        api.PodSandboxConfig(),
        api.PodSandboxConfig(metadata=api.PodSandboxMetadata(name="a")),
        sandbox(port_mappings=[api.PortMapping(container_port=-1, host_port=70000)]),
        sandbox(port_mappings=[api.PortMapping(container_port=80, host_port=8080, host_ip="1.1.1.1; flush ruleset")]),
    ):  # fmt: skip
        node.refused("runtime", "RunPodSandbox", config=config)
    for handler in ("../../bin/sh", "/bin/sh", "sh", "crun --root=/x", "é"):
        node.refused("runtime", "RunPodSandbox", config=sandbox(), runtime_handler=handler)


def images(node: Node) -> None:
    for name in ("docker-archive:/etc/passwd", "dir:/etc", "oci:/etc", "containers-storage:x", "--help", "file:///etc/passwd", "http://127.0.0.1/x", "a b",
                 "A:b", "127.0.0.1:1/../x", "x@sha256:zz", "é", "x" * 70_000, "a\n"):  # fmt: skip
        node.refused("images", "PullImage", image=api.ImageSpec(image=name))
        node.server.images("RemoveImage", image=api.ImageSpec(image=name))
    assert len(node.server.images("ListImages").images) == 1


def later(node: Node) -> None:
    """What is asked of a running container, and of one that is gone."""
    made = node.create(node.container("sleep", "1000"))
    node.server.runtime("StartContainer", container_id=made)
    for command in ([], [""], ["a\0b"], ["/nonexistent"], ["x" * 200_000], ["/etc"]):
        node.refused("runtime", "ExecSync", container_id=made, cmd=command)
    for quota in (-(1 << 63), 1):
        resources = api.LinuxContainerResources(unified={"../x": "1"}, cpu_quota=quota)
        node.refused("runtime", "UpdateContainerResources", container_id=made, linux=resources)
    # the container swaps what the node reads of it
    node.server.runtime(
        "ExecSync",
        container_id=made,
        cmd=[
            "sh",
            "-c",
            "rm -rf /etc/passwd; ln -s /proc/1/root/../../etc/shadow /etc/passwd; rm /etc/group; mkdir /etc/group",
        ],
    )
    node.server.runtime("ExecSync", container_id=made, cmd=["true"])
    node.server.runtime("StopContainer", container_id=made, timeout=0)
    node.refused("runtime", "ExecSync", container_id=made, cmd=["true"])
    node.refused("runtime", "StartContainer", container_id=made)
    node.server.runtime("RemoveContainer", container_id=made)
    for method in ("ContainerStatus", "StartContainer", "ReopenContainerLog", "ContainerStats"):
        node.refused("runtime", method, container_id=made)
    for _ in range(2):
        node.server.runtime("StopContainer", container_id=made)
        node.server.runtime("RemoveContainer", container_id=made)


def test_values_as_no_kubelet_sends_them(server) -> None:
    node = Node(server)
    for attack in (names, paths, identities, profiles, limits, words, sandboxes, images, later):
        attack(node)
        node.is_well()


@pytest.fixture
def server(root_networked):
    yield from a_server(root_networked)
