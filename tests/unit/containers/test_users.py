"""--user and --group-add against files of a container, friendly and hostile."""

from __future__ import annotations

import os

import pytest

from pycman.containers.users import UnknownUser, lookup_user, parse_group, parse_passwd
from pycman.errors import InvalidInput

PASSWD = """\
# a comment
root:x:0:0:root:/root:/bin/sh
web:x:1000:1001:Web:/home/web:/bin/sh
nohome:x:1002:1002:::
broken line
alsobroken:x:abc:0::/:
"""
GROUP = """\
root:x:0:
wheel:x:10:root,web
web:x:1001:
audio:x:29:web
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(PASSWD)
    (tmp_path / "etc/group").write_text(GROUP)
    return str(tmp_path)


def test_no_user_is_root_with_the_groups_of_the_file(root):
    user = lookup_user(root, "")
    assert (user.uid, user.gid, user.extra_gids, user.home, user.name) == (0, 0, (10,), "/root", "root")


def test_a_name_brings_its_group_home_and_supplementary_groups(root):
    user = lookup_user(root, "web")
    assert (user.uid, user.gid, user.extra_gids, user.home) == (1000, 1001, (10, 29), "/home/web")


def test_a_known_number_is_the_same_as_the_name(root):
    assert lookup_user(root, "1000") == lookup_user(root, "web")


def test_an_unknown_number_has_group_0_and_home_slash(root):
    user = lookup_user(root, "4242")
    assert (user.uid, user.gid, user.extra_gids, user.home, user.name) == (4242, 0, (), "/", "")


@pytest.mark.parametrize(("text", "uid", "gid"), [("web:audio", 1000, 29), ("7:8", 7, 8), ("1000:root", 1000, 0)])
def test_a_group_after_the_colon_replaces_all_others(root, text, uid, gid):
    user = lookup_user(root, text)
    assert (user.uid, user.gid, user.extra_gids) == (uid, gid, ())


def test_group_add_takes_names_and_numbers_once_each(root):
    assert lookup_user(root, "web:web", ("audio", "77", "29", "keep-groups")).extra_gids == (29, 77)


def test_an_empty_home_is_slash(root):
    assert lookup_user(root, "nohome").home == "/"


@pytest.mark.parametrize("text", ["nobody", "web:nogroup", "alsobroken"])
def test_an_unknown_name_is_reported_with_docker_s_message(root, text):
    with pytest.raises(UnknownUser, match=r"unable to find \w+ \w+: no matching entries in \w+ file"):
        lookup_user(root, text)


@pytest.mark.parametrize("text", ["2147483648", "-1", "99999999999999999999", "web:", "0:-5"])
def test_ids_out_of_range_are_refused(root, text):
    with pytest.raises(InvalidInput):
        lookup_user(root, text)


def test_files_may_be_missing(tmp_path):
    assert lookup_user(str(tmp_path), "12:34").gid == 34
    assert lookup_user(str(tmp_path), "").home == "/"
    with pytest.raises(UnknownUser):
        lookup_user(str(tmp_path), "root")


def test_a_link_out_of_the_container_is_followed_inside_it_only(tmp_path):
    (tmp_path / "etc").mkdir()
    os.symlink("/etc/../../../../etc/passwd-outside", tmp_path / "etc/passwd")
    (tmp_path / "etc/passwd-outside").write_text("inside:x:5:5::/in:\n")
    assert lookup_user(str(tmp_path), "inside").uid == 5
    os.unlink(tmp_path / "etc/passwd")
    os.symlink("/proc/self/root/etc/passwd", tmp_path / "etc/passwd")
    with pytest.raises(UnknownUser):
        lookup_user(str(tmp_path), "root")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_only_regular_files_are_read(tmp_path, make):
    (tmp_path / "etc").mkdir()
    make(tmp_path / "etc/passwd")
    assert lookup_user(str(tmp_path), "3").uid == 3


def test_parsers_survive_bytes_that_are_no_text():
    assert parse_passwd(b"\xff\xfe:x:1:2::/h:\n:::\n\0:::")[0].uid == 1
    assert parse_group(b"a:x:5\n\xff:x:6:b,,c\n")[1].members == ("b", "c")
