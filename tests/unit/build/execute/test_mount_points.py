"""Mount points are removed from a step's changes only if nothing but a mount made them."""

from __future__ import annotations

from pathlib import Path

from pycman.build.execute.mount_points import remove_mount_points


def names(top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in top.rglob("*"))


def test_empty_targets_go_with_the_directories_made_for_them(tmp_path: Path) -> None:
    lower, upper = tmp_path / "lower", tmp_path / "upper"
    (lower / "etc").mkdir(parents=True)
    (lower / "etc/passwd").write_text("x")
    for folder in ("etc", "proc", "a/b/target", "kept/target", "fuse"):
        (upper / folder).mkdir(parents=True)
    (upper / "etc/hosts").touch()
    (upper / "kept/made").write_text("by the step")
    (upper / "fuse/.wh..wh..opq").touch()
    (upper / "written").write_text("not empty")
    remove_mount_points(str(upper), [str(lower)], ["/a/b/target", "/kept/target", "/written", "/fuse"])
    assert names(upper) == ["kept", "kept/made", "written"]


def test_what_the_layers_have_stays(tmp_path: Path) -> None:
    lower, upper = tmp_path / "lower", tmp_path / "upper"
    (lower / "etc").mkdir(parents=True)
    (lower / "etc/hosts").write_text("of the image")
    (upper / "etc").mkdir(parents=True)
    (upper / "etc/hosts").touch()  # the step has emptied it
    (upper / "changed").mkdir(mode=0o700)
    (lower / "changed").mkdir(mode=0o755)
    remove_mount_points(str(upper), [str(lower)], ["/changed"])
    assert names(upper) == ["changed", "etc", "etc/hosts"]


def test_links_are_followed_inside_the_root(tmp_path: Path) -> None:
    lower, upper, outside = tmp_path / "lower", tmp_path / "upper", tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    (lower / "etc").mkdir(parents=True)
    (lower / "etc/resolv.conf").symlink_to("../run/stub.conf")
    (lower / "out").symlink_to(outside)
    (upper / "run").mkdir(parents=True)
    (upper / "run/stub.conf").touch()
    remove_mount_points(str(upper), [str(lower)], ["/out/file", "/../../outside/file"])
    assert names(upper) == []
    assert (outside / "file").exists()


def test_in_a_whole_copy_of_the_layers_what_they_have_stays(tmp_path: Path) -> None:
    lower, upper = tmp_path / "lower", tmp_path / "it/upper"
    for folder in ("proc", "etc"):
        (lower / folder).mkdir(parents=True)
        (upper / folder).mkdir(parents=True)
    (tmp_path / "it/work").mkdir()
    (tmp_path / "it/work/.pycman-copied").touch()  # the mark of the driver "copies"
    (upper / "made").mkdir()
    remove_mount_points(str(upper), [str(lower)], ["/made"])
    assert names(upper) == ["etc", "proc"]
