"""One suite for every storage driver, as root and as root of a user namespace."""

from __future__ import annotations

import os
import stat

import pytest

from pycman.errors import InvalidInput
from pycman.linux.mounts import is_mounted
from pycman.state.session import Options, Session, User
from pycman.storage.changes import list_changes
from pycman.storage.diff import write_diff_tar
from pycman.storage.driver import choose_driver, driver_named
from pycman.storage.unpack import OverlayStyle, unpack_tar
from tests.support.tars import tar_file
from tests.support.user_namespace import in_user_namespace

DRIVERS = ("overlay", "fuse-overlayfs", "copies")


class Case:
    """A driver below a directory of its own, with layers made of tars."""

    def __init__(self, directory, driver, *, rootless):
        self.directory = directory
        self.rootless = rootless
        user = User(uid=os.getuid(), gid=os.getgid(), home=directory, rootless=rootless, joined=True)
        options = Options(root=f"{directory}/root", run_root=f"{directory}/run", storage_driver=driver)
        self.session = Session(options, user)
        self.driver = choose_driver(self.session)
        self.base = self.session.paths.container("c")
        self.upper, self.work, self.merged = (f"{self.base}/{name}" for name in ("upper", "work", "merged"))
        for path in (self.upper, self.work, self.merged):
            os.makedirs(path)
        self.layers = []

    def add_layer(self, *entries):
        path = self.session.paths.layer(f"{len(self.layers):032x}")
        os.makedirs(path)
        top = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        unpack_tar(tar_file(*entries), top, style=OverlayStyle(rootless=self.rootless), rootless=self.rootless)
        os.close(top)
        self.layers.insert(0, path)

    def mount(self):
        self.driver.mount(self.layers, self.upper, self.work, self.merged)

    def remount(self):
        self.driver.unmount(self.merged)
        self.mount()

    def read(self, path):
        with open(f"{self.merged}/{path}", "rb") as file:
            return file.read()

    def write(self, path, data):
        with open(f"{self.merged}/{path}", "wb") as file:
            file.write(data)

    def names(self, path=""):
        return sorted(os.listdir(f"{self.merged}/{path}"))

    def close(self):
        self.driver.unmount(self.merged)
        self.session.close()


@pytest.fixture(params=[f"{driver}, {who}" for driver in DRIVERS for who in ("root", "user namespace")])
def check(request, tmp_path):
    """Give a function that runs a check with a `Case` of this driver."""
    driver, _, who = request.param.partition(", ")
    if driver == "fuse-overlayfs" and not os.path.exists("/dev/fuse"):
        pytest.fail("/dev/fuse is missing on this host")

    def run_in(directory, function, *, rootless):
        case = Case(str(directory), driver, rootless=rootless)
        try:
            function(case)
        finally:
            case.close()
        assert not is_mounted(case.merged)

    def run(function):
        if who == "root":
            run_in(tmp_path, function, rootless=False)
        elif driver == "fuse-overlayfs":
            mode = stat.S_IMODE(os.stat("/dev/fuse").st_mode)
            os.chmod("/dev/fuse", 0o666)  # as udev has it where users may use it
            try:
                in_user_namespace(lambda directory: run_in(directory, function, rootless=True))
            finally:
                os.chmod("/dev/fuse", mode)
        else:
            in_user_namespace(lambda directory: run_in(directory, function, rootless=True))

    return run


def test_upper_layers_cover_lower_ones(check):
    def body(case):
        case.add_layer(("a", b"old"), ("b", b"below"), ("dir/x", b"x"))
        case.add_layer(("a", b"new"), ("dir/y", b"y"))
        case.mount()
        assert (case.read("a"), case.read("b")) == (b"new", b"below")
        assert case.names("dir") == ["x", "y"]

    check(body)


def test_whiteouts_and_opaque_directories_hide_what_is_below(check):
    def body(case):
        case.add_layer(("gone", b""), ("kept", b""), ("dir/gone", b""), ("opaque/old", b""), ("replaced/old", b""))
        case.add_layer((".wh.gone", b""), ("dir/.wh.gone", b""), ("opaque/.wh..wh..opq", b""), ("opaque/new", b""))
        case.add_layer((".wh.replaced", b""), ("replaced/new", b""))
        case.mount()
        assert case.names() == ["dir", "kept", "opaque", "replaced"]
        assert case.names("dir") == []
        assert case.names("opaque") == ["new"]
        assert case.names("replaced") == ["new"]

    check(body)


def test_what_is_written_goes_to_the_upper_directory_and_stays(check):
    def body(case):
        case.add_layer(("a", b"lower"), ("dir/b", b"b"), ("link", "a"))
        case.mount()
        case.write("a", b"written")
        case.write("dir/new", b"new")
        os.unlink(f"{case.merged}/dir/b")
        case.remount()
        assert case.read("a") == b"written"
        assert case.read("link") == b"written"
        assert case.names("dir") == ["new"]
        with open(f"{case.layers[0]}/a", "rb") as file:
            assert file.read() == b"lower"

    check(body)


