"""The command line under test, as some user on a store of its own."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from pathlib import Path


class Pycman:
    """`pycman("ps")` runs a command that must succeed and returns its output; `run` returns whatever came of it."""

    def __init__(self, program: Path, user: str, folder: Path, machine: str = "", mounts: str = "") -> None:
        """`machine` is the path of a network namespace that stands for the host, `mounts` that of its mount namespace."""
        self.user = user
        self.folder = folder
        self.rootless = user != "root"
        entry = pwd.getpwnam(user)
        self._ids = (entry.pw_uid, entry.pw_gid)
        self._prefix = [str(program), "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
        self.machine = machine
        if machine:
            as_user = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
            enter = ["nsenter", f"--net={machine}", *([f"--mount={mounts}"] if mounts else [])]
            self._prefix = [*enter, *(as_user if self.rootless else []), *self._prefix]
        self.env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": f"/run/user/{entry.pw_uid}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        }

    def argv(self, *words: str) -> list[str]:
        return [*self._prefix, *words]

    def options(self, env: dict[str, str] | None = None) -> dict:
        ids = (
            {"user": self._ids[0], "group": self._ids[1], "extra_groups": []}
            if self.rootless and not self.machine
            else {}
        )
        return {"env": {**self.env, **(env or {})}, "cwd": str(self.folder), **ids}

    def run(
        self, *words: str, stdin: bytes | str = b"", env: dict[str, str] | None = None, timeout: float = 180
    ) -> subprocess.CompletedProcess[bytes]:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run(
            self.argv(*words), input=data, capture_output=True, timeout=timeout, check=False, **self.options(env)
        )

    def __call__(self, *words: str, stdin: bytes | str = b"", env: dict[str, str] | None = None) -> str:
        done = self.run(*words, stdin=stdin, env=env)
        assert done.returncode == 0, f"{words} ended with {done.returncode}: {done.stderr.decode()}"
        return done.stdout.decode()

    def start(self, *words: str, **options) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.argv(*words), **{**self.options(), **options})

    def fails(self, *words: str, status: int = 1, stdin: bytes | str = b"") -> str:
        """Run what must fail with `status` and one line; return that line."""
        done = self.run(*words, stdin=stdin)
        lines = done.stderr.decode().splitlines()
        assert done.returncode == status, f"{words} ended with {done.returncode}: {lines}"
        errors = [line for line in lines if line.startswith("Error: ")]
        assert len(errors) == 1, lines
        return errors[0]

    def end_namespaces(self) -> None:
        """End the process that holds the user's namespaces."""
        path = self.folder / "run/rootless/pause.pid"
        if path.exists():
            os.kill(int(path.read_text().split()[0]), signal.SIGKILL)
