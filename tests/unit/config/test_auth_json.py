"""auth.json and docker's config.json: which file, which entry, what it says."""

from __future__ import annotations

import base64
import json

import pytest

from pycman.config.auth_json import (
    DOCKER_HUB_KEY,
    auth_files,
    encode_login,
    keys_of,
    read_auth_file,
    stored_logins,
)
from pycman.errors import InvalidInput


def login(text):
    return {"auth": base64.b64encode(text.encode()).decode()}


def first(document, host, path=""):
    found = stored_logins(document, host, path)
    return (found[0].username, found[0].password) if found else None


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch) -> None:
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_the_files_are_read_in_podmans_order(monkeypatch) -> None:
    rest = ["/h/.config/containers/auth.json", "/h/.docker/config.json", "/h/.dockercfg"]
    assert auth_files("/h", 7) == ["/run/containers/7/auth.json", *rest]
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert auth_files("/h", 7) == ["/run/user/7/containers/auth.json", *rest]
    monkeypatch.setenv("XDG_CONFIG_HOME", "/c")
    assert auth_files("/h", 7)[1] == "/c/containers/auth.json"
    monkeypatch.setenv("DOCKER_CONFIG", "/d")
    assert auth_files("/h", 7) == ["/d/config.json"]
    monkeypatch.setenv("REGISTRY_AUTH_FILE", "/r.json")
    assert auth_files("/h", 7) == ["/r.json"]
    assert auth_files("/h", 7, "/a.json") == ["/a.json"]


def test_the_most_specific_entry_is_the_first() -> None:
    document = {"auths": {"a.test": login("h:1"), "a.test/x": login("x:2"), "a.test/x/y": login("y:3")}}
    found = [stored_login.username for stored_login in stored_logins(document, "a.test", "x/y/z")]
    assert found == ["y", "x", "h"]
    assert first(document, "a.test", "xy") == ("h", "1")
    assert first(document, "b.test") is None


@pytest.mark.parametrize("key", ["docker.io", "index.docker.io", DOCKER_HUB_KEY, "registry-1.docker.io"])
def test_docker_io_is_found_under_all_its_names(key) -> None:
    assert first({"auths": {key: login("u:p")}}, "docker.io", "library/alpine") == ("u", "p")


@pytest.mark.parametrize("key", ["https://a.test:5000", "http://a.test:5000/v1/", "https://a.test:5000/v2/"])
def test_keys_that_are_urls_stand_for_their_host(key) -> None:
    assert first({"auths": {key: login("u:p")}}, "a.test:5000", "x") == ("u", "p")
    assert first({"auths": {key: login("u:p")}}, "a.test", "x") is None


def test_a_host_and_its_port_are_not_the_host() -> None:
    assert keys_of("a.test:5000")[0] == "a.test:5000"
    assert first({"auths": {"a.test": login("u:p")}}, "a.test:5000") is None


def test_a_password_may_hold_colons_and_letters_of_all_kinds() -> None:
    assert first({"auths": {"a.test": encode_login("u", "p:ä:€")}}, "a.test") == ("u", "p:ä:€")
    assert first({"auths": {"a.test": login("u:p\0\0")}}, "a.test") == ("u", "p")


def test_identity_tokens_and_plain_fields_are_read() -> None:
    document = {"auths": {"a.test": {"identitytoken": "t"}, "b.test": {"username": "u", "password": "p"}}}
    assert stored_logins(document, "a.test")[0].identity_token == "t"
    assert first(document, "b.test") == ("u", "p")


def test_helpers_are_named_with_the_key_to_ask_for() -> None:
    document = {
        "auths": {"a.test": {}, "b.test": login("u:p")},
        "credHelpers": {"a.test": "gcloud"},
        "credsStore": "pass",
    }
    assert [(stored_login.helper, stored_login.key) for stored_login in stored_logins(document, "a.test", "x")[:2]] == [
        ("gcloud", "a.test"),
        ("pass", "a.test/x"),
    ]
    assert first(document, "b.test") == ("u", "p")


@pytest.mark.parametrize("text", ["!!!", "", "dXNlcg=="])
def test_a_login_that_is_garbled_is_told_with_the_mend(text) -> None:
    document = {"auths": {"a.test": {"auth": text, "username": "u"}}}
    if text:
        with pytest.raises(InvalidInput, match="run pycman login again"):
            stored_logins(document, "a.test")
    else:
        assert first(document, "a.test") == ("u", "")


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b'{"auths": []}', b'{"credHelpers": 5}', b"\xff\xfe"])
def test_a_broken_file_is_named(tmp_path, content) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_auth_file(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("entry", [5, "text", [], None, {"auth": 5}])
def test_an_entry_that_is_no_object_is_none_or_told(entry) -> None:
    try:
        assert stored_logins({"auths": {"a.test": entry}}, "a.test") == []
    except InvalidInput as error:
        assert "a.test" in str(error)


def test_a_null_is_an_empty_object(tmp_path) -> None:
    (tmp_path / "auth.json").write_text('{"auths": null, "credHelpers": null}')
    assert read_auth_file(str(tmp_path / "auth.json")) == {}


def test_an_empty_file_and_a_missing_one_say_nothing(tmp_path) -> None:
    (tmp_path / "auth.json").write_text(" \n")
    assert read_auth_file(str(tmp_path / "auth.json")) == {}
    assert read_auth_file(str(tmp_path / "nothing.json")) == {}
    assert read_auth_file(str(tmp_path / "auth.json/below")) == {}


def test_dockers_first_format_has_no_level_above(tmp_path) -> None:
    path = tmp_path / ".dockercfg"
    path.write_text(json.dumps({DOCKER_HUB_KEY: login("u:p")}))
    assert first(read_auth_file(str(path)), "docker.io") == ("u", "p")