def test_owners_modes_times_and_links_are_as_in_the_layer(check):
    def body(case):
        case.add_layer(
            {"name": "suid", "data": b"x", "mode": 0o4755, "uid": 7, "gid": 8, "mtime": 1_500_000_000},
            {"name": "hard", "type": b"1", "linkname": "suid"},
            {"name": "fifo", "type": b"6", "mode": 0o622},
            {"name": "dir", "type": b"5", "mode": 0o1777, "uid": 9, "mtime": 1_400_000_000},
        )
        case.mount()
        found = os.stat(f"{case.merged}/suid")
        assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o4755, 7, 8)
        assert found.st_mtime_ns == 1_500_000_000 * 10**9
        assert os.stat(f"{case.merged}/hard").st_ino == found.st_ino
        assert stat.S_ISFIFO(os.stat(f"{case.merged}/fifo").st_mode)
        directory = os.stat(f"{case.merged}/dir")
        assert (directory.st_mode & 0o7777, directory.st_uid) == (0o1777, 9)
        assert directory.st_mtime_ns == 1_400_000_000 * 10**9

    check(body)


def test_a_read_only_mount_of_one_or_more_layers_refuses_writing(check):
    def body(case):
        case.add_layer(("a", b"1"))
        case.driver.mount(case.layers, "", "", case.merged)
        assert case.read("a") == b"1"
        with pytest.raises(OSError, match="Read-only"):
            case.write("a", b"2")
        case.driver.unmount(case.merged)
        case.add_layer((".wh.a", b""), ("b", b"2"))
        other = f"{case.base}/other"
        os.mkdir(other)
        case.driver.mount(case.layers, "", "", other)
        assert sorted(os.listdir(other)) == ["b"]
        case.driver.unmount(other)

    check(body)


def test_a_directory_can_be_replaced_and_renamed(check):
    def body(case):
        case.add_layer(("dir/old", b"1"), ("file", b"2"))
        case.mount()
        os.unlink(f"{case.merged}/dir/old")
        os.rmdir(f"{case.merged}/dir")
        os.mkdir(f"{case.merged}/dir")
        case.write("dir/new", b"3")
        os.rename(f"{case.merged}/file", f"{case.merged}/renamed")
        case.remount()
        assert case.names() == ["dir", "renamed"]
        assert case.names("dir") == ["new"]

    check(body)


def test_changes_are_listed_and_packed_alike_by_every_driver(check):
    def body(case):
        case.add_layer(("a", b"1"), ("dir/gone", b"2"), ("dir/kept", b"3"), ("other/x", b"4"), ("replaced/old", b"5"))
        case.mount()
        case.write("a", b"changed")
        case.write("dir/new", b"new")
        os.unlink(f"{case.merged}/dir/gone")
        os.unlink(f"{case.merged}/replaced/old")
        os.rmdir(f"{case.merged}/replaced")
        os.mkdir(f"{case.merged}/replaced", 0o700)
        case.driver.unmount(case.merged)
        found = {(change.kind, change.path) for change in list_changes(case.upper, case.layers)}
        assert found == {
            ("C", "/a"), ("C", "/dir"), ("A", "/dir/new"), ("D", "/dir/gone"), ("C", "/replaced"),
            ("D", "/replaced/old"),
        }  # fmt: skip
        packed = f"{case.directory}/diff.tar"
        with open(packed, "wb") as file:
            write_diff_tar(case.upper, file, lowers=case.layers)
        path = f"{case.directory}/again"
        os.mkdir(path)
        top = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        with open(packed, "rb") as file:
            unpack_tar(file, top, style=OverlayStyle(rootless=case.rootless), rootless=case.rootless)
        os.close(top)
        case.driver.mount([path, *case.layers], "", "", case.merged)
        assert case.names() == ["a", "dir", "other", "replaced"]
        assert (case.names("dir"), case.names("replaced")) == (["kept", "new"], [])
        assert case.read("a") == b"changed"

    check(body)


def test_more_layers_than_a_page_of_options_names_can_be_mounted(check):
    def body(case):
        for number in range(130):
            case.add_layer((f"f{number}", b"x"), ("top", str(number).encode()))
        before = os.getcwd()
        case.mount()
        assert len(case.names()) == 131
        assert case.read("top") == b"129"
        assert os.getcwd() == before
        assert sorted(os.listdir(case.base)) == ["merged", "upper", "work"]

    check(body)


def test_unmounting_what_is_not_mounted_is_fine(check):
    check(lambda case: case.driver.unmount(case.merged))


def test_the_driver_of_a_container_is_found_by_name(tmp_path):
    case = Case(str(tmp_path), "copies", rootless=False)
    assert [driver_named(case.session, name).name for name in DRIVERS] == list(DRIVERS)
    assert driver_named(case.session, "").name == "copies"
    case.close()


@pytest.mark.parametrize(("word", "name"), [("vfs", "copies"), ("overlay2", "overlay"), ("", "overlay")])
def test_the_fields_other_words_for_drivers_are_understood(tmp_path, word, name):
    case = Case(str(tmp_path), word, rootless=False)
    assert case.driver.name == name
    assert case.driver.why
    case.close()


def test_a_driver_that_is_none_is_refused(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        Case(str(tmp_path), "zfs", rootless=False)
    assert str(caught.value) == "zfs: no such storage driver (use one of overlay, fuse-overlayfs, copies)"
