"""remove_tree removes everything, however deep and whatever its permissions, and follows no link."""

import os

from pycman.linux.files import remove_tree


def test_files_links_and_nothing_at_all_are_removed(tmp_path):
    (tmp_path / "kept").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove_tree(f"{tmp_path}/link")
    remove_tree(f"{tmp_path}/never-was")
    assert os.listdir(tmp_path) == ["kept"]
    remove_tree(f"{tmp_path}/kept")
    assert os.listdir(tmp_path) == []


def test_links_in_a_tree_are_not_followed(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("x")
    (tmp_path / "tree" / "a").mkdir(parents=True)
    (tmp_path / "tree" / "a" / "link").symlink_to(tmp_path / "outside")
    remove_tree(f"{tmp_path}/tree")
    assert os.listdir(tmp_path) == ["outside"]
    assert os.listdir(tmp_path / "outside") == ["file"]


def test_directories_without_permissions_are_opened_up(tmp_path):
    (tmp_path / "tree" / "closed" / "inner").mkdir(parents=True)
    (tmp_path / "tree" / "closed" / "file").write_text("x")
    os.chmod(tmp_path / "tree" / "closed", 0)
    os.chmod(tmp_path / "tree", 0o500)
    remove_tree(f"{tmp_path}/tree")
    assert os.listdir(tmp_path) == []


def test_a_tree_deeper_than_paths_descriptors_and_recursion_go_is_removed(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    for level in range(3000):
        os.mkdir("d", dir_fd=here)
        os.mkdir("e", dir_fd=here)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
        if level % 100 == 0:
            os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    remove_tree(f"{tmp_path}/d")
    assert os.listdir(tmp_path) == ["e"]
