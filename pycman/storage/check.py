"""Verify the store, and mend it: nothing a command reported done is deleted, what is damaged is made again."""

from __future__ import annotations

import os

from pycman.digest import VerifiedReader
from pycman.errors import PycmanError
from pycman.linux.files import locked, remove_tree
from pycman.record import Record
from pycman.spec.id_map import parse_key
from pycman.state import owners
from pycman.storage.blobs import open_blob
from pycman.storage.layers import discard_layer, ensure_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_CHUNK = 1 << 20


class CheckOptions(Record):
    """`quick`: only look whether things are there; `repair`: mend what can be."""

    quick: bool = False
    repair: bool = False


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


def check_store(session: Session, options: CheckOptions) -> CheckReport:
    """Look at the database, blobs and layers. Raises nothing but what opening the database does."""
    session.enter_namespaces()
    problems = _check_database(session)
    problems += _check_blobs(session, options)
    problems += _check_layers(session, options)
    problems += _check_strays(session, options)
    return CheckReport(
        problems=tuple(problems),
        blobs=session.db.value("SELECT count(*) FROM blobs"),
        layers=session.db.value("SELECT count(*) FROM layers"),
    )


def _check_database(session: Session) -> list[Problem]:
    found = [row[0] for row in session.db.rows("PRAGMA integrity_check")]
    return [
        Problem(reference="database-damaged", subject=session.paths.database, problem=text)
        for text in found
        if text != "ok"
    ]


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
    except PycmanError as error:
        return error.problem
    return ""


def _forget_blob(session: Session, digest: str) -> bool:
    """Take the damaged bytes away, so that the next pull fetches them again by digest; images stay."""
    with locked(session.paths.lock("blob", digest), subject=digest):
        remove_tree(session.paths.blob(digest))
        session.db.change("DELETE FROM blobs WHERE digest = ?", (digest,))
    return True


def _check_layers(session: Session, options: CheckOptions) -> list[Problem]:
    problems = []
    for row in session.db.rows("SELECT * FROM layers"):
        if row["state"] == "ready":
            if os.path.isdir(session.paths.layer(row["name"])):
                continue
            mended = options.repair and _unpack_again(session, row)
            problem = "its directory is missing"
            problems.append(Problem(reference="layer-missing", subject=row["chain_id"], problem=problem, mended=mended))
        elif owners.is_gone(row["owner"]):
            if options.repair:
                discard_layer(session, row["name"])
            problem = f"its {'unpacking' if row['state'] == 'creating' else 'removal'} was interrupted"
            problems.append(
                Problem(reference="layer-half-made", subject=row["chain_id"], problem=problem, mended=options.repair)
            )
    return problems


def _unpack_again(session: Session, row: Any) -> bool:
    session.db.change("UPDATE layers SET state = 'removing' WHERE name = ?", (row["name"],))
    try:
        ensure_layer(
            session,
            diff_id=row["diff_id"],
            parent_chain_id=row["parent_chain_id"],
            blob_digest=row["blob_digest"],
            id_map=parse_key(row["id_map"]),
        )
    except PycmanError:
        session.db.change("UPDATE layers SET state = 'ready' WHERE name = ? AND state = 'removing'", (row["name"],))
        return False  # its blob is gone too: pulling the image again mends both
    return True


def _check_strays(session: Session, options: CheckOptions) -> list[Problem]:
    """Look for directories that no row knows: below layers/ and containers/."""
    problems = []
    for folder, table, column in (
        (session.paths.layers, "layers", "name"),
        (session.paths.containers, "containers", "id"),
    ):
        known = {row[0] for row in session.db.rows(f"SELECT {column} FROM {table}")}
        for name in os.listdir(folder):
            if name.removesuffix(".new") in known:
                continue
            if options.repair:
                remove_tree(f"{folder}/{name}")
            problems.append(
                Problem(
                    reference="stray-directory",
                    subject=f"{folder}/{name}",
                    problem="no row knows it",
                    mended=options.repair,
                )
            )
    return problems
