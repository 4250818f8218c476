"""Garbage collection: remove layers without image and container, blobs without image, and leftovers of killed commands.

mark    in one transaction, so that no command can begin to use a layer while it is being marked "removing"; leases
        protect what a running pull, build or commit has not yet named in an image
sweep   each layer under its own lock and only if its row still says "removing": a command that needed the layer since
        then has unpacked it again, and it is kept

row "ready" ──mark──▶ row "removing" ──▶ directory removed ──▶ row deleted      (a killed sweep is finished by the next)
"""

from __future__ import annotations

import os
import time

from pycman.contexts import suppress
from pycman.errors import TimedOut
from pycman.linux.files import locked, remove_tree
from pycman.plan import crash_point
from pycman.state import owners
from pycman.state.leases import drop_dead
from pycman.storage.blobs import remove_blob
from pycman.storage.scratch import is_abandoned, remove_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_OLD_S = 24 * 3600
"""How long a partial blob is kept for a later pull to resume, and a temporary file whose maker is unknown."""
_DEAD_LAYERS = (
    "SELECT name FROM layers l WHERE state != 'creating'"
    " AND NOT EXISTS (SELECT 1 FROM image_layers i WHERE i.chain_id = l.chain_id)"
    " AND NOT EXISTS (SELECT 1 FROM build_steps s WHERE s.chain_id = l.chain_id)"
    " AND NOT EXISTS (SELECT 1 FROM leases WHERE kind = 'layer' AND subject = l.chain_id)"
    " AND NOT EXISTS (SELECT 1 FROM containers c, json_each(c.layer_names) j WHERE j.value = l.name)"
)
_IS_DEAD_BLOB = (
    "NOT EXISTS (SELECT 1 FROM image_layers i WHERE i.blob_digest = blobs.digest)"
    " AND NOT EXISTS (SELECT 1 FROM layers l WHERE l.blob_digest = blobs.digest AND l.state != 'removing')"
    " AND NOT EXISTS (SELECT 1 FROM artifact_blobs a WHERE a.digest = blobs.digest)"
    " AND NOT EXISTS (SELECT 1 FROM leases WHERE kind = 'blob' AND subject = blobs.digest)"
)


def collect_garbage(session: Session) -> int:
    """Remove everything unreferenced and return the bytes freed (of blobs and unpacked layers)."""
    session.enter_namespaces()
    session.paths.prepare()
    drop_dead(session.db)
    with session.db.transaction():
        names = [row["name"] for row in session.db.rows(_DEAD_LAYERS)]
        for name in names:
            session.db.change("UPDATE layers SET state = 'removing' WHERE name = ?", (name,))
    session.db.settle()  # or half a directory could be that of a layer which is ready
    crash_point("gc:marked")
    freed = sum(_remove_layer(session, name) for name in names)
    _remove_half_made(session)
    for row in session.db.rows(f"SELECT digest FROM blobs WHERE {_IS_DEAD_BLOB}"):
        freed += remove_blob(session, row["digest"], only_if=_IS_DEAD_BLOB)
    freed += _remove_files_without_row(session)
    _remove_old_partials(session)
    _remove_scratch(session)
    session.db.restore_reserve()
    return freed


def _remove_layer(session: Session, name: str) -> int:
    with locked(session.paths.lock("layer", name), subject=name):
        row = session.db.row("SELECT state, size_bytes FROM layers WHERE name = ?", (name,))
        if row is None or row["state"] != "removing":
            return 0
        remove_tree(session.paths.layer(name))
        remove_tree(session.paths.layer(name) + ".new")
        crash_point("gc:directory")
        session.db.change("DELETE FROM layers WHERE name = ?", (name,))
        remove_tree(session.paths.lock("layer", name))
    return int(row["size_bytes"])


def _remove_half_made(session: Session) -> None:
    """Remove layers whose unpacking was killed."""
    for row in session.db.rows("SELECT name, owner FROM layers WHERE state = 'creating'"):
        if not owners.is_gone(row["owner"]):
            continue
        with locked(session.paths.lock("layer", row["name"]), subject=row["name"]):
            now = session.db.row("SELECT state, owner FROM layers WHERE name = ?", (row["name"],))
            if now is None or now["state"] != "creating" or not owners.is_gone(now["owner"]):
                continue
            remove_tree(session.paths.layer(row["name"]) + ".new")
            remove_tree(session.paths.layer(row["name"]))
            session.db.change("DELETE FROM layers WHERE name = ?", (row["name"],))


def stray_blobs(session: Session) -> list[str]:
    """Return the digests of blob files without a row, left by a command that was killed while writing or removing them."""
    known = {row["digest"] for row in session.db.rows("SELECT digest FROM blobs")}
    present = []
    for algorithm in os.listdir(session.paths.blobs):
        if algorithm in ("sha256", "sha384", "sha512"):
            present += [f"{algorithm}:{name}" for name in os.listdir(f"{session.paths.blobs}/{algorithm}")]
    return sorted(set(present) - known)


def _remove_files_without_row(session: Session) -> int:
    freed = 0
    for digest in stray_blobs(session):
        with suppress(TimedOut), locked(session.paths.lock("blob", digest), timeout_s=0):
            if session.db.value("SELECT 1 FROM blobs WHERE digest = ?", (digest,)) is None:
                with suppress(FileNotFoundError):
                    freed += os.stat(session.paths.blob(digest)).st_size
                remove_tree(session.paths.blob(digest))
    return freed


def _remove_old_partials(session: Session) -> None:
    limit = time.time() - _OLD_S
    for name in os.listdir(session.paths.partial_blobs):
        digest = name.replace("-", ":", 1)
        with suppress(TimedOut, FileNotFoundError), locked(session.paths.lock("blob", digest), timeout_s=0):
            if os.stat(session.paths.partial_blob(digest)).st_mtime < limit:
                remove_tree(session.paths.partial_blob(digest))
                remove_tree(session.paths.lock("blob", digest))


def _remove_scratch(session: Session) -> None:
    limit = time.time() - _OLD_S
    for folder in (session.paths.tmp, session.paths.build_files):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            path = f"{folder}/{name}"
            with suppress(OSError):
                if is_abandoned(name):
                    remove_left(path)
                elif os.lstat(path).st_mtime < limit:
                    remove_tree(path)
