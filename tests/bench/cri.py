"""The CRI server beside Debian's containerd: the same calls of the same client, in turn. Reports, asserts nothing.

    python tests/bench/cri.py [PYCMAN …]       as root; the default is .venv/bin/pycman, several are compared with each other too

PODS: how many pods there are at once, of one container each (60). ROUNDS: how often a single call is measured. RUNTIME: the OCI
runtime of all (crun). Each server has a network namespace and a cgroup of its own, in which its pods are too, so that processor
time is that of all it starts, plugins and runtimes included, whatever else the machine does. These cgroups and the client's have the
largest weight there is: else, on a busy machine, wall time is mostly that of other processes' turns (a call waits for one with each process that
it starts).

Where containerd is not installed, it can be unpacked into a folder, which the variable CONTAINERD names:

    apt-get download containerd runc containernetworking-plugins && for each in *.deb; do dpkg -x $each DIR; done
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
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
ROUNDS = int(os.environ.get("ROUNDS", "15"))
RUNTIME = os.environ.get("RUNTIME", "crun")
PEER = os.environ.get("CONTAINERD", "")
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
bin_dir = "{2}"
conf_dir = "{0}/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = "{3}"
"""
_READS = ("Version", "Status", "ListPodSandbox", "ListContainers", "ListImages", "PodSandboxStatus", "ContainerStatus",
          "ImageStatus", "ContainerStats", "ListContainerStats", "ListPodSandboxStats")  # fmt: skip


