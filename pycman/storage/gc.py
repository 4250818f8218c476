"""What nothing reaches goes: layers without image and container, blobs without image, leavings of killed commands.

Mark and sweep in one transaction, so that nobody can begin to need what is being marked; leases hold what a running
pull, build or commit has not yet named in an image. Directories go after their rows said "removing".
"""

from __future__ import annotations

import contextlib
import os
import time

from pycman.errors import PycmanError, TimedOut
from pycman.linux.files import locked, remove_tree
from pycman.linux.mounts import unmount_below
from pycman.plan import crash_point
from pycman.state import owners
from pycman.storage.blobs import remove_blob
from pycman.storage.scratch import is_abandoned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_OLD_PARTIAL_S = 24 * 3600
_DEAD_LAYERS = (
    "SELECT name FROM layers l WHERE state != 'creating'"
    " AND NOT EXISTS (SELECT 1 FROM image_layers i WHERE i.chain_id = l.chain_id)"
    " AND NOT EXISTS (SELECT 1 FROM leases WHERE kind = 'layer' AND subject = l.chain_id)"
    " AND NOT EXISTS (SELECT 1 FROM containers c, json_each(c.layer_names) j WHERE j.value = l.name)"
)
_DEAD_BLOBS = (
    "SELECT digest FROM blobs b WHERE NOT EXISTS (SELECT 1 FROM image_layers i WHERE i.blob_digest = b.digest)"
    " AND NOT EXISTS (SELECT 1 FROM layers l WHERE l.blob_digest = b.digest AND l.state != 'removing')"
    " AND NOT EXISTS (SELECT 1 FROM leases WHERE kind = 'blob' AND subject = b.digest)"
)


def collect_garbage(session: Session) -> int:
    """Remove what nothing reaches and return the bytes freed (of blobs and unpacked layers)."""
    session.enter_namespaces()
    _drop_dead_leases(session)
    freed = 0
    with session.db.transaction():
        names = [row["name"] for row in session.db.rows(_DEAD_LAYERS)]
        for name in names:
            session.db.change("UPDATE layers SET state = 'removing' WHERE name = ?", (name,))
    crash_point("gc:marked")
    for name in names:
        freed += _remove_layer(session, name)
    freed += _remove_half_made(session)
    for row in session.db.rows(_DEAD_BLOBS):
        freed += remove_blob(session, row["digest"])
    freed += _remove_stray_blobs(session)
    _remove_old_partials(session)
    _remove_dead_scratch(session)
    return freed


def _drop_dead_leases(session: Session) -> None:
    for row in session.db.rows("SELECT id, owner FROM leases"):
        if owners.is_gone(row["owner"]):
            session.db.change("DELETE FROM leases WHERE id = ?", (row["id"],))


def _remove_layer(session: Session, name: str) -> int:
    with locked(session.paths.lock("layer", name), subject=name):
        row = session.db.row("SELECT state, size_bytes FROM layers WHERE name = ?", (name,))
        if row is None or row["state"] != "removing":
            return 0
        remove_tree(session.paths.layer(name))
        crash_point("gc:directory")
        session.db.change("DELETE FROM layers WHERE name = ?", (name,))
        remove_tree(session.paths.lock("layer", name))
    return int(row["size_bytes"])


def _remove_half_made(session: Session) -> int:
    """Take away layers whose unpacking was killed, and those whose removal was."""
    for row in session.db.rows("SELECT name, state, owner FROM layers WHERE state != 'ready'"):
        if row["state"] == "creating" and not owners.is_gone(row["owner"]):
            continue
        with locked(session.paths.lock("layer", row["name"]), subject=row["name"]):
            now = session.db.row("SELECT state, owner FROM layers WHERE name = ?", (row["name"],))
            if now is None or now["state"] == "ready" or not owners.is_gone(now["owner"]):
                continue
            remove_tree(session.paths.layer(row["name"]) + ".new")
            remove_tree(session.paths.layer(row["name"]))
            session.db.change("DELETE FROM layers WHERE name = ?", (row["name"],))
    return 0


def _remove_stray_blobs(session: Session) -> int:
    """Remove files that were renamed into place by a command killed before it wrote their row."""
    known = {row["digest"] for row in session.db.rows("SELECT digest FROM blobs")}
    freed = 0
    for name in os.listdir(f"{session.paths.blobs}/sha256"):
        digest = f"sha256:{name}"
        if digest in known:
            continue
        with (
            contextlib.suppress(TimedOut, FileNotFoundError),  # somebody is at it: his row comes in a moment
            locked(session.paths.lock("blob", digest), timeout_s=0, subject=digest),
        ):
            if session.db.value("SELECT 1 FROM blobs WHERE digest = ?", (digest,)) is None:
                path = session.paths.blob(digest)
                freed += os.stat(path).st_size
                os.unlink(path)
    return freed


def _remove_dead_scratch(session: Session) -> None:
    """Remove what killed commands left in tmp/."""
    for name in os.listdir(session.paths.tmp):
        if not is_abandoned(name):
            continue
        path = f"{session.paths.tmp}/{name}"
        with contextlib.suppress(OSError, PycmanError):  # an odd leftover shall not stop the next command
            if os.path.isdir(path):
                unmount_below(path)
            remove_tree(path)


def _remove_old_partials(session: Session) -> None:
    limit = time.time() - _OLD_PARTIAL_S
    for name in os.listdir(session.paths.partial_blobs):
        path = f"{session.paths.partial_blobs}/{name}"
        if os.stat(path).st_mtime < limit:
            remove_tree(path)
