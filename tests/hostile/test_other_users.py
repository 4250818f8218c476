"""Other users of the host: they know every path of root's store, and reach nothing in it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import TEST_USER

NOBODY = 65534
_TRY = """
import os, sys
reached = set()
paths = sys.stdin.readline().split()
print("ready", flush=True)
os.set_blocking(0, False)
while True:
    for path in paths:
        if any(os.access(path, way) for way in (os.R_OK, os.W_OK, os.X_OK)):
            reached.add(path)
    try:
        if sys.stdin.read() == "":
            break
    except TypeError:
        pass
print(" ".join(sorted(reached)))
"""


class Intruder:
    """Tries to reach paths, over and over, as nobody; `end` returns those that it reached."""

    def __init__(self, paths: list[str]) -> None:
        words = [sys.executable, "-I", "-c", _TRY]
        self._child = subprocess.Popen(
            words, user=NOBODY, group=NOBODY, extra_groups=[], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(" ".join(paths) + "\n")
        self._child.stdin.flush()
        assert self._child.stdout.readline() == "ready\n"

    def end(self) -> list[str]:
        return self._child.communicate()[0].split()


def everything(pycman) -> list[str]:
    """Return every path of a store but the root, the run root and containers/, and what only root of the host may name."""
    found = []
    for top in (f"{pycman.folder}/root", f"{pycman.folder}/run"):
        for folder, folders, names in os.walk(top):
            found += [os.path.join(folder, name) for name in (*folders, *names)]
    return [path for path in found if not re.search(r"/root/containers(/[0-9a-f]{64})?$", path)]


@pytest.fixture
def busy(root_pycman):
    """A store with what others must not have: a set-uid program, a password, a secret, files in memory, a pod's volume."""
    pycman = root_pycman
    pycman("secret", "create", "key", "-", stdin="hush")
    pycman("create", "--name=builder", "busybox:1")
    root = pycman("mount", "builder").strip()
    Path(f"{root}/bin/su-root").write_bytes(b"#!/bin/sh\n")
    Path(f"{root}/bin/su-root").chmod(0o4755)
    pycman("umount", "builder")
    pycman("commit", "-q", "builder", "localhost/suid:1")
    pycman(
        "run", "-d", "--name=victim", "--network=none", "--secret=key", "-e", "PASSWORD=hush", "-v", "data:/data",
        "localhost/suid:1", "sh", "-c", "echo hush > /dev/shm/x; echo hush > /data/x; sleep 1000",
    )  # fmt: skip
    yield pycman
    pycman("rm", "-fat0")
    pycman("secret", "rm", "key")


def test_nothing_can_be_reached_while_containers_with_ids_of_their_own_start_and_run(busy):
    paths = everything(busy)
    assert any("su-root" in path and "/layers/" in path for path in paths)
    assert any("su-root" in path and "/merged/" in path for path in paths)
    assert any(path.endswith("/shm/x") for path in paths)
    intruder = Intruder(paths)
    try:
        for number in range(6):
            busy("run", "-d", f"--name=own{number}", "--userns=auto", "--network=none", "busybox:1", "sleep", "1000")
        busy("restart", "-t0", "own0")
        busy("run", "--rm", "--uidmap=0:200000:65536", "--network=none", "busybox:1", "true")
    finally:
        reached = intruder.end()
    assert reached == []
    inside = [path for path in everything(busy) if path not in set(paths)]
    assert any("/merged/bin" in path for path in inside)
    after = Intruder(inside + paths)
    assert after.end() == []
    for name in ("root", "run", "root/containers"):
        assert stat.S_IMODE(os.stat(f"{busy.folder}/{name}").st_mode) == 0o700, name


def test_containers_with_ids_of_their_own_start_beside_each_other(root_pycman):
    """Whoever starts last closes the way, and nobody closes it under another's feet."""
    ended: list[int] = []

    def run() -> None:
        words = ("run", "--rm", "--userns=auto:size=1024", "--network=none", "busybox:1", "true")
        ended.append(root_pycman.run(*words).returncode)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [0] * 8
    assert stat.S_IMODE(os.stat(f"{root_pycman.folder}/root").st_mode) == 0o700


def test_a_start_that_is_killed_while_the_way_is_open_is_closed_by_the_next_command(root_pycman):
    root_pycman("create", "--name=own", "--userns=auto", "--network=none", "busybox:1", "sleep", "1000")
    done = root_pycman.run("start", "own", env={"PYCMAN_TEST_CRASH_AT": "start:passage"})
    assert done.returncode == -9
    root = f"{root_pycman.folder}/root"
    assert stat.S_IMODE(os.stat(root).st_mode) == 0o711
    root_pycman("start", "own")
    assert stat.S_IMODE(os.stat(root).st_mode) == 0o700
    root_pycman("rm", "-ft0", "own")


