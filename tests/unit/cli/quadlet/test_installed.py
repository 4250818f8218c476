"""Quadlet files are installed, found and removed as applications."""

from __future__ import annotations

import os

import pytest

from cli.quadlet.installed import Library, split_bundle
from pycman.errors import AlreadyExists, InvalidInput, NotFound

CONTAINER = "[Container]\nImage=a.b/c\n"


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Library({"HOME": str(tmp_path / "home")}, user=True)


def write(path, text=CONTAINER):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_one_file_is_installed_once(library, tmp_path):
    report = library.install([write(tmp_path / "web.container")], replace=False)
    assert list(report.paths.values()) == [f"{tmp_path}/home/.config/containers/systemd/web.container"]
    assert library.applications() == {".web.container.app": ["web.container"]}
    again = library.install([write(tmp_path / "web.container", "[Container]\nImage=new\n")], replace=False)
    assert isinstance(next(iter(again.errors.values())), AlreadyExists)
    assert not library.install(["web.container"], replace=True).errors
    found = Library({"HOME": str(tmp_path / "home")}, user=True)
    with open(found.find("web.container")) as file:
        assert "new" in file.read()
    assert found.together(["web.container"]) == (["web.container"], [".web.container.app"])


def test_a_directory_is_an_application_with_its_other_files(library, tmp_path):
    write(tmp_path / "shop/web.container")
    write(tmp_path / "shop/db.volume", "[Volume]\n")
    write(tmp_path / "shop/conf.yaml", "a: 1\n")
    assert not library.install([str(tmp_path / "shop"), write(tmp_path / "more.txt", "x")], replace=False).errors
    meant, others = library.together(["web.container"])
    assert sorted(meant) == ["db.volume", "web.container"]
    assert others == ["conf.yaml", "more.txt", ".shop.app"]
    assert sorted(library.together([".shop.app"])[0]) == sorted(meant)
    library.discard([*meant, *others])
    assert os.listdir(library.folder) == []


def test_a_bundle_is_several_files(library, tmp_path):
    text = f"# FileName=web\n{CONTAINER}\n---\n\n# FileName=data\n[Unit]\nDescription=x\n[Volume]\n---\n\n"
    report = library.install([write(tmp_path / "all.quadlets", text)], replace=False)
    assert [os.path.basename(path) for path in report.paths.values()] == ["web.container", "data.volume"]
    assert library.applications() == {".all.app": ["web.container", "data.volume"]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        (CONTAINER, "part 1 does not say its name"),
        ("# FileName=../x\n[Volume]\n", "part 1 does not say its name"),
        ("# FileName=x\n[Unit]\n", "part 1 has no section of Quadlet's"),
    ],
)
def test_a_bundle_that_cannot_be_split_is_told(text, problem):
    with pytest.raises(InvalidInput, match=problem):
        split_bundle(text, "all.quadlets")


def test_what_is_no_quadlet_file_is_refused(library, tmp_path):
    report = library.install([write(tmp_path / "a.txt", "x")], replace=False)
    assert "not a Quadlet file" in str(report.errors[f"{tmp_path}/a.txt"])
    with pytest.raises(NotFound):
        library.install(["missing.container"], replace=False)
    with pytest.raises(NotFound):
        library.find("missing.container")
    with pytest.raises(InvalidInput):
        library.find("a.txt")
