"""What Status says follows the files that it was found in, though nothing is read again while they stay the same."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cri_server import readiness
from cri_server.config import CriConfig
from cri_server.proto import api_pb2 as api
from cri_server.readiness import Readiness
from cri_server.services import RuntimeService
from pycman.linux import processes
from pycman.pool.pool import Pool
from pycman.runtime import oci_runtimes
from tests.support import pool_work
from tests.support.sessions import open_session
from tests.support.waiting import wait_until

LIST = '{"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "bridge"}]}'


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path / "store") as session:
        yield session


def status(ready: Readiness) -> api.StatusResponse:
    return api.StatusResponse.FromString(ready.status(""))


def names(ready: Readiness) -> list[str]:
    return [handler.name for handler in status(ready).runtime_handlers]


def problems(ready: Readiness) -> list[str]:
    """The messages of RuntimeReady and NetworkReady, which are true if there is none."""
    conditions = status(ready).status.conditions
    assert [(condition.type, condition.status) for condition in conditions] == [
        ("RuntimeReady", not conditions[0].message), ("NetworkReady", not conditions[1].message),
    ]  # fmt: skip
    return [condition.message for condition in conditions]


def test_a_network_is_there_as_soon_as_its_file_is_and_broken_as_soon_as_that_is(session, tmp_path: Path) -> None:
    folder = tmp_path / "net.d"
    ready = Readiness(session, CriConfig(cni_conf_dir=str(folder)))
    assert "no usable CNI network" in problems(ready)[1]
    folder.mkdir()
    (folder / "10.conflist").write_text(LIST)
    assert problems(ready)[1] == ""
    (folder / "10.conflist").write_text("{")
    assert "no usable CNI network" in problems(ready)[1]
    (folder / "10.conflist").write_text(LIST)
    assert problems(ready)[1] == ""


def test_nothing_is_read_again_while_nothing_changes(session, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "10.conflist").write_text(LIST)
    ready = Readiness(session, CriConfig(cni_conf_dir=str(tmp_path), default_runtime="/bin/true", runtimes={}))
    assert problems(ready) == ["", ""]
    monkeypatch.setattr(readiness, "get_network", None)
    monkeypatch.setattr(readiness, "find_runtime", None)
    assert (problems(ready), names(ready)) == (["", ""], [""])


def test_a_runtime_is_found_when_it_is_installed_and_missed_when_it_goes(session, tmp_path: Path) -> None:
    program = tmp_path / "later"
    ready = Readiness(session, CriConfig(default_runtime="/bin/true", runtimes={"later": str(program)}))
    assert names(ready) == [""]
    program.write_text("#!/bin/sh\n")
    assert names(ready) == [""]
    program.chmod(0o755)
    assert names(ready) == ["", "later"]
    program.unlink()
    assert names(ready) == [""]
    gone = Readiness(session, CriConfig(default_runtime=str(program)))
    assert "no such OCI runtime" in problems(gone)[0]


def test_a_runtime_is_found_by_its_name_as_soon_as_it_is_in_a_folder_of_path(
    session, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    ready = Readiness(session, CriConfig(default_runtime="/bin/true", runtimes={"later": "a-later-runtime"}))
    assert names(ready) == [""]
    monkeypatch.setattr(readiness, "find_runtime", None)
    assert names(ready) == [""]  # and nothing is looked for again
    monkeypatch.undo()
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "a-later-runtime").touch(0o755)
    assert names(ready) == ["", "later"]


def test_the_default_runtime_is_found_as_soon_as_one_is_installed(session, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(processes, "program_places", lambda name, _extra=(): [f"{tmp_path}/{name}"])
    monkeypatch.setattr(oci_runtimes, "program_places", processes.program_places)
    ready = Readiness(session, CriConfig(runtimes={}))
    assert "no such OCI runtime" in problems(ready)[0]
    (tmp_path / "runc").touch(0o755)
    assert (problems(ready)[0], names(ready)) == ("", [""])


def test_status_tells_that_no_worker_can_be_started_at_the_moment(session, tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.touch()
    pool = Pool(pool_work.entry("load_when", path=str(go)))
    settings = CriConfig(cni_conf_dir=str(tmp_path), default_runtime="/bin/true", runtimes={})
    service = RuntimeService(session, pool, settings, None)

    def runtime():
        return api.StatusResponse.FromString(service.Status(api.StatusRequest(), None)).status.conditions[0]

    pool.wait_ready(30)
    assert (runtime().type, runtime().status) == ("RuntimeReady", True)
    go.unlink()  # the next pool process is not ready before the file is there again
    os.kill(pool.pid, signal.SIGKILL)
    wait_until(lambda: not runtime().status, "it is ready though nothing can be done")
    assert (runtime().reason, "started again" in runtime().message) == ("RuntimeNotReady", True)
    go.touch()
    wait_until(lambda: runtime().status, "it is not ready again")
    pool.close()
