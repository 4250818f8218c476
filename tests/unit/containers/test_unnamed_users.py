"""The lines that a container's passwd and group lack."""

from __future__ import annotations

import pytest

from pycman.containers.bundle import unnamed_users
from pycman.containers.bundle.unnamed_users import add_keep_id_user, add_numbered_user, group_line, passwd_line
from pycman.containers.users import lookup_user
from pycman.spec.container import ContainerSpec, NamespaceMode
from pycman.spec.mount import Mount

ROOT = b"root:x:0:0::/root:/bin/sh\n"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (None, b""),
        (b"", b"ann:*:1000:1001:ann:/w:/bin/sh\n"),
        (ROOT, b"ann:*:1000:1001:ann:/w:/bin/sh\n"),
        (ROOT.rstrip(), b"\nann:*:1000:1001:ann:/w:/bin/sh\n"),
        (ROOT + b"node:x:1000:1000::/home/node:/bin/sh\n", b""),
        (ROOT + b"ann:x:5:5::/:/bin/sh\n", b"ann-1000:*:1000:1001:ann-1000:/w:/bin/sh\n"),
    ],
)
def test_the_line_that_passwd_lacks(content: bytes | None, wanted: bytes) -> None:
    assert passwd_line(content, "ann", 1000, 1001, "/w") == wanted


@pytest.mark.parametrize(
    ("content", "wanted"),
    [(None, b""), (b"root:x:0:\n", b"staff:x:1001:\n"), (b"staff:x:1001:ann\n", b""), (b"staff:x:50:\n", b"staff-1001:x:1001:\n")],
)  # fmt: skip
def test_the_line_that_group_lacks(content: bytes | None, wanted: bytes) -> None:
    assert group_line(content, "staff", 1001) == wanted


class Session:
    rootless = True

    class user:
        uid, gid = 1000, 1001


KEEP_ID = ContainerSpec(image="i", workdir="/src", user_mode=NamespaceMode(kind="keep-id"))


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(unnamed_users, "_names", lambda _uid, _gid: ("ann", "staff", "/home/ann"))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_bytes(ROOT)
    (tmp_path / "etc/group").write_bytes(b"root:x:0:\n")
    return tmp_path


def test_the_lines_are_appended_once(root) -> None:
    for _ in range(2):
        add_keep_id_user(Session, KEEP_ID, str(root))
    assert (root / "etc/passwd").read_bytes() == ROOT + b"ann:*:1000:1001:ann:/src:/bin/sh\n"
    assert (root / "etc/group").read_bytes() == b"root:x:0:\nstaff:x:1001:\n"


def test_home_is_the_callers_where_it_is_mounted(root) -> None:
    add_keep_id_user(
        Session, KEEP_ID.replace(mounts=(Mount(kind="bind", target="/home/ann/", source="/x"),)), str(root)
    )
    assert b":/home/ann:/bin/sh" in (root / "etc/passwd").read_bytes()


def test_the_ids_are_those_that_keep_id_names(root) -> None:
    add_keep_id_user(Session, KEEP_ID.replace(user_mode=NamespaceMode(kind="keep-id", value="uid=7,gid=8")), str(root))
    assert b"ann:*:7:8:" in (root / "etc/passwd").read_bytes()


@pytest.mark.parametrize(
    "spec",
    [
        KEEP_ID.replace(passwd=False), KEEP_ID.replace(user_mode=NamespaceMode()),
        KEEP_ID.replace(user_mode=NamespaceMode(kind="auto")), KEEP_ID.replace(image="", rootfs="/x"),
    ],
)  # fmt: skip
def test_other_containers_are_left_as_they_are(root, spec) -> None:
    add_keep_id_user(Session, spec, str(root))
    assert (root / "etc/passwd").read_bytes() == ROOT


def test_a_link_out_of_the_root_is_not_followed(root, tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(ROOT)
    inner = root / "inner"
    (inner / "etc").mkdir(parents=True)
    (inner / "etc/passwd").symlink_to("../../outside")
    add_keep_id_user(Session, KEEP_ID, str(inner))
    assert outside.read_bytes() == ROOT


NUMBER = ContainerSpec(image="i", workdir="/src", names_numbers=True)


@pytest.mark.parametrize(
    ("changes", "passwd", "group"),
    [
        ({"user": "1234"}, b"1234:*:1234:0:container user:/:/bin/sh\n", b"1234:x:1234:\n"),
        ({"user": "1234:55"}, b"1234:*:1234:55:container user:/:/bin/sh\n", b"55:x:55:1234\n"),
        ({"user": "1234:root"}, b"1234:*:1234:0:container user:/:/bin/sh\n", b""),
        ({"user": "0:55"}, b"", b"55:x:55:0\n"),
        ({"user": "root:55"}, b"", b"55:x:55:root\n"),
        ({"user": "root"}, b"", b""),
        ({"user": "1234:55", "passwd": False}, b"", b""),
        ({"user": "1234", "names_numbers": False}, b"", b""),
        ({"user": "1234", "image": "", "rootfs": "/x"}, b"", b""),
        (
            {"user": "12:13", "passwd_entry": "$UID-$GID-$NAME-$HOME-$USERNAME-$X", "group_entry": "${GID}:$GROUPNAME:$USERLIST"},
            b"12-13-container user-/src-12-$X\n", b"13:13:12\n",
        ),
    ],
)  # fmt: skip
def test_a_number_without_a_name_gets_lines(root, changes, passwd: bytes, group: bytes) -> None:
    spec = NUMBER.replace(**changes)
    before = lookup_user(str(root), spec.user)
    add_numbered_user(spec, before, str(root))
    assert (root / "etc/passwd").read_bytes() == ROOT + passwd
    assert (root / "etc/group").read_bytes() == b"root:x:0:\n" + group
    if not spec.passwd_entry:  # the next start finds the lines, and the same user
        assert lookup_user(str(root), spec.user).replace(name="") == before.replace(name="")
