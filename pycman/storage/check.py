"""Verify the store, and repair it: damaged content is restored, and nothing that a command reported as done is deleted.

    database   integrity check; --repair rebuilds its indexes
    blobs      present, with the right size and digest; --repair removes damaged ones, so that a pull fetches them again
    layers     present, and file by file equal to the blob; --repair unpacks again (not while a container uses the layer)
    strays     directories and files without a row, left by killed commands; --repair removes them

An image is never removed: if both its layer and its blob are lost, the report says to pull it again.
"""

from __future__ import annotations

import os

from pycman.digest import VerifiedReader
from pycman.errors import PycmanError, from_os_error
from pycman.linux.files import locked, remove_tree
from pycman.record import Record
from pycman.spec.id_map import parse_key
from pycman.state import owners
from pycman.storage.archive_io import open_decompressed
from pycman.storage.blobs import has_blob, open_blob
from pycman.storage.gc import stray_blobs
from pycman.storage.layers import discard_layer, ensure_layer
from pycman.storage.ownership import Owners
from pycman.storage.scratch import is_abandoned, remove_left
from pycman.storage.verify import compare_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_CHUNK = 1 << 20
_LISTED_FAULTS = 3
"""How many differences of one layer are listed; the others are only counted."""


class CheckOptions(Record):
    """`quick`: only check presence, not content; `repair`: fix problems; `force`: also layers of running containers."""

    quick: bool = False
    repair: bool = False
    force: bool = False


class Problem(Record):
    """One problem: its kind as `reference` (kebab-case), the object as `subject`, the `problem` as a clause; `repaired`: it
    has been fixed.
    """

    reference: str
    subject: str
    problem: str
    repaired: bool = False


class CheckReport(Record):
    """The problems, and how many blobs and layers were checked."""

    problems: tuple[Problem, ...]
    blobs: int = 0
    layers: int = 0


def check_store(session: Session, options: CheckOptions | None = None) -> CheckReport:
    """Check the database, blobs, layers and stray files. Raises only what opening the database raises."""
    options = options or CheckOptions()
    session.enter_namespaces()
    session.paths.prepare()
    problems = _check_database(session, options)
    problems += _check_blobs(session, options)
    problems += _check_layers(session, options)
    problems += _check_strays(session, options)
    return CheckReport(
        problems=tuple(problems),
        blobs=session.db.value("SELECT count(*) FROM blobs"),
        layers=session.db.value("SELECT count(*) FROM layers"),
    )


# -- database --------------------------------------------------------------------------------------------


def _check_database(session: Session, options: CheckOptions) -> list[Problem]:
    faults = _database_faults(session)
    if faults and options.repair:
        session.db.change("REINDEX")
        remaining = _database_faults(session)
    else:
        remaining = faults
    return [
        Problem(
            reference="database-damaged", subject=session.paths.database, problem=fault, repaired=fault not in remaining
        )
        for fault in faults
    ]


def _database_faults(session: Session) -> list[str]:
    faults = [str(row[0]) for row in session.db.rows("PRAGMA integrity_check")]
    orphans = session.db.rows("PRAGMA foreign_key_check")
    return [fault for fault in faults if fault != "ok"] + [
        f"a row of {row[0]} refers to a row of {row[2]} that does not exist" for row in orphans
    ]


# -- blobs -----------------------------------------------------------------------------------------------


def _check_blobs(session: Session, options: CheckOptions) -> list[Problem]:
    problems = []
    for row in session.db.rows("SELECT digest, size_bytes FROM blobs"):
        problem = _blob_problem(session, row["digest"], row["size_bytes"], quick=options.quick)
        if problem:
            repaired = options.repair and _forget_blob(session, row["digest"])
            problems.append(
                Problem(reference="blob-damaged", subject=row["digest"], problem=problem, repaired=repaired)
            )
    return problems


def _blob_problem(session: Session, digest: str, size: int, *, quick: bool) -> str:
    try:
        actual = os.stat(session.paths.blob(digest)).st_size
    except OSError as error:
        return (error.strerror or "missing").lower()
    if actual != size:
        return f"{actual} bytes instead of {size}"
    if quick:
        return ""
    try:
        with open_blob(session, digest) as file:
            reader = VerifiedReader(file, digest, size)
            while reader.read(_CHUNK):
                pass
    except (PycmanError, OSError) as error:
        return error.problem if isinstance(error, PycmanError) else (error.strerror or "unreadable").lower()
    return ""


def _forget_blob(session: Session, digest: str) -> bool:
    """Remove a damaged blob, so that the next pull fetches it again by digest; its images are not removed."""
    with locked(session.paths.lock("blob", digest), subject=digest):
        session.db.change("DELETE FROM blobs WHERE digest = ?", (digest,))
        remove_tree(session.paths.blob(digest))
    return True


# -- layers ----------------------------------------------------------------------------------------------


def _check_layers(session: Session, options: CheckOptions) -> list[Problem]:
    problems = []
    for row in session.db.rows("SELECT * FROM layers"):
        if row["state"] != "ready":
            problems += _half_made(session, row, options)
            continue
        problem = _layer_problem(session, row, quick=options.quick)
        if not problem:
            continue
        missing = not os.path.isdir(session.paths.layer(row["name"]))
        if options.repair:
            repaired, obstacle = _unpack_again(session, row, force=options.force or missing)
            problem += f"; {obstacle}" if obstacle else ""
        else:
            repaired = False
        reference = "layer-missing" if missing else "layer-damaged"
        problems.append(Problem(reference=reference, subject=row["chain_id"], problem=problem, repaired=repaired))
    return problems


