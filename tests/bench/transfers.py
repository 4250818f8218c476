"""Images in and out: load, save, push and pull of one or more installations against podman, in turn. It reports and asserts nothing.

    python tests/bench/transfers.py [PYCMAN …]          as root; the default is .venv/bin/pycman
    PODMAN5=DIR                                         a newer podman to compare with (tests/bench/peer.py says how it is made)
    IMAGES=small,files,ten,one ROUNDS=5 ROWS=load,push  which images, how often, which rows (by the beginning of their names)

    small   150 MB in five layers, 10,000 files     files  20,000 files of 1 KB in one layer
    ten     2 GB in ten layers of two files         one    2 GB in one layer of eight files

For each program: the median of the wall time in ms, processor time of all its processes (the least), the memory of its largest
process in MiB (the most), and the first two as ratios to the last program, podman. The registry is Debian's docker-registry on loopback.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.bench import large_image  # noqa: E402
from tests.bench.command_line import Tool  # noqa: E402
from tests.bench.peer import CONF, PEER_CONF, enter_peer, peer_root  # noqa: E402
from tests.support.registry import Registry  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = int(os.environ.get("ROUNDS", "5"))
ROWS = tuple(filter(None, os.environ.get("ROWS", "").split(",")))
IMAGES = os.environ.get("IMAGES", "small,files").split(",")
NAME = "localhost/large:1"
_MIB = 1 << 20


class _Half:
    """`size` bytes, half of each megabyte hard to compress and half zeros; no two files are alike."""

    def __init__(self, size: int, seed: int) -> None:
        self._left = size
        self._random = random.Random(seed)
        self._buffer = b""

    def read(self, size: int) -> bytes:
        while len(self._buffer) < min(size, self._left):
            self._buffer += self._random.randbytes(_MIB // 2) + bytes(_MIB // 2)
        data, self._buffer = self._buffer[: min(size, self._left)], self._buffer[size:]
        self._left -= len(data)
        return data


class _Hashed:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def close(self) -> str:
        self._file.close()
        return self._hash.hexdigest()


def _archive(path: Path, layers: list[list[tuple[str, int]]]) -> Path:
    """Write a docker-archive whose layers have such files (name, size in bytes)."""
    names = []
    with tarfile.open(path, "w") as archive:
        for number, files in enumerate(layers):
            plain = path.with_suffix(f".{number}")
            hashed = _Hashed(plain)
            with tarfile.open(fileobj=hashed, mode="w|", bufsize=_MIB) as layer:
                for at, (name, size) in enumerate(files):
                    member = tarfile.TarInfo(name)
                    member.size = size
                    source = _Half(size, number << 20 | at) if size >= _MIB else io.BytesIO(os.urandom(size))
                    layer.addfile(member, source)
            names.append(hashed.close())
            archive.add(plain, f"{names[-1]}.tar")
            plain.unlink()
        config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["x"]}, "history": [{}] * len(names)}
        config["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{name}" for name in names]}
        entry = {"Config": "config.json", "RepoTags": [NAME], "Layers": [f"{name}.tar" for name in names]}
        for name, document in (("config.json", config), ("manifest.json", [entry])):
            data = json.dumps(document).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def _write(kind: str, path: Path) -> Path:
    if kind == "small":
        return large_image(path)
    if kind == "files":
        return _archive(path, [[(f"d{number % 100}/file-{number}", 1000) for number in range(20_000)]])
    if kind == "ten":
        return _archive(path, [[(f"{layer}/{number}", 100 * _MIB) for number in range(2)] for layer in range(10)])
    return _archive(path, [[(f"file-{number}", 250 * _MIB) for number in range(8)]])


class _Rows:
    def __init__(self, tools: list[Tool], title: str) -> None:
        self._tools = tools
        heads = "".join(f"{tool.name + ' ms':>14}{'cpu':>8}{'MiB':>6}" for tool in tools)
        print(f"\n{title:<34}{heads}   ratios: wall cpu")

    def row(
        self, title: str, work: Callable[[Tool, int], tuple[str, ...]], before: Callable[[Tool], object] | None = None
    ) -> None:
        """Time the command `work(tool, number of the round)` in turn; `before` is not timed."""
        if ROWS and not title.startswith(ROWS):
            return
        got: dict[str, list[tuple[float, float, float]]] = {tool.name: [] for tool in self._tools}
        for number in range(ROUNDS + 1):
            for tool in self._tools:
                if before is not None:
                    before(tool)
                wall, cpu = tool(*work(tool, number))
                if number:
                    got[tool.name].append((wall, cpu, tool.peak_mib))
        figures = []
        for tool in self._tools:
            walls, cpus, peaks = zip(*got[tool.name], strict=True)
            figures.append((statistics.median(walls), min(cpus), max(peaks)))
        told = "".join(f"{wall:>14.0f}{cpu:>8.0f}{peak:>6.0f}" for wall, cpu, peak in figures)
        last = figures[-1]
        ratios = "   ".join(f"{wall / last[0]:.2f} {cpu / last[1]:.2f}" for wall, cpu, _ in figures[:-1])
        print(f"{title:<34}{told}   {ratios}", flush=True)


def _measure(tools: list[Tool], kind: str, registry: str) -> None:
    rows = _Rows(tools, kind)

    def gone(tool: Tool) -> None:
        tool("rmi", "-fa", may_fail=True)

    def unwritten(tool: Tool) -> None:
        tool.remove("out.tar")

    rows.row("load", lambda tool, _: ("load", "-q", "-i", tool.archive), gone)
    for tool in tools:
        tool("load", "-q", "-i", tool.archive)
    for form in ("docker-archive", "oci-archive"):
        saved = ("save", "-q", "--format", form, "-o", "{folder}/out.tar", NAME)
        rows.row(f"save --format {form}", lambda _tool, _, saved=saved: saved, unwritten)
    for tool in tools:
        unwritten(tool)
    insecure = ("push", "-q", "--tls-verify=false", NAME)
    own = {tool.name: tool.name.replace(" ", "") for tool in tools}

    def fresh(tool: Tool) -> None:
        """Have neither the registry nor the program know the blobs."""
        gone(tool)
        tool("load", "-q", "-i", tool.archive)

    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        _push_to_empty(rows, fresh, Path(folder))
    names = iter(range(1000))
    rows.row("push again", lambda tool, _: (*insecure, f"{registry}/{own[tool.name]}/{kind}:1"))
    rows.row(
        "push to another repository",
        lambda tool, _: (*insecure, f"{registry}/{own[tool.name]}/{kind}{next(names)}:1"),
    )
    source = f"{registry}/{own[tools[0].name]}/{kind}:1"
    tools[0](*insecure, source)
    rows.row("pull", lambda _tool, _: ("pull", "-q", "--tls-verify=false", source), gone)
    for tool in tools:
        gone(tool)


def _push_to_empty(rows: _Rows, prepare: Callable[[Tool], None], folder: Path) -> None:
    registries: list[Registry] = []

    def started(tool: Tool) -> None:
        for each in registries:
            each.__exit__(None, None, None)
            shutil.rmtree(each.folder)
        registries.clear()
        prepare(tool)
        own = folder / "registry"
        own.mkdir()
        registries.append(Registry(own).__enter__())

    pushed = ("push", "-q", "--tls-verify=false", NAME)
    rows.row("push to an empty registry", lambda _tool, _: (*pushed, f"{registries[0].host}/x/y:1"), started)
    for each in registries:
        each.__exit__(None, None, None)


class _Stored(Tool):
    """A tool that can remove a file of its folder, in whatever root it lives."""

    def remove(self, name: str) -> None:
        """Remove it, if it is there."""
        kept, self._argv = self._argv, ["/bin/rm", "-f"]
        self(f"{{folder}}/{name}")
        self._argv = kept


def _tools(programs: list[str], folder: str, archive: str) -> Iterator[Tool]:
    for number, program in enumerate(programs):
        argv = [program, "--root", f"{folder}/root{number}", "--runroot", f"{folder}/run{number}"]
        yield _Stored(f"pycman {number}", argv, 0, lambda: None, os.path.dirname(archive), archive)
    peer = peer_root()
    if peer:
        argv = ["/usr/bin/podman", "--root", "/var/lib/transfers"]
        yield _Stored("podman 5", argv, 0, lambda: enter_peer(peer, archive), "/tmp", "/tmp/image.tar", PEER_CONF)
    elif shutil.which("podman"):
        conf = f"{folder}/containers.conf"
        Path(conf).write_text(CONF)
        argv = [shutil.which("podman") or "", "--root", f"{folder}/podman", "--runroot", f"{folder}/podman-run"]
        yield _Stored("podman", argv, 0, lambda: None, os.path.dirname(archive), archive, conf)


def main() -> None:
    """Print one table for each image."""
    programs = sys.argv[1:] or [str(ROOT / ".venv/bin/pycman")]
    for number, program in enumerate(programs):
        print(f"pycman {number}: {program}")
    for kind in IMAGES:
        folder, memory = tempfile.mkdtemp(prefix="pycman-bench-", dir="/var/tmp"), tempfile.mkdtemp(dir="/dev/shm")
        tools: list[Tool] = []
        try:
            archive = _write(kind, Path(memory) / "image.tar")
            tools += _tools(programs, folder, str(archive))
            os.mkdir(f"{folder}/registry")
            with Registry(Path(folder) / "registry") as registry:
                _measure(tools, kind, registry.host)
        finally:
            for tool in tools:
                tool.close()
            subprocess.run(["umount", f"{folder}/podman/overlay"], capture_output=True, check=False)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(memory, ignore_errors=True)


if __name__ == "__main__":
    main()
