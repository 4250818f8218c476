"""Why a command cannot be executed in a root file system: the file is examined, the runtime's message is not parsed.

    in PATH? ──▶ a regular file? executable? not on a noexec mount? ──▶ ELF for this machine? loader there?
                                                                   └──▶ #! interpreter there? (checked the same way)

Reads at most 4 KiB of the file, through descriptors that cannot leave the root (openat2, RESOLVE_IN_ROOT).
ELF fields are those of elf(5); the interpreter of a script is that of execve(2).
"""

from __future__ import annotations

import os
import stat
import struct

from pycman.linux.attributes import reopen_regular
from pycman.linux.syscalls import openat2
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MACHINES = {3: "386", 8: "mips", 20: "ppc", 21: "ppc64le", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64", 258: "loong64"}  # fmt: skip
_HOST_MACHINES = {"x86_64": (62, 3), "aarch64": (183, 40), "armv7l": (40,), "ppc64le": (21,), "s390x": (22,), "riscv64": (243,)}  # fmt: skip
_PT_INTERP = 3
_HEAD_BYTES = 4096


class Finding(Record):
    """One cause: `reference` is stable and in kebab-case, `text` a clause, `fix` what to do about it ("" if unknown)."""

    reference: str
    text: str
    fix: str = ""


def check_command(root: str, argv: Sequence[str], env: Mapping[str, str], cwd: str = "/") -> Finding | None:
    """Return why `argv[0]` cannot be executed below `root`, None if there is no reason.

    Raises OSError if `root` cannot be opened.
    """
    if not argv or not argv[0]:
        return Finding(reference="no-command", text="the command is empty", fix="name a command after the image")
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _check(top, argv[0], env, cwd)
    finally:
        os.close(top)


def _check(top: int, command: str, env: Mapping[str, str], cwd: str) -> Finding | None:
    if "/" in command:
        path = os.path.join(cwd, command)
        if not _exists(top, path):
            return _missing(top, path)
        return _check_file(top, path, depth=0)
    folders = env.get("PATH", "").split(":")
    found = [path for path in (os.path.join(folder or cwd, command) for folder in folders) if _exists(top, path)]
    if not found:
        where = env.get("PATH") or "an empty PATH"
        fix = "install it in the image, or correct its spelling or PATH"
        if command in _SHELL_BUILTINS:
            fix = "it is a shell builtin: run it as sh -c '…'"
        return Finding(reference="command-missing", text=f"{command} is in no directory of PATH ({where})", fix=fix)
    findings = [_check_file(top, path, depth=0) for path in found]
    return None if None in findings else findings[0]


_SHELL_BUILTINS = frozenset(("cd", "source", ".", "export", "alias", "ulimit", "set", "exec", "eval", "umask"))


def _exists(top: int, path: str) -> bool:
    descriptor = _open(top, path, os.O_PATH)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


def _missing(top: int, path: str) -> Finding:
    link = _open(top, path, os.O_PATH | os.O_NOFOLLOW)
    if link is not None:
        target = os.readlink("", dir_fd=link) if stat.S_ISLNK(os.fstat(link).st_mode) else ""
        os.close(link)
        if target:
            text = f"{path} is a symbolic link to {target}, which does not exist in the image"
            return Finding(reference="dangling-link", text=text, fix="install the link's target in the image")
    text = f"{path} does not exist in the image"
    return Finding(reference="command-missing", text=text, fix="install it in the image, or correct the path")


def _check_file(top: int, path: str, *, depth: int) -> Finding | None:
    descriptor = _open(top, path, os.O_PATH)
    if descriptor is None:
        return _missing(top, path)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            return Finding(reference="is-directory", text=f"{path} is a directory", fix="name a program in it")
        if not stat.S_ISREG(mode):
            return Finding(reference="not-a-file", text=f"{path} is not a regular file", fix="name a program")
        if not mode & 0o111:
            fix = f"run chmod +x on it in the image, or pass it to its interpreter: sh {path}"
            return Finding(reference="not-executable", text=f"{path} has no execute permission", fix=fix)
        if os.fstatvfs(descriptor).f_flag & os.ST_NOEXEC:
            text = f"{path} is on a file system mounted noexec"
            return Finding(
                reference="noexec-mount", text=text, fix="mount it with the option exec, or copy it elsewhere"
            )
    finally:
        os.close(descriptor)
    return _check_content(top, path, depth)


def _check_content(top: int, path: str, depth: int) -> Finding | None:
    descriptor = _open(top, path, os.O_RDONLY)
    if descriptor is None:
        return None
    try:
        head = os.pread(descriptor, _HEAD_BYTES, 0)
        if head.startswith(b"\x7fELF"):
            return _check_elf(top, path, descriptor, head)
    finally:
        os.close(descriptor)
    if head.startswith(b"#!"):
        return _check_script(top, path, head, depth)
    if not head:
        return Finding(reference="empty-file", text=f"{path} is empty", fix="build the image again")
    text = f"{path} is neither an ELF program nor a script with a #! line"
    return Finding(reference="no-interpreter-line", text=text, fix=f"begin it with #!/bin/sh, or run sh {path}")


def _check_script(top: int, path: str, head: bytes, depth: int) -> Finding | None:
    line = head[2:].split(b"\n", 1)[0]
    if line.endswith(b"\r"):
        text = f"{path} has DOS line ends (CRLF), so the kernel looks for an interpreter named {_quoted(line)}"
        return Finding(reference="crlf-line-ends", text=text, fix="convert it with dos2unix or sed -i 's/\\r$//'")
    parts = line.split()
    if not parts:
        return Finding(reference="no-interpreter-line", text=f"{path} has an empty #! line", fix="name an interpreter")
    interpreter = os.fsdecode(parts[0])
    if not _exists(top, os.path.join("/", interpreter)):
        text = f"the interpreter {interpreter} of {path} is not in the image"
        return Finding(reference="interpreter-missing", text=text, fix="install it, or change the script's first line")
    if os.path.basename(interpreter) == "env" and len(parts) > 1:
        name = os.fsdecode(parts[1])
        folders = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
        if not name.startswith("-") and "=" not in name and not any(_exists(top, f"{f}/{name}") for f in folders):
            text = f"{path} runs {name} through env, and {name} is not in the image"
            return Finding(
                reference="interpreter-missing", text=text, fix="install it, or change the script's first line"
            )
    return _check_file(top, interpreter, depth=depth + 1) if depth < 4 else None


def _quoted(line: bytes) -> str:
    return repr(line.strip(b" ").decode("utf-8", "replace"))


def _check_elf(top: int, path: str, descriptor: int, head: bytes) -> Finding | None:
    if len(head) < 64:
        return Finding(reference="broken-elf", text=f"{path} is a truncated ELF file", fix="build the image again")
    order = ">" if head[5] == 2 else "<"
    machine = struct.unpack_from(order + "H", head, 18)[0]
    host = os.uname().machine
    if host in _HOST_MACHINES and machine not in _HOST_MACHINES[host]:
        name = _MACHINES.get(machine, str(machine))
        text = f"{path} is a program for {name}, this machine is {host}"
        return Finding(
            reference="other-machine",
            text=text,
            fix="pull the image with the right --platform, or set up qemu-user and binfmt",
        )
    loader = _loader(descriptor, head, order)
    if loader and not _exists(top, loader):
        text = f"the loader {loader} of {path} is not in the image"
        fix = "build it statically, or use an image with that C library (musl or glibc)"
        return Finding(reference="loader-missing", text=text, fix=fix)
    return None


def _loader(descriptor: int, head: bytes, order: str) -> str:
    """Return the PT_INTERP of an ELF program, "" for a static one."""
    wide = head[4] == 2
    offset, size, count = (
        (struct.unpack_from(order + "Q", head, 32)[0], *struct.unpack_from(order + "HH", head, 54))
        if wide
        else (struct.unpack_from(order + "I", head, 28)[0], *struct.unpack_from(order + "HH", head, 42))
    )
    table = os.pread(descriptor, size * min(count, 64), offset)
    for start in range(0, len(table) - size + 1, size or 1):
        if struct.unpack_from(order + "I", table, start)[0] != _PT_INTERP:
            continue
        if wide:
            where, length = (
                struct.unpack_from(order + "Q", table, start + 8)[0],
                struct.unpack_from(order + "Q", table, start + 32)[0],
            )
        else:
            where, length = (
                struct.unpack_from(order + "I", table, start + 4)[0],
                struct.unpack_from(order + "I", table, start + 16)[0],
            )
        return os.fsdecode(os.pread(descriptor, min(length, 1024), where).rstrip(b"\0"))
    return ""


def _open(top: int, path: str, flags: int) -> int | None:
    """Open `path` inside the root, for reading only if it is a regular file; None if it cannot be."""
    try:
        if flags & os.O_PATH:
            return openat2(top, path.lstrip("/") or ".", flags)
        path_descriptor = openat2(top, path.lstrip("/") or ".", os.O_PATH)
        try:
            return reopen_regular(path_descriptor, flags)
        finally:
            os.close(path_descriptor)
    except OSError:
        return None
