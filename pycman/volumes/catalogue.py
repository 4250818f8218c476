"""Volumes by name and filter, and creating one."""

from __future__ import annotations

import os
import time

from pycman.contexts import suppress
from pycman.errors import AlreadyExists, NotFound, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.linux.attributes import dress
from pycman.linux.files import make_directory, remove_tree, sync_directory
from pycman.linux.mounts import unmount_below
from pycman.plan import crash_point
from pycman.spec.container import check_name
from pycman.state import events, owners
from pycman.volumes.filters import matches
from pycman.volumes.options import parse_local_options
from pycman.volumes.volume import Volume, VolumeSpec, mount_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.state.session import Session

_DRIVERS = ("", "local")


def create_volume(session: Session, spec: VolumeSpec, *, ignore: bool = False) -> str:
    """Create a volume and return its name; with `ignore` one that exists already is kept.

    Raises AlreadyExists, InvalidInput (name, options), Unsupported (driver).
    """
    if spec.driver not in _DRIVERS:
        raise Unsupported("no such volume driver", subject=spec.driver, hint="use the local driver")
    name = check_name(spec.name, noun="volume") if spec.name else os.urandom(32).hex()
    options = parse_local_options(spec.options)
    uid = spec.uid if spec.uid >= 0 else options.uid
    gid = spec.gid if spec.gid >= 0 else options.gid
    if uid >= 0 or gid >= 0:
        session.enter_namespaces()  # only there can files be given to ids of the user's subordinate range
    with session.lock("volume", name):
        row = session.db.row("SELECT state, options FROM volumes WHERE name = ?", (name,))
        if row is not None and row["state"] == "ready":
            if ignore:
                return name
            raise AlreadyExists("a volume of that name exists", subject=name, hint="remove it, or choose another name")
        if row is not None:
            discard(session, name)  # the command that held this lock before was killed
        _make(session, spec.replace(name=name, driver="local", uid=uid, gid=gid), copy=options.copy)
    return name


def _make(session: Session, spec: VolumeSpec, *, copy: bool) -> None:
    values = {
        "name": spec.name,
        "driver": spec.driver,
        "options": format_json(dict(spec.options)),
        "labels": format_json(dict(spec.labels)),
        "anonymous": int(spec.anonymous),
        "state": "creating",
        "owner": owners.me(),
        "uid": spec.uid,
        "gid": spec.gid,
        "needs_copy_up": int(copy),
        "created_at_ns": time.time_ns(),
    }
    marks = ", ".join("?" * len(values))
    session.db.change(f"INSERT INTO volumes ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    crash_point("volume-create:row")
    try:
        path = session.paths.volume(spec.name)
        session.db.settle()  # by the row they are found
        make_directory(os.path.dirname(path), 0o700)
        make_directory(path)
        dress(path, mode=0o755)  # 0755 whatever the umask is, as in docker and podman
        if spec.uid >= 0 or spec.gid >= 0:
            dress(path, owner=(spec.uid, spec.gid))
        sync_directory(os.path.dirname(path))
        sync_directory(session.paths.volumes)
    except BaseException:
        with suppress(OSError):
            discard(session, spec.name)
        raise
    crash_point("volume-create:directory")
    with session.db.transaction():
        session.db.change("UPDATE volumes SET state = 'ready', owner = '' WHERE name = ?", (spec.name,))
        attributes = {**spec.labels, "driver": spec.driver}
        events.append(session.db, "volume", "create", spec.name, name=spec.name, attributes=attributes)


def discard(session: Session, name: str) -> None:
    """Unmount and delete a volume's directory, then its row.

    The caller holds its lock; may be repeated after a kill.
    """
    unmount_below(os.path.dirname(session.paths.volume(name)))
    remove_tree(os.path.dirname(session.paths.volume(name)))
    session.db.change("DELETE FROM volumes WHERE name = ?", (name,))


def find_volume(session: Session, name: str) -> Volume | None:
    """Return the volume of exactly this name, or None."""
    row = session.db.row("SELECT * FROM volumes WHERE name = ? AND state = 'ready'", (name,))
    return None if row is None else volume_of(session, row)


def get_volume(session: Session, name: str) -> Volume:
    """Return the volume of this name, or the only one whose name begins with it. Raises NotFound."""
    volume = find_volume(session, name)
    if volume is None and name:
        rows = session.db.rows(
            "SELECT * FROM volumes WHERE name >= ? AND name < ? AND state = 'ready' LIMIT 2", (name, name + "\x7f")
        )
        if len(rows) == 1:
            volume = volume_of(session, rows[0])
    if volume is None:
        raise no_such(name)
    return volume


def no_such(name: str) -> NotFound:
    """Return the error for a name that no volume has."""
    return NotFound("no such volume", subject=name or '""', hint="pycman volume ls lists them", code="no-such-volume")


def list_volumes(session: Session, filters: Sequence[tuple[str, str]] = ()) -> list[Volume]:
    """Return the volumes that pass all filters, sorted by name. Raises InvalidInput for an unknown filter.

    Those whose creation or removal was killed are discarded: nobody sees them, but they take space.
    """
    rows = session.db.rows("SELECT * FROM volumes ORDER BY name")
    if any(row["state"] != "ready" for row in rows):
        recover_volumes(session)
    volumes = [volume_of(session, row) for row in rows if row["state"] == "ready"]
    return matches(session, volumes, filters) if filters else volumes


def recover_volumes(session: Session) -> list[str]:
    """Discard volumes whose creation or removal was killed; return one line for each."""
    recovered = []
    for row in session.db.rows("SELECT name, owner FROM volumes WHERE state != 'ready'"):
        if not owners.is_gone(row["owner"]):
            continue
        session.enter_namespaces()
        with session.lock("volume", row["name"]):
            if session.db.value("SELECT state FROM volumes WHERE name = ?", (row["name"],)) not in (None, "ready"):
                discard(session, row["name"])
                recovered.append(f"volume {row['name']}: removed, its creation or removal had been interrupted")
    return recovered


def volume_of(session: Session, row: Any) -> Volume:
    """Convert a row of the table `volumes`."""
    return Volume(
        name=row["name"],
        driver=row["driver"],
        mountpoint=session.paths.volume(row["name"]),
        options=parse_json(row["options"]),
        labels=parse_json(row["labels"]),
        anonymous=bool(row["anonymous"]),
        uid=row["uid"],
        gid=row["gid"],
        needs_copy_up=bool(row["needs_copy_up"]),
        mount_count=mount_count(row),
        created_at_ns=row["created_at_ns"],
    )
