"""Checks of the store: where it lies, whether it can be written, what killed commands left in it."""

from __future__ import annotations

import os

from pycman.containers.catalogue import has_leftovers
from pycman.errors import PycmanError
from pycman.linux.attributes import exactly, set_attribute
from pycman.storage.check import CheckOptions, check_store
from pycman.storage.driver import choose_driver
from pycman.system.checks import fail, fine, warn
from pycman.system.recover import recover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session

_LITTLE_BYTES = 1 << 30


def free_space(session: Session) -> dict[str, str]:
    """Is there room?"""
    session.paths.prepare()
    found = os.statvfs(session.paths.root)
    free = found.f_bavail * found.f_frsize
    text = f"{free // (1 << 20)} MiB free"
    if free < _LITTLE_BYTES or found.f_favail == 0 < found.f_files:
        return warn("free-space", text, "pulls and containers may fail", "pycman system prune")
    return fine("free-space", text)


def mount_options(session: Session) -> dict[str, str]:
    """Is the store on a file system that can run programs?"""
    flags = os.statvfs(session.paths.root).f_flag
    if flags & os.ST_NOEXEC:
        return fail(
            "store-noexec", "mounted noexec", "no program of a container can run", "use --root on another file system"
        )
    return fine("store-noexec", "programs can run")


def attributes(session: Session) -> dict[str, str]:
    """Does the store keep extended attributes?"""
    path = f"{session.paths.tmp}/attribute-{os.getpid()}"
    try:
        os.mkdir(path)
        with exactly(path) as descriptor:
            set_attribute(descriptor, "user.pycman", b"1")
    except OSError as error:
        cause = "whiteouts and capabilities of images would be lost"
        return warn("store-attributes", str(error.strerror), cause, "use --root on ext4, xfs or btrfs")
    finally:
        if os.path.isdir(path):
            os.rmdir(path)
    return fine("store-attributes", "kept")


def storage_driver(session: Session) -> dict[str, str]:
    """Which driver works?"""
    session.enter_namespaces()
    try:
        driver = choose_driver(session)
    except PycmanError as error:
        return fail("storage-driver", str(error), "nothing can be mounted", "use --root on another file system")
    if driver.name != "overlay":
        return warn(
            "storage-driver",
            f"{driver.name}: {driver.why}",
            "it is slower than the kernel's overlay",
            "use --root on ext4 or xfs",
        )
    return fine("storage-driver", driver.name)


def database(session: Session) -> dict[str, str]:
    """Is the database whole?"""
    found = session.db.value("PRAGMA quick_check")
    if found != "ok":
        return fail("database", str(found), "the file was damaged", "pycman system check --repair")
    return fine("database", "whole")


def leftovers(session: Session) -> dict[str, str]:
    """Did killed commands leave anything?"""
    if has_leftovers(session):
        return warn("leftovers", "containers nobody is at", "a command or monitor was killed", "pycman doctor --fix")
    return fine("leftovers", "none")


def store_health(session: Session) -> dict[str, str]:
    """Are blobs and layers where the database has them?"""
    problems = check_store(session, CheckOptions(quick=True)).problems
    if problems:
        fix = "pycman system check --repair"
        return warn("store-health", f"{len(problems)} problems, first {problems[0].subject}", problems[0].problem, fix)
    return fine("store-health", "blobs and layers are there")


CHECKS = (free_space, mount_options, attributes, storage_driver, database, leftovers, store_health)


def mend_store(session: Session) -> None:
    """Mend what the quick look at the store found."""
    check_store(session, CheckOptions(quick=True, repair=True))


def mend_leftovers(session: Session) -> None:
    """Finish or undo what killed commands left."""
    recover(session)


MENDERS: dict[str, Callable[[Session], None]] = {"leftovers": mend_leftovers, "store-health": mend_store}
