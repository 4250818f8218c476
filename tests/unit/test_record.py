from __future__ import annotations

import pytest

from pycman.errors import Corrupt
from pycman.record import Record
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