class Group:
    """A cgroup with a server and all that it starts (version 1 or 2), before which other processes of the machine stand back."""

    def __init__(self, name: str) -> None:
        self.name = name
        one = Path("/sys/fs/cgroup/cpuacct")
        self._folder = (one if one.exists() else Path("/sys/fs/cgroup")) / name
        self._is_unified = not one.exists()
        self._server = self._folder / "server"
        self._server.mkdir(parents=True, exist_ok=True)
        self._places = [self._server]
        if self._is_unified:
            prefer(self._folder, "cpu.weight", 10_000)
        elif (cpu := Path("/sys/fs/cgroup/cpu")).resolve() != one.resolve():
            self._places.append(cpu / name / "server")
            self._places[-1].mkdir(parents=True, exist_ok=True)
        for folder in () if self._is_unified else (self._places[-1], self._places[-1].parent):
            prefer(folder, "cpu.shares", 262_144)

    def starter(self) -> list[str]:
        """Return the words that run a program in it."""
        moves = "; ".join(f"echo $$ >{place}/cgroup.procs" for place in self._places)
        return ["sh", "-c", f'{moves}; exec "$@"', "sh"]

    def join(self) -> None:
        """Move this process into it."""
        for place in self._places:
            (place / "cgroup.procs").write_text(str(os.getpid()))

    def leave(self) -> None:
        """Move this process out of it."""
        for place in self._places:
            (place.parent.parent / "cgroup.procs").write_text(str(os.getpid()))

    def cpu_ms(self) -> float:
        """Return the processor time of everything that is or was in it."""
        if self._is_unified:
            return int((self._folder / "cpu.stat").read_text().split()[1]) / 1000
        return int((self._folder / "cpuacct.usage").read_text()) / 1e6

    def memory(self) -> tuple[float, dict[str, float]]:
        """Return the proportional set size of the server's own processes in MiB, and of those of its pods by name."""
        own = 0.0
        pods: dict[str, float] = {}
        for file in self._folder.rglob("cgroup.procs"):
            for pid in map(int, file.read_text().split()):
                with contextlib.suppress(OSError):
                    name = Path(f"/proc/{pid}/comm").read_text().strip()
                    if file.parent != self._server or name in ("conmon", "containerd-shim", "catatonit"):
                        pods[name] = pods.get(name, 0) + pss(pid) / 2**20
                    else:
                        own += pss(pid) / 2**20
        return own, pods

    def remove(self) -> None:
        """Remove it with the groups in it, in all hierarchies."""
        for top in {path.resolve() for path in Path("/sys/fs/cgroup").glob("*")} | {Path("/sys/fs/cgroup")}:
            found = [top / self.name, *(top / self.name).rglob("*")]
            for folder in sorted((path for path in found if path.is_dir()), reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()


def prefer(folder: Path, name: str, weight: int) -> None:
    """Give a cgroup a weight; without the controller it has none."""
    with contextlib.suppress(OSError):
        (folder / name).write_text(str(weight))


class Client:
    """Calls RPCs of a server."""

    def __init__(self, name: str, path: str, group: Group) -> None:
        self.name = name
        self.group = group
        self.pods: list[tuple[str, str]] = []
        self._channel = grpc.insecure_channel(f"unix://{path}", options=[("grpc.default_authority", "localhost")])
        grpc.channel_ready_future(self._channel).result(timeout=30)
        self._calls: dict[str, Any] = {}

    def __call__(self, method: str, **fields: Any) -> Any:
        call = self._calls.get(method)
        if call is None:
            service = "ImageService" if "Image" in method else "RuntimeService"
            call = self._calls[method] = self._channel.unary_unary(
                f"/runtime.v1.{service}/{method}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=getattr(api, f"{method}Response").FromString,
            )
        return call(getattr(api, f"{method}Request")(**fields), timeout=120)

    def run(self, number: int) -> str:
        """Run a sandbox with a network of its own; pids are the container's own, as a kubelet asks for."""
        return str(self("RunPodSandbox", config=self._sandbox(number)).pod_sandbox_id)

    def create(self, pod: str, number: int) -> str:
        """Create the container of a pod."""
        linux = api.LinuxContainerConfig(
            security_context=api.LinuxContainerSecurityContext(
                namespace_options=api.NamespaceOption(pid=api.CONTAINER), seccomp=api.SecurityProfile()
            )
        )
        container = api.ContainerConfig(
            metadata=api.ContainerMetadata(name="c"), image=api.ImageSpec(image=IMAGE), command=["sleep", "100000"],
            linux=linux,
        )  # fmt: skip
        sandbox = self._sandbox(number)
        return str(self("CreateContainer", pod_sandbox_id=pod, config=container, sandbox_config=sandbox).container_id)

    def _sandbox(self, number: int) -> api.PodSandboxConfig:
        options = api.NamespaceOption(pid=api.CONTAINER)
        return api.PodSandboxConfig(
            metadata=api.PodSandboxMetadata(name=f"p{number}", uid=f"u{number}", namespace="bench"),
            hostname=f"p{number}",
            linux=api.LinuxPodSandboxConfig(
                cgroup_parent=f"/{self.group.name}/pod{number}",
                security_context=api.LinuxSandboxSecurityContext(namespace_options=options),
            ),
        )

    def pod(self, number: int) -> tuple[str, str]:
        """Bring a pod with a container to run."""
        pod = self.run(number)
        made = self.create(pod, number)
        self("StartContainer", container_id=made)
        return pod, made

    def remove(self, pod: str) -> None:
        """Stop and remove a pod."""
        self("StopPodSandbox", pod_sandbox_id=pod)
        self("RemovePodSandbox", pod_sandbox_id=pod)


class Table:
    """Rows of wall and processor time by client; the ratio is that of the first client to the last."""

    def __init__(self, clients: list[Client]) -> None:
        self._clients = clients
        print(f"{'ms (processor time)':<40}" + "".join(f"{client.name:>22}" for client in clients) + "    ratio")

    def row(self, title: str, found: list[tuple[float, float]]) -> None:
        """Print a row of (wall, processor time) in ms."""
        cells = "".join(f"{f'{wall:.2f} ({cpu:.2f})':>22}" for wall, cpu in found)
        (ours, our_cpu), (theirs, their_cpu) = found[0], found[-1]
        ratio = f"  {ours / theirs:.2f} ({our_cpu / their_cpu:.2f})"
        print(f"{title:<40}{cells}{ratio}", flush=True)

    def values(self, title: str, found: list[str]) -> None:
        """Print a row of texts."""
        print(f"{title:<40}" + "".join(f"{each:>22}" for each in found), flush=True)

    def each(
        self,
        title: str,
        work: Callable[[Client], object],
        rounds: int,
        before: Callable[[Client], object] = lambda _client: None,
    ) -> None:
        """Measure something in turn, some rounds each: the median of the wall time, and the processor time of a round."""
        walls: dict[str, list[float]] = {client.name: [] for client in self._clients}
        cpus = dict.fromkeys(walls, 0.0)
        for _ in range(rounds):
            for client in self._clients:
                before(client)
                wall, cpu = measured(client, work)
                walls[client.name].append(wall)
                cpus[client.name] += cpu
        self.row(title, [(statistics.median(walls[name]), cpus[name] / rounds) for name in walls])


def measured(client: Client, work: Callable[[Client], object], settle_s: float = 0) -> tuple[float, float]:
    """Return wall and processor time in ms of something; `settle_s` later, what it left to be done has been counted too."""
    before, begun = client.group.cpu_ms(), time.perf_counter()
    work(client)
    wall = (time.perf_counter() - begun) * 1000
    time.sleep(settle_s)
    return wall, client.group.cpu_ms() - before


def measure(clients: list[Client]) -> None:
    """Print the table."""
    for client in clients:
        client.remove(client.pod(9999)[0])  # what a first pod costs is not what is asked
    table = Table(clients)
    time.sleep(8)
    idle = [client.group.memory()[0] for client in clients]
    before = [client.group.cpu_ms() for client in clients]
    time.sleep(20)
    spent = [client.group.cpu_ms() - then for client, then in zip(clients, before, strict=True)]
    table.values("processor time while idle, ms a minute", [f"{each * 3:.0f}" for each in spent])
    _steps(table, clients)
    for client in clients:
        client.pods = []
    each_ms = [measured(client, _fill, 0.5) for client in clients]
    table.row(f"{PODS} pods to Running, one by one", each_ms)
    _reads(table)
    time.sleep(8)
    full = [client.group.memory() for client in clients]
    table.values("PSS of the server idle, MiB", [f"{each:.1f}" for each in idle])
    table.values(f"PSS of the server with {PODS} pods, MiB", [f"{own:.1f}" for own, _ in full])
    for name in sorted({name for _, pods in full for name in pods}):
        table.values(f"PSS of a pod's {name}, MiB", [f"{pods.get(name, 0) / PODS:.2f}" for _, pods in full])
    table.row(f"stop and remove {PODS}, one by one", [measured(client, _empty, 1) for client in clients])
    table.row(f"{PODS} pods to Running, eight at once", [measured(client, _fill_at_once, 0.5) for client in clients])
    table.row(f"stop and remove {PODS}, eight at once", [measured(client, _empty_at_once, 1) for client in clients])


def _steps(table: Table, clients: list[Client]) -> None:
    """Measure each call in the life of a pod, and all of them."""
    steps: dict[str, Callable[[Client, int], object]] = {
        "RunPodSandbox": lambda client, n: client.pods.append((client.run(n), "")),
        "CreateContainer": lambda client, n: client.pods.append(
            (client.pods[-1][0], client.create(client.pods[-1][0], n))
        ),
        "StartContainer": lambda client, _n: client("StartContainer", container_id=client.pods[-1][1]),
        "StopPodSandbox": lambda client, _n: client("StopPodSandbox", pod_sandbox_id=client.pods[-1][0]),
        "RemovePodSandbox": lambda client, _n: client("RemovePodSandbox", pod_sandbox_id=client.pods[-1][0]),
    }
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number in range(ROUNDS):
        for client in clients:
            whole = (0.0, 0.0)
            for title, step in steps.items():
                each = measured(client, lambda client, step=step, number=number: step(client, number), 0.05)  # type: ignore[misc]
                found.setdefault((title, client.name), []).append(each)
                whole = (whole[0] + each[0], whole[1] + each[1])
                if title == "StartContainer":
                    found.setdefault(("one pod to Running", client.name), []).append(whole)
    for title in (*steps, "one pod to Running"):
        table.row(title, [_medians(found[title, client.name]) for client in clients])


def _medians(found: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(wall for wall, _ in found), statistics.median(cpu for _, cpu in found)


def _reads(table: Table) -> None:
    for method in _READS:

        def read(client: Client, method: str = method) -> None:
            pod, container = client.pods[0]
            fields: dict[str, dict[str, Any]] = {
                "PodSandboxStatus": {"pod_sandbox_id": pod}, "ContainerStatus": {"container_id": container},
                "ContainerStats": {"container_id": container}, "ImageStatus": {"image": api.ImageSpec(image=IMAGE)},
            }  # fmt: skip
            client(method, **fields.get(method, {}))

        table.each(method, read, 20 if "Stats" in method else 200)
    table.each("ListContainers after a change", lambda client: client("ListContainers"), 2 * ROUNDS, before=_change)
    table.each(
        "ExecSync true",
        lambda client: client("ExecSync", container_id=client.pods[0][1], cmd=["true"]),
        2 * ROUNDS,
    )


def _change(client: Client) -> None:
    shares = api.LinuxContainerResources(cpu_shares=1024)
    client("UpdateContainerResources", container_id=client.pods[0][1], linux=shares)


def _fill(client: Client) -> None:
    client.pods = [client.pod(number) for number in range(1000, 1000 + PODS)]


def _empty(client: Client) -> None:
    for pod, _ in client.pods:
        client.remove(pod)


def _fill_at_once(client: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        client.pods = list(pool.map(client.pod, range(2000, 2000 + PODS)))


def _empty_at_once(client: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client.remove, [pod for pod, _ in client.pods]))


def pss(pid: int) -> float:
    """Return the proportional set size of a process in bytes, 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


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
    (folder / "net.d").mkdir(parents=True)
    text = json.dumps({"cniVersion": "1.0.0", "name": "bench", "plugins": [bridge]})
    (folder / "net.d/10-bench.conflist").write_text(text)


@contextlib.contextmanager
def server(name: str, folder: Path, argv: list[str], env: dict[str, str]) -> Iterator[Client]:
    """Run a server until it has been measured."""
    group, path = Group(f"bench-{os.getpid()}-{name}"), folder / "cri.sock"
    with machine(group.name) as inside:
        process = subprocess.Popen(
            [*group.starter(), *inside, *argv], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while not path.exists():
                if process.poll() is not None:
                    raise SystemExit(f"{argv} ended with {process.returncode}")
                time.sleep(0.05)
            yield Client(name, str(path), group)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            group.remove()


def plugins() -> str:
    """Return the folder of the CNI plugins that all use."""
    return f"{PEER}/usr/lib/cni" if PEER and Path(f"{PEER}/usr/lib/cni").exists() else "/usr/lib/cni"


@contextlib.contextmanager
def of_pycman(name: str, program: str, folder: Path, archives: list[Path]) -> Iterator[Client]:
    """Give a client of pycman."""
    write_network(folder)
    own = [program, "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
    for archive in archives:
        subprocess.run([*own, "load", "-i", str(archive)], check=True, capture_output=True)
    words = ["--runtime", RUNTIME, "cri", "serve", "--listen", f"unix://{folder}/cri.sock"]
    words += ["--cni-conf-dir", f"{folder}/net.d", "--cni-plugin-dir", plugins()]
    with server(name, folder, [*own, *words], dict(os.environ)) as client:
        yield client


@contextlib.contextmanager
def of_containerd(folder: Path, archives: list[Path]) -> Iterator[Client]:
    """Give a client of containerd."""
    write_network(folder)
    runtime = shutil.which(RUNTIME) or RUNTIME
    (folder / "config.toml").write_text(CONTAINERD.format(folder, PAUSE, plugins(), runtime))
    path = f"{PEER}/usr/bin:{PEER}/usr/sbin:{os.environ['PATH']}" if PEER else os.environ["PATH"]
    env = {**os.environ, "PATH": path}
    command = [shutil.which("containerd", path=path) or "containerd", "--config", f"{folder}/config.toml"]
    with server("containerd", folder, command, env) as client:
        for archive in archives:
            subprocess.run(
                ["ctr", "-a", f"{folder}/cri.sock", "-n", "k8s.io", "images", "import", str(archive)],
                check=True, capture_output=True, env=env,
            )  # fmt: skip
        yield client
        subprocess.run(
            ["sh", "-c", f"grep -o '{folder}[^ ]*' /proc/mounts | sort -r | xargs -r umount -l"], check=False
        )


def main() -> None:
    """Measure all in turn, print a table."""
    programs = sys.argv[1:] or [str(ROOT / ".venv/bin/pycman")]
    with tempfile.TemporaryDirectory(prefix="bench-cri-", dir="/var/tmp") as name, contextlib.ExitStack() as stack:
        base = Path(name)
        own = Group(f"bench-{os.getpid()}-client")
        stack.callback(own.remove)
        own.join()
        stack.callback(own.leave)
        archives = [
            write_busybox_archive(base / "busybox.tar"),
            write_archive(
                base / "pause.tar", PAUSE, {"pause": Path("/usr/bin/catatonit").read_bytes()}, ["/pause", "-P"]
            ),
        ]
        clients = []
        for number, program in enumerate(programs):
            label = f"pycman{number or ''}"
            print(f"{label}: {program}")
            clients.append(stack.enter_context(of_pycman(label, program, base / label, archives)))
        if PEER or shutil.which("containerd"):
            clients.append(stack.enter_context(of_containerd(base / "containerd", archives)))
        else:
            print("there is no containerd to compare with: the beginning of tests/bench/cri.py says how to have one")
        measure(clients)


if __name__ == "__main__":
    main()
