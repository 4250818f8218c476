"""crun, executed from sealed memory: a third of the time of a short call.

crun protects its file from containers (CVE-2019-5736): each call copies the program to where nobody can write, and executes that copy. Started
from sealed memory it takes itself for that copy (crun, src/libcrun/cloned_binary.c). So that one container can at most spoil its own calls
(root in it may change the copy's mode), each container has a copy of its own.

The kernel names AppArmor profiles and SELinux domains by a program's path, so where these may count, and wherever else the copy does not
run (vm.memfd_noexec=2, a policy that forbids it, libraries found beside the program), crun is executed by its path.
"""

from __future__ import annotations

import os

from pycman.errors import PycmanError
from pycman.linux.host_limits import has_apparmor, has_selinux
from pycman.linux.processes import reap, spawn
from pycman.linux.sealed_program import SealedProgram
from pycman.linux.syscalls import is_dumpable
from pycman.state.boot_cache import cached, file_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def sealed_crun(session: Session, path: str) -> SealedProgram | None:
    """Return a copy of the crun at `path`, None if it must be executed by its path."""
    if has_selinux() or not is_dumpable():  # conmon finds it in this process's folder in /proc
        return None
    if has_apparmor():
        from pycman.linux.apparmor import confines_program  # only where it is on

        if confines_program(path):
            return None
    try:
        if cached(session.paths, "sealed-crun", file_key([path]), lambda: _runs(path)):
            return SealedProgram(path)
    except OSError:
        return None
    return None


def _runs(path: str) -> bool:
    """Say whether a copy can be executed; asked once per boot."""
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        copy = SealedProgram(path)
        argv = [copy.shared_path(), "--version"]
        return not reap(spawn(argv, descriptors={0: null, 1: null, 2: null}))
    except (OSError, PycmanError):
        return False
    finally:
        os.close(null)
