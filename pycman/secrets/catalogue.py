"""Secrets by name: create, find, list, inspect, remove."""

from __future__ import annotations

import os
import time

from pycman.errors import AlreadyExists, InvalidInput, NotFound, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import remove_tree, remove_unfinished, write_atomic
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state import events, owners
from pycman.state.matching import grouped, label_matches, text_matches
from pycman.state.settings import containers_conf
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

LIMIT_BYTES = 512_000
"""The largest secret, as in podman."""
_MAX_NAME_CHARACTERS = 253
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


class Secret(Record):
    """A secret without its bytes. Times are ns since 1970."""

    id: str
    name: str
    driver: str = "file"
    options: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    created_at_ns: int = 0
    updated_at_ns: int = 0


def create_secret(
    session: Session,
    name: str,
    data: bytes,
    *,
    labels: Mapping[str, str] | None = None,
    driver: str = "",
    options: Mapping[str, str] | None = None,
    replace: bool = False,
    ignore: bool = False,
) -> str:
    """Store a secret and return its id (25 hex digits, podman's length); `replace` keeps the id.

    Raises AlreadyExists (unless `replace` or `ignore`), InvalidInput (name, empty or more than 512,000 bytes).
    """
    driver = driver or containers_conf(session).secrets_driver
    _check(name, data, driver)
    with session.lock("secret", name):
        existing = session.db.row("SELECT id, state FROM secrets WHERE name = ?", (name,))
        if existing is not None and existing["state"] != "ready":
            _discard(session, existing["id"])  # the command that held this lock before was killed
            existing = None
        if existing is not None and ignore:
            return str(existing["id"])
        if existing is not None and not replace:
            raise AlreadyExists("a secret of that name exists", subject=name, hint="remove it, or use --replace")
        metadata = (format_json(dict(options or {})), format_json(dict(labels or {})))
        secret_id = str(existing["id"]) if existing is not None else _reserve(session, name, driver, metadata)
        crash_point("secret-create:row")
        remove_unfinished(session.paths.secrets, f"{secret_id}.")  # of a killed replacement
        write_atomic(session.paths.secret(secret_id), data, mode=0o600)
        crash_point("secret-create:file")
        with session.db.transaction():
            session.db.change(
                "UPDATE secrets SET state = 'ready', owner = '', options = ?, labels = ?, size_bytes = ?,"
                " updated_at_ns = ? WHERE id = ?",
                (*metadata, len(data), time.time_ns(), secret_id),
            )
            events.append(session.db, "secret", "create", secret_id, name=name)
    return secret_id


def _reserve(session: Session, name: str, driver: str, metadata: tuple[str, str]) -> str:
    secret_id = os.urandom(13).hex()[:25]
    now = time.time_ns()
    session.db.change(
        "INSERT INTO secrets (id, name, driver, options, labels, state, owner, created_at_ns, updated_at_ns)"
        " VALUES (?, ?, ?, ?, ?, 'creating', ?, ?, ?)",
        (secret_id, name, driver, *metadata, owners.me(), now, now),
    )
    return secret_id


def _check(name: str, data: bytes, driver: str) -> None:
    if not name or not _NAME.issuperset(name) or not name[0].isalnum() or len(name) > _MAX_NAME_CHARACTERS:
        raise InvalidInput(
            "not a secret name",
            subject=name or '""',
            hint=f"use at most {_MAX_NAME_CHARACTERS} letters, digits, - _ and ., and begin with a letter or digit",
        )
    if driver != "file":
        raise Unsupported("no such secret driver", subject=driver, hint="use the driver file")
    if not data:
        raise InvalidInput("a secret must not be empty", subject=name, hint="write at least one byte")
    if len(data) > LIMIT_BYTES:
        raise InvalidInput(f"a secret may have at most {LIMIT_BYTES} bytes, this has {len(data)}", subject=name)


def find_secret(session: Session, name: str) -> Secret | None:
    """Return the secret of a name, id or unique prefix of an id; None if there is none. Raises InvalidInput."""
    row = session.db.row("SELECT * FROM secrets WHERE state = 'ready' AND (name = ? OR id = ?)", (name, name))
    if row is None and name:
        rows = session.db.rows(
            "SELECT * FROM secrets WHERE state = 'ready' AND id >= ? AND id < ? LIMIT 2", (name, name + "g")
        )
        if len(rows) > 1:
            raise InvalidInput(
                "more than one secret has an id with this prefix", subject=name, hint="use a longer prefix"
            )
        row = rows[0] if rows else None
    return None if row is None else _secret(row)


