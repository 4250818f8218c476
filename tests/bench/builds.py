"""Ratios of builds to Debian's podman, both as whole processes in the same run, in turn: `make bench`. It asserts nothing.

Both build without a network, as root, each on a store of its own: ten small RUNs found in the cache and carried out, a COPY
of 20,000 small files, and one of a file of a gigabyte.

A second podman, of a newer distribution, can be measured as well: $BENCH_PODMAN is the command that runs it in a root file system
of its own, and $BENCH_PODMAN_ROOT that directory, in whose mnt/ contexts and stores are then. What that command costs by itself
(measured with `true` in podman's place) is taken off.
"""

from __future__ import annotations

import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.bench import ROUNDS, Tool, compare  # noqa: E402
from tests.support.busybox import write_busybox_archive  # noqa: E402

PYCMAN = os.environ.get("PYCMAN", str(ROOT / ".venv/bin/pycman"))
BASE = "FROM localhost/busybox:1\n"


def contexts(folder: Path) -> dict[str, Path]:
    """Write the three contexts and return them by name."""
    made = {name: folder / name for name in ("steps", "files", "large")}
    for path in made.values():
        path.mkdir()
    (made["steps"] / "Dockerfile").write_text(BASE + "".join(f"RUN echo {n} > /file-{n}\n" for n in range(10)))
    for name in ("files", "large"):
        (made[name] / "Dockerfile").write_text(f"{BASE}COPY data /data\n")
        (made[name] / "data").mkdir()
    rng = random.Random(1)
    for number in range(20_000):
        below = made["files"] / "data" / str(number % 200)
        below.mkdir(exist_ok=True)
        (below / str(number)).write_bytes(rng.randbytes(rng.randrange(2000)))
    with open(made["large"] / "data/file", "wb") as file:
        for _ in range(512):
            file.write(rng.randbytes(1 << 20) + bytes(1 << 20))
    return made


class Peer(Tool):
    """A podman that may see the files of this host below another root; `overhead_s` is what starting it there costs."""

    def __init__(self, command: list[str], root: str, folder: Path) -> None:
        limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
        self._root = root
        store = self.seen(folder)
        super().__init__("podman", [*command, "--root", f"{store}/b", "--runroot", f"{store}/br"], limits)
        self.overhead_s = 0.0
        if root:
            idle = Tool("true", [*command[:-1], "true"], [])
            self.overhead_s = statistics.median(idle() for _ in range(5))

    def seen(self, path: Path) -> str:
        """Return a path as this podman sees it."""
        return "/" + str(path.relative_to(self._root)) if self._root else str(path)

    def __call__(self, *words: str) -> float:
        return super().__call__(*words) - self.overhead_s


def main() -> None:
    measure(["podman"], "")
    if os.environ.get("BENCH_PODMAN"):
        measure(shlex.split(os.environ["BENCH_PODMAN"]), os.environ.get("BENCH_PODMAN_ROOT", ""))


def measure(command: list[str], root: str) -> None:
    """Print the ratios to one podman."""
    folder = Path(tempfile.mkdtemp(prefix="pycman-bench-", dir=f"{root}/mnt" if root else None))
    ours = Tool("pycman", [PYCMAN, "--root", f"{folder}/a", "--runroot", f"{folder}/ar"], [])
    theirs = Peer(command, root, folder)
    try:
        archive = write_busybox_archive(folder / "busybox.tar")
        ours("load", "-i", str(archive))
        theirs("load", "-i", theirs.seen(Path(archive)))
        made = contexts(folder)

        def build(name: str, *flags: str):
            def work(tool: Tool) -> float:
                place = theirs.seen(made[name]) if tool is theirs else str(made[name])
                return tool("build", "-q", "--network", "none", *tool.run_options, *flags, "-t", name, place)

            return work

        version = subprocess.run([*command, "--version"], capture_output=True, check=True, text=True).stdout.split()[-1]
        print(f"{'':<44}{'pycman':>12}{'podman ' + version:>16}{'ratio':>8}")
        few = min(ROUNDS, 3)
        compare("build of 10 RUNs", ours, theirs, build("steps", "--no-cache"), few)
        for tool in (ours, theirs):
            build("steps")(tool)
        compare("the same from the cache", ours, theirs, build("steps"))
        compare("COPY of 20,000 small files", ours, theirs, build("files", "--no-cache"), few)
        compare("COPY of a file of 1 GiB", ours, theirs, build("large", "--no-cache"), few)
    finally:
        subprocess.run(["umount", f"{folder}/b/overlay"], capture_output=True, check=False)
        if root:  # what its store has mounted it has in a namespace that is gone
            subprocess.run(
                [*command, "--root", theirs.seen(folder) + "/b", "rmi", "-af"], capture_output=True, check=False
            )
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
