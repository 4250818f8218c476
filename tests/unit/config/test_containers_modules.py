"""Where modules of containers.conf are found, and when they are read."""

import pytest

from cli.global_flags import find_modules
from cli.output.podman_words import podman_message
from pycman.config.containers_conf import containers_conf_files
from pycman.config.containers_modules import find_module, known_modules, module_folders
from pycman.containers.engine_command import one_containers_flags
from pycman.errors import NotFound
from pycman.state.session import Options


@pytest.fixture
def folders(tmp_path, monkeypatch) -> list[str]:
    monkeypatch.setenv("XDG_CONFIG_HOME", f"{tmp_path}/config")
    monkeypatch.delenv("CONTAINERS_CONF", raising=False)
    monkeypatch.setenv("CONTAINERS_CONF_OVERRIDE", "/over.conf")
    own = tmp_path / "config/containers/containers.conf.modules"
    (own / "inner").mkdir(parents=True)
    for name in ("b.conf", "a.conf", "inner/c.conf"):
        (own / name).write_text("")
    return module_folders("/home/x", rootless=True)


def test_a_name_is_looked_up_below_three_folders_the_users_first(folders) -> None:
    assert folders[1:] == ["/etc/containers/containers.conf.modules", "/usr/share/containers/containers.conf.modules"]
    assert find_module("inner/c.conf", folders) == f"{folders[0]}/inner/c.conf"
    assert known_modules(folders)[:2] == ["a.conf", "b.conf"]
    assert module_folders("/root", rootless=False) == folders[1:]


def test_a_missing_module_is_told_with_every_place_and_stops_the_command(folders) -> None:
    with pytest.raises(NotFound) as caught:
        find_modules({"module": ["none"]}, ["ps"])
    words = podman_message(caught.value, "")
    assert words.startswith('Failed to obtain podman configuration: could not resolve module "none":')
    with pytest.raises(NotFound, match=r"/none/x\.conf"):
        find_module("/none/x.conf", folders)


def test_the_cleanup_of_a_container_does_not_need_its_modules_any_more() -> None:
    flags = {"module": ["/gone/x.conf"]}
    find_modules(flags, ["container", "cleanup", "--exit-command", "c1"])
    assert flags == {"module": ["/gone/x.conf"]}


def test_modules_are_read_after_all_files_but_the_override(folders) -> None:
    assert containers_conf_files("/root", 0, ["/m.conf"])[-2:] == ["/m.conf", "/over.conf"]


def test_what_one_command_was_told_is_told_to_the_cleanup_of_its_container() -> None:
    class Told:
        options = Options(modules=("/m.conf",), events_backend="none", runtime_flags=("log=/x",), syslog=True)

    assert one_containers_flags(Told()) == [
        "--events-backend",
        "none",
        "--syslog",
        "--runtime-flag=log=/x",
        "--module=/m.conf",
    ]
