"""The CRI server: ratios to Debian's containerd in the same run, over the same protocol. Reports, asserts nothing.

PODS: how many, one container each (60). Wants to be started as root, with the packages containerd and containernetworking-plugins.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import grpc  # noqa: E402

from cri_server.proto import api_pb2 as api  # noqa: E402
from tests.support.busybox import write_archive, write_busybox_archive  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PODS = int(os.environ.get("PODS", "60"))
IMAGE, PAUSE = "localhost/busybox:1", "localhost/pause:1"
CONTAINERD = """
version = 2
root = "{0}/root"
state = "{0}/state"
[grpc]
address = "{0}/cri.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{1}"
restrict_oom_score_adj = true
disable_hugetlb_controller = true
stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{0}/net.d"
"""


class Client:
    """Calls RPCs of a server."""

    def __init__(self, path: str) -> None:
        self._channel = grpc.insecure_channel(f"unix://{path}", options=[("grpc.default_authority", "localhost")])
        grpc.channel_ready_future(self._channel).result(timeout=30)

    def __call__(self, method: str, **fields: Any) -> Any:
        service = "ImageService" if "Image" in method else "RuntimeService"
        call = self._channel.unary_unary(
            f"/runtime.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=getattr(api, f"{method}Response").FromString,
        )
        return call(getattr(api, f"{method}Request")(**fields), timeout=120)

    def pod(self, number: int) -> tuple[str, str]:
        """Bring a pod with a container to run; network of its own, pids of the container's own, as a kubelet asks for."""
        options = api.NamespaceOption(pid=api.CONTAINER)
        config = api.PodSandboxConfig(
            metadata=api.PodSandboxMetadata(name=f"p{number}", uid=f"u{number}", namespace="bench"),
            hostname=f"p{number}",
            linux=api.LinuxPodSandboxConfig(
                security_context=api.LinuxSandboxSecurityContext(namespace_options=options)
            ),
        )
        pod = self("RunPodSandbox", config=config).pod_sandbox_id
        container = api.ContainerConfig(
            metadata=api.ContainerMetadata(name="c"),
            image=api.ImageSpec(image=IMAGE),
            command=["sleep", "100000"],
            linux=api.LinuxContainerConfig(
                security_context=api.LinuxContainerSecurityContext(
                    namespace_options=options, seccomp=api.SecurityProfile()
                )
            ),
        )
        made = self("CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=config).container_id
        self("StartContainer", container_id=made)
        return pod, made

    def remove(self, pod: str) -> None:
        """Stop and remove a pod."""
        self("StopPodSandbox", pod_sandbox_id=pod)
        self("RemovePodSandbox", pod_sandbox_id=pod)


def took(work: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Return the median of some rounds in ms."""
    return statistics.median(took(work) for _ in range(rounds)) * 1000


def measure(client: Client, processes: Callable[[], list[int]]) -> dict[str, float]:
    """Return the figures of one server."""
    client.remove(client.pod(9999)[0])  # what a first pod costs is not what is asked
    found: dict[str, float] = {}
    pods: list[tuple[str, str]] = []
    found["pods one after the other, s"] = took(lambda: pods.extend(client.pod(n) for n in range(PODS)))
    one = pods[0][1]
    found["ListContainers, ms"] = median_ms(lambda: client("ListContainers"), 200)
    found["ContainerStatus, ms"] = median_ms(lambda: client("ContainerStatus", container_id=one), 200)
    found["ListContainerStats, ms"] = median_ms(lambda: client("ListContainerStats"), 20)
    found["ExecSync true, ms"] = median_ms(lambda: client("ExecSync", container_id=one, cmd=["true"]), 30)
    found["memory of the server (PSS), MiB"] = sum(pss(pid) for pid in processes()) / 2**20
    before = sum(cpu(pid) for pid in processes())
    time.sleep(10)
    found["CPU while idle, ms a minute"] = (sum(cpu(pid) for pid in processes()) - before) * 6
    found["stop and remove, s"] = took(lambda: [client.remove(pod) for pod, _ in pods])
    with ThreadPoolExecutor(8) as pool:
        pods = []
        found["pods eight at once, s"] = took(lambda: pods.extend(pool.map(client.pod, range(1000, 1000 + PODS))))
        found["stop and remove eight at once, s"] = took(
            lambda: list(pool.map(client.remove, [pod for pod, _ in pods]))
        )
    return found


def pss(pid: int) -> float:
    """Return the proportional set size of a process in bytes, 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def cpu(pid: int) -> float:
    """Return the CPU time of a process in ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Return a process and those it forked that are of the same program."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(word) for word in (task / "children").read_text().split()]
    return found


@contextlib.contextmanager
def machine(name: str) -> Iterator[list[str]]:
    """Make a network namespace; give the words that run a program in it."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield ["nsenter", f"--net=/run/netns/{name}"]
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False)


def write_network(folder: Path) -> None:
    """Write a bridge network."""
    ipam = {"type": "host-local", "dataDir": f"{folder}/leases", "ranges": [[{"subnet": "10.99.0.0/16"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}  # fmt: skip
    bridge = {"type": "bridge", "bridge": "bench0", "isGateway": True, "ipMasq": False, "ipam": ipam}
    (folder / "net.d").mkdir()
    text = json.dumps({"cniVersion": "1.0.0", "name": "bench", "plugins": [bridge]})
    (folder / "net.d/10-bench.conflist").write_text(text)


@contextlib.contextmanager
def server(argv: list[str], path: Path) -> Iterator[tuple[Client, int]]:
    """Run a server until it has been measured."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not path.exists():
            if process.poll() is not None:
                raise SystemExit(f"{argv} ended with {process.returncode}")
            time.sleep(0.05)
        yield Client(str(path)), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def of_pycman(folder: Path, archives: list[Path]) -> dict[str, float]:
    """Measure pycman."""
    write_network(folder)
    own = [str(ROOT / ".venv/bin/pycman"), "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
    with machine("bench-pycman") as inside:
        for archive in archives:
            subprocess.run([*own, "load", "-i", str(archive)], check=True, capture_output=True)
        words = ["cri", "serve", "--listen", f"unix://{folder}/cri.sock", "--cni-conf-dir", f"{folder}/net.d"]
        with server([*inside, *own, *words, "--cni-plugin-dir", "/usr/lib/cni"], folder / "cri.sock") as (client, pid):
            return measure(client, lambda: children(pid))


def of_containerd(folder: Path, archives: list[Path]) -> dict[str, float]:
    """Measure containerd."""
    write_network(folder)
    (folder / "config.toml").write_text(CONTAINERD.format(folder, PAUSE))
    with (
        machine("bench-containerd") as inside,
        server([*inside, "containerd", "--config", f"{folder}/config.toml"], folder / "cri.sock") as (client, pid),
    ):
        for archive in archives:
            subprocess.run(
                ["ctr", "-a", f"{folder}/cri.sock", "-n", "k8s.io", "images", "import", str(archive)],
                check=True, capture_output=True,
            )  # fmt: skip
        found = measure(client, lambda: [pid])
        subprocess.run(
            ["sh", "-c", f"grep -o '{folder}[^ ]*' /proc/mounts | sort -r | xargs -r umount -l"], check=False
        )
        return found


def main() -> None:
    """Measure both, print a table."""
    with tempfile.TemporaryDirectory(prefix="bench-cri-") as name:
        base = Path(name)
        archives = [
            write_busybox_archive(base / "busybox.tar"),
            write_archive(
                base / "pause.tar", PAUSE, {"pause": Path("/usr/bin/catatonit").read_bytes()}, ["/pause", "-P"]
            ),
        ]
        results = []
        for measured in (of_pycman, of_containerd):
            folder = base / measured.__name__
            folder.mkdir()
            results.append(measured(folder, archives))
    ours, theirs = results
    print(f"{PODS} pods of one container{'pycman':>34}{'containerd':>12}{'ratio':>8}")
    for key, value in ours.items():
        ratio = f"{value / theirs[key]:8.2f}" if theirs[key] else "       -"
        print(f"{key:<46}{value:>10.2f}{theirs[key]:>12.2f}{ratio}")


if __name__ == "__main__":
    main()
