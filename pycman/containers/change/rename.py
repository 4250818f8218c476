"""Give a container another name."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.bundle.pod_hosts import add_member, remove_member
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.events import append_event
from pycman.errors import AlreadyExists, WrongState
from pycman.jsontext import format_json
from pycman.spec.container import check_name
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def rename_container(session: Session, name: str, new_name: str) -> None:
    """Rename a container in any state.

    Raises NotFound, InvalidInput (new name), AlreadyExists, WrongState (being removed).
    """
    new_name = check_name(new_name.removeprefix("/"))
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = row_of(session, container_id, name)
        if row["row_state"] != "ready":
            raise WrongState("it is being created or removed", subject=name)
        spec = spec_of(row).replace(name=new_name)
        try:
            with session.db.transaction():
                session.db.change(
                    "UPDATE containers SET name = ?, spec = ? WHERE id = ?",
                    (new_name, format_json(spec.to_dict()), container_id),
                )
                append_event(session, {**dict(row), "name": new_name}, "rename", old_name=row["name"])
        except sqlite3.IntegrityError as error:
            other_id = session.db.value("SELECT id FROM containers WHERE name = ?", (new_name,)) or ""
            raise AlreadyExists(
                f"the name is already in use by container {str(other_id)[:12]}",
                subject=new_name,
                hint="remove or rename that container",
                code="container-name-taken",
                facts={"holder": str(other_id)[:12]},
            ) from error
        if states.state_of(session, row) in states.ALIVE:
            remove_member(session, spec, row["name"])
            add_member(session, spec, new_name)
