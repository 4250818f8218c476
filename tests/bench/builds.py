"""Ratios of builds to Debian's podman, both as whole processes in the same run, in turn: `make bench`. It asserts nothing.

Both build without a network, as root, each on a store of its own: ten small RUNs found in the cache and carried out, a COPY
of 20,000 small files, and one of a file of a gigabyte.
"""

from __future__ import annotations

import os
import random
import shutil
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


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pycman-bench-"))
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
    ours = Tool("pycman", [PYCMAN, "--root", f"{folder}/a", "--runroot", f"{folder}/ar"], [])
    theirs = Tool("podman", ["podman", "--root", f"{folder}/b", "--runroot", f"{folder}/br"], limits)
    try:
        archive = write_busybox_archive(folder / "busybox.tar")
        for tool in (ours, theirs):
            tool("load", "-i", str(archive))
        made = contexts(folder)

        def build(name: str, *flags: str):
            return lambda t: t("build", "-q", "--network", "none", *t.run_options, *flags, "-t", name, str(made[name]))

        print(f"{'':<44}{'pycman':>12}{'podman':>12}{'ratio':>8}")
        few = min(ROUNDS, 3)
        compare("build of 10 RUNs", ours, theirs, build("steps", "--no-cache"), few)
        for tool in (ours, theirs):
            build("steps")(tool)
        compare("the same from the cache", ours, theirs, build("steps"))
        compare("COPY of 20,000 small files", ours, theirs, build("files", "--no-cache"), few)
        compare("COPY of a file of 1 GiB", ours, theirs, build("large", "--no-cache"), few)
    finally:
        subprocess.run(["umount", f"{folder}/b/overlay"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
