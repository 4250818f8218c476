"""Docker's API: ratios to podman's service in the same run, over the same requests. Reports, asserts nothing.

CONTAINERS: how many are listed (100). Wants to be started as root, with the package podman.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.busybox import write_busybox_archive  # noqa: E402
from tests.support.engine_api import UnixConnection  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTAINERS = int(os.environ.get("CONTAINERS", "100"))
IMAGE = "localhost/busybox:1"
STREAMED_MIB = 256
ROUNDS = 15
_FIRST_PASSED = 3
_LOWER_IS_BETTER = "lower is better"


class Client:
    """Sends requests to a server, each on a connection of its own, as the docker client does."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        connection = UnixConnection(self._path, timeout=120)
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, f"/v1.41{path}", data, {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            text = answer.read()
            if answer.status >= 400:
                raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
            return json.loads(text) if text else None

    def create(self, *command: str) -> str:
        """Create a container without a network."""
        limits = [
            {"Name": name, "Soft": 1024, "Hard": 1024} for name in ("nofile", "nproc")
        ]  # some hosts allow no more
        body = {"Image": IMAGE, "Cmd": list(command), "HostConfig": {"NetworkMode": "none", "Ulimits": limits}}
        return str(self("POST", "/containers/create", body)["Id"])

    def life(self) -> None:
        """Bring a container from its creation to its end."""
        made = self.create("true")
        self("POST", f"/containers/{made}/start")
        self("POST", f"/containers/{made}/wait")
        self("DELETE", f"/containers/{made}")

    def stream(self) -> float:
        """Return MiB/s of a container's output over attach."""
        made = self.create("dd", "if=/dev/zero", "bs=64k", f"count={STREAMED_MIB * 16}")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._path)
            head = f"POST /v1.41/containers/{made}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\n"
            connection.sendall(f"{head}Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode())
            connection.recv(4096)
            begun = time.perf_counter()
            self("POST", f"/containers/{made}/start")
            size = 0
            while data := connection.recv(1 << 20):
                size += len(data)
        seconds = time.perf_counter() - begun
        self("DELETE", f"/containers/{made}?force=1")
        return size / (1 << 20) / seconds


def took(work: Callable[[], object]) -> float:
    """Return how many ms it takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def measure(client: Client, processes: Callable[[], list[int]]) -> dict[str, float]:
    """Return the figures of a server."""
    found = {"idle memory (PSS), MiB": sum(map(pss, processes())) / (1 << 20)}
    client.life()  # what the first costs is not what is asked
    found["create, start, wait, remove, ms"] = statistics.median(took(client.life) for _ in range(ROUNDS))
    found["attach, ms for each MiB"] = 1000 / statistics.median(client.stream() for _ in range(3))
    for _ in range(CONTAINERS):
        client.create("true")
    found[f"containers/json of {CONTAINERS}, ms"] = statistics.median(
        took(lambda: client("GET", "/containers/json?all=1")) for _ in range(ROUNDS)
    )
    return found


def pss(pid: int) -> int:
    """Return the proportional set size of a process in bytes, 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(word) for word in (task / "children").read_text(encoding="ascii").split()]
    return found


@contextlib.contextmanager
def server(argv: list[str], path: str) -> Iterator[int]:
    """Run a server until it has been measured."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists(path):
            if process.poll() is not None:
                raise SystemExit(f"{argv} ended with {process.returncode}")
            time.sleep(0.05)
        Client(path)("GET", "/version")
        time.sleep(1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def first_answer(argv: list[str], path: str) -> float:
    """Return how many ms a request takes that has the server started, as a service manager does it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        code = f"import os, sys; os.dup2(int(sys.argv[1]), {_FIRST_PASSED}, True); "
        code += "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[2], sys.argv[2:])"
        words = [sys.executable, "-ISc", code, str(listener.fileno()), *argv]
        begun = time.perf_counter()
        process = subprocess.Popen(
            words, pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            Client(path)("GET", "/containers/json")
            return (time.perf_counter() - begun) * 1000
        finally:
            process.terminate()
            process.wait(60)
            os.unlink(path)


def figures(program: list[str], archive: Path, folder: Path) -> dict[str, float]:
    """Return the figures of a program's service."""
    subprocess.run([*program, "load", "-i", str(archive)], check=True, capture_output=True)
    own, passed = str(folder / "own.sock"), str(folder / "passed.sock")
    with server([*program, "system", "service", "--time", "0", f"unix://{own}"], own) as pid:
        found = measure(Client(own), lambda: family(pid))
    words = [*program, "system", "service", "--time", "5"]
    found["first answer of an activated service, ms"] = statistics.median(first_answer(words, passed) for _ in range(5))
    return found


def main() -> None:
    """Measure both, print a table."""
    if shutil.which("podman") is None:
        print("the API is compared with podman's where that is installed")
        return
    with tempfile.TemporaryDirectory(prefix="bench-api-", ignore_cleanup_errors=True) as name:
        base = Path(name)
        archive = base / "busybox.tar"
        write_busybox_archive(archive)
        results = []
        for program in (os.environ.get("PYCMAN", str(ROOT / ".venv/bin/pycman")), shutil.which("podman") or ""):
            folder = base / Path(program).name
            folder.mkdir()
            store = [program, "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
            results.append(figures(store, archive, folder))
            subprocess.run(
                ["sh", "-c", f"grep -o '{folder}[^ ]*' /proc/mounts | sort -r | xargs -r umount -l"], check=False
            )
    print(f"load {os.getloadavg()[0]:.1f}; every figure: {_LOWER_IS_BETTER}")
    print(f"{'':44}{'pycman':>10}{'podman':>10}{'ratio':>8}")
    for what, own in results[0].items():
        other = results[1][what]
        print(f"{what:44}{own:10.1f}{other:10.1f}{own / other:8.2f}")


if __name__ == "__main__":
    main()
