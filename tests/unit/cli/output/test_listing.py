"""Listings: docker's tables, templates, json of both tools, ids."""

from __future__ import annotations

import json

import pytest

from cli.output.listing import Columns, print_ids, print_listing, print_objects
from cli.output.table import layout
from pycman.errors import InvalidInput
from tests.support.calls import call_of

COLUMNS = Columns(
    [("CONTAINER ID", "ID"), ("NAMES", "Names")], {"Size": "SIZE"}, ["ID", "Names", "Size"], {"Size": "N/A"}
)


def asked() -> str:
    raise AssertionError("nobody asked for the size")


ROWS = [
    {"ID": "a1", "Names": "web", "Size": asked, "CreatedAt": "now"},
    {"ID": "b2", "Names": "a longer name", "Size": asked, "CreatedAt": "then"},
]


def listed(capsys, *words: str, rows=ROWS, program: str = "pycman", objects=None) -> str:
    print_listing(call_of(*words, command="ps", program=program), rows, COLUMNS, objects)
    return capsys.readouterr().out


def test_a_table_is_padded_as_gos_tabwriter_does() -> None:
    assert (
        layout([["ID", "NAME", "X"], ["123456789", "b", "c"]]) == "ID          NAME      X\n123456789   b         c\n"
    )
    assert layout([]) == ""


def test_without_a_format_there_is_a_table_of_the_columns(capsys) -> None:
    assert listed(capsys) == "CONTAINER ID   NAMES\na1             web\nb2             a longer name\n"
    assert listed(capsys, "--noheading").splitlines()[0].split() == ["a1", "web"]
    assert listed(capsys, rows=[]) == "CONTAINER ID   NAMES\n"


def test_json_is_an_object_of_texts_a_line_where_what_costs_is_fixed(capsys) -> None:
    lines = [json.loads(line) for line in listed(capsys, "--format", "json").splitlines()]
    assert lines == [{"ID": "a1", "Names": "web", "Size": "N/A"}, {"ID": "b2", "Names": "a longer name", "Size": "N/A"}]


def test_json_of_podman_is_one_array_of_its_objects(capsys) -> None:
    assert json.loads(listed(capsys, "--format", "json", program="podman", objects=lambda: [{"Id": "a1"}])) == [
        {"Id": "a1"}
    ]
    assert json.loads(listed(capsys, "--format", "json", program="podman", objects=list, rows=[])) == []


def test_a_template_is_a_line_for_each(capsys) -> None:
    assert listed(capsys, "--format", "{{.Names}}\\t{{.ID}}") == "web\ta1\na longer name\tb2\n"


def test_a_table_of_a_template_has_headings_of_its_fields(capsys) -> None:
    text = listed(capsys, "--format", "table {{.Names}}\\t{{.CreatedAt}}")
    assert text == "NAMES           CREATED AT\nweb             now\na longer name   then\n"
    with pytest.raises(InvalidInput, match="no columns"):
        listed(capsys, "--format", "table ")


def test_podmans_tables_may_have_blanks_between_columns(capsys) -> None:
    text = listed(capsys, "--format", "table {{.ID}} {{.Names}}", program="podman")
    assert text.splitlines()[1] == "a1            web"


def test_ids_are_one_a_line(capsys) -> None:
    print_ids(["a", "b"])
    assert capsys.readouterr().out == "a\nb\n"


@pytest.mark.parametrize(
    ("words", "program", "text"),
    [
        ([], "pycman", '[\n    {\n        "A": 1\n    }\n]\n'),
        (["--format", "json"], "pycman", '[{"A":1}]\n'),
        (["--format", "json"], "podman", '[\n    {\n        "A": 1\n    }\n]\n'),
        (["--format", "{{.A}}"], "pycman", "1\n"),
    ],
)
def test_inspected_objects_are_an_array_or_a_line_for_each(capsys, words: list[str], program: str, text: str) -> None:
    print_objects(call_of(*words, command="inspect", program=program), [{"A": 1}])
    assert capsys.readouterr().out == text
