"""Logins found, stored and removed, in files and with helpers; the helpers are real programs in PATH."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError, TimedOut, Unauthenticated, Unavailable
from pycman.registry import credentials as module
from pycman.registry.auth import Credentials
from pycman.registry.credentials import LoginOptions, find_credentials, forget_credentials, store_credentials
from pycman.registry.login import login, login_key, logout
from tests.support.scripted_registry import ScriptedRegistry, Tokens
from tests.support.sessions import open_session

ANNA = Credentials(username="anna", password="p:w")
HELPER = """#!/bin/sh
# A store of one file per login, as docker-credential-pass is one.
echo "$1" >>"$HELPER_STORE/asked"
case $1 in
get)
    read -r key || test -n "$key"
    echo "$key" >>"$HELPER_STORE/keys"
    name=$(echo "$key" | tr -c 'a-z0-9.\\n' _)
    test -e "$HELPER_STORE/$name" || { echo "credentials not found in native keychain"; exit 1; }
    cat "$HELPER_STORE/$name" ;;
store)
    entry=$(cat)
    key=$(echo "$entry" | sed 's/.*"ServerURL": *"\\([^"]*\\)".*/\\1/')
    echo "$entry" >"$HELPER_STORE/$(echo "$key" | tr -c 'a-z0-9.\\n' _)" ;;
erase)
    read -r key || test -n "$key"
    rm "$HELPER_STORE/$(echo "$key" | tr -c 'a-z0-9.\\n' _)" ;;
