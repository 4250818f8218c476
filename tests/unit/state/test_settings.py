"""Settings as a session has them: parsed once for a content, warned of once, and obeyed as soon as a file changes."""

from __future__ import annotations

import os

import pytest

from pycman.config import containers_conf_parse
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec, NamespaceMode
from pycman.state.session import Options, Session, User
from pycman.state.settings import containers_conf, engine_environment, settings_files, settings_warnings, storage_conf


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.delenv("CONTAINERS_CONF_OVERRIDE", raising=False)
    path = tmp_path / "containers.conf"
    monkeypatch.setenv("CONTAINERS_CONF", str(path))

    def make(text: str) -> str:
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text)
        if path.stat().st_mtime_ns == before:
            os.utime(path, ns=(before + 1, before + 1))
        return str(path)

    return make


@pytest.fixture
def open_session(tmp_path):
    sessions = []

    def make() -> Session:
        user = User(uid=os.getuid(), gid=os.getgid(), home=str(tmp_path), rootless=False)
        session = Session(Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run", log_level="debug"), user)
        session.paths.prepare()
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


def test_a_warning_comes_from_the_command_that_parses_and_from_no_later_one(write, open_session) -> None:
    path = write("[engine]\nnonsense = 1\n")
    first = open_session()
    assert containers_conf(first).pids_limit == 2048
    containers_conf(first)
    assert first.warnings == [f"{path}: unknown key nonsense in [engine]"]
    later = open_session()
    containers_conf(later)
    assert later.warnings == []
    assert settings_warnings(later) == first.warnings
    write("[engine]\nnonsense = 2\nother = 3\n")
    containers_conf(later)
    assert len(later.warnings) == 2


def test_a_kept_parse_is_not_made_again(write, open_session, monkeypatch) -> None:
    write('[containers]\numask = "0077"\n')
    assert containers_conf(open_session()).umask == "0077"

    def never(_files):
        raise AssertionError("it was parsed again")

    monkeypatch.setattr(containers_conf_parse, "load_containers_conf", never)
    kept = containers_conf(open_session())
    assert kept.umask == "0077"
    assert kept.given == ("umask",)


def test_a_session_sees_a_change_while_it_is_open(write, open_session) -> None:
    session = open_session()
    write('[containers]\numask = "0077"\n')
    assert containers_conf(session).umask == "0077"
    write('[containers]\numask = "0027"\n')
    assert containers_conf(session).umask == "0027"
    write("[containers]\numask = 1\n")
    with pytest.raises(InvalidInput):
        containers_conf(session)


def test_a_short_command_goes_by_the_settings_it_began_with(write, open_session) -> None:
    session = open_session()
    session.kept = {}
    write('[containers]\numask = "0077"\n')
    assert containers_conf(session).umask == "0077"
    write('[containers]\numask = "0027"\n')
    assert containers_conf(session).umask == "0077"
    assert containers_conf(open_session()).umask == "0027"
    session.kept = {}  # as a worker does for its next request
    assert containers_conf(session).umask == "0027"


def test_the_files_that_were_read_are_shown_for_debugging(write, open_session) -> None:
    path = write("")
    session = open_session()
    containers_conf(session)
    assert session.debug_log == [f"settings: containers.conf from {path}"]
    assert path in settings_files(session)


def test_variables_of_the_engine_are_those_the_environment_lacks(write, open_session) -> None:
    write('[engine]\nenv = ["A=file", "B=file"]\n')
    assert engine_environment(open_session(), {"B": "own"}) == {"A": "file", "B": "own"}


def test_ids_of_a_container_are_no_more_than_storage_conf_allows(write, open_session, tmp_path, monkeypatch) -> None:
    from pycman.containers.create.user_namespace import reserve_auto

    write("")
    path = tmp_path / "storage.conf"
    path.write_text("[storage.options]\nauto-userns-max-size = 5000\n")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(path))
    session = open_session()
    found = storage_conf(session)
    assert found is not None
    assert found.auto_userns_max_size == 5000
    spec = ContainerSpec(image="x", user_mode=NamespaceMode(kind="auto", value="size=6000"))
    with pytest.raises(InvalidInput) as caught:
        reserve_auto(session, "c" * 64, spec, 1 << 32)
    assert "5000" in str(caught.value)
