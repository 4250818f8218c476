import os

import pytest

from pycman.errors import InvalidInput
from pycman.linux import selinux
from pycman.linux.selinux import ATTRIBUTE, container_contexts, label_of, relabel

LABEL = "system_u:object_r:container_file_t:s0:c1,c2"
OLD = "system_u:object_r:var_lib_t:s0"


@pytest.fixture
def tree(tmp_path):
    """Give a tree with a file, a link that leads out of it, and a file beside it; all labelled OLD."""
    (tmp_path / "tree/below").mkdir(parents=True)
    (tmp_path / "tree/below/file").touch()
    (tmp_path / "outside").touch()
    (tmp_path / "tree/link").symlink_to(tmp_path / "outside")
    try:
        for name in ("tree", "tree/below", "tree/below/file", "tree/link", "outside"):
            os.setxattr(tmp_path / name, ATTRIBUTE, OLD.encode() + b"\0", follow_symlinks=False)
    except PermissionError:
        pytest.skip("only root may set labels")
    return tmp_path


def test_everything_below_is_labelled_and_links_are_not_followed(tree) -> None:
    relabel(f"{tree}/tree", LABEL)
    assert [label_of(f"{tree}/{name}") for name in ("tree", "tree/below", "tree/below/file", "tree/link")] == [
        LABEL
    ] * 4
    assert label_of(f"{tree}/outside") == OLD
    assert os.getxattr(f"{tree}/tree", ATTRIBUTE) == LABEL.encode() + b"\0"


def test_a_tree_that_has_the_label_is_not_walked_again(tree) -> None:
    relabel(f"{tree}/tree", LABEL)
    relabel(f"{tree}/tree/below/file", OLD)
    relabel(f"{tree}/tree", LABEL)
    assert label_of(f"{tree}/tree/below/file") == OLD


def test_a_link_as_source_stands_for_what_the_runtime_will_bind(tree) -> None:
    relabel(f"{tree}/tree/link", LABEL)
    assert label_of(f"{tree}/outside") == LABEL


@pytest.mark.parametrize("path", ["/", "/etc", "/usr/", "/usr/../home", "/var/log"])
def test_directories_of_the_system_keep_their_labels(path) -> None:
    before = label_of(path)
    with pytest.raises(InvalidInput, match="its label is not changed"):
        relabel(path, LABEL)
    assert label_of(path) == before


def test_a_home_keeps_its_label_however_it_is_named(tree) -> None:
    os.symlink(f"{tree}/tree", f"{tree}/home")
    with pytest.raises(InvalidInput, match="its label is not changed"):
        relabel(f"{tree}/home", LABEL, homes=("", f"{tree}/tree/"))
    relabel(f"{tree}/tree/below", LABEL, homes=(f"{tree}/tree",))
    assert label_of(f"{tree}/tree") == OLD


def test_a_file_system_without_labels_is_left_alone() -> None:
    relabel("/proc/self/status", LABEL)


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ("", "targeted"),
        ("# SELINUXTYPE=mls\nSELINUX=enforcing\nSELINUXTYPE=minimum\n", "minimum"),
        ("SELINUXTYPE=../x\n", "targeted"),
    ],
    ids=["no config", "named", "no path"],
)
def test_contexts_are_those_of_the_policy_in_use(tmp_path, monkeypatch, config, wanted) -> None:
    for name in ("targeted", "minimum"):
        (tmp_path / name / "contexts").mkdir(parents=True)
        (tmp_path / name / "contexts/lxc_contexts").write_text(name)
    (tmp_path / "config").write_text(config)
    monkeypatch.setattr(selinux, "_ETC", str(tmp_path))
    assert container_contexts() == wanted
