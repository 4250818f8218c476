"""Bake files and compose files as words of `build`."""

from __future__ import annotations

import pytest

from cli.specs.bake import BakeFile, build_words, set_field
from kube_yaml.read.documents import read_value
from pycman.errors import InvalidInput, NotFound, Unsupported

BAKE = {
    "variable": {"TAG": {"default": "1"}, "FAST": {"default": True}},
    "group": {"default": {"targets": ["app", "both"]}, "both": {"targets": ["app", "db"]}},
    "target": {
        "base": {"args": {"A": "1", "B": None}, "labels": {"x": "y"}, "platforms": ["linux/amd64"]},
        "app": {"inherits": ["base"], "context": "src", "dockerfile": "Dockerfile.app", "tags": ["app:${TAG}"],
                "args": {"A": "2", "FAST": "${FAST}"}, "cache-to": [{"type": "local", "dest": "c"}], "no-cache": True},
        "db": {"dockerfile-inline": "FROM scratch", "target": "t"},
    },
}  # fmt: skip
COMPOSE = b"""
x-build: &common {context: ., args: {A: 1}}
services:
  web:
    image: web:${TAG:-dev}
    build: {<<: *common, target: prod, tags: [other], secrets: [token], shm_size: 64m}
  worker: {build: ./worker}
  cache: {image: redis}
secrets: {token: {environment: TOKEN}}
"""


def test_targets_of_a_json_file_with_groups_inheritance_and_variables() -> None:
    bake = BakeFile()
    bake.add_json(BAKE, "docker-bake.json", {"TAG": "7"})
    chosen = dict(bake.chosen([]))
    assert list(chosen) == ["app", "db"]
    assert build_words(chosen["app"], "app") == [
        "--build-arg=A=2", "--build-arg=B", "--build-arg=FAST=true", "--label=x=y", "--platform=linux/amd64",
        "--tag=app:7", "--cache-to=type=local,dest=c", "--no-cache=true", "--file=src/Dockerfile.app", "--", "src",
    ]  # fmt: skip
    assert build_words(chosen["db"], "db") == ["--target=t", "--file=-", "--", "."]
    set_field(chosen["app"], "args.A", "3")
    set_field(chosen["app"], "tags", "--privileged")
    words = build_words(chosen["app"], "app")
    assert words[0] == "--build-arg=A=3"
    assert "--tag=--privileged" in words, "a value is never a flag"


def test_services_of_a_compose_file() -> None:
    bake = BakeFile()
    bake.add_compose(read_value(COMPOSE, file="compose.yaml"), "compose.yaml", {})
    chosen = dict(bake.chosen([]))
    assert list(chosen) == ["web", "worker"]
    assert build_words(chosen["web"], "web") == [
        "--build-arg=A=1", "--target=prod", "--tag=web:dev", "--tag=other", "--secret=id=token,env=TOKEN",
        "--shm-size=64m", "--", ".",
    ]  # fmt: skip
    assert build_words(chosen["worker"], "worker") == ["--", "./worker"]


@pytest.mark.parametrize(
    ("document", "kind", "text"),
    [
        pytest.param({"group": {"default": {"targets": ["default"]}}}, InvalidInput, "contains itself", id="group"),
        pytest.param({"group": {"default": {"targets": ["x"]}}}, NotFound, "no such target: x|x: no such target", id="missing"),
        pytest.param({"target": {"default": {"inherits": ["default"]}}}, InvalidInput, "inherits from itself", id="circle"),
        pytest.param({"target": {"default": {"matrix": {}}}}, Unsupported, "matrix", id="matrix"),
        pytest.param({"target": {"default": {"frobnicate": 1}}}, Unsupported, "frobnicate", id="field"),
        pytest.param({"target": {"default": {"args": 1}}}, InvalidInput, "not a list of texts", id="type"),
        pytest.param({"function": {}}, Unsupported, "function", id="function"),
        pytest.param([], InvalidInput, "an object", id="list"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(document, kind, text) -> None:
    with pytest.raises(kind, match=text):
        bake = BakeFile()
        bake.add_json(document, "docker-bake.json", {})
        for name, target in bake.chosen([]):
            build_words(target, name)
