"""Ratios to Debian's podman, both as whole processes in the same run, in turn: `make bench`. It reports and asserts nothing.

podman is given what it needs on a host without CAP_SYS_RESOURCE (`--ulimit` within the hard limits).
"""

from __future__ import annotations

import io
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.busybox import write_busybox_archive  # noqa: E402
from tests.support.registry import Registry  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "11"))


class Tool:
    """One of the two, on a store of its own."""

    def __init__(self, name: str, argv: list[str], run_options: list[str]) -> None:
        self.name = name
        self.argv = argv
        self.run_options = run_options

    def __call__(self, *words: str) -> float:
        begun = time.perf_counter()
        done = subprocess.run([*self.argv, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        took = time.perf_counter() - begun
        if done.returncode:
            raise SystemExit(f"{self.name} {' '.join(words)}: {done.stderr.decode()}")
        return took


def large_image(path: Path) -> Path:
    """Write a docker-archive with 5 layers, 10,000 files and 150 MB, half of it hard to compress."""
    import hashlib
    import json

    rng = random.Random(1)
    noise = rng.randbytes(1 << 20)
    layers = []
    for layer in range(5):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for number in range(2000):
                at = rng.randrange(len(noise) - 8000)
                data = noise[at : at + 7500] + bytes(7500)
                member = tarfile.TarInfo(f"data/{layer}/{number % 50}/file-{number}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        layers.append(buffer.getvalue())
    diff_ids = ["sha256:" + hashlib.sha256(each).hexdigest() for each in layers]
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["x"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": "x"}] * 5,
        }
    ).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    entry = [{"Config": name, "RepoTags": ["localhost/large:1"], "Layers": [f"{each[7:]}.tar" for each in diff_ids]}]
    files = {name: config, "manifest.json": json.dumps(entry).encode()}
    files |= {f"{diff_id[7:]}.tar": data for diff_id, data in zip(diff_ids, layers, strict=True)}
    with tarfile.open(path, "w") as archive:
        for file_name, data in files.items():
            member = tarfile.TarInfo(file_name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def compare(title: str, ours: Tool, theirs: Tool, work, rounds: int = ROUNDS, before=None) -> None:
    """Time `work(tool)` in turn and print medians and the median of the ratios pair by pair."""
    times: dict[str, list[float]] = {ours.name: [], theirs.name: []}
    for number in range(rounds + 1):
        for tool in (ours, theirs):
            if before is not None:
                before(tool)
            took = work(tool)
            if number:
                times[tool.name].append(took)
    pairs = [a / b for a, b in zip(times[ours.name], times[theirs.name], strict=True)]
    a, b = (statistics.median(times[tool.name]) * 1000 for tool in (ours, theirs))
    print(f"{title:<44}{a:>9.1f} ms{b:>9.1f} ms{statistics.median(pairs):>8.2f}", flush=True)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pycman-bench-"))
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
    ours = Tool("pycman", [str(ROOT / ".venv/bin/pycman"), "--root", f"{folder}/a", "--runroot", f"{folder}/ar"], [])
    theirs = Tool("podman", ["podman", "--root", f"{folder}/b", "--runroot", f"{folder}/br"], limits)
    try:
        _all(ours, theirs, folder)
    finally:
        for tool in (ours, theirs):
            subprocess.run([*tool.argv, "rm", "-fa", "-t", "0"], capture_output=True, check=False)
        subprocess.run(["umount", f"{folder}/b/overlay"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _all(ours: Tool, theirs: Tool, folder: Path) -> None:
    archive = write_busybox_archive(folder / "busybox.tar")
    for tool in (ours, theirs):
        tool("load", "-i", str(archive))
    image = "localhost/busybox:1"
    print(f"{'':<44}{'pycman':>12}{'podman':>12}{'ratio':>8}")
    compare("--version", ours, theirs, lambda t: t("--version"))
    compare("--help", ours, theirs, lambda t: t("--help"))
    run = lambda t: t("run", "--rm", "--network", "none", *t.run_options, image, "true")  # noqa: E731
    compare("run --rm --network none IMG true", ours, theirs, run)
    for tool in (ours, theirs):
        tool("run", "-d", "--name", "c", "--network", "none", *tool.run_options, image, "sleep", "10000")
    compare("exec C true", ours, theirs, lambda t: t("exec", "c", "true"))

    def started(tool: Tool) -> None:
        script = "trap 'exit 0' TERM; while :; do sleep 0.01; done"
        tool("run", "-d", "--name", "s", "--network", "none", *tool.run_options, image, "sh", "-c", script)

    compare("stop + rm", ours, theirs, lambda t: t("stop", "s") + t("rm", "s"), before=started)
    for tool in (ours, theirs):
        for _ in range(49):
            tool("create", "--network", "none", *tool.run_options, image, "true")
    compare("ps -a with 50 containers", ours, theirs, lambda t: t("ps", "-a"))
    large = large_image(folder / "large.tar")

    def gone(tool: Tool) -> None:
        subprocess.run([*tool.argv, "rmi", "-f", "localhost/large:1"], capture_output=True, check=False)

    compare("load, 150 MB, 5 layers, 10,000 files", ours, theirs, lambda t: t("load", "-i", str(large)), 5, gone)
    (folder / "registry").mkdir()
    with Registry(folder / "registry") as registry:
        name = f"{registry.host}/large:1"
        ours("push", "-q", "localhost/large:1", name)

        def gone_too(tool: Tool) -> None:
            gone(tool)
            subprocess.run([*tool.argv, "rmi", "-f", name], capture_output=True, check=False)

        pull = lambda t: t("pull", "-q", "--tls-verify=false", name)  # noqa: E731
        compare("pull of the same from loopback", ours, theirs, pull, 5, gone_too)
    begun = time.perf_counter()
    clients = [
        subprocess.Popen([*ours.argv, "run", "-d", image, "sleep", "1000"], stdout=subprocess.DEVNULL)
        for _ in range(30)
    ]
    statuses = [client.wait() for client in clients]
    print(f"thirty `run -d` at once: {time.perf_counter() - begun:.1f} s, statuses {set(statuses)}")


if __name__ == "__main__":
    main()
