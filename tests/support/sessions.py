"""Sessions and rows in a directory of their own, for tests that need state but no runtime."""

from __future__ import annotations

import contextlib
import os
import time

from pycman.state.session import Options, Session, User


@contextlib.contextmanager
def open_session(directory):
    """Give a session with root and run root below `directory`, as if the current user were root."""
    user = User(uid=os.getuid(), gid=os.getgid(), home=str(directory), rootless=False)
    with Session(Options(root=f"{directory}/root", run_root=f"{directory}/run"), user) as session:
        session.paths.prepare()
        yield session


def insert_container(session, container_id, *, volumes=(), **columns):
    """Write the row of a container that was never made, with the volumes it names."""
    values = {
        "id": container_id,
        "name": f"c-{container_id[:6]}",
        "row_state": "ready",
        "spec": "{}",
        "created_at_ns": time.time_ns(),
        **columns,
    }
    marks = ", ".join("?" * len(values))
    session.db.change(f"INSERT INTO containers ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    for volume in volumes:
        session.db.change("INSERT INTO container_volumes VALUES (?, ?, 0)", (container_id, volume))
