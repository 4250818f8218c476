"""Secrets: create, replace without a moment of loss, find, inspect."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pycman.errors import AlreadyExists, InvalidInput, NotFound, Unsupported
from pycman.secrets.catalogue import (
    LIMIT_BYTES,
    create_secret,
    find_secret,
    inspect_secret,
    list_secrets,
    read_secret,
    recover_secrets,
    remove_secret,
)
from tests.support.sessions import open_session


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def test_bytes_come_back_and_only_the_owner_may_read_them(session):
    data = bytes(range(256))
    identity = create_secret(session, "key", data, labels={"a": "b"})
    assert len(identity) == 25
    for name in ("key", identity, identity[:6]):
        assert read_secret(session, name) == data
    assert os.stat(session.paths.secret(identity)).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a=b", "-x", "x" * 254, "a\nb"])
def test_names_that_could_be_a_path_or_an_option_are_refused(session, name):
    with pytest.raises(InvalidInput):
        create_secret(session, name, b"x")


@pytest.mark.parametrize("data", [b"", b"x" * (LIMIT_BYTES + 1)])
def test_empty_and_huge_secrets_are_refused(session, data):
    with pytest.raises(InvalidInput):
        create_secret(session, "key", data)
    create_secret(session, "key", b"x" * LIMIT_BYTES)


def test_other_drivers_are_refused(session):
    with pytest.raises(Unsupported):
        create_secret(session, "key", b"x", driver="pass")


def test_a_name_is_taken_once_unless_replaced_or_ignored(session):
    first = create_secret(session, "key", b"old", labels={"a": "1"})
    with pytest.raises(AlreadyExists):
        create_secret(session, "key", b"new")
    assert create_secret(session, "key", b"new", ignore=True) == first
    assert read_secret(session, "key") == b"old"
    assert create_secret(session, "key", b"new", replace=True, labels={"b": "2"}) == first
    assert read_secret(session, "key") == b"new"
    found = find_secret(session, "key")
    assert found.labels == {"b": "2"}
    assert found.updated_at_ns > found.created_at_ns


def test_inspect_has_the_bytes_only_on_request(session):
    create_secret(session, "key", b"hush", labels={"a": "b"})
    assert "SecretData" not in inspect_secret(session, "key")
    shown = inspect_secret(session, "key", show_secret=True)
    assert (shown["SecretData"], shown["Spec"]["Name"], shown["Spec"]["Driver"]["Name"]) == ("hush", "key", "file")
    assert shown["CreatedAt"].endswith("Z")


def test_filters(session):
    ids = [create_secret(session, name, b"x", labels={"n": name}) for name in ("one", "two")]
    assert [secret.name for secret in list_secrets(session)] == ["one", "two"]
    assert [secret.name for secret in list_secrets(session, [("name", "^o"), ("name", "w")])] == ["one", "two"]
    assert [secret.id for secret in list_secrets(session, [("id", ids[1][:8])])] == [ids[1]]
    assert [secret.name for secret in list_secrets(session, [("label", "n=two")])] == ["two"]
    with pytest.raises(InvalidInput):
        list_secrets(session, [("size", "1")])


def test_removing_a_secret_removes_its_file(session):
    identity = create_secret(session, "key", b"x")
    assert remove_secret(session, identity[:5]) == identity
    assert os.listdir(session.paths.secrets) == []
    for verb in (remove_secret, read_secret):
        with pytest.raises(NotFound):
            verb(session, "key")


_KILLED = """
import sys
from tests.support.sessions import open_session
from pycman.secrets.catalogue import create_secret, remove_secret
with open_session(sys.argv[1]) as session:
    create_secret(session, "key", b"new", replace=True)
    remove_secret(session, "key")
"""


def killed_at(tmp_path, point):
    env = {**os.environ, "PYCMAN_TEST_CRASH_AT": point, "PYTHONPATH": os.getcwd()}
    assert subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], env=env, check=False).returncode == -9


@pytest.mark.parametrize("point", ["secret-create:row", "secret-create:file", "secret-remove:marked"])
def test_an_unfinished_secret_is_not_listed_and_is_discarded(session, tmp_path, point):
    killed_at(tmp_path, point)
    if point == "secret-remove:marked":
        assert len(recover_secrets(session)) == 1
    assert list_secrets(session) == []
    assert recover_secrets(session) == [], "the list has discarded it"
    assert os.listdir(session.paths.secrets) == []


def test_bytes_of_a_writer_that_was_killed_do_not_outlive_the_secret_or_its_next_write(session):
    secret_id = create_secret(session, "key", b"old")
    unfinished = f"{session.paths.secret(secret_id)}.4711.tmp"
    for after in (lambda: create_secret(session, "key", b"new", replace=True), lambda: remove_secret(session, "key")):
        with open(unfinished, "w", encoding="ascii") as file:
            file.write("half a sec")
        after()
        assert not os.path.exists(unfinished)
    assert os.listdir(session.paths.secrets) == []


@pytest.mark.parametrize(("point", "data"), [("secret-create:row", b"old"), ("secret-create:file", b"new")])
def test_a_killed_replacement_loses_nothing(session, tmp_path, point, data):
    create_secret(session, "key", b"old")
    killed_at(tmp_path, point)
    assert read_secret(session, "key") == data
