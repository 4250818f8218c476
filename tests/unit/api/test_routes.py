"""Which endpoint a request is for, and that every route has somebody who answers it and a row in docs/api.md."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from api_server.document import page
from api_server.routes import ROUTES, find_route, methods_of, split_version
from api_server.streams.handlers import HANDLERS
from api_server.translate.refusals import REFUSALS
from api_server.verbs.worker_entry import handler

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/v1.41/info", ("/info", (1, 41))),
        ("/v5.0.0/libpod/info", ("/libpod/info", (5, 0))),
        ("/info", ("/info", None)),
        ("/v1.41", ("/v1.41", None)),
        ("/vx/info", ("/vx/info", None)),
    ],
)
def test_the_version_is_taken_off_a_path(path: str, wanted: object) -> None:
    assert split_version(path) == wanted


@pytest.mark.parametrize(
    ("method", "path", "handler_name", "names"),
    [
        ("GET", "/containers/json", "containers.list_containers", {}),
        ("GET", "/containers/web/json", "containers.inspect", {"name": "web"}),
        ("GET", "/containers//web/json", "containers.inspect", {"name": "/web"}),
        ("GET", "/images/json", "images.list_images", {}),
        ("GET", "/images/registry.example/a/b:1/json", "images.inspect", {"name": "registry.example/a/b:1"}),
        ("DELETE", "/images/a/b", "images.remove", {"name": "a/b"}),
        ("POST", "/containers/create", "containers.create", {}),
        ("POST", "/swarm/init", "refused.no_swarm", {"rest": "init"}),
    ],
)
def test_a_request_finds_its_route(method: str, path: str, handler_name: str, names: dict[str, str]) -> None:
    found = find_route(method, path)
    assert found is not None
    assert (found.route.handler, found.names) == (handler_name, names)


def test_paths_that_are_none_have_no_route() -> None:
    assert find_route("GET", "/containers/a/b/json") is None
    assert find_route("GET", "/nosuch") is None
    assert methods_of("/containers/create") == ["POST", "DELETE"]  # a container may be called create


def test_every_route_has_a_handler() -> None:
    for route in ROUTES:
        if route.work == "stream":
            assert inspect.iscoroutinefunction(HANDLERS[route.handler]), route
        elif route.work == "refused":
            assert route.handler.partition(".")[2] in REFUSALS, route
        else:
            assert callable(handler(route.handler)), route


def test_the_page_of_endpoints_is_as_the_table_is() -> None:
    stored = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    assert stored == page(stored), "run python -m api_server.document"
