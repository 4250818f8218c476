"""OCI hooks: the files, and for which containers they are."""

import json
import os

import pytest

from pycman.config.oci_hooks import hooks_by_stage, read_hooks
from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError, Unsupported

PROGRAM = {"path": "/bin/sh", "args": ["sh", "-c", "true"], "timeout": 3}


def folder(tmp_path, name: str, **files: object) -> str:
    (tmp_path / name).mkdir(exist_ok=True)
    for file, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value)
        (tmp_path / name / file.replace("_", ".")).write_text(text)
    return f"{tmp_path}/{name}"


def hook(*stages: str, **when: object) -> dict[str, object]:
    return {"version": "1.0.0", "hook": PROGRAM, "when": when, "stages": list(stages)}


def with_program(**changes: object) -> dict[str, object]:
    return {**hook("prestart", always=True), "hook": {**PROGRAM, **changes}}


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"always": True}, True),
        ({"always": False, "commands": ["sh"]}, False),
        ({"commands": [".*/python3$"]}, True),
        ({"commands": ["^/usr/bin/perl$", "^/bin/false"]}, False),
        ({"annotations": {"^com\\.example\\.": "^tr"}}, True),
        ({"annotations": {"^com\\.example\\.": "^tr", "other": ".*"}}, False),
        ({"hasBindMounts": True}, True),
        ({"hasBindMounts": False, "commands": ["python3"]}, False),
        ({"hasBindMounts": True, "commands": ["perl"]}, False),
    ],
    ids=lambda value: json.dumps(value),
)
def test_all_conditions_must_hold(tmp_path, when, holds) -> None:
    hooks = read_hooks([folder(tmp_path, "d", a_json=hook("prestart", "poststop", **when))])
    found = hooks_by_stage(
        hooks, command="/usr/bin/python3", annotations={"com.example.x": "true"}, has_bind_mounts=True
    )
    assert found == ({"prestart": (PROGRAM,), "poststop": (PROGRAM,)} if holds else {})


def test_a_file_hides_one_of_its_name_in_an_earlier_folder_and_names_are_the_order(tmp_path) -> None:
    first = folder(tmp_path, "1", b_json=hook("prestart", always=True), a_json="no JSON", notes_txt="not read")
    second = folder(tmp_path, "2", A_json="", a_json=hook("poststart", always=True))
    (tmp_path / "2/A.json").unlink()
    assert [each.path for each in read_hooks([first, second])] == [f"{second}/a.json", f"{first}/b.json"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("{", "JSON"),
        ({**hook("prestart", always=True), "version": "0.1.0"}, "version"),
        ({**hook("prestart", always=True), "hook": {"path": "sh"}}, "absolute path"),
        ({**hook("prestart", always=True), "hook": {"path": "/none/such"}}, "no program /none/such"),
        (hook("whenever", always=True), "stages must be"),
        (hook(always=True), "stages must be"),
        (hook("prestart"), "when must have"),
        (hook("prestart", sometimes=True), "when must have"),
        (hook("prestart", always="yes"), "true or false"),
        (hook("prestart", commands=["("]), "regular expression"),
        (hook("prestart", commands=["a{99999999999999999999}"]), "regular expression"),
        (hook("prestart", commands=["(" * 3000 + ")" * 3000]), "regular expression"),
        (hook("prestart", commands=["[[:alpha:]]"]), "regular expression"),
        (with_program(args="sh"), "hook.args must be a list of texts"),
        (with_program(args=["sh", 1]), "hook.args"),
        (with_program(env={"A": "b"}), "hook.env"),
        (with_program(env=["A=\0"]), "hook.env"),
        (with_program(timeout="3"), "hook.timeout"),
        (with_program(timeout=0), "hook.timeout"),
        (with_program(timeout=-1), "hook.timeout"),
        (with_program(timeout=1.5), "hook.timeout"),
        (with_program(timeout=True), "hook.timeout"),
        (with_program(timeout=1 << 40), "hook.timeout"),
        (with_program(path="/etc"), "no program that can be started"),
        (with_program(path=__file__), "no program that can be started"),
    ],
    ids=[
        "text",
        "version",
        "relative",
        "missing",
        "stage",
        "no stage",
        "no when",
        "other when",
        "kind",
        "pattern",
        "too often",
        "too deep",
        "class",
        "args",
        "a number in args",
        "env",
        "a NUL in env",
        "timeout",
        "no time",
        "negative",
        "half seconds",
        "true",
        "too long",
        "folder",
        "no program",
    ],
)
def test_a_file_that_is_no_hook_is_named_with_the_reason(tmp_path, value, problem) -> None:
    where = folder(tmp_path, "d", a_json=value)
    with pytest.raises(Corrupt, match=problem) as caught:
        read_hooks([where])
    assert f"{where}/a.json" in str(caught.value)


@pytest.mark.parametrize("kind", [NotFound, Unsupported], ids=["no folder", "precreate"])
def test_what_cannot_be_done_is_said(tmp_path, kind: type[PycmanError]) -> None:
    where = folder(tmp_path, "d", a_json=hook("precreate", always=True))
    with pytest.raises(kind):
        hooks_by_stage(
            read_hooks([where if kind is Unsupported else f"{tmp_path}/none"]),
            command="",
            annotations={},
            has_bind_mounts=False,
        )


def test_a_file_that_never_ends_or_never_comes_does_not_hold_the_command_up(tmp_path) -> None:
    where = folder(tmp_path, "d", a_json=hook("prestart", always=True))
    os.mkfifo(f"{where}/b.json")
    with pytest.raises(Corrupt, match="JSON"):
        read_hooks([where])
    os.unlink(f"{where}/b.json")
    os.symlink("/dev/zero", f"{where}/b.json")
    with pytest.raises(InvalidInput, match="more than 1 MiB"):
        read_hooks([where])


def test_null_is_what_is_not_said(tmp_path) -> None:
    where = folder(tmp_path, "d", a_json=with_program(args=None, env=None, timeout=None))
    assert read_hooks([where])[0].program == {"path": "/bin/sh"}
