"""podman's endpoints, queries and errors."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from api_server.errors import HttpError
from api_server.http.request import Request
from api_server.libpod.errors import problem
from api_server.libpod.query import count, switch, tls_options
from api_server.libpod.routes import REFUSALS, ROUTES, TABLE
from api_server.libpod.shapes.containers import container_object, container_summary, state_of
from api_server.libpod.shapes.events import event_object
from api_server.libpod.streams.handlers import HANDLERS
from api_server.verbs.worker_entry import handler
from pycman.containers.container import Container
from pycman.errors import AlreadyExists, InUse, InvalidInput, NotFound, NotRunning, PycmanError, Unsupported
from pycman.jsontext import parse_json
from pycman.state.events import Event

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def test_every_route_has_a_handler() -> None:
    for route in ROUTES:
        if route.work == "stream":
            assert inspect.iscoroutinefunction(HANDLERS[route.handler]), route
        elif route.work == "refused":
            assert route.handler.rpartition(".")[2] in REFUSALS, route
        else:
            assert callable(handler(route.handler)), route


@pytest.mark.parametrize(
    ("method", "path", "handler_name", "names"),
    [
        ("GET", "/containers/json", "libpod.containers.list_containers", {}),
        ("GET", "/containers/stats", "libpod.stats.stats", {}),
        ("DELETE", "/images/remove", "libpod.images.remove_several", {}),
        ("DELETE", "/images/a/b:1", "libpod.images.remove", {"name": "a/b:1"}),
        ("GET", "/images/q.io/a/exists", "libpod.images.exists", {"name": "q.io/a"}),
        (
            "POST",
            "/manifests/q.io/a:1/registry/docker://localhost:5000/m",
            "libpod.manifests.push",
            {"name": "q.io/a:1", "destination": "docker://localhost:5000/m"},
        ),
        ("POST", "/manifests/q.io/a:1", "libpod.manifests.create", {"name": "q.io/a:1"}),
        ("GET", "/networks/n/json", "libpod.networks.inspect", {"name": "n"}),
        ("POST", "/containers/x/checkpoint", "libpod.checkpoints.checkpoint", {"name": "x"}),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
def test_a_request_finds_its_route(method: str, path: str, handler_name: str, names: dict[str, str]) -> None:
    found = TABLE.find(method, path)
    assert found is not None
    assert (found.route.handler, found.names) == (handler_name, names)


def test_handlers_are_only_those_of_the_package() -> None:
    for name in ("libpod.os.system", "libpod.entry.handler", "libpod.bodies.write"):
        with pytest.raises(KeyError):
            handler(name)


def request(*query: tuple[str, str]) -> Request:
    return Request(method="GET", path="/x", query=query, libpod=True)


def test_queries_are_read_whatever_the_case_of_names() -> None:
    one = request(("alltags", "T"), ("tlsverify", "false"), ("t", "5"), ("empty", ""))
    assert switch(one, "allTags")
    assert tls_options(one) == {"tls_verify": False}
    assert (count(one, "timeout", "t"), count(one, "nosuch")) == (5, None)
    assert switch(one, "empty", default=True)
    for name, value in (("all", "garb1age"), ("all", "2"), ("all", "yes")):
        with pytest.raises(InvalidInput, match="schema: error converting value"):
            switch(request((name, value)), name)
    for value in ("-1", "x"):
        with pytest.raises(InvalidInput):
            count(request(("t", value)), "t")


@pytest.mark.parametrize(
    ("error", "method", "path", "status", "cause"),
    [
        (NotFound("no such container", subject="x"), "GET", "/containers/x/json", 404, "no such container"),
        (NotFound("no such image", subject="x"), "GET", "/images/x/json", 404, "image not known"),
        (NotFound("no such image", subject="x"), "POST", "/containers/create", 404, "image not known"),
        (NotFound("no such pod", subject="x"), "POST", "/pods/x/start", 404, "no such pod"),
        (NotFound("no such network", subject="x"), "DELETE", "/networks/x", 404, "network not found"),
        (AlreadyExists("taken", subject="x"), "POST", "/containers/create", 500, "that name is already in use"),
        (AlreadyExists("taken", subject="x"), "POST", "/pods/create", 409, "pod already exists"),
        (AlreadyExists("taken", subject="x"), "POST", "/volumes/create", 500, "volume already exists"),
        (InUse("used", subject="x"), "DELETE", "/volumes/x", 409, "volume is being used"),
        (InUse("used", subject="x"), "DELETE", "/images/x", 409, "image is in use by a container"),
        (NotRunning("it does not run", subject="x"), "POST", "/containers/x/kill", 409, "container state improper"),
        (NotRunning("it runs", subject="x"), "DELETE", "/containers/x", 500, "container state improper"),
        (InvalidInput("wrong", subject="x"), "GET", "/containers/json", 500, "wrong"),
        (InvalidInput("wrong", subject="x"), "GET", "/pods/json", 400, "wrong"),
        (Unsupported("no", subject="x"), "POST", "/containers/create", 501, "no"),
        (NotFound("no such file", subject="x"), "POST", "/kube/play", 500, "no such file"),
        (PycmanError("odd"), "GET", "/info", 500, "odd"),
        (HttpError(405, "not here"), "PUT", "/info", 405, "not here"),
        (ValueError("odd"), "GET", "/nosuch", 500, "ValueError: odd"),
    ],
    ids=range(19),
)  # fmt: skip
def test_errors_have_podman_s_status_and_cause(
    error: Exception, method: str, path: str, status: int, cause: str
) -> None:
    found, body = problem(error, method, path)
    document = parse_json(body.decode())
    assert (found, document["response"], document["cause"]) == (status, status, cause)
    assert list(document) == ["cause", "message", "response"]
    assert cause in document["message"]


def test_states_are_podman_s() -> None:
    up = Container(id="i", name="n", state="running", health_status="healthy")
    assert (state_of(up), container_summary(up, "p")["Status"]) == ("running", "healthy")
    assert state_of(up.replace(stopped_by_user=True)) == "stopping"
    assert state_of(Container(id="i", name="n", state="restarting")) == "exited"


def test_an_inspection_has_the_types_of_the_client_s_version() -> None:
    inspected = {
        "State": {"Status": "restarting", "StoppedByUser": False, "Health": None},
        "Config": {"Entrypoint": ["a", "b"], "StopSignal": "SIGINT", "StopTimeout": None, "Image": "x", "Healthcheck": None},
        "HostConfig": {"PidMode": "", "UTSMode": "", "LogConfig": {"Type": "json-file"}, "Binds": ["/s:/d:z,ro", "v:/v:rw"], "Tmpfs": {"/t": "size=1m"}, "Ulimits": [{"Name": "nofile", "Soft": 1}]},
        "ImageName": "q.io/x:1", "ExecIDs": ["a"],
        "Mounts": [{"Destination": "/d", "Type": "bind", "Propagation": "rslave"}, {"Destination": "/v", "Type": "volume", "Propagation": ""}],
    }  # fmt: skip
    new = container_object(inspected, ["b"], (5, 0))
    assert (new["Config"]["Entrypoint"], new["Config"]["StopSignal"]) == (["a", "b"], "SIGINT")
    assert (new["State"]["Status"], new["Config"]["Image"], new["ExecIDs"]) == ("exited", "q.io/x:1", ["a", "b"])
    assert new["HostConfig"]["Ulimits"][0]["Name"] == "RLIMIT_NOFILE"
    assert new["HostConfig"]["Binds"] == ["/s:/d:ro,z,rslave,rbind", "v:/v:rw,rprivate,nosuid,nodev,rbind"]
    assert new["HostConfig"]["Tmpfs"] == {"/t": "size=1m,rw,rprivate,nosuid,nodev,tmpcopyup"}
    assert "Health" not in new["State"]
    assert "Healthcheck" not in new["Config"]
    old = container_object(inspected, [], (4, 9))
    assert (old["Config"]["Entrypoint"], old["Config"]["StopSignal"]) == ("a b", 2)
    assert inspected["State"]["Status"] == "restarting"


def test_events_have_podman_s_names_of_actions() -> None:
    event = Event(
        id=1, time_ns=2 * 10**9, type="container", action="died", actor_id="i", actor_name="n", image="x",
        attributes={"exit_status": "3", "l": "v"},
    )  # fmt: skip
    shown = event_object(event, (5, 4))
    assert shown is not None
    assert (shown["Action"], shown["status"], shown["time"]) == ("died", "died", 2)
    assert shown["Actor"]["Attributes"] == {"l": "v", "image": "x", "name": "n", "podId": "", "containerExitCode": "3"}
    started = event_object(event.replace(action="start", attributes={}), (4, 3))
    assert started is not None
    assert started["Actor"]["Attributes"]["containerExitCode"] == "0"
    assert event_object(event.replace(action="job_failed", type="pod"), (5, 4)) is None
    assert event_object(event.replace(action="create", type="artifact"), (5, 4)) is None
    assert event_object(event.replace(action="create", type="secret"), (4, 9)) is None


def test_a_client_of_docker_s_api_does_not_pay_for_podman_s() -> None:
    code = (
        "import sys\nimport api_server.server, api_server.verbs.worker_entry\n"
        "print([name for name in sys.modules if name.startswith(('api_server.libpod', 'kube_yaml', 'pods'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
