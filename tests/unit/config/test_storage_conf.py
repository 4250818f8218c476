"""storage.conf: drivers and mounts of the shared file, the store only of pycman's own, and never another engine's directory."""

from __future__ import annotations

import pytest

from pycman.config.storage_conf import EFFECTS, NO_EFFECT, StorageConf, load_storage_conf
from pycman.config.toml_file import storage_conf_files
from pycman.errors import InvalidInput, NotFound
from pycman.state.paths import Paths, own_storage_conf_files
from pycman.state.session import Options, Session, User


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("CONTAINERS_STORAGE_CONF", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def write(tmp_path):
    def make(text, name="storage.conf"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return make


def test_the_file_that_packages_install_is_taken_without_a_word(write) -> None:
    path = write(
        '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n'
        'rootless_storage_path = "$HOME/.local/share/containers/storage"\n'
        '[storage.options]\nadditionalimagestores = []\npull_options = {}\n[storage.options.overlay]\nmountopt = "nodev,metacopy=on"\n'
        "[storage.options.thinpool]\n"
    )
    conf, warnings = load_storage_conf([path])
    assert conf == StorageConf(drivers=("overlay", "fuse-overlayfs", "copies"))
    assert warnings == []


def test_a_shared_file_never_says_where_the_store_is(write) -> None:
    path = write('[storage]\ngraphroot = "/data/containers"\nrunroot = "/x"\n')
    conf, warnings = load_storage_conf([path])
    assert (conf.root, conf.run_root) == ("", "")
    assert len(warnings) == 2
    assert all("/etc/pycman/storage.conf" in warning for warning in warnings)


def test_a_file_of_pycmans_own_says_it(write) -> None:
    path = write('[storage]\ngraphroot = "/data/pycman"\nrunroot = "/run/p"\nrootless_storage_path = "$HOME/p"\n')
    conf, warnings = load_storage_conf([], [path])
    assert (conf.root, conf.run_root, conf.rootless_root) == ("/data/pycman", "/run/p", "$HOME/p")
    assert warnings == []


def test_drivers_that_are_not_there_are_warned_of_in_a_shared_file_and_refused_in_an_own_one(write) -> None:
    path = write('[storage]\ndriver = "btrfs"\n')
    conf, warnings = load_storage_conf([path])
    assert conf.drivers == ()
    assert "btrfs" in warnings[0]
    with pytest.raises(InvalidInput) as caught:
        load_storage_conf([], [path])
    assert str(caught.value).startswith(f"{path}:2: driver is btrfs")


def test_a_mount_program_comes_before_the_kernels_overlay(write) -> None:
    conf, _ = load_storage_conf(
        [write('[storage]\ndriver = "overlay"\n[storage.options.overlay]\nmount_program = "/bin/sh"\n')]
    )
    assert conf.drivers == ("fuse-overlayfs", "overlay", "copies")
    assert conf.mount_program == "/bin/sh"
    with pytest.raises(InvalidInput):
        load_storage_conf([write('[storage.options]\nmount_program = "/nowhere/fuse-overlayfs"\n')])


def test_mount_options_that_harden_are_kept_and_others_named(write) -> None:
    conf, warnings = load_storage_conf([write('[storage.options.overlay]\nmountopt = "nodev,nosuid,noexec,xino=on"\n')])
    assert conf.mount_options == ("nosuid", "noexec")
    assert len(warnings) == 1
    assert "xino=on" in warnings[0]


def test_unknown_keys_and_those_without_effect_are_named(write) -> None:
    path = write(
        '[storage]\nwhat = 1\n[storage.options]\nadditionalimagestores = ["/a"]\n[storage.options.zfs]\nmountopt = "x"\n'
    )
    _, warnings = load_storage_conf([path])
    assert len(warnings) == 3
    for word in ("what", "additionalimagestores", "zfs"):
        assert any(word in warning for warning in warnings), word
    assert not any(set(keys) & set(EFFECTS[table]) for table, keys in NO_EFFECT.items())


@pytest.mark.parametrize(
    "text", ["[storage]\ndriver = 1", '[storage.options]\nauto-userns-min-size = "1"', "storage = 1"]
)
def test_a_wrong_type_is_one_error_with_file_and_key(write, text) -> None:
    path = write(text)
    with pytest.raises(InvalidInput) as caught:
        load_storage_conf([path])
    assert path in str(caught.value)


def test_a_file_the_variable_names_is_the_only_one_and_must_be_there(monkeypatch) -> None:
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", "/nowhere/storage.conf")
    assert storage_conf_files("/home/x", rootless=True) == ["/nowhere/storage.conf"]
    with pytest.raises(NotFound):
        load_storage_conf(storage_conf_files("/home/x"))


def test_the_store_of_a_user_is_where_the_users_own_file_says_and_flags_win(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = tmp_path / "config/pycman"
    folder.mkdir(parents=True)
    (folder / "storage.conf").write_text(
        f'[storage]\ngraphroot = "{tmp_path}/store-$UID"\nrunroot = "{tmp_path}/run"\n'
    )
    user = User(uid=4242, gid=4242, home=str(tmp_path), rootless=True)
    session = Session(Options(), user)
    assert (session.paths.root, session.paths.run_root) == (f"{tmp_path}/store-4242", f"{tmp_path}/run")
    session = Session(Options(root="/else/where"), user)
    assert (session.paths.root, session.paths.run_root) == ("/else/where", f"{tmp_path}/run")
    (folder / "storage.conf").write_text(f'[storage]\ngraphroot = "{tmp_path}/moved"\n')
    assert Session(Options(), user).paths.root == f"{tmp_path}/moved"
    assert own_storage_conf_files(str(tmp_path)) == ["/etc/pycman/storage.conf"]


@pytest.mark.parametrize("name", ["overlay-layers", "libpod", "buildkit"])
def test_the_store_of_another_engine_is_refused_before_anything_is_made_in_it(tmp_path, name) -> None:
    root = tmp_path / "storage"
    (root / name).mkdir(parents=True)
    with pytest.raises(InvalidInput) as caught:
        Paths(str(root), str(tmp_path / "run")).prepare()
    assert str(root) in str(caught.value)
    assert [path.name for path in root.iterdir()] == [name]
