"""What is put into a root for one step is taken out again, and never lands outside of the root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.build.execute.placed import Placed, copy_into


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "etc").mkdir(parents=True)
    return folder


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_what_was_there_lies_aside_meanwhile_and_comes_back(root: Path, tmp_path: Path) -> None:
    (root / "etc/hosts").write_text("old")
    (tmp_path / "hosts").write_text("new")
    (tmp_path / "hosts").chmod(0o400)
    before = tree(root)
    with Placed(str(root), str(tmp_path / "aside")) as placed:
        placed.copied(str(tmp_path / "hosts"), "", "/etc/hosts")
        placed.directory("/deep/er/tmp")
        assert (root / "etc/hosts").read_text() == "new"
        assert (root / "etc/hosts").stat().st_mode & 0o777 == 0o400
        (root / "deep/er/tmp/file").write_text("x")
    assert (root / "etc/hosts").read_text() == "old"
    assert tree(root) == before
    assert not (tmp_path / "aside").exists()


def test_directories_that_the_step_has_filled_stay(root: Path, tmp_path: Path) -> None:
    with Placed(str(root), str(tmp_path / "aside")) as placed:
        placed.directory("/made/for/this")
        (root / "made/kept").write_text("x")
    assert tree(root) == ["etc", "made", "made/kept"]


def test_a_cache_is_moved_in_and_back(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "a").write_text("a")
    with Placed(str(root), str(tmp_path / "aside")) as placed:
        placed.moved(str(cache), "/var/cache", str(tmp_path / "lock"))
        (root / "var/cache/b").write_text("b")
        assert not cache.exists()
    assert sorted(os.listdir(cache)) == ["a", "b"]
    assert tree(root) == ["etc"]


@pytest.mark.parametrize("link", ["/outside", "../../outside", "outside"])
def test_no_link_leads_out_of_the_root(root: Path, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("host")
    (root / "link").symlink_to(link)
    (tmp_path / "file").write_text("placed")
    with Placed(str(root), str(tmp_path / "aside")) as placed:
        placed.copied(str(tmp_path / "file"), "", "/link/secret")
        placed.copied(str(tmp_path / "file"), "", f"/{'../' * 9}{outside}/other")
        assert os.listdir(outside) == ["secret"]
    assert os.listdir(outside) == ["secret"]
    assert (outside / "secret").read_text() == "host"


def test_a_link_that_the_step_puts_in_the_place_of_a_parent_is_not_followed(root: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("host")
    (tmp_path / "file").write_text("placed")
    with Placed(str(root), str(tmp_path / "aside")) as placed:
        placed.copied(str(tmp_path / "file"), "", "/dir/file")
        (root / "dir").rename(root / "moved")
        (root / "dir").symlink_to(victim)
    assert (victim / "file").read_text() == "host"
    assert os.listdir(root / "moved") == []


def test_a_cache_that_the_step_replaced_by_a_link_is_not_taken_back(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    with Placed(str(root), str(tmp_path / "aside")) as placed:
        placed.moved(str(cache), "/cache", str(tmp_path / "lock"))
        (root / "cache").rmdir()
        (root / "cache").symlink_to(tmp_path)
    assert not os.path.lexists(cache)
    assert tree(root) == ["etc"]


def test_only_what_is_inside_the_source_is_copied(tmp_path: Path) -> None:
    source = tmp_path / "context"
    source.mkdir()
    (source / "up").symlink_to("/etc/passwd")
    target = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    try:
        with pytest.raises(Exception, match="no such file"):
            copy_into(str(source), "up", target, "copy")
    finally:
        os.close(target)
