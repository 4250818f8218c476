"""The command line of one or more installations against podman, as whole processes in turn. It reports and asserts nothing.

    python tests/bench/command_line.py [PYCMAN …]       as root; the default is .venv/bin/pycman
    PODMAN5=DIR                                         a newer podman to compare with (tests/bench/peer.py says how it is made)
    ROUNDS=11 ROWS=run,exec USERS=root,bench            how often, which rows (by the beginning of their names), for whom

For each program: the median of the wall time in ms, processor time of all its processes (the least), and both as ratios to the last
program, podman. Run roots lie on a tmpfs, as /run does.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource  # noqa: F401 - os.wait4 imports it, which a process in another root cannot
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.peer import CONF, PEER_CONF, USER_ID, enter_peer, peer_root  # noqa: E402
from tests.support.busybox import write_busybox_archive  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = int(os.environ.get("ROUNDS", "11"))
ROWS = tuple(filter(None, os.environ.get("ROWS", "").split(",")))
USERS = os.environ.get("USERS", "root,bench").split(",")
IMAGE = "localhost/busybox:1"
_SUBREAPER = 36
_SETTLED_S = 0.1
"""So long after the last end of a process its command counts as wholly over."""
_OBJECTS = 100
_POD = """apiVersion: v1
kind: Pod
metadata: {name: three}
spec:
  terminationGracePeriodSeconds: 0
  containers:
""" + "".join(
    f"    - {{name: {name}, image: {IMAGE}, imagePullPolicy: Never, command: [sleep, '1000']}}\n" for name in "abc"
)


class Tool:
    """A program, started by a process of its own that may live in another root; it reaps whatever the program leaves."""

    def __init__(
        self,
        name: str,
        argv: list[str],
        uid: int,
        enter: Callable[[], None],
        folder: str,
        archive: str,
        conf: str = "",
    ) -> None:
        """`folder`, `archive` and `conf` are paths as the program sees them: for its files, the image to load, containers.conf."""
        self.name, self._argv, self.folder, self.archive = name, argv, folder, archive
        self.peak_mib = 0.0
        """Of the largest process of the last command."""
        ask, self._ask = os.pipe()
        self._answers, answer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._ask)
            enter()
            _serve(ask, answer, uid, conf)
        os.close(ask)
        os.close(answer)
        self._reader = os.fdopen(self._answers)

    def __call__(self, *words: str, may_fail: bool = False) -> tuple[float, float]:
        """Run a command and return ms of wall time until it ended and of processor time of all that it started. {folder} is the tool's."""
        os.write(
            self._ask,
            json.dumps([*self._argv, *(word.replace("{folder}", self.folder) for word in words)]).encode() + b"\n",
        )
        wall, cpu, self.peak_mib, status, said = json.loads(self._reader.readline())
        if status and not may_fail:
            raise RuntimeError(f"{self.name} {' '.join(words)}: {said}")
        return wall, cpu

    def close(self) -> None:
        """Remove its containers and end its process."""
        self("rm", "-fa", "-t", "0", may_fail=True)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _serve(ask: int, answer: int, uid: int, conf: str) -> None:
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    home = "/tmp/home" if uid else "/root"
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LANG": "C.UTF-8"}
    env |= {"PODMAN_IGNORE_CGROUPSV1_WARNING": "1"}
    env |= {"XDG_RUNTIME_DIR": f"/run/user/{uid}"} if uid else {}
    if conf:
        env["CONTAINERS_CONF"] = conf
    said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
    null = os.open("/dev/null", os.O_RDWR)
    for line in os.fdopen(ask):
        argv = json.loads(line)
        said.truncate(0)
        said.seek(0)
        begun = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            for number, source in enumerate((null, null, said.fileno())):
                os.dup2(source, number)
            os.chdir("/")
            if uid:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            os.execve(argv[0], argv, env)
        wall, cpu, peak, status = _reap(pid, begun)
        said.seek(0)
        figures = [wall * 1000, cpu * 1000, peak / 1024, status, said.read().decode()[-500:]]
        os.write(answer, json.dumps(figures).encode() + b"\n")
    os._exit(0)


