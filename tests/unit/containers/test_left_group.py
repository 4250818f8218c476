"""A start that was killed while the runtime created the container leaves no cgroup, though the runtime knows nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.containers.bundle import cgroup_path
from pycman.containers.catalogue import row_of
from pycman.containers.cleanup.release import Release
from pycman.jsontext import format_json
from pycman.linux.cgroup import parent
from pycman.linux.processes import boot_id
from tests.support.sessions import insert_container, open_session

ID = "c" * 64
DEFAULT, OWN = f"memory/pycman/pycman-{ID}", f"memory/own/pycman-{ID}"


@pytest.mark.parametrize(
    ("spec", "pid", "left"),
    [
        ({"cgroup_manager": "cgroupfs"}, 0, [OWN]),
        ({"cgroup_manager": "cgroupfs", "cgroup_parent": "/own"}, 0, [DEFAULT]),
        ({"cgroup_manager": "systemd"}, 0, [DEFAULT, OWN]),
        ({"cgroup_manager": "cgroupfs", "cgroups": "split"}, 0, [DEFAULT, OWN]),
        ({"cgroup_manager": "cgroupfs"}, 1 << 22, [DEFAULT, OWN]),
    ],
    ids=["default", "parent", "systemd", "split", "started"],
)
def test_its_cgroup_goes(spec, pid, left, tmp_path: Path, monkeypatch) -> None:
    for name in (DEFAULT, OWN):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(parent, "CGROUP_ROOT", str(tmp_path))
    with open_session(tmp_path / "store") as session:
        monkeypatch.setattr(cgroup_path, "default_parent", lambda _session: "/pycman")
        insert_container(session, ID, spec=format_json(spec), boot_id=boot_id(), pid=pid)
        Release(session, row_of(session, ID)).finish()
    assert [name for name in (DEFAULT, OWN) if (tmp_path / name).is_dir()] == left
