"""Tables, listings, words and progress, as docker prints them."""

from __future__ import annotations

import io
import json
import os
import pty
import select

import pytest

from cli.call import Call
from cli.output.listing import Columns, print_ids, print_listing, print_objects, with_escapes
from cli.output.progress import Bars, Lines, progress_for
from cli.output.table import layout
from cli.output.words import ago, binary_size, cut, familiar_name, human_duration, human_size, short
from pycman.errors import InvalidInput

COLUMNS = Columns((("NAME", "Name"), ("SIZE", "Size")), {"State": "STATE"}, ("Name", "State"), {"State": "fixed"})


def asked(*, program: str = "pycman", **flags: object) -> Call:
    return Call("x", flags, [], {}, program, [])


def a_row(name: str) -> dict:
    return {"Name": name, "Size": lambda: f"size of {name}", "State": "up", "CreatedAt": "now"}


ROWS = [a_row("a"), a_row("longer-than-ten")]


def printed(capsys, **flags: object) -> str:
    print_listing(asked(**flags), ROWS, COLUMNS)
    return capsys.readouterr().out


def test_columns_are_as_wide_as_their_widest_cell_but_ten_at_least() -> None:
    assert (
        layout([["A", "B", "C"], ["eleven-wide", "b", "c"]]) == "A             B         C\neleven-wide   b         c\n"
    )
    assert layout([["only"], []]) == "only\n\n"
    assert layout([]) == ""


def test_a_table_has_headings_and_calls_the_functions_of_its_fields(capsys) -> None:
    assert (
        printed(capsys)
        == "NAME              SIZE\na                 size of a\nlonger-than-ten   size of longer-than-ten\n"
    )
    assert printed(capsys, noheading=True).startswith("a ")
    assert printed(capsys, format="table").startswith("NAME ")


def test_json_is_an_object_a_line_of_texts_and_podmans_an_array(capsys) -> None:
    assert printed(capsys, format="json").splitlines()[0] == '{"Name":"a","State":"fixed"}'
    assert printed(capsys, format="{{json .}}").splitlines()[0] == '{"Name":"a","State":"fixed"}'
    assert printed(capsys, format="json", program="podman").startswith('[\n    {\n        "Name": "a"')
    of_rows = printed(capsys, format="{{ json . }}", program="podman").splitlines()
    assert [json.loads(row)["Name"] for row in of_rows] == ["a", "longer-than-ten"]


def test_a_listing_of_nothing_is_empty_in_every_form(capsys) -> None:
    for form, expected in (("", "NAME      SIZE\n"), ("json", ""), ("{{.Name}}", ""), ("table {{.Name}}", "NAME\n")):
        print_listing(asked(format=form), [], COLUMNS)
        assert capsys.readouterr().out == expected, form
    print_listing(asked(format="json", program="podman"), [], COLUMNS)
    assert capsys.readouterr().out == "[]\n"


def test_templates_print_a_line_a_row_and_tables_of_them_headings(capsys) -> None:
    assert printed(capsys, format="{{.Name}}={{.Size}}") == "a=size of a\nlonger-than-ten=size of longer-than-ten\n"
    assert printed(capsys, format=r"table {{.Name}}\t{{.CreatedAt}}").splitlines()[0] == "NAME              CREATED AT"
    assert printed(capsys, format="{{range .}}{{.Name}},{{end}}") == "a,longer-than-ten,\n"


def test_a_table_template_without_columns_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="the table has no columns"):
        print_listing(asked(format="table" + " "), ROWS, COLUMNS)


def test_ids_and_objects(capsys) -> None:
    print_ids(["a", "b"])
    assert capsys.readouterr().out == "a\nb\n"
    print_objects(asked(), [{"A": 1}])
    assert capsys.readouterr().out == '[\n    {\n        "A": 1\n    }\n]\n'
    print_objects(asked(format="{{.A}}"), [{"A": 1}, {"A": 2}])
    assert capsys.readouterr().out == "1\n2\n"
    print_objects(asked(format="json"), [{"A": 1}])
    assert capsys.readouterr().out == '[{"A":1}]\n'


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (150, "2 minutes"),
     (3600, "About an hour"), (3600 * 47, "47 hours"), (86400 * 3, "3 days"), (86400 * 20, "2 weeks"), (86400 * 70, "2 months"),
     (86400 * 800, "2 years")],
)  # fmt: skip
def test_durations_are_dockers(seconds: float, words: str) -> None:
    assert human_duration(seconds) == words
    assert ago(10**18, 10**18 + int(seconds * 1e9)) == f"{words} ago"


