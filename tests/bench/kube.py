"""`kube play` and `kube down` of a pod with three containers: ratios to Debian's podman in the same run. Reports, asserts nothing.

ROUNDS: pairs of each. Wants to be started as root.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.busybox import write_busybox_archive  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "9"))
CONTAINERS = "".join(
    f"    - {{name: {name}, image: localhost/busybox:1, command: [sleep, '1000']}}\n" for name in ("a", "b", "c")
)
POD = f"""apiVersion: v1
kind: Pod
metadata: {{name: three}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
{CONTAINERS}"""
LIMITS = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n'
"""What podman needs on a host without CAP_SYS_RESOURCE."""


def took(argv: list[str], env: dict[str, str]) -> float:
    """Return how many ms a command takes. It must succeed."""
    begun = time.perf_counter()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=env)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr.decode()}")
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure in turn, print a table."""
    with tempfile.TemporaryDirectory(prefix="bench-kube-") as name:
        folder = Path(name)
        archive = write_busybox_archive(folder / "busybox.tar")
        (folder / "pod.yaml").write_text(POD)
        (folder / "limits.conf").write_text(LIMITS)
        tools = {
            "pycman": [str(ROOT / ".venv/bin/pycman"), "--root", f"{folder}/a", "--runroot", f"{folder}/ar"],
            "podman": ["podman", "--root", f"{folder}/b", "--runroot", f"{folder}/br"],
        }
        env = {**os.environ, "CONTAINERS_CONF": f"{folder}/limits.conf"}
        times: dict[tuple[str, str], list[float]] = {}
        for argv in tools.values():
            took([*argv, "load", "-i", str(archive)], env)
        for number in range(ROUNDS + 1):
            for tool, argv in tools.items():
                up = took([*argv, "play", "kube", f"{folder}/pod.yaml"], env)
                down = took([*argv, "play", "kube", "--down", f"{folder}/pod.yaml"], env)
                if number:  # the first of each warms the disk
                    times.setdefault((tool, "play"), []).append(up)
                    times.setdefault((tool, "down"), []).append(down)
        print(f"{'kube, three containers':<28}{'pycman':>12}{'podman':>12}{'ratio':>8}")
        for verb in ("play", "down"):
            ours, theirs = (statistics.median(times[tool, verb]) for tool in tools)
            print(f"{verb:<28}{ours:>9.1f} ms{theirs:>9.1f} ms{ours / theirs:>8.2f}")


if __name__ == "__main__":
    main()
