"""What a worker of pytest-xdist gets for itself, so that workers which start containers side by side do not meet.

Network namespace (loopback up), mount namespace (a `/run/netns` of its own) and test user; `tools/prepare_host.sh`
makes the users. Cgroups, the process table and /run are shared, as by any two stores on one host.
"""

from __future__ import annotations

import os
import subprocess

from pycman.linux import syscalls

_NEW_MOUNTS, _NEW_NETWORK = 0x00020000, 0x40000000
_PRIVATE_TREE = 0x00040000 | 0x00004000
"""MS_PRIVATE | MS_REC (mount(2))."""


def enter_own_machine(worker: str) -> None:
    """Move this process (as root) into namespaces of worker `worker` ("gw0") and name its test user in the environment."""
    syscalls.unshare(_NEW_MOUNTS | _NEW_NETWORK)
    syscalls.mount("none", "/", flags=_PRIVATE_TREE)
    os.makedirs("/run/netns", exist_ok=True)
    syscalls.mount("tmpfs", "/run/netns", "tmpfs")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.environ["PYCMAN_TEST_USER"] = f"pycman-test-{worker}"
