"""Image configs made to hurt: each is refused where the image comes in, and what came in before hurts no listing."""

from __future__ import annotations

import json

import pytest

from pycman.containers.users import lookup_user
from pycman.errors import Corrupt, InvalidInput
from pycman.images.image_config import parse_image_config
from pycman.jsontext import parse_json
from tests.support.image_files import config_of, docker_archive, tar_of

LAYER = tar_of({"a": b"a"})
WRONG = {
    "User": [["root"], 0, "9" * 5000, "a\0b"],
    "Cmd": ["sh", {"a": 1}, [["sh"]], [1], [None], ["a\0"]],
    "Entrypoint": [{}, [{}], "sh"],
    "Env": ["A=1", {"A": "1"}, [1], [["A=1"]], ["A=\0"]],
    "Labels": [["a"], "a", {"a": 1}, {"a": ["b"]}, {"a": None}],
    "Volumes": [["/a"], "/a", {"": {}}],
    "ExposedPorts": [
        ["80"],
        {"80; drop": {}},
        {"80/tcp\n": {}},
        {"99999": {}},
        {"9" * 5000: {}},
        {"1-2-3": {}},
        {"80/x": {}},
    ],
    "WorkingDir": [1, ["/"]],
    "StopSignal": [9, ["TERM"]],
    "Healthcheck": [
        [],
        "CMD",
        {"Test": "CMD"},
        {"Test": [1]},
        {"Interval": "1s"},
        {"Retries": 1e300},
        {"Timeout": 2**63},
    ],
}
TOP = {
    "config": [[], "x", 1],
    "history": ["x", [1], {}, [{"created_by": 1}], [{"empty_layer": "yes"}]],
    "architecture": [1, {}],
    "os": [["linux"]],
    "created": [1],
}


def cases() -> list[tuple[str, str]]:
    found = [
        (f"{name}={str(value)[:20]}", json.dumps({"config": {name: value}}))
        for name, values in WRONG.items()
        for value in values
    ]
    found += [(f"{name}={value}", json.dumps({name: value})) for name, values in TOP.items() for value in values]
    found += [
        (text[:30], text)
        for text in (
            '{"config": {"Labels": {"a": NaN}}}',
            '{"a": Infinity}',
            '{"a": 1e999}',
            '{"a": ' + "9" * 5000 + "}",
            "[]",
            "1",
        )
    ]
    return found


@pytest.mark.parametrize("text", [text for _, text in cases()], ids=[name for name, _ in cases()])
def test_a_config_with_a_wrong_field_is_corrupt(text):
    with pytest.raises(Corrupt):
        parse_image_config(text, subject="x")


def test_a_config_with_all_fields_and_with_nulls_is_fine():
    inner = {
        "User": "1000:1000", "Cmd": ["sh"], "Entrypoint": None, "Env": ["A=1"], "Labels": {"a": "b"}, "Volumes": {"/a": {}},
        "ExposedPorts": {"80/tcp": {}, "90-95": {}, "53/UDP": {}}, "WorkingDir": "/", "StopSignal": "TERM",
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 10**9, "Retries": 3}, "OnBuild": None,
    }  # fmt: skip
    document = {"created": "x", "os": "linux", "config": inner, "history": [{"created_by": "x", "empty_layer": True}]}
    assert parse_image_config(json.dumps(document), subject="x") == document
    assert parse_image_config('{"config": null, "history": null}', subject="x") == {"config": None, "history": None}


def _archive(fields: str) -> bytes:
    """Return a docker-archive whose config has `fields` written into its config object as they are."""
    text = config_of([LAYER]).decode().replace('"config": {}', f'"config": {fields}')
    return docker_archive([LAYER], config=text.encode())


@pytest.mark.parametrize(
    "fields", ['{"Labels": {"a": NaN}}', '{"Cmd": [["a"]]}', '{"Labels": ["a"]}', '{"ExposedPorts": {"80; drop": {}}}']
)
def test_an_archive_with_such_a_config_is_refused_in_one_line_and_leaves_nothing(root_pycman, fields):
    before = root_pycman("images", "-a")
    done = root_pycman.run("load", stdin=_archive(fields))
    assert done.returncode == 1
    assert len(done.stderr.decode().splitlines()) == 1
    assert b"Traceback" not in done.stderr
    assert root_pycman("images", "-a") == before
    for words in (("ps", "-a"), ("system", "df"), ("image", "prune", "-f")):
        root_pycman(*words)


def test_listings_outlive_rows_that_came_in_before_such_were_refused(root_pycman):
    import sqlite3

    root_pycman("create", "--name=box", "busybox:1", "true")
    with sqlite3.connect(f"{root_pycman.folder}/root/state.sqlite") as database:
        database.execute("UPDATE images SET config = ?", ('{"config": {"Labels": {"a": NaN}, "Cmd": [["x"]]}}',))
        database.execute("UPDATE containers SET command = ?, labels = ?", ('[["sh"], 1]', '{"a": NaN}'))
    database.close()
    assert "busybox" in root_pycman("images")
    assert "box" in root_pycman("ps", "-a")
    root_pycman("system", "df")
    for words in (("image", "inspect", "busybox:1"), ("run", "--rm", "busybox:1", "true")):
        done = root_pycman.run(*words)
        assert done.returncode in (1, 125)
        assert len(done.stderr.decode().splitlines()) == 1
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("user", ["9" * 5000, "1:" + "9" * 5000, "-" + "9" * 5000])
def test_ids_of_thousands_of_digits_are_refused(tmp_path, user):
    with pytest.raises(InvalidInput):
        lookup_user(str(tmp_path), user)


def test_a_passwd_file_with_such_an_id_has_other_users_still(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(f"big:x:{'9' * 5000}:0::/:\nme:x:7:8::/me:\n")
    assert lookup_user(str(tmp_path), "me").uid == 7


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "9" * 5000])
def test_json_has_no_values_but_its_own(text):
    with pytest.raises(Corrupt):
        parse_json(text)