def test_an_old_store_that_lets_everybody_through_is_closed_by_the_next_command(busy):
    """As it was left by versions that opened the root, the run root and what lies in both for good."""
    for top in ("root", "run"):
        os.unlink(f"{busy.folder}/{top}/.closed")
        for folder, folders, _ in os.walk(f"{busy.folder}/{top}"):
            folders[:] = [name for name in folders if name != "merged"]
            os.chmod(folder, 0o755 if folder.count("/") > 6 else 0o711)
    for name in os.listdir(f"{busy.folder}/root"):
        if name.startswith("state.sqlite"):
            os.chmod(f"{busy.folder}/root/{name}", 0o644)
    paths = everything(busy)
    before = Intruder(paths).end()
    assert any(path.endswith("state.sqlite") for path in before)
    busy("ps")
    assert Intruder(paths).end() == []
    for name in os.listdir(f"{busy.folder}/root"):
        if name.startswith("state.sqlite"):
            assert stat.S_IMODE(os.stat(f"{busy.folder}/root/{name}").st_mode) == 0o600, name
    assert busy("exec", "victim", "cat", "/data/x") == "hush\n"


def test_all_that_lies_in_a_store_is_closed_by_itself_too(busy):
    """So that a root that can be passed for a moment leads to nothing."""
    busy("pod", "create", "--name=p", "--network=none", "--userns=auto")
    busy("run", "-d", "--pod=p", "--name=member", "busybox:1", "sleep", "1000")
    assert busy("exec", "member", "id", "-u") == "0\n"
    root = Path(busy.folder) / "root"
    for folder in (root, root / "containers"):
        for path in folder.iterdir():
            if path.name not in ("pause", "containers"):
                assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path
    for name in ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm"):
        if (root / name).exists():
            assert stat.S_IMODE((root / name).stat().st_mode) == 0o600
    busy("pod", "rm", "-ft0", "p")


class Alone:
    """A user without XDG_RUNTIME_DIR and without a /run/user of its own: an empty one is mounted over it."""

    def __init__(self, program: Path, home: Path, user: str) -> None:
        entry = pwd.getpwnam(user)
        self._home = home
        self._words = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run/user && exec "$@"', "sh", "setpriv"]
        self._words += [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", str(program)]

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": os.environ["PATH"], "HOME": str(self._home), "LANG": "C.UTF-8", **env}
        return subprocess.run(
            [*self._words, *words], env=variables, cwd=self._home, capture_output=True, text=True, check=False
        )


@pytest.fixture
def alone(program, shared_folder):
    home = shared_folder / f"home-{os.urandom(4).hex()}"
    home.mkdir(mode=0o755)
    shutil.chown(home, TEST_USER, TEST_USER)
    yield Alone(program, home, TEST_USER)
    for pid_file in home.glob(".local/share/pycman/run-*/rootless/pause.pid"):
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    shutil.rmtree(home)


def test_a_user_without_a_runtime_directory_uses_none_that_others_could_have_made(alone, busybox_archive):
    """Whoever makes /tmp/pycman-run-UID first would otherwise choose the programs that the user runs."""
    uid = pwd.getpwnam(TEST_USER).pw_uid
    planted = Path(f"/tmp/pycman-run-{uid}")
    planted.mkdir(mode=0o777)
    try:
        done = alone.run("load", "-q", "-i", str(busybox_archive))
        assert done.returncode == 0, done.stderr
        done = alone.run("run", "--rm", "--network=none", "busybox:1", "echo", "hello")
        assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
        assert list(planted.iterdir()) == []
    finally:
        planted.rmdir()


@pytest.mark.parametrize("variable", ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"])
def test_a_directory_of_another_user_is_refused_in_one_line(alone, shared_folder, variable):
    theirs = shared_folder / f"theirs-{os.urandom(4).hex()}"
    for path in (theirs, theirs / "containers", theirs / "pycman"):
        path.mkdir()
        path.chmod(0o777)
        os.chown(path, NOBODY, NOBODY)
    done = alone.run("ps", **{variable: str(theirs)})
    assert done.returncode == 1
    assert re.fullmatch(r"Error: \S+: .* another user's \(uid 65534\), so it is not trusted \(.*\)\n", done.stderr)
    assert list((theirs / "pycman").iterdir()) == []


@pytest.mark.parametrize("which", ["--root", "--runroot"])
def test_a_root_that_another_user_made_is_refused_in_one_line(root_pycman, which):
    theirs = Path(root_pycman.folder) / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    for words in (("ps",), ("info",), ("run", "--rm", "busybox:1", "true"), ("images",), ("volume", "ls")):
        done = root_pycman.run(which, str(theirs), *words)
        assert done.returncode in (1, 125)
        assert len(done.stderr.decode().splitlines()) == 1
        assert b"another user's" in done.stderr
    assert list(theirs.iterdir()) == []


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
def test_root_does_not_obey_a_configuration_of_another_users(root_pycman, tmp_path, variable) -> None:
    """A variable that su(1) or sudo -E leaves: the file names programs, which would run as root."""
    mark, program = tmp_path / "mark", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    config = tmp_path if variable == "XDG_CONFIG_HOME" else tmp_path / ".config"
    (config / "containers").mkdir(parents=True)
    file = config / "containers/containers.conf"
    file.write_text(f'[engine]\nconmon_path = ["{program}"]\n[engine.runtimes]\ncrun = ["{program}"]\n')
    os.chown(file, NOBODY, NOBODY)
    env = {"XDG_CONFIG_HOME": str(tmp_path)} if variable == "XDG_CONFIG_HOME" else {"HOME": str(tmp_path)}
    done = root_pycman.run("run", "--rm", "busybox:1", "true", env=env)
    assert done.returncode == 125
    assert done.stderr.decode().count("\n") == 1
    assert "it belongs to another user" in done.stderr.decode()
    assert not mark.exists()
