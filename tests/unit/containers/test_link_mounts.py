"""--mount no-dereference: a link of the host is made again in the container."""

import os

import pytest

from pycman.containers.mounts.steps import make_link
from pycman.errors import InvalidInput
from pycman.spec.mount import Mount
from pycman.spec.mount_text import parse_mount_fields


def link_mount(tmp_path, target: str) -> Mount:
    source = tmp_path / "link"
    source.symlink_to("../data")
    return Mount(kind="bind", source=str(source), target=target, options=("no-dereference",))


def test_the_link_is_made_inside_the_root_in_directories_that_are_missing_and_again_at_the_next_start(tmp_path) -> None:
    root = tmp_path / "root"
    (root / "run").mkdir(parents=True)
    (root / "var").symlink_to("/run")
    mount = link_mount(tmp_path, "/var/deep/link")
    for _start in (1, 2):
        make_link(str(root), mount)
    assert os.readlink(root / "run/deep/link") == "../data"


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_nothing_of_the_image_gives_way_to_a_link(tmp_path, kind) -> None:
    root = tmp_path / "root"
    there = root / "etc/there"
    (there if kind == "directory" else root / "etc").mkdir(parents=True)
    if kind == "file":
        there.write_text("mine")
    with pytest.raises(InvalidInput, match="no link in the container"):
        make_link(str(root), link_mount(tmp_path, "/etc/there"))
    assert not there.is_symlink()


def test_only_binds_and_globs_have_it() -> None:
    fields = ["type=glob", "source=/x/*", "target=/y", "no-dereference"]
    assert "no-dereference" in parse_mount_fields(fields, "").options
    with pytest.raises(InvalidInput, match="for binds and globs only"):
        parse_mount_fields(["type=tmpfs", "target=/y", "no-dereference"], "")
