"""Our codec of protobuf against the reference implementation, with the same table; and what is refused."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given, settings
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.runtime.shim.messages import ANSWERS, REQUESTS, TABLE
from pycman.runtime.shim.protobuf import decode, encode

_TYPES = {"string": 9, "bytes": 12, "uint": 4, "int": 3, "bool": 8}
"""Numbers of FieldDescriptorProto.Type: a uint32 on the wire is a uint64 that is small."""


def reference():
    """Return the reference implementation's classes of all messages in the table."""
    file = descriptor_pb2.FileDescriptorProto(name="shim.proto", package="shim", syntax="proto3")
    for name, fields in TABLE.items():
        message = file.message_type.add(name=name.replace(".", "_"))
        for field, (number, kind) in fields.items():
            item = kind.removeprefix("*")
            added = message.field.add(name=field, number=number, label=3 if kind.startswith("*") else 1)
            if item in _TYPES:
                added.type = _TYPES[item]
            else:
                added.type, added.type_name = 11, f".shim.{item.replace('.', '_')}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"shim.{name.replace('.', '_')}"))
        for name in TABLE
    }


REFERENCE = reference()
_SCALARS = {
    "string": st.text(st.characters(codec="utf-8"), max_size=200),
    "bytes": st.binary(max_size=300),
    "uint": st.integers(0, 2**64 - 1),
    "int": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
}


def values_of(message):
    """Return a strategy of whole values of a message."""
    fields = {}
    for name, (_number, kind) in TABLE[message].items():
        item = kind.removeprefix("*")
        strategy = _SCALARS[item] if item in _SCALARS else values_of(item)
        fields[name] = st.lists(strategy, max_size=3) if kind.startswith("*") else strategy
    return st.fixed_dictionaries(fields)


def as_reference(message, values):
    made = REFERENCE[message]()
    for name, value in values.items():
        kind = TABLE[message][name][1]
        item = kind.removeprefix("*")
        if kind.startswith("*"):
            getattr(made, name).extend(as_reference(item, each) if item in TABLE else each for each in value)
        elif item in TABLE:
            getattr(made, name).CopyFrom(as_reference(item, value))
        else:
            setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    "message", ["Request", "Response", "CreateTaskRequest", "ForwardRequest", "runc.Options", "PidsResponse"]
)
def test_both_read_what_the_other_writes(message):
    @settings(max_examples=15, deadline=None)
    @given(values_of(message))
    def check(values):
        ours, theirs = encode(TABLE, message, values), as_reference(message, values)
        read = REFERENCE[message]()
        read.ParseFromString(ours)
        assert read == theirs
        assert decode(TABLE, message, ours) == decode(TABLE, message, theirs.SerializeToString())

    check()


def test_fields_that_are_absent_have_their_defaults_and_unknown_ones_are_skipped():
    assert decode(TABLE, "WaitResponse", b"") == {"exit_status": 0, "exited_at": {}}
    unknown = b"\x7a\x02hi" + b"\x79" + bytes(8) + b"\x7d" + bytes(4) + b"\x08\x89\x01"
    assert decode(TABLE, "WaitResponse", unknown)["exit_status"] == 137


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",
        b"\x08" + b"\x80" * 11,
        b"\x0a\x05ab",
        b"\x12\xff\xff\xff\xff\x0f",
        b"\x0b",
        b"\x12\x02\x08",
        b"\x0d\x00",
    ],
    ids=["no value", "endless number", "short string", "huge length", "group", "short message", "short fixed"],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(Corrupt):
        decode(TABLE, "WaitResponse" if data[0] != 0x0A else "Any", data)


def test_a_field_of_another_type_is_refused():
    with pytest.raises(Corrupt, match="exit_status"):
        decode(TABLE, "WaitResponse", b"\x0a\x01x")


@given(st.binary(max_size=200))
def test_noise_is_read_or_refused(data):
    try:
        decode(TABLE, "CreateTaskRequest", data)
    except Corrupt:
        return


def test_messages_nest_only_so_deep():
    table = {"Deep": {"deep": (1, "Deep")}}
    data = b""
    for _level in range(20):
        data = b"\x0a" + bytes([len(data)]) + data
    with pytest.raises(Corrupt, match="nested"):
        decode(table, "Deep", data)


def test_each_named_message_is_in_the_table():
    assert {*ANSWERS.values(), *REQUESTS.values()} <= TABLE.keys()
