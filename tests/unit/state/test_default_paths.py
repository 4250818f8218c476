"""Where a user's state lies when nothing is said: nowhere that another user could make first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.errors import Denied
from pycman.state.paths import Paths, default_run_root

UID = 424242
"""Nobody has a /run/user of that number."""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in ("XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_runtime_directory_the_run_root_is_below_the_users_own_data(tmp_path):
    found = default_run_root(UID, str(tmp_path))
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    assert found.startswith(f"{tmp_path}/.local/share/pycman/run-")
    assert found.endswith(f"-{boot}")


def test_a_runtime_directory_is_used_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert default_run_root(UID, "/home/x") == f"{tmp_path}/pycman"
    assert default_run_root(0, "/root") == "/run/pycman"


def test_run_roots_of_other_boots_of_this_host_are_removed_and_those_of_others_kept(tmp_path):
    run_root = default_run_root(UID, str(tmp_path))
    root = os.path.dirname(run_root)
    old = run_root[:-8] + "0" * 8
    other = f"{root}/run-{'x' * 5}-00000000"
    for path in (old, other):
        os.makedirs(f"{path}/containers/x")
    Paths(root, run_root).prepare()
    assert not os.path.exists(old)
    assert os.path.exists(other)
    assert os.stat(run_root).st_mode & 0o777 == 0o700


def _link(path):
    os.rename(path, f"{path}.real")
    os.symlink(f"{path}.real", path)


def _replace_by_file(path):
    os.rename(path, f"{path}.gone")
    Path(path).touch()


@pytest.mark.parametrize("which", ["root", "run"])
@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: os.chown(path, UID, 0), f"another user's .uid {UID}."),
        (_link, "it is a link"),
        (_replace_by_file, "no directory"),
        (lambda path: os.chmod(path, 0o777), "others may write in it"),
        (lambda path: os.chmod(path, 0o1777), "others may write in it"),
        (lambda path: os.chmod(path, 0o770), "others may write in it"),
        (lambda path: os.chown(os.path.dirname(path), UID, 0), "above it is another user's"),
        (lambda path: os.chmod(os.path.dirname(path), 0o777), "everybody may write in the directory"),
    ],
)
def test_a_directory_that_others_could_have_filled_is_refused(tmp_path, which, spoil, why):
    tops = {"root": f"{tmp_path}/a/root", "run": f"{tmp_path}/b/run"}
    paths = Paths(tops["root"], tops["run"])
    paths.prepare()
    paths.prepare()
    spoil(tops[which])
    for look in (paths.check, paths.prepare):
        with pytest.raises(Denied, match=why):
            look()


def test_a_directory_that_is_missing_is_not_made_where_others_could_swap_it(tmp_path):
    os.mkdir(tmp_path / "theirs")
    os.chown(tmp_path / "theirs", UID, UID)
    with pytest.raises(Denied, match="above it"):
        Paths(f"{tmp_path}/mine", f"{tmp_path}/theirs/run").prepare()
    assert os.listdir(tmp_path / "theirs") == []


def test_a_link_above_that_is_roots_own_is_fine(tmp_path):
    os.mkdir(tmp_path / "real")
    os.symlink("real", tmp_path / "link")
    Paths(f"{tmp_path}/link/root", f"{tmp_path}/link/run").prepare()
