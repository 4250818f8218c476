"""Unit files are read, asked and written as systemd's syntax has them."""

from __future__ import annotations

import pytest

from cli.quadlet.unit_file import UnitFile, UnitFileError

SERVICE = """\
# A comment
# of two lines

[Unit]
Description=Something
After=a.service

; why
After=b.service
[Service]
ExecStart=/bin/x \\
# inside
  --flag \\

  "last word"

[Unit]
After=
After="c d.service" e.service
"""


def test_sections_of_one_name_are_one_and_the_text_comes_back():
    unit = UnitFile.parse(SERVICE)
    assert unit.values("Unit", "After") == ['"c d.service" e.service']
    assert unit.items("Unit", "After") == ["c d.service", "e.service"]
    assert unit.command("Service", "ExecStart") == ["/bin/x", "--flag", "last word"]
    assert unit.text() == (
        "# A comment\n# of two lines\n\n[Unit]\nDescription=Something\nAfter=a.service\n\n; why\nAfter=b.service\n"
        'After=\nAfter="c d.service" e.service\n\n[Service]\nExecStart=/bin/x --flag "last word"\n'
    )
    assert UnitFile.parse(unit.text()).text() == unit.text()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Key=value\n", "key file does not start with a group"),
        ("[Unit]\nno pair\n", "line 2: “no pair”"),
        ("[Unit]\n=value\n", "line 2: “=value”"),
        ("[]\n", "invalid group name"),
        ("[a[b]\n", "invalid group name"),
        ("[Unit] more\n", "line 1"),
    ],
    ids=str,
)
def test_what_is_no_unit_file_is_told(text, problem):
    with pytest.raises(UnitFileError, match=problem.replace("[", r"\[")):
        UnitFile.parse(text)


def test_values_are_asked_in_their_ways():
    unit = UnitFile.parse(
        '[A]\nname = "x y" \nyes=On\nno=maybe\nhalf="x\npair=A=1 "B=two words" C\npair=D=\\x41 A=3\npair=E=\\k\nempty=\n'
    )
    assert unit.value("A", "name") == "x y"
    assert unit.value("A", "half") == '"x'
    assert (unit.switch("A", "yes"), unit.switch("A", "no"), unit.switch("A", "none")) == (True, False, None)
    assert unit.pairs("A", "pair") == ({"A": "3", "B": "two words", "C": None, "D": "A"}, ["unsupported escape char"])
    assert (unit.has("A", "empty"), unit.values("A", "empty"), unit.has("B", "empty")) == (True, [], False)
    assert unit.keys("A") == ["name", "yes", "no", "half", "pair", "empty"]


def test_a_unit_file_is_changed_where_it_stands():
    unit = UnitFile.parse("[A]\nx=1\nx=2\n\n[B]\ny=3\n", "u.container")
    unit.set("A", "x", "9")
    unit.set("C", "z", "4")
    unit.add_first("A", "first", "0")
    unit.unset("B", "y")
    unit.rename_section("A", "X-A")
    unit.rename_section("C", "B")
    unit.add_comment("", "made")
    assert unit.text() == "# \n# made\n[X-A]\nfirst=0\nx=1\nx=9\n\n[B]\nz=4\n"


def test_an_escaped_backslash_at_the_end_joins_nothing():
    unit = UnitFile.parse("[A]\nx=a \\\\\ny=b \\\\\\\nc\n")
    assert (unit.command("A", "x"), unit.last("A", "y")) == (["a", "\\"], "b \\\\c")


def test_a_file_of_comments_is_a_unit_file():
    assert UnitFile.parse("# nothing\n").text() == "# nothing\n"


@pytest.mark.parametrize(
    ("name", "parts"),
    [("a.container", ("a", None)), ("a@.container", ("a", "")), ("a@b@c.container", ("a", "b@c"))],
    ids=str,
)
def test_templates_are_told_by_the_name(name, parts):
    assert UnitFile(name).template() == parts
