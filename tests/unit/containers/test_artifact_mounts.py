"""--mount type=artifact: which files a container gets, and where."""

from types import SimpleNamespace

import pytest

from pycman.containers.mounts import artifact
from pycman.errors import InvalidInput
from pycman.spec.mount import Mount
from pycman.spec.mount_text import parse_mount_fields


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Return a function: what `artifact_files` makes of an artifact with these files, as {target: content}."""
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/there").write_text("of the image")

    def extract(_session, _name, folder, *, title="", digest=""):
        chosen = {name: text for name, text in extract.has.items() if title in ("", name)}
        for name, text in chosen.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        return [f"{folder}/{name}" for name in chosen]

    monkeypatch.setattr(artifact, "extract_files", extract)
    monkeypatch.setattr(artifact, "dress", lambda path, **_how: None)

    def made(has: dict[str, str], *options: str, target: str = "/models") -> dict[str, str]:
        extract.has = has
        mount = Mount(kind="artifact", source="a", target=target, options=options)
        found = artifact.artifact_files(SimpleNamespace(), mount, f"{tmp_path}/files", str(root), (0, 0))
        return {where: open(path).read() for path, where in found}

    return made


def test_all_files_lie_below_the_target_under_their_titles_and_stay_the_same_at_the_next_start(files) -> None:
    has = {"b.bin": "2", "a.txt": "1"}
    assert files(has) == {"/models/a.txt": "1", "/models/b.bin": "2"}
    assert files({"a.txt": "other"}) == {"/models/a.txt": "1", "/models/b.bin": "2"}


def test_one_file_takes_the_place_of_a_file_of_the_image(files) -> None:
    assert files({"a": "1", "b": "2"}, "title=b", target="/etc/there") == {"/etc/there": "2"}


def test_several_files_do_not_fit_in_the_place_of_one(files) -> None:
    with pytest.raises(InvalidInput, match="the target is a file"):
        files({"a": "1", "b": "2"}, target="/etc/there")


def test_a_name_is_that_of_the_one_file_and_numbered_for_several(files) -> None:
    assert files({"a": "1", "b": "2"}, "name=m") == {"/models/m-0": "1", "/models/m-1": "2"}


def test_the_flag() -> None:
    fields = ["type=artifact", "src=q.io/m:1", "dst=/m", "title=a.txt", "name=x"]
    options = ("title=a.txt", "name=x")
    mount = Mount(kind="artifact", source="q.io/m:1", target="/m", options=options, read_only=True)
    assert parse_mount_fields(fields, "") == mount


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (["type=artifact", "dst=/m"], "needs a source"),
        (["type=artifact", "src=a", "dst=/m", "title=t", "digest=d"], "contradict"),
        (["type=artifact", "src=a", "dst=/m", "name=../x"], "no name of a file"),
        (["type=bind", "src=/a", "dst=/m", "title=t"], "for artifacts only"),
    ],
    ids=["source", "both", "path", "bind"],
)
def test_what_the_flag_refuses(fields: list[str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        parse_mount_fields(fields, "")


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "..", ".", "a\0b", "a" * 300], ids=["up", "below", "parent", "here", "nul", "long"]
)
def test_a_mount_of_any_caller_cannot_have_a_path_as_its_files_name(name: str) -> None:
    mount = Mount(kind="artifact", source="a", target="/a", options=(f"name={name}",))
    with pytest.raises(InvalidInput, match="no name of a file"):
        artifact.check_artifact(SimpleNamespace(), mount)