def _reap(pid: int, begun: float) -> tuple[float, float, int, int]:
    """Wait for a command and for what it left until nothing more ends.

    Return wall and processor time, the memory of the largest process in KiB, and the command's status.
    """
    wall, cpu, peak, status, last = 0.0, 0.0, 0, 0, begun
    while True:
        try:
            ended, how, usage = os.wait4(-1, os.WNOHANG if wall else 0)
        except ChildProcessError:
            break
        if not ended:
            if time.perf_counter() - last > _SETTLED_S:
                break
            time.sleep(0.002)
            continue
        last = time.perf_counter()
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
        if ended == pid:
            wall, status = last - begun, how
    return wall, cpu, peak, status


class Table:
    """Rows of the same commands for all programs, the last of which is the peer."""

    def __init__(self, tools: list[Tool], title: str) -> None:
        self._tools = tools
        print(
            f"\n{title:<36}" + "".join(f"{tool.name + ' ms':>16}{'cpu':>7}" for tool in tools) + "   ratios: wall cpu"
        )

    @staticmethod
    def wants(*titles: str) -> bool:
        """Return whether one of these rows is asked for."""
        return not ROWS or any(title.startswith(ROWS) for title in titles)

    def row(self, title: str, *words: str, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> None:
        """Time one command in turn; `before` and `after` are run around it, not timed."""
        if not self.wants(title):
            return
        got: dict[str, list[tuple[float, float]]] = {tool.name: [] for tool in self._tools}
        try:
            for number in range(ROUNDS + 1):
                for tool in self._tools:
                    if before:
                        tool(*before)
                    took = tool(*words)
                    if after:
                        tool(*after)
                    if number:
                        got[tool.name].append(took)
        except RuntimeError as error:
            print(f"{title:<36} not measured: {error}", flush=True)
            return
        walls = [statistics.median(wall for wall, _ in got[tool.name]) for tool in self._tools]
        cpus = [min(cpu for _, cpu in got[tool.name]) for tool in self._tools]
        ratios = [f"{w / walls[-1]:.2f} {c / cpus[-1]:.2f}" for w, c in zip(walls[:-1], cpus[:-1], strict=True)]
        figures = "".join(f"{wall:>16.1f}{cpu:>7.1f}" for wall, cpu in zip(walls, cpus, strict=True))
        print(f"{title:<36}{figures}   {'   '.join(ratios)}", flush=True)


def _rows_of_root(table: Table, tools: list[Tool]) -> None:
    none = ("--network", "none")
    _runs(table)
    for tool in tools if table.wants("exec") else ():
        tool("run", "-d", "--name", "c", *none, IMAGE, "sleep", "100000")
    table.row("exec", "exec", "c", "true")
    made = ("create", "--name", "s", *none, IMAGE, "sleep", "1000")
    started = ("run", "-d", "--name", "s", *none, IMAGE, "sleep", "1000")
    gone = ("rm", "-f", "-t", "0", "s")
    table.row("create", *made, after=gone)
    table.row("start", "start", "s", before=made, after=gone)
    table.row("stop", "stop", "-t", "0", "s", before=started, after=gone)
    table.row("rm", "rm", "s", before=made)
    table.row(
        "kube play of three containers",
        "kube",
        "play",
        "{folder}/pod.yaml",
        after=("kube", "down", "{folder}/pod.yaml"),
    )
    table.row("kube down", "kube", "down", "{folder}/pod.yaml", before=("kube", "play", "{folder}/pod.yaml"))
    _lists(table, tools)


def _runs(table: Table) -> None:
    table.row("run --rm --network none", "run", "--rm", "--network", "none", IMAGE, "true")
    table.row("run --rm on the default bridge", "run", "--rm", IMAGE, "true")


def _lists(table: Table, tools: list[Tool]) -> None:
    names = [f"x{number}" for number in range(_OBJECTS)]
    wanted = ("ps", "images", "inspect", "one TAB")
    if not table.wants(*wanted):
        return
    for tool in tools:
        for name in names:
            tool("create", "--name", name, "--network", "none", IMAGE, "true")
        tool("tag", IMAGE, *(f"localhost/{name}:1" for name in names))
    table.row(f"ps -a with {_OBJECTS}", "ps", "-a")
    table.row(f"images with {_OBJECTS}", "images")
    table.row("inspect of one", "inspect", "x1")
    table.row(f"inspect of {_OBJECTS}", "inspect", *names)
    table.row("one TAB after rm", "__complete", "rm", "")


def _copy_for_everybody(program: str, folder: str) -> str:
    """Return a starter of an installation that an ordinary user can read and run, without `site`."""
    environment = Path(program).resolve().parent.parent
    packages = next((environment / "lib").glob("python3.*/site-packages"))
    starter = Path(folder) / f"pycman-{environment.name}"
    starter.write_text(
        f'#!{environment}/bin/python -IS\nimport sys\nsys.path.append("{packages}")\n'
        "from pycman.__main__ import main\nsys.exit(main())\n"
    )
    starter.chmod(0o755)
    return str(starter)


def tools_of_user(programs: list[str], folder: str, archive: str, user: str = "bench") -> list[Tool]:
    """Return a tool for each program and for the peer, if there is one; `user` is "root" or "bench", an ordinary user."""
    uid = USER_ID if user == "bench" else 0
    tools: list[Tool] = []
    pod = Path(f"{folder}/pod.yaml")
    pod.write_text(_POD)
    for number, program in enumerate(programs):
        own = f"{folder}/{user}{number}"
        root = f"{own}/root"
        for path in (own, root):
            os.mkdir(path, 0o700)
            os.chown(path, uid, uid)
        argv = [_copy_for_everybody(program, folder), "--root", root, "--runroot", f"/run/user/{uid}/bench{number}"]

        def enter() -> None:
            script = f"""mount --make-rprivate / && mkdir -p /run/user/{uid} && mount -t tmpfs tmpfs /run/user/{uid} &&
            chown {uid}:{uid} /run/user/{uid}"""
            ctypes.CDLL(None).unshare(0x20000)
            subprocess.run(["bash", "-c", script], check=True)

        tools.append(Tool(f"pycman {number}", argv, uid, enter, folder, archive))
    peer = peer_root()
    if peer:
        tools.append(
            Tool(
                "podman 5",
                ["/usr/bin/podman"],
                uid,
                lambda: _enter(peer, archive, pod),
                "/tmp",
                "/tmp/image.tar",
                PEER_CONF,
            )
        )
    elif not uid and shutil.which("podman"):
        conf = f"{folder}/containers.conf"
        Path(conf).write_text(CONF)
        argv = [shutil.which("podman") or "", "--root", f"{folder}/podman", "--runroot", f"{folder}/podman-run"]
        tools.append(Tool("podman", argv, uid, lambda: None, folder, archive, conf))
    return tools


def _measure(user: str, programs: list[str], folder: str, archive: str) -> None:
    tools = tools_of_user(programs, folder, archive, user)
    uid = USER_ID if user == "bench" else 0
    with contextlib.ExitStack() as stack:
        for tool in tools:
            stack.callback(tool.close)
            tool("rm", "-fa", "-t", "0", may_fail=True)  # of a run that was interrupted
            try:
                tool("load", "-q", "-i", tool.archive)
            except RuntimeError as error:  # such as an installation that an ordinary user may not read
                print(f"\nas {user}: not measured: {error}")
                return
        table = Table(tools, f"as {'an ordinary user' if uid else 'root'}")
        if uid:
            _runs(table)
        else:
            _rows_of_root(table, tools)


def _enter(peer: str, archive: str, pod: Path) -> None:
    text = pod.read_text()
    enter_peer(peer, archive)
    Path("/tmp/pod.yaml").write_text(text)


def main() -> None:
    """Print one table as root, and one as an ordinary user."""
    programs = sys.argv[1:] or [str(ROOT / ".venv/bin/pycman")]
    if not peer_root():
        print(
            "compared with this host's podman, if there is one: PODMAN5 names no root with a newer one (tests/bench/peer.py)"
        )
    folder = tempfile.mkdtemp(prefix="pycman-bench-", dir="/var/tmp")
    os.chmod(folder, 0o755)
    try:
        archive = str(write_busybox_archive(Path(folder) / "busybox.tar"))
        for number, program in enumerate(programs):
            print(f"pycman {number}: {program}")
        for user in USERS:
            _measure(user, programs, folder, archive)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
