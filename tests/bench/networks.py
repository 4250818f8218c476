"""Networks: ratios to Debian's podman in the same run, throughput of a published port, and a soak. Reports, asserts nothing.

ROUNDS: pairs of each comparison. SOAK: cycles of `run --rm -p` as root and as an ordinary user, after which what is left of
interfaces, namespaces, tables, leases and processes is counted. Wants to be started as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.bench import Tool, compare  # noqa: E402
from tests.support.busybox import write_busybox_archive  # noqa: E402
from tests.support.leaks import leaks_of  # noqa: E402

SOAK = int(os.environ.get("SOAK", "100"))
USER = os.environ.get("PYCMAN_TEST_USER", "pycman-test")
IMAGE = "localhost/busybox:1"
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
FILE_MB = 512


def as_user(user: str) -> list[str]:
    if user == "root":
        return []
    entry = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "env", f"HOME={entry.pw_dir}",
            f"XDG_RUNTIME_DIR=/run/user/{entry.pw_uid}"]  # fmt: skip


def readable_copy(folder: Path) -> str:
    """Return the starter of a copy of .venv that an ordinary user may run."""
    shutil.copytree(ROOT / ".venv", folder / "venv", symlinks=True)
    starter = folder / "venv/bin/pycman"
    starter.write_text(starter.read_text().replace(f"{ROOT}/.venv", f"{folder}/venv"))
    return str(starter)


def throughput(tool: Tool, port: int) -> float:
    """Return MB a second of a file over HTTP through a published port of 127.0.0.1."""
    script = (
        f"mkdir -p /tmp/w; dd if=/dev/zero of=/tmp/w/f bs=1M count={FILE_MB} 2>/dev/null; exec httpd -f -p 80 -h /tmp/w"
    )
    tool("run", "-d", "--name", "w", "-p", f"{port}:80", *tool.run_options, IMAGE, "sh", "-c", script)
    url = f"http://127.0.0.1:{port}/f"
    while subprocess.run(["curl", "-fsI", url], capture_output=True, check=False).returncode:
        time.sleep(0.05)
    best = 0.0
    for _ in range(3):
        done = subprocess.run(
            ["curl", "-fso", "/dev/null", "-w", "%{speed_download}", url], capture_output=True, check=True
        )
        best = max(best, float(done.stdout) / 1e6)
    tool("rm", "-f", "-t", "0", "w")
    return best


def soak(tool: Tool, folder: Path) -> None:
    begun = time.perf_counter()
    for number in range(SOAK):
        tool("run", "--rm", "-p", f"{20000 + number % 1000}:80", IMAGE, "true")
    took = time.perf_counter() - begun
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    veths = [line.split()[0] for line in links.splitlines() if line.startswith("veth")]
    left = [leak for leak in leaks_of(str(folder)) if "catatonit" not in leak]
    print(f"{SOAK} cycles of run --rm -p: {took:.1f} s; left: {left or 'nothing'}, veths {veths or 'none'}", flush=True)


def main() -> None:
    top = Path(tempfile.mkdtemp(prefix="pycman-net-bench-"))
    top.chmod(0o755)
    starter = readable_copy(top)
    archive = write_busybox_archive(top / "busybox.tar")
    for user in ("root", USER):
        folder = top / user
        folder.mkdir()
        shutil.chown(folder, user, user)
        ours = Tool("pycman", [*as_user(user), starter, "--root", f"{folder}/root", "--runroot", f"{folder}/run"], [])
        theirs = Tool(
            "podman", [*as_user(user), "podman", "--root", f"{folder}/b", "--runroot", f"{folder}/br"], LIMITS
        )
        try:
            for tool in (ours, theirs):
                tool("load", "-i", str(archive))
            print(f"{user:<44}{'pycman':>12}{'podman':>12}{'ratio':>8}")
            for title, words in (("none", ("--network", "none")), ("default", ()), ("-p", ("-p", "18080:80"))):
                run = lambda t, words=words: t("run", "--rm", *words, *t.run_options, IMAGE, "true")  # noqa: E731
                compare(f"run --rm {title} IMG true", ours, theirs, run)
            a, b = throughput(ours, 18081), throughput(theirs, 18082)
            print(f"{f'{FILE_MB} MB over a published port':<44}{a:>7.0f} MB/s{b:>7.0f} MB/s{a / b:>8.2f}", flush=True)
            soak(ours, folder)
        finally:
            for tool in (ours, theirs):
                subprocess.run([*tool.argv, "rm", "-fa", "-t", "0"], capture_output=True, check=False)
            pause = folder / "run/rootless/pause.pid"
            if pause.exists():
                subprocess.run(["kill", pause.read_text().split()[0]], check=False)
    subprocess.run(["umount", f"{top}/root/b/overlay"], capture_output=True, check=False)
    shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
