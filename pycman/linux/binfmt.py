"""What binfmt_misc runs beside the machine's own programs: those of other architectures, by qemu-user (binfmt-misc.rst)."""

from __future__ import annotations

import os

_DIRECTORY = "/proc/sys/fs/binfmt_misc"
_QEMU = {"arm64": "aarch64", "amd64": "x86_64", "386": "i386", "loong64": "loongarch64", "mips64le": "mips64el"}


def emulates(architecture: str, directory: str = _DIRECTORY) -> bool:
    """Say whether programs for an architecture (Go's name, such as "arm64") are run by an enabled interpreter."""
    try:
        names = os.listdir(directory)
    except OSError:
        return False
    for name in names:
        if name.startswith("qemu-") and name.removeprefix("qemu-") == _QEMU.get(architecture, architecture):
            with open(f"{directory}/{name}", encoding="utf-8", errors="replace") as file:
                return file.readline().strip() == "enabled"
    return False