def test_sizes_and_names_are_dockers() -> None:
    assert [human_size(size) for size in (0, 999, 1000, 7_830_000, 1.5e12)] == ["0B", "999B", "1kB", "7.83MB", "1.5TB"]
    assert [binary_size(size) for size in (512, 1536, 3 << 30)] == ["512B", "1.5KiB", "3GiB"]
    assert familiar_name("docker.io/library/busybox:1") == "busybox:1"
    assert familiar_name("docker.io/team/app") == "team/app"
    assert (cut("abcdef", 4), cut("abc", 4)) == ("abc…", "abc")
    assert (short("sha256:" + "a" * 64), ago(0)) == ("a" * 12, "N/A")


def test_progress_elsewhere_is_a_line_when_a_layer_changes_its_phase() -> None:
    output = io.StringIO()
    lines = progress_for(output=output)
    assert isinstance(lines, Lines)
    digest = "sha256:" + "ab" * 32
    for received in (0, 500, 1000):
        lines.layer(digest, 1000, received, "downloading")
    lines.layer(digest, 1000, 1000, "extracting")
    lines.layer(digest, 1000, 1000, "done")
    lines.message("Digest: x")
    assert output.getvalue() == (
        "abababababab: Downloading (1kB)\nabababababab: Extracting\nabababababab: Pull complete\nDigest: x\n"
    )


def test_progress_on_a_terminal_is_a_bar_a_layer_rewritten_in_place(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    here, there = pty.openpty()
    try:
        with os.fdopen(there, "w") as terminal:
            bars = progress_for(output=terminal)
            assert isinstance(bars, Bars)
            bars.layer("sha256:" + "ab" * 32, 1000, 500, "downloading")
            bars.layer("sha256:" + "ab" * 32, 1000, 1000, "done")
            seen = ""
            while "complete" not in seen:
                assert select.select([here], [], [], 20)[0], seen
                seen += os.read(here, 4096).decode()
            first, _, second = seen.partition("\033[1A")
    finally:
        os.close(here)
    assert "abababababab: Downloading   [==============>               ] 500B/1kB" in first
    assert "abababababab: Pull complete" in second


def test_quiet_is_silent_and_a_dumb_terminal_gets_lines(monkeypatch) -> None:
    assert progress_for(quiet=True) is None
    monkeypatch.setenv("TERM", "dumb")
    here, there = pty.openpty()
    with os.fdopen(there, "w") as terminal:
        assert isinstance(progress_for(output=terminal), Lines)
    os.close(here)


def test_progress_as_podman_has_a_line_for_each_layer_then_config_and_manifest() -> None:
    output = io.StringIO()
    lines = progress_for(output=output, podman=True)
    assert lines is not None
    for phase in ("downloading", "extracting", "done"):
        lines.layer("sha256:ab", 1000, 0, phase)
    lines.layer("sha256:cd", 1000, 0, "exists")
    lines.finish("ef")
    lines.finish("ef")
    assert output.getvalue().splitlines() == [
        "Getting image source signatures", "Copying blob sha256:ab", "Copying blob sha256:cd",
        "Copying config sha256:ef", "Writing manifest to image destination",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "meant"),
    [
        (r"{{.ID}}\t{{.Names}}\n", "{{.ID}}\t{{.Names}}\n"),
        (r'{{.ID}}{{"\n"}}\t{{"\t"}}', '{{.ID}}{{"\\n"}}\t{{"\\t"}}'),
        (r"plain\t", "plain\t"), (r"{{.ID", "{{.ID"), ("", ""),
    ],
)  # fmt: skip
def test_escapes_within_an_action_belong_to_its_strings(template: str, meant: str) -> None:
    assert with_escapes(template) == meant


@pytest.mark.parametrize("program", ["docker", "podman", "pycman"])
def test_a_string_with_an_escape_is_one_of_go(capsys, program: str) -> None:
    print_listing(asked(format='{{"a\\nb"}}', program=program), ROWS[:1], COLUMNS)
    print_objects(asked(format='{{"a\\nb"}}', program=program), [{"Id": "1"}])
    assert capsys.readouterr().out == "a\nb\na\nb\n"
