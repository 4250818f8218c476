"""A CRI server of a test's own, on a machine of its own, and a client that speaks the same API."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from pycman.linux import syscalls
from tests.support.waiting import wait_until


class CriServer:
    """`server.runtime("Version")` calls an RPC of the RuntimeService with fields by name, `server.images(…)` one of the other."""

    def __init__(self, pycman: Any, machine: str) -> None:
        self.pycman = pycman
        self.folder = Path(pycman.folder)
        self.socket = self.folder / "cri.sock"
        self._machine = machine
        self._process: subprocess.Popen[str] | None = None
        self._channel: grpc.Channel | None = None
        (self.folder / "net.d").mkdir()
        self.write_network({"subnet": "10.97.0.0/24"})

    def write_network(self, ranges: dict[str, str]) -> None:
        ipam = {
            "type": "host-local",
            "dataDir": str(self.folder / "leases"),
            "ranges": [[ranges]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        bridge = {"type": "bridge", "bridge": "cri0", "isGateway": True, "ipam": ipam}
        text = json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]})
        (self.folder / "net.d/10-pods.conflist").write_text(text)

    def start(self, *more: str) -> None:
        words = ["cri", "serve", "--listen", f"unix://{self.socket}", "--cni-conf-dir", str(self.folder / "net.d"),
                 "--cni-plugin-dir", "/usr/lib/cni", *more]  # fmt: skip
        self._process = self.pycman.start(*words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert "listening" in self._process.stdout.readline()
        wait_until(self.socket.exists, "the server makes no socket")
        self._channel = grpc.insecure_channel(
            f"unix://{self.socket}", options=[("grpc.default_authority", "localhost")]
        )
        grpc.channel_ready_future(self._channel).result(timeout=120)

    def connect(self, url: str) -> socket.socket:
        """Connect to where a URL leads, on the server's machine."""
        parts = urlsplit(url)
        with open("/proc/thread-self/ns/net") as ours, open(self._machine) as theirs:
            syscalls.setns(theirs.fileno(), syscalls.CLONE_NEWNET)  # of this thread
            try:
                return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
            finally:
                syscalls.setns(ours.fileno(), syscalls.CLONE_NEWNET)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, *, kill: bool = False) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(120)
            self._process = None

    def tree(self) -> tuple[int, int, set[int]]:
        """Return the server's process, its pool process (0 while there is none) and the workers there are."""
        parents = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if f"unix://{self.socket}".encode() in Path(f"/proc/{name}/cmdline").read_bytes():
                    fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                    parents[int(name)] = int(fields[1])
        assert self._process is not None
        server = self._process.pid
        pool = next((pid for pid, parent in parents.items() if parent == server), 0)
        return server, pool, {pid for pid, parent in parents.items() if parent == pool}

    def runtime(self, method: str, *, deadline_s: float = 60, **fields: Any) -> Any:
        return self._call("RuntimeService", method, deadline_s, fields)

    def images(self, method: str, *, deadline_s: float = 60, **fields: Any) -> Any:
        return self._call("ImageService", method, deadline_s, fields)

    def _call(self, service: str, method: str, deadline_s: float, fields: dict[str, Any]) -> Any:
        assert self._channel is not None
        answer = getattr(api, f"{method}Response")
        call = self._channel.unary_unary(
            f"/runtime.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return call(getattr(api, f"{method}Request")(**fields), timeout=deadline_s)

    def stream(self, service: str, method: str, answer: type, request: Any) -> Any:
        """Call an RPC that answers with a stream; iterate over it, or cancel it."""
        assert self._channel is not None
        call = self._channel.unary_stream(
            f"/runtime.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,  # type: ignore[attr-defined]
        )
        return call(request, timeout=60)

    def sandbox(
        self, name: str = "p", *, pid: str = "CONTAINER", network: str = "POD", attempt: int = 0
    ) -> api.PodSandboxConfig:
        options = api.NamespaceOption(pid=pid, network=network)
        return api.PodSandboxConfig(
            metadata=api.PodSandboxMetadata(name=name, uid=f"uid-{name}", namespace="default", attempt=attempt),
            hostname="" if network == "NODE" else name,
            log_directory=str(self.folder / "logs" / name),
            labels={"app": name},
            annotations={"note": "kept"},
            dns_config=api.DNSConfig(servers=["192.0.2.53"], searches=["example"], options=["ndots:2"]),
            linux=api.LinuxPodSandboxConfig(
                security_context=api.LinuxSandboxSecurityContext(namespace_options=options)
            ),
        )

    def container(self, *command: str, name: str = "c", pid: str = "CONTAINER", **fields: Any) -> api.ContainerConfig:
        security = api.LinuxContainerSecurityContext(namespace_options=api.NamespaceOption(pid=pid))
        return api.ContainerConfig(**{
            "metadata": api.ContainerMetadata(name=name), "image": api.ImageSpec(image="localhost/busybox:1"),
            "command": list(command), "log_path": f"{name}/0.log", "labels": {"part": name},
            "linux": api.LinuxContainerConfig(security_context=security), **fields})  # fmt: skip

    def run(self, config: api.PodSandboxConfig, container: api.ContainerConfig) -> tuple[str, str]:
        pod = self.runtime("RunPodSandbox", config=config).pod_sandbox_id
        made = self.runtime("CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=config).container_id
        self.runtime("StartContainer", container_id=made)
        return pod, made


def a_server(networked: Any, *more: str) -> Iterator[CriServer]:
    """Give a server on a machine of its own; afterwards it is ended with all its pods, whose addresses must be given back."""
    made = CriServer(networked, networked.machine)
    made.start(*more)
    yield made
    for item in made.runtime("ListPodSandbox").items:
        made.runtime("RemovePodSandbox", pod_sandbox_id=item.id)
    made.stop()
    leases = Path(networked.folder) / "leases/pods"
    left = [name for name in os.listdir(leases) if name[0].isdigit()] if leases.is_dir() else []
    networked.machines.run("sh", "-c", "ip link delete cri0 2>/dev/null || true")
    assert left == []


def code_of(call: Callable[[], object]) -> grpc.StatusCode:
    """Return the status an RPC ends with, which must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code()