esac
"""


@pytest.fixture
def session(tmp_path, monkeypatch):
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "registries.conf").write_text("")
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "store").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("HELPER_STORE", str(tmp_path / "store"))
    with open_session(tmp_path) as opened:
        yield opened


@pytest.fixture
def helper(tmp_path):
    """Return a function that installs a helper in PATH."""

    def install(name, script=HELPER):
        path = tmp_path / f"bin/docker-credential-{name}"
        path.write_text(script)
        path.chmod(0o755)
        return tmp_path / "store"

    return install


def write(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def auth(text):
    return {"auth": base64.b64encode(text.encode()).decode()}


def test_the_first_file_with_the_host_is_used(session, tmp_path) -> None:
    write(tmp_path / ".docker/config.json", {"auths": {"a.test": auth("docker:1"), "c.test": auth("c:1")}})
    write(tmp_path / ".config/containers/auth.json", {"auths": {"a.test": auth("config:2"), "b.test": auth("b:2")}})
    assert find_credentials(session, "a.test").username == "config"
    write(tmp_path / "runtime/containers/auth.json", {"auths": {"a.test": auth("runtime:3")}})
    assert find_credentials(session, "a.test").username == "runtime"
    assert find_credentials(session, "b.test").username == "b"
    assert find_credentials(session, "c.test").username == "c"
    assert find_credentials(session, "d.test") is None


def test_a_given_authfile_must_exist(session, tmp_path) -> None:
    with pytest.raises(NotFound, match="--authfile"):
        find_credentials(session, "a.test", authfile=str(tmp_path / "nothing"))


def test_a_login_is_stored_in_a_file_that_only_its_user_can_read(session, tmp_path) -> None:
    path = store_credentials(session, "a.test", ANNA)
    assert path == f"{tmp_path}/runtime/containers/auth.json"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    assert find_credentials(session, "a.test", "x/y") == ANNA
    unfinished = Path(f"{path}.4711.tmp")  # of a login that was killed: it may hold passwords
    unfinished.touch()
    store_credentials(session, "b.test", ANNA)
    assert not unfinished.exists()
    assert find_credentials(session, "a.test") == ANNA
    assert forget_credentials(session, "a.test") == ["a.test"]
    assert find_credentials(session, "a.test") is None
    assert find_credentials(session, "b.test") == ANNA


def test_other_entries_of_a_file_are_kept(session, tmp_path) -> None:
    path = tmp_path / "config.json"
    write(path, {"HttpHeaders": {"x": "y"}, "auths": {"b.test": auth("b:1")}})
    store_credentials(session, "a.test", ANNA, authfile=str(path))
    forget_credentials(session, "a.test", authfile=str(path))
    assert json.loads(path.read_text()) == {"HttpHeaders": {"x": "y"}, "auths": {"b.test": auth("b:1")}}


def test_a_login_at_docker_io_in_dockers_file_is_found_by_docker(session, tmp_path) -> None:
    path = tmp_path / "config.json"
    store_credentials(session, "docker.io", ANNA, authfile=str(path))
    assert list(json.loads(path.read_text())["auths"]) == ["https://index.docker.io/v1/"]
    assert find_credentials(session, "docker.io", authfile=str(path)) == ANNA
    assert forget_credentials(session, "docker.io", authfile=str(path))


def test_removing_an_unknown_login_is_an_error_and_removing_all_is_not(session) -> None:
    with pytest.raises(InvalidInput, match="not logged in"):
        forget_credentials(session, "a.test")
    assert forget_credentials(session, "") == []


def test_a_helper_of_one_host_is_run_for_that_host(session, tmp_path, helper) -> None:
    store = helper("one")
    (store / "a.test").write_text('{"ServerURL": "a.test", "Username": "u", "Secret": "s"}')
    write(tmp_path / ".docker/config.json", {"credHelpers": {"a.test": "one"}})
    assert find_credentials(session, "a.test", "x") == Credentials(username="u", password="s")
    assert find_credentials(session, "b.test") is None
    assert (store / "keys").read_text() == "a.test\n"


def test_a_helper_of_all_hosts_stores_finds_and_erases(session, tmp_path, helper) -> None:
    store = helper("all")
    path = tmp_path / "auth.json"
    write(path, {"credsStore": "all"})
    assert store_credentials(session, "a.test", ANNA, authfile=str(path)) == "docker-credential-all"
    assert json.loads((store / "a.test").read_text()) == {
        "ServerURL": "a.test",
        "Username": "anna",
        "Secret": "p:w",
    }
    assert "p:w" not in path.read_text()
    assert find_credentials(session, "a.test", authfile=str(path)) == ANNA
    assert find_credentials(session, "b.test", authfile=str(path)) is None
    assert forget_credentials(session, "a.test", authfile=str(path)) == ["a.test"]
    assert not (store / "a.test").exists()


def test_a_helper_of_registries_conf_stores_finds_and_erases(session, tmp_path, helper) -> None:
    store = helper("conf")
    (tmp_path / "registries.conf").write_text('credential-helpers = ["containers-auth.json", "conf"]')
    assert store_credentials(session, "a.test", ANNA) == "docker-credential-conf"
    assert find_credentials(session, "a.test") == ANNA
    assert forget_credentials(session, "a.test") == ["a.test"]
    assert not (store / "a.test").exists()


def test_a_helper_may_return_an_identity_token(session, tmp_path, helper) -> None:
    store = helper("one")
    (store / "a.test").write_text('{"ServerURL": "a.test", "Username": "<token>", "Secret": "t"}')
    write(tmp_path / ".docker/config.json", {"credHelpers": {"a.test": "one"}})
    assert find_credentials(session, "a.test") == Credentials(identity_token="t")


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("#!/bin/sh\necho 'the keyring is locked' >&2; exit 1", Unavailable, "failed: the keyring is locked"),
        ("#!/bin/sh\nexit 3", Unavailable, "failed: 3"),
        ("#!/bin/sh\necho rubbish", Corrupt, "docker-credential-bad"),
        ("#!/bin/sh\nprintf 'line\\nline\\n' >&2; exit 1", Unavailable, "failed: line line"),
        ("#!/no/such/interpreter\n", PycmanError, "bad"),
    ],
)
def test_the_error_of_a_failing_helper_has_its_name_and_message(session, tmp_path, helper, script, kind, words) -> None:
    helper("bad", script)
    write(tmp_path / ".docker/config.json", {"credHelpers": {"a.test": "bad"}})
    with pytest.raises(kind) as caught:
        find_credentials(session, "a.test")
    assert words in str(caught.value)
    assert "docker-credential-bad" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_helper_that_is_not_installed_is_an_error(session, tmp_path) -> None:
    write(tmp_path / ".docker/config.json", {"credsStore": "nowhere"})
    with pytest.raises(Unavailable, match="not installed") as caught:
        find_credentials(session, "a.test")
    assert "credHelpers and credsStore" in str(caught.value)


def test_a_helper_that_hangs_has_a_time_limit(session, tmp_path, helper, monkeypatch) -> None:
    monkeypatch.setattr(module, "_HELPER_TIMEOUT_S", 0.1)
    helper("slow", "#!/bin/sh\nexec sleep 20")
    write(tmp_path / ".docker/config.json", {"credHelpers": {"a.test": "slow"}})
    with pytest.raises(TimedOut, match="docker-credential-slow: the credential helper does not answer"):
        find_credentials(session, "a.test")


@pytest.mark.parametrize("name", ["../../evil", "a/b", "", 5])
def test_a_helper_is_a_name_and_not_a_path(session, tmp_path, name) -> None:
    write(tmp_path / ".docker/config.json", {"credHelpers": {"a.test": name}})
    if name == "":
        assert find_credentials(session, "a.test") is None
        return
    with pytest.raises(Unavailable, match="not installed"):
        find_credentials(session, "a.test")


# -- login and logout -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a.test", "a.test"),
        ("https://a.test/", "a.test"),
        ("http://a.test:5000/v2/", "a.test:5000"),
        ("a.test/team", "a.test/team"),
        ("registry", "registry"),
        ("", "docker.io"),
        ("https://index.docker.io/v1/", "docker.io"),
    ],
)
def test_a_registry_may_be_written_as_host_url_or_path(text, key) -> None:
    assert login_key(text) == key


@pytest.mark.parametrize("text", ["a b", "a.test/UPPER", "[::1", "a.test:port", "-a.test"])
def test_a_string_that_is_not_a_registry_is_refused(text) -> None:
    with pytest.raises(InvalidInput):
        login_key(text)


def test_a_login_is_checked_stored_and_removed(session) -> None:
    with ScriptedRegistry() as registry:
        registry.tokens = Tokens(registry, login="anna:p:w")
        options = LoginOptions(username="anna", password="p:w")
        login(session, registry.host, options)
        assert login(session, registry.host, LoginOptions(get_login=True)) == "anna"
        assert logout(session, registry.host, LoginOptions()) == [registry.host]
        with pytest.raises(NotFound, match="not logged in"):
            login(session, registry.host, LoginOptions(get_login=True))


def test_a_refused_login_is_not_stored(session) -> None:
    with ScriptedRegistry() as registry:
        registry.basic = "anna:p:w"
        with pytest.raises(Unauthenticated, match="was refused"):
            login(session, registry.host, LoginOptions(username="anna", password="other"))
        assert find_credentials(session, registry.host) is None


def test_all_logins_are_removed_at_once(session, tmp_path, helper) -> None:
    store = helper("one")
    (store / "c.test").write_text('{"Username": "u", "Secret": "s"}')
    write(
        tmp_path / "runtime/containers/auth.json",
        {"auths": {"a.test": auth("a:1"), "b.test/x": auth("b:1")}, "credHelpers": {"c.test": "one"}},
    )
    assert logout(session, "", LoginOptions(all=True)) == ["a.test", "b.test/x", "c.test"]
    assert not (store / "c.test").exists()
    assert find_credentials(session, "a.test") is None
