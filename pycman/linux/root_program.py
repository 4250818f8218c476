"""Where the program of a `RootProcess` starts and which file it is, in a root that a stranger filled.

The process has still the rights of its caller then, and its own descriptors and program: links below /proc lead to those.
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.contexts import suppress

_INTERPRETERS = 6
"""How many scripts may be one another's interpreters, and one more (execve(2): five)."""


def enter_working_directory(path: str) -> None:
    """Change to `path` as the new root has it; what is missing of it is made.

    The root is a stranger's, and this process still has all its rights: a link to /proc/PID/root or /proc/self/fd/N on the way would lead
    out of the root (CVE-2024-21626). getcwd(2) fails where the working directory cannot be reached from the root.
    Raises OSError, PermissionError for that.
    """
    os.chdir("/")
    for part in filter(None, path.split("/")):
        try:
            _enter(part)
        except OSError as error:
            raise OSError(error.errno, "", path) from None
        try:
            os.getcwd()
        except OSError:
            raise PermissionError(errno.EACCES, "", path) from None


def _enter(name: str) -> None:
    try:
        os.chdir(name)
    except FileNotFoundError:
        with suppress(FileExistsError):  # a link to nothing
            os.mkdir(name, 0o755)
        os.chdir(name)


def execute_found(argv: tuple[str, ...], env: dict[str, str], ours: os.stat_result | None) -> None:
    """execve(2) the program, looked for in PATH as a shell does. Raises OSError."""
    name = argv[0]
    if "/" in name:
        refuse_ourselves(ours, name)
        os.execve(name, argv, env)
    failure: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    for folder in env.get("PATH", "").split(":"):
        try:
            refuse_ourselves(ours, f"{folder or '.'}/{name}")
            os.execve(f"{folder or '.'}/{name}", argv, env)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            failure = error
    raise failure


def refuse_ourselves(ours: os.stat_result | None, path: str | bytes) -> None:
    """Raise PermissionError if executing `path` would execute the program of this process: by /proc/self/exe, also behind the `#!` of a script.

    It is the host's interpreter, and the stranger's libraries in it could open it for writing (CVE-2019-5736).
    """
    for _ in range(_INTERPRETERS):
        status = os.stat(path)
        if ours is not None and os.path.samestat(status, ours):
            raise PermissionError(errno.EACCES, "", os.fsdecode(path))
        if not stat.S_ISREG(status.st_mode):
            return
        try:
            with open(path, "rb", buffering=0) as file:
                start = file.read(256)
        except PermissionError:
            return  # no script then: the kernel could not read its interpreter's name either
        words = start[2:].split(b"\n")[0].split(maxsplit=1) if start.startswith(b"#!") else []
        if not words:
            return
        path = words[0]
