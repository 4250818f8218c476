"""SELinux on this host: the contexts its policy has for containers, this process's own, and labels of files (selinux(8)).

Whether it is on says `host_limits.has_selinux`, which `host_facts` asks once per boot. Only imported where it is.
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.contexts import suppress
from pycman.errors import InvalidInput, from_os_error
from pycman.linux.attributes import exactly, set_attribute
from pycman.linux.files import read_text

ATTRIBUTE = "security.selinux"
_ETC = "/etc/selinux"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_REPLACED = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""A container that writes to the tree removed or replaced the entry meanwhile."""
_SYSTEM = frozenset(
    ("/", "/bin", "/boot", "/dev", "/etc", "/etc/passwd", "/etc/pki", "/etc/shadow", "/home", "/lib", "/lib32", "/lib64",
     "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib",
     "/usr/lib64", "/usr/sbin", "/var", "/var/lib", "/var/log", "/var/tmp")
)  # fmt: skip


def container_contexts() -> str:
    """Return the text of the policy's file lxc_contexts; "" if the policy has none."""
    kind = "targeted"
    for line in read_text(f"{_ETC}/config").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "SELINUXTYPE" and value.strip() and "/" not in value:
            kind = value.strip()
    return read_text(f"{_ETC}/{kind}/contexts/lxc_contexts")


def own_context() -> str:
    """Return the context of this process; "" if it cannot be read."""
    return read_text("/proc/self/attr/current").strip("\0\n ")


def label_of(path: str) -> str:
    """Return the label of a file, not of what a link names; "" where it has none or cannot be read."""
    with suppress(OSError):
        return os.getxattr(path, ATTRIBUTE, follow_symlinks=False).rstrip(b"\0").decode("utf-8", "replace")
    return ""


def relabel(path: str, label: str, *, homes: tuple[str, ...] = ()) -> None:
    """Give everything at and below `path` a label, links themselves and not what they name.

    Nothing is done if `path` has it already, and where the file system keeps no labels (NFS, FAT), or has one for all (context=).
    Raises InvalidInput for a directory of the host's system and for `homes`, Denied and others if it is refused.
    """
    real = os.path.realpath(path)
    if real in _SYSTEM or real in {os.path.realpath(home) for home in homes if home}:
        raise InvalidInput(
            "its label is not changed: the host's own programs need it",
            subject=path,
            hint="leave out z and Z, or mount a directory below it",
        )
    if label_of(real) == label:
        return
    value = label.encode() + b"\0"
    try:
        with exactly(real) as descriptor:
            set_attribute(descriptor, ATTRIBUTE, value)
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                top = os.open(".", _DIRECTORY, dir_fd=descriptor)
                try:
                    _relabel_below(top, value)
                finally:
                    os.close(top)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return
        raise from_os_error(error, subject=path, doing=f"cannot label it {label}") from error


def _relabel_below(directory: int, value: bytes) -> None:
    for name in os.listdir(directory):
        try:
            with exactly(name, directory) as descriptor:
                set_attribute(descriptor, ATTRIBUTE, value)
                if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                    continue
                below = os.open(".", _DIRECTORY, dir_fd=descriptor)
        except OSError as error:
            if error.errno in _REPLACED:
                continue
            raise
        try:
            _relabel_below(below, value)
        finally:
            os.close(below)
