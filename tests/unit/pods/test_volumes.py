"""Files of a pod's volumes: replaced all at once, as kubelet's atomic writer does (Kubernetes, "ConfigMaps", "Mounted files")."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pods.volumes import VolumeFile, make_volumes, write_files
from pycman.errors import InvalidInput
from pycman.spec.pod import PodSpec, PodVolume
from tests.support.sessions import open_session


def files(**contents: str) -> list[VolumeFile]:
    return [VolumeFile(path=name.replace("__", "/"), content=text.encode()) for name, text in contents.items()]


def seen(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for name in os.listdir(folder)
        if not name.startswith("..")
        for path in ([folder / name] if (folder / name).is_file() else sorted((folder / name).iterdir()))
    }


def test_files_are_links_through_one_directory(tmp_path: Path) -> None:
    write_files(str(tmp_path), files(a="1", d__b="2"))
    assert seen(tmp_path) == {"a": "1", "d/b": "2"}
    assert (tmp_path / "a").readlink() == Path("..data/a")
    assert (tmp_path / "..data").is_symlink()


def test_new_files_take_the_place_of_all_old_ones(tmp_path: Path) -> None:
    write_files(str(tmp_path), files(a="1", b="2"))
    before = (tmp_path / "..data").readlink()
    write_files(str(tmp_path), files(a="new", d__c="3"))
    assert seen(tmp_path) == {"a": "new", "d/c": "3"}
    assert (tmp_path / "..data").readlink() != before
    assert not (tmp_path / before).exists()


def test_the_same_files_are_not_written_again(tmp_path: Path) -> None:
    write_files(str(tmp_path), files(a="1"))
    before = (tmp_path / "..data").readlink()
    write_files(str(tmp_path), files(a="1"))
    assert (tmp_path / "..data").readlink() == before
    write_files(str(tmp_path), [VolumeFile(path="a", content=b"1", mode=0o600)])
    assert (tmp_path / "..data").readlink() != before
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_what_is_left_of_a_killed_writer_goes_with_the_next_change(tmp_path: Path) -> None:
    write_files(str(tmp_path), files(a="1"))
    (tmp_path / "..2020_01_01_00_00_00.abcd").mkdir()
    write_files(str(tmp_path), files(a="2"))
    left = [name for name in os.listdir(tmp_path) if name.startswith("..")]
    assert sorted(left) == sorted(["..data", str((tmp_path / "..data").readlink())])


@pytest.mark.parametrize("path", ["../x", "../../x", "/etc/x", "a/../../x", "..x", "..data/x", ".", "", "..", "a/.."])
def test_a_file_that_would_lie_elsewhere_is_refused_and_nothing_is_written(tmp_path: Path, path: str) -> None:
    volume = tmp_path / "volumes/v"
    volume.mkdir(parents=True)
    with pytest.raises(InvalidInput):
        write_files(str(volume), [VolumeFile(path="good", content=b"1"), VolumeFile(path=path, content=b"2")])
    assert list(tmp_path.rglob("*")) == [tmp_path / "volumes", volume]


def test_a_file_where_a_directory_has_to_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a file and a directory"):
        write_files(str(tmp_path), files(a="1", a__b="2"))
    assert os.listdir(tmp_path) == []


def test_a_group_may_read_its_files(tmp_path: Path) -> None:
    gid = os.getgid()
    write_files(str(tmp_path), [VolumeFile(path="a", content=b"1", mode=0o400)], gid=gid)
    found = (tmp_path / "a").stat()
    assert (found.st_mode & 0o777, found.st_gid) == (0o440, gid)


def test_directories_of_a_pod_have_their_mode_and_group_and_stay(tmp_path: Path) -> None:
    gid = os.getgid()
    spec = PodSpec(
        volumes=(PodVolume(name="v"), PodVolume(name="g", mode=0o755, gid=gid), PodVolume(name="m", file="message"),
                 PodVolume(name="t", memory=True))
    )  # fmt: skip
    with open_session(tmp_path) as session:
        make_volumes(session, "pod", spec)
        folder = Path(session.paths.pod("pod")) / "volumes"
        (folder / "v/kept").write_text("x")
        make_volumes(session, "pod", spec)
        assert sorted(os.listdir(folder)) == ["g", "m", "v"]  # the one in memory is the infra container's
        assert (folder / "v/kept").read_text() == "x"
        assert (folder / "v").stat().st_mode & 0o7777 == 0o777
        assert (folder / "g").stat().st_mode & 0o7777 == 0o2775
        assert (folder / "m/message").stat().st_mode & 0o777 == 0o666