def get_secret(session: Session, name: str) -> Secret:
    """Return the secret of a name, id or unique prefix of an id. Raises NotFound, InvalidInput."""
    secret = find_secret(session, name)
    if secret is None:
        raise _no_such(name)
    return secret


def _no_such(name: str) -> NotFound:
    return NotFound("no such secret", subject=name or '""', hint="pycman secret ls lists them", code="no-such-secret")


def list_secrets(session: Session, filters: Sequence[tuple[str, str]] = ()) -> list[Secret]:
    """Return the secrets that pass all filters (keys id, name, label), sorted by name.

    Raises InvalidInput for another key.
    """
    rows = session.db.rows("SELECT * FROM secrets ORDER BY name")
    if any(row["state"] != "ready" for row in rows):
        recover_secrets(session)  # the bytes of one whose creation or removal was killed do not stay on the disk
    secrets = [_secret(row) for row in rows if row["state"] == "ready"]
    for key, values in grouped(filters).items():
        check = _CHECKS.get(key)
        if check is None:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(sorted(_CHECKS))}", code="not-a-filter-key"
            )
        combine = all if key == "label" else any
        secrets = [secret for secret in secrets if combine(check(secret, value) for value in values)]
    return secrets


_CHECKS: dict[str, Callable[[Secret, str], bool]] = {
    "id": lambda secret, value: secret.id.startswith(value) or text_matches(value, secret.id),
    "label": lambda secret, value: label_matches(secret.labels, value),
    "name": lambda secret, value: text_matches(value, secret.name),
}


def inspect_secret(session: Session, name: str, *, show_secret: bool = False) -> dict[str, Any]:
    """Return the entry of `secret inspect`; `show_secret` adds the bytes, decoded as UTF-8. Raises NotFound."""
    secret = get_secret(session, name)
    entry: dict[str, Any] = {
        "ID": secret.id,
        "CreatedAt": format_rfc3339(secret.created_at_ns),
        "UpdatedAt": format_rfc3339(secret.updated_at_ns),
        "Spec": {
            "Name": secret.name,
            "Driver": {"Name": secret.driver, "Options": dict(secret.options)},
            "Labels": dict(secret.labels),
        },
    }
    if show_secret:
        entry["SecretData"] = read_secret(session, secret.name).decode("utf-8", "replace")
    return entry


def read_secret(session: Session, name: str) -> bytes:
    """Return a secret's bytes; `name` as for `find_secret`. Raises NotFound."""
    secret = get_secret(session, name)
    try:
        with open(session.paths.secret(secret.id), "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise NotFound("the secret's file is gone", subject=name, hint="create it again with --replace") from None


def remove_secret(session: Session, name: str) -> str:
    """Remove a secret and return its id; `name` as for `find_secret`. Raises NotFound, InvalidInput."""
    secret = get_secret(session, name)
    with session.lock("secret", secret.name):
        if find_secret(session, secret.id) is None:
            raise _no_such(name)
        session.db.change("UPDATE secrets SET state = 'removing', owner = ? WHERE id = ?", (owners.me(), secret.id))
        crash_point("secret-remove:marked")
        with session.db.transaction():
            _discard(session, secret.id)
            events.append(session.db, "secret", "remove", secret.id, name=secret.name)
    return secret.id


def recover_secrets(session: Session) -> list[str]:
    """Discard secrets whose creation or removal was killed; return one line for each."""
    recovered = []
    for row in session.db.rows("SELECT id, name, owner FROM secrets WHERE state != 'ready'"):
        if owners.is_gone(row["owner"]):
            with session.lock("secret", row["name"]):
                if session.db.value("SELECT state FROM secrets WHERE id = ?", (row["id"],)) not in (None, "ready"):
                    _discard(session, row["id"])
                    recovered.append(f"secret {row['name']}: removed, its creation or removal had been interrupted")
    return recovered


def _discard(session: Session, secret_id: str) -> None:
    remove_tree(session.paths.secret(secret_id))
    remove_unfinished(session.paths.secrets, f"{secret_id}.")  # the writer may have been killed before the rename
    session.db.change("DELETE FROM secrets WHERE id = ?", (secret_id,))


def _secret(row: Any) -> Secret:
    return Secret(
        id=row["id"],
        name=row["name"],
        driver=row["driver"],
        options=parse_json(row["options"]),
        labels=parse_json(row["labels"]),
        created_at_ns=row["created_at_ns"],
        updated_at_ns=row["updated_at_ns"],
    )
