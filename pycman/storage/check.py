"""Verify the store, and fix it: nothing a command reported done is deleted, what is damaged is made again.

    database   integrity check; --repair rebuilds its indexes
    blobs      there, in full length, digest right; --repair forgets the damaged, so that a pull fetches them by digest
    layers     there, and file by file what the blob says; --repair unpacks again (not below a running container)
    strays     directories and files that no row knows, leavings of the killed; --repair removes them

An image is never removed: where both its layer and its blob are lost, the report says to pull it again.
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
from pycman.storage.scratch import is_abandoned
from pycman.storage.verify import compare_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_CHUNK = 1 << 20
_TOLD = 3
"""Differences of one layer that are named; of the rest, the number."""


class CheckOptions(Record):
    """`quick`: only whether things are there; `repair`: fix what can be; `force`: also below running containers."""

    quick: bool = False
    repair: bool = False
    force: bool = False


class Problem(Record):
    """One thing that is wrong: `reference` (kebab-case), `subject` which, `problem` how; `mended`: it is right now."""

    reference: str
    subject: str
    problem: str
    mended: bool = False


class CheckReport(Record):
    """What was found, and how much was looked at."""

    problems: tuple[Problem, ...]
    blobs: int = 0
    layers: int = 0


def check_store(session: Session, options: CheckOptions | None = None) -> CheckReport:
    """Look at the database, blobs and layers. Raises nothing but what opening the database does."""
    asked = options or CheckOptions()
    session.enter_namespaces()
    session.paths.prepare()
    problems = _check_database(session, asked)
    problems += _check_blobs(session, asked)
    problems += _check_layers(session, asked)
    problems += _check_strays(session, asked)
    return CheckReport(
        problems=tuple(problems),
        blobs=session.db.value("SELECT count(*) FROM blobs"),
        layers=session.db.value("SELECT count(*) FROM layers"),
    )


# -- database --------------------------------------------------------------------------------------------


def _check_database(session: Session, options: CheckOptions) -> list[Problem]:
    found = _database_faults(session)
    if found and options.repair:
        session.db.change("REINDEX")
        left = _database_faults(session)
    else:
        left = found
    return [
        Problem(reference="database-damaged", subject=session.paths.database, problem=text, mended=text not in left)
        for text in found
    ]


def _database_faults(session: Session) -> list[str]:
    faults = [str(row[0]) for row in session.db.rows("PRAGMA integrity_check")]
    strangers = session.db.rows("PRAGMA foreign_key_check")
    return [text for text in faults if text != "ok"] + [
        f"a row of {row[0]} belongs to a row of {row[2]} that is not there" for row in strangers
    ]


# -- blobs -----------------------------------------------------------------------------------------------


def _check_blobs(session: Session, options: CheckOptions) -> list[Problem]:
    problems = []
    for row in session.db.rows("SELECT digest, size_bytes FROM blobs"):
        text = _blob_problem(session, row["digest"], row["size_bytes"], quick=options.quick)
        if text:
            mended = options.repair and _forget_blob(session, row["digest"])
            problems.append(Problem(reference="blob-damaged", subject=row["digest"], problem=text, mended=mended))
    return problems


def _blob_problem(session: Session, digest: str, size: int, *, quick: bool) -> str:
    try:
        found = os.stat(session.paths.blob(digest)).st_size
    except OSError as error:
        return (error.strerror or "missing").lower()
    if found != size:
        return f"{found} bytes instead of {size}"
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
    """Take the damaged bytes away, so that the next pull fetches them again by digest; images stay."""
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
        text = _layer_problem(session, row, quick=options.quick)
        if not text:
            continue
        missing = not os.path.isdir(session.paths.layer(row["name"]))
        if options.repair:
            mended, why = _mend(session, row, force=options.force or missing)
            text += f"; {why}" if why else ""
        else:
            mended = False
        reference = "layer-missing" if missing else "layer-damaged"
        problems.append(Problem(reference=reference, subject=row["chain_id"], problem=text, mended=mended))
    return problems


def _half_made(session: Session, row: Any, options: CheckOptions) -> list[Problem]:
    """Report a layer whose unpacking or removal was killed; one that is being worked on is nobody's problem."""
    if row["state"] == "creating" and not owners.is_gone(row["owner"]):
        return []
    if options.repair:
        with locked(session.paths.lock("layer", row["name"]), subject=row["name"]):
            now = session.db.row("SELECT state, owner FROM layers WHERE name = ?", (row["name"],))
            if now is not None and now["state"] != "ready":
                discard_layer(session, row["name"])
    what = "unpacking" if row["state"] == "creating" else "removal"
    return [
        Problem(
            reference="layer-half-made",
            subject=row["chain_id"],
            problem=f"its {what} was interrupted",
            mended=options.repair,
        )
    ]


def _layer_problem(session: Session, row: Any, *, quick: bool) -> str:
    path = session.paths.layer(row["name"])
    if not os.path.isdir(path):
        return "its directory is missing"
    if quick or not has_blob(session, row["blob_digest"]):
        return ""
    single = session.available_ids() <= 1
    who = None if single else Owners(parse_key(row["id_map"]), rootless=session.rootless)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with open_blob(session, row["blob_digest"]) as blob:
            faults = compare_layer(open_decompressed(blob), top, who, rootless=session.rootless)
    except PycmanError:
        return ""  # the blob is what is damaged: that is a problem of its own
    except OSError as error:
        return from_os_error(error, doing="it cannot be read").problem
    finally:
        os.close(top)
    more = f" and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
    return ", ".join(sorted(faults)[:_TOLD]) + more


def _mend(session: Session, row: Any, *, force: bool) -> tuple[bool, str]:
    """Unpack a layer again; return whether it is right now, and if not, why."""
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
    """Put the row back, so that whoever pulls the image or runs it knows which blob makes this layer."""
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
    """Look for what no row knows, below layers/, containers/, blobs/ and tmp/."""
    strays = [(f"{session.paths.tmp}/{name}", "its maker is gone") for name in os.listdir(session.paths.tmp)
              if is_abandoned(name)]  # fmt: skip
    strays += [(session.paths.blob(digest), "no row knows it") for digest in stray_blobs(session)]
    for folder, table, column in (
        (session.paths.layers, "layers", "name"),
        (session.paths.containers, "containers", "id"),
    ):
        present = os.listdir(folder)  # before the rows: who makes something new writes its row first
        known = {row[0] for row in session.db.rows(f"SELECT {column} FROM {table}")}
        strays += [
            (f"{folder}/{name}", "no row knows it") for name in present if name.removesuffix(".new") not in known
        ]
    problems = []
    for path, problem in strays:
        mended = options.repair and _remove_stray(path)
        problems.append(Problem(reference="stray", subject=path, problem=problem, mended=mended))
    return problems


def _remove_stray(path: str) -> bool:
    try:
        remove_tree(path)
    except OSError:
        return False  # something is mounted there
    return True
