from __future__ import annotations

import sys
from types import ModuleType

import pytest

from pycman.errors import Corrupt
from pycman.record import Record, known_record
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount
from pycman.spec.resources import Resources


class Point(Record):
    x: int
    y: int = 0


def test_fields_are_keyword_only_checked_and_frozen() -> None:
    point = Point(x=1)
    assert (point.x, point.y, repr(point)) == (1, 0, "Point(x=1, y=0)")
    for wrong in ({}, {"x": 1, "z": 2}):
        with pytest.raises(TypeError):
            Point(**wrong)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]


def test_records_compare_and_hash_by_value() -> None:
    assert Point(x=1) == Point(x=1, y=0) != Point(x=2)
    assert len({Point(x=1), Point(x=1, y=0)}) == 1


def test_a_nested_spec_survives_json_shape() -> None:
    spec = ContainerSpec(
        image="x", entrypoint=(), env={"A": "1"}, mounts=(Mount(kind="bind", target="/t", options=("ro",)),),
        resources=Resources(pids_limit=5),
    )  # fmt: skip
    assert ContainerSpec.from_dict(spec.to_dict()) == spec


def test_defaults_are_left_out_of_the_json_shape() -> None:
    assert Point(x=1, y=0).to_dict() == {"x": 1}


def test_a_stored_record_with_unknown_fields_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        Point.from_dict({"x": 1, "zz": 1})


ONE_NAME = "from pycman.record import Record\nclass Twin(Record):\n    {field}: int = 0\n"


def test_records_of_one_name_in_two_modules_are_told_apart(monkeypatch) -> None:
    def module(name: str, code: str) -> ModuleType:
        made = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, made)
        exec(code, vars(made))
        return made

    first = module("twins_first", ONE_NAME.format(field="a") + "class Holder(Record):\n    twins: tuple[Twin, ...]\n")
    module("twins_second", ONE_NAME.format(field="b"))
    held = first.Holder.from_dict({"twins": [{"a": 1}]})
    assert held.twins == (first.Twin(a=1),)
    assert (known_record("twins_first", "Twin"), known_record("twins_second", "Twin").__module__) == (
        first.Twin,
        "twins_second",
    )
    stranger = module("twins_stranger", "from pycman.record import Record\nclass Guest(Record):\n    twin: Twin\n")
    with pytest.raises(Corrupt, match="several records are called Twin"):
        stranger.Guest.from_dict({"twin": {"a": 1}})