def _half_made(session: Session, row: Any, options: CheckOptions) -> list[Problem]:
    """Report a layer whose unpacking or removal was killed; nothing for one that a live command is unpacking."""
    if row["state"] == "creating" and not owners.is_gone(row["owner"]):
        return []
    if options.repair:
        with locked(session.paths.lock("layer", row["name"]), subject=row["name"]):
            now = session.db.row("SELECT state, owner FROM layers WHERE name = ?", (row["name"],))
            if now is not None and now["state"] != "ready":
                discard_layer(session, row["name"])
    step = "unpacking" if row["state"] == "creating" else "removal"
    return [
        Problem(
            reference="layer-half-made",
            subject=row["chain_id"],
            problem=f"its {step} was interrupted",
            repaired=options.repair,
        )
    ]


def _layer_problem(session: Session, row: Any, *, quick: bool) -> str:
    path = session.paths.layer(row["name"])
    if not os.path.isdir(path):
        return "its directory is missing"
    if quick or not has_blob(session, row["blob_digest"]):
        return ""
    single = session.available_ids() <= 1
    owners_of_map = None if single else Owners(parse_key(row["id_map"]), rootless=session.rootless)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with open_blob(session, row["blob_digest"]) as blob:
            faults = compare_layer(open_decompressed(blob), top, owners_of_map, rootless=session.rootless)
    except PycmanError:
        return ""  # the blob itself is damaged, which _check_blobs reports
    except OSError as error:
        return from_os_error(error, doing="it cannot be read").problem
    finally:
        os.close(top)
    more = f" and {len(faults) - _LISTED_FAULTS} more" if len(faults) > _LISTED_FAULTS else ""
    return ", ".join(sorted(faults)[:_LISTED_FAULTS]) + more


def _unpack_again(session: Session, row: Any, *, force: bool) -> tuple[bool, str]:
    """Unpack a layer again; return whether that repaired it, and if not, what prevented it."""
    users = _running_users(session, row["name"])
    if users and not force:
        return False, f"stop {', '.join(users)} first, or use --force"
    if not has_blob(session, row["blob_digest"]):
        return False, "its blob is gone too: pull the image again"
    session.db.change("UPDATE layers SET state = 'removing' WHERE name = ?", (row["name"],))
    try:
        ensure_layer(
            session,
            diff_id=row["diff_id"],
            parent_chain_id=row["parent_chain_id"],
            blob_digest=row["blob_digest"],
            id_map=parse_key(row["id_map"]),
        )
    except PycmanError as error:
        _keep_row(session, row)
        return False, error.describe()
    return True, ""


def _keep_row(session: Session, row: Any) -> None:
    """Insert the row again, so that the next pull or run of the image knows which blob contains this layer."""
    session.db.change(
        "INSERT OR REPLACE INTO layers (name, chain_id, id_map, parent_chain_id, diff_id, blob_digest, size_bytes,"
        " state, created_at_ns) VALUES (?, ?, ?, ?, ?, ?, ?, 'ready', ?)",
        (
            row["name"], row["chain_id"], row["id_map"], row["parent_chain_id"], row["diff_id"], row["blob_digest"],
            row["size_bytes"], row["created_at_ns"],
        ),
    )  # fmt: skip


def _running_users(session: Session, name: str) -> list[str]:
    rows = session.db.rows(
        "SELECT c.name FROM containers c, json_each(c.layer_names) j WHERE j.value = ? AND (c.pid > 0 OR c.mounted > 0)"
        " ORDER BY c.name",
        (name,),
    )
    return [row["name"] for row in rows]


# -- strays ----------------------------------------------------------------------------------------------


def _check_strays(session: Session, options: CheckOptions) -> list[Problem]:
    """Look for files and directories without a row below layers/, containers/, blobs/ and tmp/."""
    strays = [(f"{session.paths.tmp}/{name}", "the command that made it has ended") for name in os.listdir(session.paths.tmp)
              if is_abandoned(name)]  # fmt: skip
    strays += [(session.paths.blob(digest), "the database does not know it") for digest in stray_blobs(session)]
    for folder, table, column in (
        (session.paths.layers, "layers", "name"),
        (session.paths.containers, "containers", "id"),
    ):
        present = os.listdir(folder)  # read before the rows: a command inserts the row before it makes the directory
        known = {row[0] for row in session.db.rows(f"SELECT {column} FROM {table}")}
        strays += [
            (f"{folder}/{name}", "the database does not know it")
            for name in present
            if name.removesuffix(".new") not in known
        ]
    problems = []
    for path, problem in strays:
        repaired = options.repair and _remove_stray(path)
        problems.append(Problem(reference="stray", subject=path, problem=problem, repaired=repaired))
    return problems


def _remove_stray(path: str) -> bool:
    try:
        remove_left(path)
    except (OSError, PycmanError):
        return False  # it is told as left
    return True
