"""Bytes that are not UTF-8: words are replaced with a warning, as docker replaces them; names are refused, as they would be others."""

from __future__ import annotations

import os

import pytest

from pycman.containers.catalogue import find_container
from pycman.containers.check_spec import check_spec
from pycman.errors import InvalidInput
from pycman.jsontext import parse_json
from pycman.runtime.runtime_json import runtime_json
from pycman.spec.container import ContainerSpec, LogConfig
from pycman.spec.mount import Mount
from tests.support.sessions import open_session

RAW = os.fsdecode(b"caf\xe9")


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


@pytest.mark.parametrize("outer", [lambda process: {"process": process}, lambda process: process])
def test_words_of_a_program_are_replaced(session, outer) -> None:
    document = outer({"args": ["sh", RAW, "\\ud is text"], "env": [f"V={RAW}"], "cwd": "/é"})
    assert parse_json(runtime_json(session, document)) == outer(
        {"args": ["sh", "caf\ufffd", "\\ud is text"], "env": ["V=caf\ufffd"], "cwd": "/é"}
    )
    assert [warning.partition(":")[0] for warning in session.warnings] == ["caf\ufffd", "V=caf\ufffd"]


@pytest.mark.parametrize(
    "document", [{"process": {"cwd": f"/{RAW}"}}, {"mounts": [{"destination": f"/{RAW}"}]}, {"root": {"path": RAW}}]
)
def test_names_are_refused(session, document) -> None:
    with pytest.raises(InvalidInput) as caught:
        runtime_json(session, document)
    assert r"caf\xe9" in caught.value.subject


@pytest.mark.parametrize(
    "changes",
    [{"workdir": f"/{RAW}"}, {"user": RAW}, {"env": {RAW: "x"}}, {"mounts": (Mount(kind="tmpfs", source="", target=f"/{RAW}"),)},
     {"log": LogConfig(path=f"/{RAW}")}],
)  # fmt: skip
def test_a_container_is_not_made_with_names_that_its_runtime_cannot_be_told(changes) -> None:
    spec = ContainerSpec(image="x", command=(RAW,), env={"A": RAW}, labels={"l": RAW})
    check_spec(spec)
    with pytest.raises(InvalidInput) as caught:
        check_spec(spec.replace(**changes))
    assert r"caf\xe9" in caught.value.subject


def test_no_object_has_such_a_name(session) -> None:
    assert find_container(session, RAW) is None
