"""Calls of the C library."""

import errno
import os

import pytest

from pycman.linux import syscalls
from pycman.linux.libc import libc_call


def test_numbers_and_bytes_arrive(tmp_path) -> None:
    descriptor = libc_call("memfd_create", b"name", os.MFD_CLOEXEC, target="name")
    try:
        assert os.readlink(f"/proc/self/fd/{descriptor}").startswith("/memfd:name")
        assert not os.get_inheritable(descriptor)
    finally:
        os.close(descriptor)
    assert libc_call("toupper", ord("a"), target="") == ord("A")


def test_a_failure_names_call_and_target() -> None:
    with pytest.raises(OSError, match="umount2 /nowhere") as raised:
        syscalls.umount2("/nowhere")
    assert raised.value.errno in (errno.ENOENT, errno.EPERM)


def test_a_failure_of_a_call_without_function_names_it_too() -> None:
    with pytest.raises(FileNotFoundError, match="open_tree /nowhere"):
        syscalls.open_tree(-1, "/nowhere")


def test_openat2_stays_below_its_directory(tmp_path) -> None:
    (tmp_path / "inside").write_text("in")
    (tmp_path / "out").symlink_to("/etc/hostname")
    directory = os.open(tmp_path, os.O_PATH)
    try:
        with os.fdopen(syscalls.openat2(directory, "inside", os.O_RDONLY)) as file:
            assert file.read() == "in"
        with pytest.raises(FileNotFoundError, match="openat2 out"):
            syscalls.openat2(directory, "out", os.O_RDONLY)
        with pytest.raises(OSError, match="openat2 out") as raised:
            syscalls.openat2(directory, "out", os.O_RDONLY, resolve=syscalls.RESOLVE_BENEATH)
        assert raised.value.errno == errno.EXDEV
    finally:
        os.close(directory)


def test_prctl_takes_words_as_long_as_a_register() -> None:
    get_name, set_name = 16, 15
    buffer = b"before-".ljust(16, b"\0")
    libc_call("prctl", get_name, buffer, target="")
    before = buffer.rstrip(b"\0")
    libc_call("prctl", set_name, b"renamed", target="")
    try:
        with open("/proc/thread-self/comm", encoding="ascii") as file:
            assert file.read() == "renamed\n"
    finally:
        libc_call("prctl", set_name, before, target="")
    with pytest.raises(OSError, match="prctl 24") as raised:
        syscalls.prctl(syscalls.PR_CAPBSET_DROP, 1 << 40)  # no capability has this number, its lower half would be 0
    assert raised.value.errno in (errno.EINVAL, errno.EPERM)
