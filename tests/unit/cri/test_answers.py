"""Lists and states are answered with kept bytes while nothing changes, and never with old ones."""

from __future__ import annotations

import os
import subprocess

import pytest

from cri_server import queries
from cri_server.answers import Answers
from cri_server.config import CriConfig
from cri_server.proto import api_pb2 as api
from cri_server.services import ImageService, RuntimeService
from pycman.images.catalogue import tag_image, untag_image
from pycman.linux.processes import boot_id, start_time
from pycman.linux.watched_processes import WatchedProcesses
from pycman.state.database import Database
from tests.support.layers import insert_image
from tests.support.sessions import insert_container, open_session

POD, ID, OTHER = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


@pytest.fixture
def process():
    running = subprocess.Popen(["sleep", "1000"])
    yield running
    running.kill()
    running.wait()


@pytest.fixture
def service(session, process):
    """A service over a sandbox with a container that runs and one that was never started."""
    session.db.change(
        "INSERT INTO pods (id, name, row_state, created_at_ns, spec, exit_policy) VALUES (?, 'p', 'ready', 1, '{}', 'continue')",
        (POD,),
    )
    session.db.change(
        "INSERT INTO cri_sandboxes (pod_id, name, uid, namespace, attempt, config, ready, addresses, runtime_handler)"
        " VALUES (?, 'p', 'u', 'n', 0, '{\"labels\": {\"of\": \"pod\"}}', 1, '[]', '')", (POD,),
    )  # fmt: skip
    running = {"pid": process.pid, "pid_start": start_time(process.pid), "started_at_ns": 5, "boot_id": boot_id()}
    insert_container(session, ID, pod_id=POD, created_at_ns=1, **running)
    insert_container(session, OTHER, pod_id=POD, created_at_ns=2)
    for number, container_id in enumerate((ID, OTHER)):
        session.db.change(
            "INSERT INTO cri_containers (container_id, pod_id, name, attempt, config, log_path) VALUES (?, ?, ?, 0, ?, '')",
            (container_id, POD, f"c{number}", f'{{"labels": {{"number": "{number}"}}}}'),
        )
    return RuntimeService(session, None, CriConfig(), None)


def listed(service, **fields) -> list[tuple[str, int]]:
    data = service.ListContainers(api.ListContainersRequest(filter=api.ContainerFilter(**fields)), None)
    return [(item.id, item.state) for item in api.ListContainersResponse.FromString(data).containers]


def status(service) -> int:
    data = service.ContainerStatus(api.ContainerStatusRequest(container_id=ID), None)
    return api.ContainerStatusResponse.FromString(data).status.state


def test_an_answer_is_made_once_until_the_database_changes(session, tmp_path) -> None:
    answers, made = Answers(session, WatchedProcesses()), []

    def make() -> bytes:
        made.append(len(made))
        return str(made[-1]).encode()

    assert [answers.answer("q", make), answers.answer("q", make), answers.answer("other", make)] == [b"0", b"0", b"1"]
    session.db.change("INSERT INTO leases (owner, kind, subject, created_at_ns) VALUES ('', '', '', 0)")
    assert answers.answer("q", make) == b"2"
    other = Database(session.paths.database)
    other.change("DELETE FROM leases")
    assert [answers.answer("q", make), answers.answer("q", make)] == [b"3", b"3"]
    other.close()


def test_lists_have_what_filters_want_newest_first(service) -> None:
    running, created = (ID, api.CONTAINER_RUNNING), (OTHER, api.CONTAINER_CREATED)
    assert listed(service) == [created, running]
    assert listed(service, id="b") == [running]
    assert listed(service, pod_sandbox_id="d") == []
    assert listed(service, label_selector={"number": "1"}) == [created]
    assert listed(service, state=api.ContainerStateValue(state=api.CONTAINER_RUNNING)) == [running]
    items = api.ListPodSandboxResponse.FromString(service.ListPodSandbox(api.ListPodSandboxRequest(), None)).items
    assert [(item.id, item.state, dict(item.labels)) for item in items] == [(POD, api.SANDBOX_NOTREADY, {"of": "pod"})]


def test_an_item_of_a_list_is_the_message_that_its_row_says(session, service) -> None:
    data = service.ListContainers(api.ListContainersRequest(), None)
    rows = queries.containers(session)
    items = [queries.container_item(*queries.states.observe(session, row)) for row in rows]
    assert api.ListContainersResponse.FromString(data) == api.ListContainersResponse(containers=items)


def test_an_end_is_told_at_once_and_its_status_as_soon_as_it_is_known(session, service, process) -> None:
    session.db.change(
        "UPDATE containers SET conmon_pid = ?, conmon_start = ? WHERE id = ?",
        (os.getpid(), start_time(os.getpid()), ID),
    )
    assert (status(service), listed(service, id="b")) == (api.CONTAINER_RUNNING, [(ID, api.CONTAINER_RUNNING)])
    process.kill()
    process.wait()
    assert status(service) == api.CONTAINER_RUNNING, "its monitor has yet to write how it ended"
    with open(session.paths.exit_file(ID), "w", encoding="ascii") as file:
        file.write("3")
    assert (status(service), listed(service, id="b")) == (api.CONTAINER_EXITED, [(ID, api.CONTAINER_EXITED)])


def test_a_sandbox_tells_of_its_containers_and_of_the_moment(service) -> None:
    def answer() -> api.PodSandboxStatusResponse:
        data = service.PodSandboxStatus(api.PodSandboxStatusRequest(pod_sandbox_id=POD), None)
        return api.PodSandboxStatusResponse.FromString(data)

    first, second = answer(), answer()
    assert [one.id for one in first.containers_statuses] == [OTHER, ID]
    assert min(first.timestamp, second.timestamp) > 0
    second.timestamp = first.timestamp
    assert first == second


def test_an_image_is_told_by_its_whole_name_until_the_database_changes(session, monkeypatch) -> None:
    service = ImageService(session, None, CriConfig())
    name = "registry.example/app:1"

    def told() -> str:
        answer = service.ImageStatus(api.ImageStatusRequest(image=api.ImageSpec(image=name)), None)
        return api.ImageStatusResponse.FromString(answer).image.id

    assert told() == ""
    insert_image(session, ID, [])
    tag_image(session, ID, [name])
    assert told() == ID
    monkeypatch.setattr(queries, "images", None)
    assert told() == ID
    monkeypatch.undo()
    tag_image(session, ID, ["registry.example/app:2"])
    untag_image(session, ID, [name])
    assert told() == ""


@pytest.mark.parametrize(
    ("name", "is_whole"),
    [
        ("docker.io/library/a:1", True), ("localhost/a", True), ("a", False), ("a/b:1", False), ("containers-storage:a/b", False),
        ("containers-storage:quay.io/b", True), ("sha256:" + "a" * 64, True), ("a" * 64, True), ("abc", False), ("", False), ("A B", False),
    ],
)  # fmt: skip
def test_a_name_is_whole_if_it_has_a_registry_or_is_an_id(name: str, is_whole: bool) -> None:
    assert queries.is_whole_name(name) is is_whole
