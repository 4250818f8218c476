"""The messages are those of the public API: every service, RPC, field number and type."""

from __future__ import annotations

import json
from pathlib import Path

from google.protobuf.descriptor import FieldDescriptor

from cri_server.proto import api_pb2 as api

FACTS = json.loads((Path(__file__).resolve().parents[2] / "data/cri_v1.json").read_text())
SCALARS = {
    FieldDescriptor.TYPE_STRING: "string", FieldDescriptor.TYPE_BOOL: "bool", FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_INT32: "int32", FieldDescriptor.TYPE_INT64: "int64", FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64", FieldDescriptor.TYPE_DOUBLE: "double",
}  # fmt: skip


def kind(field) -> str:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        return f"map<{kind(key)}, {kind(value)}>"
    kind_of = field.message_type or field.enum_type
    name = SCALARS.get(field.type) or kind_of.full_name.removeprefix("runtime.v1.")
    return f"repeated {name}" if field.is_repeated else name


def test_every_message_has_its_fields() -> None:
    for name, fields in FACTS["messages"].items():
        found = {
            str(field.number): f"{kind(field)} {field.name}"
            for field in api.DESCRIPTOR.message_types_by_name[name].fields
        }
        assert found == fields, name
    assert set(api.DESCRIPTOR.message_types_by_name) == set(FACTS["messages"])


def test_every_service_has_its_rpcs() -> None:
    for name, methods in FACTS["services"].items():
        service = api.DESCRIPTOR.services_by_name[name]
        found = {
            method.name: [
                method.input_type.name,
                ("stream " if method.server_streaming else "") + method.output_type.name,
            ]
            for method in service.methods
        }
        assert found == methods


def test_every_enumeration_has_its_values() -> None:
    for name, values in FACTS["enums"].items():
        outer, _, inner = name.partition(".")
        enum = (
            api.DESCRIPTOR.message_types_by_name[outer].enum_types_by_name[inner]
            if inner
            else api.DESCRIPTOR.enum_types_by_name[outer]
        )
        assert {value.name: value.number for value in enum.values} == values
