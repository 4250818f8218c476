"""The row of a pod, and what its maker records with it."""

from __future__ import annotations

import os

import pytest

from pods.create import create_pod
from pycman.spec.pod import PodSpec
from pycman.state.database import Database
from tests.support.sessions import open_session


def test_what_a_maker_records_is_there_with_the_pods_row_or_not_at_all(tmp_path) -> None:
    spec = PodSpec(name="p", infra=False)
    with open_session(tmp_path) as session:
        seen: list[tuple[str, object, object]] = []
        other = Database(session.paths.database)

        def record(pod_id: str) -> None:
            state = session.db.value("SELECT row_state FROM pods WHERE id = ?", (pod_id,))
            seen.append((pod_id, state, other.value("SELECT count(*) FROM pods")))
            if len(seen) == 1:
                raise KeyError

        with pytest.raises(KeyError):
            create_pod(session, spec, record=record)
        assert other.rows("SELECT * FROM pods") == []
        pod_id = create_pod(session, spec, record=record)
        assert seen[1] == (pod_id, "creating", 0)
        assert other.value("SELECT row_state FROM pods") == "ready"
        other.close()


def test_a_sandbox_without_a_process_has_no_layer_of_its_own(tmp_path) -> None:
    """All such sandboxes have one root, over which nothing is laid."""
    with open_session(tmp_path) as session:
        create_pod(session, PodSpec(name="p", pinned=True, share=("net", "ipc", "uts")))
        row = session.db.row("SELECT id, pinned FROM containers")
        assert row["pinned"]
        assert os.listdir(session.paths.container(row["id"])) == []
