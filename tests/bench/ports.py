"""A published TCP port of an ordinary user: bytes through pycman's relay and through podman's rootlessport, in turn. It reports only.

    python tests/bench/ports.py [PYCMAN …]              as root; the default is .venv/bin/pycman
    PODMAN5=DIR                                         a newer podman to compare with (tests/bench/peer.py says how it is made)
    ROUNDS=5 MB=512                                     how often, and how much each time

Both carry what comes from outside to a bridge (podman with --network bridge; without it podman has pasta, which does without a process
in between). For each: the best MB a second, and the least processor time of the relaying process for a MB, as on a busy machine only
this can be compared.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.command_line import IMAGE, tools_of_user  # noqa: E402
from tests.support.busybox import write_busybox_archive  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
MB = int(os.environ.get("MB", "512"))
_RELAYS = ("pycman-relay", "rootlessport")
_FIRST_PORT = 18180
_SCRIPT = (
    f"nc -ll -p 80 -e dd if=/dev/zero bs=1M count={MB} 2>/dev/null & nc -ll -p 81 -e dd of=/dev/null bs=1M 2>/dev/null"
)
_buffer = bytearray(1 << 20)


def _download(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        left = MB << 20
        while left:
            got = connection.recv_into(_buffer)
            if not got:
                raise OSError("too little came")
            left -= got


def _upload(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port + 1), 60) as connection:
        for _ in range(MB):
            connection.sendall(_buffer)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)  # it closes when it has read all


def _relay_times() -> dict[str, float]:
    """Return the processor time in ms of each process that relays."""
    times = {}
    tick = 1000 / os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "comm").read_text().strip() in _RELAYS:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    times[entry.name] = (int(fields[11]) + int(fields[12])) * tick
            except OSError:
                continue
    return times


def _wait_until_served(port: int) -> None:
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 60) as connection:
                if connection.recv(1):
                    return
        except OSError:
            time.sleep(0.1)


def main() -> None:
    """Print a line for each direction."""
    programs = sys.argv[1:] or [str(ROOT / ".venv/bin/pycman")]
    folder = tempfile.mkdtemp(prefix="pycman-bench-", dir="/var/tmp")
    os.chmod(folder, 0o755)
    tools = []
    try:
        archive = str(write_busybox_archive(Path(folder) / "busybox.tar"))
        tools = tools_of_user(programs, folder, archive)
        for number, tool in enumerate(tools):
            tool("rm", "-fa", "-t", "0", may_fail=True)
            tool("load", "-q", "-i", tool.archive)
            port = _FIRST_PORT + 2 * number
            ports = ("-p", f"{port}:80", "-p", f"{port + 1}:81")
            tool("run", "-d", "--name", "w", "--network", "bridge", *ports, IMAGE, "sh", "-c", _SCRIPT)
            _wait_until_served(port)
        for title, carry in (("out of a published port", _download), ("into a published port", _upload)):
            best = {tool.name: (0.0, float("inf")) for tool in tools}
            for _ in range(ROUNDS):
                for number, tool in enumerate(tools):
                    before, begun = _relay_times(), time.perf_counter()
                    carry(_FIRST_PORT + 2 * number)
                    took = time.perf_counter() - begun
                    cpu = sum(spent - before.get(pid, 0.0) for pid, spent in _relay_times().items())
                    speed, least = best[tool.name]
                    best[tool.name] = max(speed, (MB << 20) / 1e6 / took), min(least, cpu / MB)
            figures = "".join(f"  {name} {speed:.0f} MB/s {cpu:.2f} ms/MB" for name, (speed, cpu) in best.items())
            last = best[tools[-1].name][0]
            ratios = " ".join(f"{best[tool.name][0] / last:.2f}" for tool in tools[:-1])
            print(f"{f'{MB} MB {title}':<36}{figures}   ratios: {ratios}", flush=True)
    finally:
        for tool in tools:
            tool.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
