"""Say in one line what this host lacks for `make setup`, and what installs it, on a distribution without apt; end with 1 then."""

from __future__ import annotations

import os
import sys
import sysconfig

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

_PYTHON = (3, 11)
_PROGRAMS = (
    "crun",
    "conmon",
    "catatonit",
    "newuidmap",
    "slirp4netns",
    "nft",
    "aardvark-dns",
    "fuse-overlayfs",
    "gpg",
    "ps",
    "git",
    "cc",
)
_HEADERS = {
    "libc-headers": "/usr/include/stdio.h",
    "libcap-headers": "/usr/include/sys/capability.h",
    "python-headers": f"{sysconfig.get_path('include')}/Python.h",
}
"""python-prctl is compiled, as PyPI has only its source."""


def missing_parts() -> list[str]:
    """Return the names that `pycman.linux.distribution` knows of what is not on this host."""
    from pycman.linux.processes import find_program  # only a Python that is new enough can read it

    programs = [name for name in _PROGRAMS if not find_program(name)]
    return programs + [name for name, path in _HEADERS.items() if not os.path.exists(path)]


def main() -> int:
    """Print what is missing; return the exit status."""
    if sys.version_info < _PYTHON:
        print(f"setup: this Python is {sys.version.split()[0]}, and pycman needs 3.11 or later", file=sys.stderr)
        return 1
    from pycman.linux.distribution import how_to_install  # the same

    missing = missing_parts()
    if missing:
        print(f"setup: not here: {', '.join(missing)}; as root: {how_to_install(*missing)}", file=sys.stderr)
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
