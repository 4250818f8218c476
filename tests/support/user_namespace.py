"""Run a function as root of a user namespace, as rootless commands do; the parent, which is root, writes the map."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import traceback

from pycman.linux import syscalls

FIRST_ID = 200_000
MANY = 65_536


def in_user_namespace(function, *, ids=MANY):
    """Call `function(directory)` in a child that is root of new user and mount namespaces with `ids` ids.

    `directory` belongs to that root. An error of the function fails the test with the child's traceback.
    """
    with _own_directory() as directory:
        told_read, told_write = os.pipe()
        mapped_read, mapped_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os._exit(_child(function, directory, told_write, mapped_read))
        os.close(told_write)
        os.close(mapped_read)
        os.read(told_read, 1)
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{pid}/{name}", "w", encoding="ascii") as file:
                file.write(f"0 {FIRST_ID} {ids}")
        os.write(mapped_write, b"m")
        words = b""
        while data := os.read(told_read, 65536):
            words += data
        os.close(told_read)
        os.close(mapped_write)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert status == 0, f"in the user namespace (exit status {status}):\n{words.decode()}"


@contextlib.contextmanager
def _own_directory():
    directory = tempfile.mkdtemp(prefix="pycman-userns-", dir="/var/tmp")
    os.chown(directory, FIRST_ID, FIRST_ID)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _child(function, directory, told, mapped):
    try:
        os.setgroups([])
        os.setresgid(FIRST_ID, FIRST_ID, FIRST_ID)
        os.setresuid(FIRST_ID, FIRST_ID, FIRST_ID)
        syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS)
        os.write(told, b"u")
        os.read(mapped, 1)
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        syscalls.mount("", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
        function(directory)
    except BaseException:
        os.write(told, traceback.format_exc().encode())
        return 1
    return 0
