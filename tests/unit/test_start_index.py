"""The index of compiled modules: what is loaded from it, and when it is not."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
_SHOW = """
import sys
sys.path[:0] = [{doors!r}, {site!r}]
from pycman.start_index import StartIndex
index = StartIndex({site!r} + "/pycman")
sys.meta_path.insert(0, index)
import cli.small
from pycman import part
names = [name for name in ("cli", "cli.small", "pycman.part") if type(sys.modules[name].__loader__).__name__ == "_Loader"]
print(cli.small.VALUE, part.VALUE, index.stale, *names)
"""
_ALL = "2 1 False cli cli.small pycman.part"
_NONE = "2 1 True"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """An installation of four small modules and the index's own."""
    package = tmp_path / "site/pycman"
    (package / "_doors/cli").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    shutil.copy(ROOT / "pycman/start_index.py", package)
    (package / "part.py").write_text("VALUE = 1\n")
    (package / "_doors/cli/__init__.py").write_text("")
    (package / "_doors/cli/small.py").write_text("VALUE = 2\ndef fail():\n    raise KeyError('here')\n")
    _compile(package)
    _make(package)
    return package


def _compile(package: Path) -> None:
    assert compileall.compile_dir(package, quiet=1)
    (package / "__pycache__").chmod(0o755)


def _make(package: Path, status: int = 0) -> None:
    done = subprocess.run([sys.executable, "-IS", str(package / "start_index.py")], check=False)
    assert done.returncode == status


def _index(package: Path) -> Path:
    return package / f"__pycache__/start.{sys.implementation.cache_tag}.index"


def _load(package: Path, more: str = "") -> list[str]:
    code = _SHOW.format(site=str(package.parent), doors=str(package / "_doors"))
    done = subprocess.run([sys.executable, "-IS", "-c", code + more], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_modules_and_doors_are_loaded_from_it(installed: Path) -> None:
    assert _load(installed) == [_ALL]


def test_modules_know_where_they_came_from(installed: Path) -> None:
    more = "import cli as package; from cli import small\n"
    more += "print(small.__file__, small.__package__, small.__spec__.origin == small.__file__, package.__path__)\n"
    more += "print(small.__loader__.get_source('cli.small').splitlines()[0])\n"
    door = installed / "_doors/cli"
    assert _load(installed, more)[1:] == [f"{door}/small.py cli True ['{door}']", "VALUE = 2"]


def test_a_traceback_shows_the_line_of_the_source(installed: Path) -> None:
    more = "import traceback\ntry:\n    cli.small.fail()\nexcept KeyError:\n    print(traceback.format_exc())\n"
    text = "\n".join(_load(installed, more))
    assert f'{installed}/_doors/cli/small.py", line 3, in fail' in text
    assert "raise KeyError('here')" in text


def test_a_changed_source_is_imported_until_the_index_is_made_again(installed: Path) -> None:
    (installed / "part.py").write_text("VALUE = 11\n")
    assert _load(installed) == ["2 11 True cli cli.small"]
    _compile(installed)
    _make(installed)
    assert _load(installed) == ["2 11 False cli cli.small pycman.part"]


def test_a_source_of_the_same_size_and_another_time_is_imported(installed: Path) -> None:
    (installed / "part.py").write_text("VALUE = 7\n")
    os.utime(installed / "part.py", (1, 1))
    assert _load(installed) == ["2 7 True cli cli.small"]


def test_a_module_that_was_removed_cannot_be_imported(installed: Path) -> None:
    (installed / "part.py").unlink()
    with pytest.raises(subprocess.CalledProcessError) as raised:
        _load(installed)
    assert "cannot import name 'part'" in raised.value.stderr


@pytest.mark.parametrize("kept", [0, 10, 20, 60, 400, 900], ids=str)
def test_a_torn_index_is_not_used(installed: Path, kept: int) -> None:
    data = _index(installed).read_bytes()
    _index(installed).write_bytes(data[:kept])
    assert _load(installed) == [_NONE]


def test_an_index_with_other_bytes_in_its_head_is_not_used(installed: Path) -> None:
    data = _index(installed).read_bytes()
    for start in (0, 14, 20, 28, 36):
        _index(installed).write_bytes(data[:start] + b"\xff" * 8 + data[start + 8 :])
        assert _load(installed) == [_NONE]


def test_files_in_it_that_are_not_the_modules_are_not_used(installed: Path) -> None:
    data = _index(installed).read_bytes()
    begin = 35 + int.from_bytes(data[19:27], "little")
    _index(installed).write_bytes(data[:begin] + bytes(len(data) - begin))
    assert _load(installed) == [_NONE]


def test_an_index_or_folder_that_others_may_write_is_not_used(installed: Path) -> None:
    _index(installed).chmod(0o646)
    assert _load(installed) == [_NONE]
    _index(installed).chmod(0o644)
    assert _load(installed) == [_ALL]
    (installed / "__pycache__").chmod(0o777)
    assert _load(installed) == [_NONE]
    _make(installed, status=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="changes the group")
def test_a_group_may_write_if_it_is_the_owners_alone(installed: Path) -> None:
    """A umask of 002, where each user has a group of the same name, leaves folders that the group may write."""
    folder = installed / "__pycache__"
    folder.chmod(0o775)
    _make(installed)
    _index(installed).chmod(0o664)
    assert _load(installed) == [_ALL]
    os.chown(folder, 0, 12345)
    assert _load(installed) == [_NONE]
    _make(installed, status=1)
    os.chown(folder, 0, 1)
    assert _load(installed) == [_NONE]


def test_an_index_of_another_user_or_behind_a_link_is_not_used(installed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    _index(installed).rename(elsewhere)
    _index(installed).symlink_to(elsewhere)
    assert _load(installed) == [_NONE]
    _index(installed).unlink()
    elsewhere.rename(_index(installed))
    assert _load(installed) == [_ALL]
    if os.geteuid() == 0:
        os.chown(_index(installed), 12345, 12345)
        assert _load(installed) == [_NONE]
        os.chown(_index(installed), 0, 0)
        os.chown(installed / "__pycache__", 12345, 12345)
        assert _load(installed) == [_NONE]
        _make(installed, status=1)  # root writes no index for a user, whom it would then believe


def test_a_command_makes_it_and_a_source_tree_has_none(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(ROOT / "pycman", site / "pycman", ignore=shutil.ignore_patterns("__pycache__", "build", "network"))
    shutil.copytree(ROOT / "cli", site / "pycman/_doors/cli", ignore=shutil.ignore_patterns("__pycache__", "describe"))
    _compile(site / "pycman")
    command = [sys.executable, "-IS", str(site / "pycman/__main__.py"), "--version"]
    told = [subprocess.run(command, check=True, capture_output=True, text=True).stdout]
    first = _index(site / "pycman").stat()
    told.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert told[0].startswith("pycman version") and told[0] == told[1]
    assert _index(site / "pycman").stat().st_ino == first.st_ino  # it fits, so that nobody writes it again
    assert list((site / "pycman/__pycache__").glob("start.*")) == [_index(site / "pycman")]
    subprocess.run([sys.executable, "-IS", str(ROOT / "pycman/__main__.py"), "--version"], check=True)
    assert not list((ROOT / "pycman").glob("__pycache__/start.*"))
