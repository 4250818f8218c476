"""Checks of the store: its file system, its database, its layers, and what killed commands left in it."""

from __future__ import annotations

import os

from pycman.containers.catalogue import has_leftovers
from pycman.errors import PycmanError
from pycman.linux.attributes import exactly, set_attribute
from pycman.storage.check import CheckOptions, check_store
from pycman.storage.driver import choose_driver
from pycman.system.checks.outcome import fail, fine, warn
from pycman.system.recover import recover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session

_LOW_SPACE_BYTES = 1 << 30


def free_space(session: Session) -> dict[str, str]:
    """Check that at least 1 GiB and some inodes are free."""
    session.paths.prepare()
    status = os.statvfs(session.paths.root)
    free = status.f_bavail * status.f_frsize
    text = f"{free // (1 << 20)} MiB free"
    if free < _LOW_SPACE_BYTES or status.f_favail == 0 < status.f_files:
        return warn("free-space", text, "pulls and containers may fail", "pycman system prune")
    return fine("free-space", text)


def mount_options(session: Session) -> dict[str, str]:
    """Check that the store's file system is not mounted noexec."""
    flags = os.statvfs(session.paths.root).f_flag
    if flags & os.ST_NOEXEC:
        return fail(
            "store-noexec", "mounted noexec", "no program of a container can run", "use --root on another file system"
        )
    return fine("store-noexec", "programs can run")


def attributes(session: Session) -> dict[str, str]:
    """Check that the store's file system supports extended attributes."""
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
    return fine("store-attributes", "supported")


def storage_driver(session: Session) -> dict[str, str]:
    """Check that the kernel's overlay can be used as the storage driver."""
    session.enter_namespaces()
    try:
        driver = choose_driver(session)
    except PycmanError as error:
        return fail(
            "storage-driver", str(error), "no root file system can be mounted", "use --root on another file system"
        )
    if driver.name != "overlay":
        return warn(
            "storage-driver",
            f"{driver.name}: {driver.why}",
            "this driver is slower than the kernel's overlay",
            "use --root on ext4 or xfs",
        )
    return fine("storage-driver", driver.name)


def database(session: Session) -> dict[str, str]:
    """Check the integrity of the database (PRAGMA quick_check)."""
    result = session.db.value("PRAGMA quick_check")
    if result != "ok":
        return fail("database", str(result), "the file is damaged", "pycman system check --repair")
    return fine("database", "intact")


def leftovers(session: Session) -> dict[str, str]:
    """Check that killed commands left no containers half-made."""
    if has_leftovers(session):
        return warn(
            "leftovers", "containers in an unfinished state", "a command or conmon was killed", "pycman doctor --fix"
        )
    return fine("leftovers", "none")


def store_health(session: Session) -> dict[str, str]:
    """Check that the blobs and layers in the database exist on disk."""
    problems = check_store(session, CheckOptions(quick=True)).problems
    if problems:
        fix = "pycman system check --repair"
        return warn("store-health", f"{len(problems)} problems, first {problems[0].subject}", problems[0].problem, fix)
    return fine("store-health", "all blobs and layers exist")


CHECKS = (free_space, mount_options, attributes, storage_driver, database, leftovers, store_health)


def fix_store(session: Session) -> None:
    """Repair the problems that the quick check of the store finds."""
    check_store(session, CheckOptions(quick=True, repair=True))


def fix_leftovers(session: Session) -> None:
    """Finish or undo what killed commands left."""
    recover(session)


FIXES: dict[str, Callable[[Session], None]] = {"leftovers": fix_leftovers, "store-health": fix_store}
"""The checks that `doctor --fix` can fix, by id."""
