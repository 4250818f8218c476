"""Layers made to hurt: whatever a tar says, nothing outside its directory is read, written or changed.

Every case runs as root and as root of a user namespace; the place outside is looked at afterwards.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import threading

import pytest

from pycman.errors import Corrupt, InvalidInput, NoSpace, PycmanError, Unsupported
from pycman.linux.files import remove_tree
from pycman.spec.id_map import IdMap, IdRange
from pycman.storage.archive_io import open_decompressed
from pycman.storage.unpack import OverlayStyle, PlainStyle, unpack_tar
from tests.support.tars import header, tar_bytes, tar_file
from tests.support.user_namespace import in_user_namespace


class Ground:
    """A directory to unpack into, beside a place outside that must stay as it is."""

    def __init__(self, directory, *, rootless):
        self.rootless = rootless
        self.top = f"{directory}/top"
        self.outside = f"{directory}/outside"
        os.mkdir(self.top)
        os.makedirs(f"{self.outside}/dir")
        with open(f"{self.outside}/file", "w", encoding="ascii") as file:
            file.write("untouched")
        self.before = self._look()

    def _look(self):
        found = []
        for folder, _, names in os.walk(self.outside):
            for path in (folder, *(f"{folder}/{name}" for name in names)):
                status = os.lstat(path)
                found.append((path, status.st_mode, status.st_uid, status.st_nlink, status.st_mtime_ns))
        with open(f"{self.outside}/file", encoding="ascii") as file:
            found.append(file.read())
        return found

    def unpack(self, *entries, style=None, data=None, **options):
        top = os.open(self.top, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return unpack_tar(
                io.BytesIO(data) if data is not None else tar_file(*entries),
                top,
                style=style or OverlayStyle(rootless=self.rootless),
                rootless=self.rootless,
                **options,
            )
        finally:
            os.close(top)

    def path(self, name):
        return f"{self.top}/{name}"

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def assert_untouched(self):
        assert self._look() == self.before


@pytest.fixture(params=["root", "user namespace"])
def on(request, tmp_path):
    """Give a function that runs a check on a fresh `Ground` and looks at the outside afterwards."""

    def run_in(directory, function, *, rootless):
        ground = Ground(str(directory), rootless=rootless)
        function(ground)
        ground.assert_untouched()
        remove_tree(ground.top)

    def run(function):
        if request.param == "root":
            run_in(tmp_path, function, rootless=False)
        else:
            in_user_namespace(lambda directory: run_in(directory, function, rootless=True))

    return run


def refused(ground, kind, *entries, **options):
    with pytest.raises(kind) as caught:
        ground.unpack(*entries, **options)
    return caught.value


# -- escapes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../outside/new", "a/../../outside/new", "..", "/../outside/new"])
def test_names_with_dots_cannot_leave(on, name):
    on(lambda ground: refused(ground, Corrupt, (name, b"evil")))


def test_absolute_names_land_inside(on):
    def body(ground):
        ground.unpack((f"{ground.outside}/file", b"inside"))
        assert ground.read(ground.outside[1:] + "/file") == b"inside"

    on(body)


def test_writing_through_an_absolute_link_stays_inside(on):
    def body(ground):
        ground.unpack(("link", ground.outside), (f"{ground.outside}/", b""), ("link/new", b"x"))
        assert ground.read(ground.outside[1:] + "/new") == b"x"

    on(body)


def test_writing_through_a_link_upwards_stays_inside(on):
    def body(ground):
        ground.unpack(("link", "../../../../.."), ("link/new", b"x"))
        assert ground.read("new") == b"x"

    on(body)


def test_a_link_that_leads_nowhere_is_no_directory(on):
    on(lambda ground: refused(ground, Corrupt, ("link", "/nowhere/at/all"), ("link/new", b"x")))


def test_a_file_over_a_link_replaces_the_link_and_not_its_target(on):
    def body(ground):
        ground.unpack(("link", f"{ground.outside}/file"), ("link", b"mine"))
        assert ground.read("link") == b"mine"
        assert stat.S_ISREG(os.lstat(ground.path("link")).st_mode)

    on(body)


def test_a_directory_over_a_link_replaces_the_link(on):
    def body(ground):
        ground.unpack(("link", f"{ground.outside}/dir"), {"name": "link", "type": b"5", "mode": 0o700}, ("link/x", b""))
        assert os.listdir(ground.path("link")) == ["x"]

    on(body)


def test_a_link_swapped_in_between_two_entries_of_one_directory_is_seen(on):
    def body(ground):
        ground.unpack(("dir/a", b"1"), ("dir", ground.outside), (f"{ground.outside}/", b""), ("dir/b", b"2"))
        assert ground.read(ground.outside[1:] + "/b") == b"2"

    on(body)


def test_links_in_a_circle_are_refused(on):
    on(lambda ground: refused(ground, Corrupt, ("a", "b"), ("b", "a"), ("a/x", b"")))


def test_links_through_proc_are_not_followed_out(on):
    def body(ground):
        os.mkdir(ground.path("proc"))
        refused(ground, Corrupt, ("link", "/proc/self/root"), ("link/new", b"x"))

    on(body)


def test_an_owner_or_mode_is_never_given_to_a_links_target(on):
    def body(ground):
        link = {"name": "l", "type": b"2", "linkname": f"{ground.outside}/file", "mode": 0o7777, "uid": 5, "mtime": 99}
        ground.unpack(link)
        assert os.lstat(ground.path("l")).st_uid == 5

    on(body)


def test_times_of_directories_that_became_links_go_nowhere(on):
    def body(ground):
        ground.unpack({"name": "d", "type": b"5", "mtime": 77}, ("d", f"{ground.outside}/dir"))

    on(body)


@pytest.mark.parametrize("target", ["{outside}/file", "../outside/file", "/etc/passwd", "missing", "dir", ""])
def test_hard_links_lead_to_files_of_the_same_layer_only(on, target):
    def body(ground):
        wanted = target.format(outside=ground.outside)
        refused(ground, Corrupt, ("dir/", b""), {"name": "hard", "type": b"1", "linkname": wanted})

    on(body)


def test_a_hard_link_through_a_link_out_of_the_tree_stays_inside(on):
    def body(ground):
        entries = [("out", ground.outside), {"name": "hard", "type": b"1", "linkname": "out/file"}]
        refused(ground, Corrupt, *entries)

    on(body)


def test_a_hard_link_to_a_link_links_the_link(on):
    def body(ground):
        ground.unpack(("l", f"{ground.outside}/file"), {"name": "hard", "type": b"1", "linkname": "l"})
        assert os.readlink(ground.path("hard")) == f"{ground.outside}/file"

    on(body)


def test_writing_to_a_hard_links_name_does_not_change_the_other(on):
    def body(ground):
        ground.unpack(("a", b"first"), {"name": "b", "type": b"1", "linkname": "a"}, ("b", b"second"))
        assert (ground.read("a"), ground.read("b")) == (b"first", b"second")

    on(body)


def test_a_hard_link_to_itself_keeps_the_file(on):
    def body(ground):
        ground.unpack(("a", b"x"), {"name": "a", "type": b"1", "linkname": "./a"})
        assert ground.read("a") == b"x"

    on(body)


def test_an_entry_in_place_of_the_top_is_refused(on):
    on(lambda ground: refused(ground, Corrupt, ("./", b""), {"name": "./", "type": b"2", "linkname": "/"}))


def test_a_whiteout_hides_by_name_only(on):
    def body(ground):
        for name in (".wh..", ".wh...", "a/.wh..."):
            refused(ground, Corrupt, (name, b""))
        ground.unpack(("link", ground.outside), (f"{ground.outside}/", b""), ("link/.wh.file", b""))
        assert stat.S_ISCHR(os.lstat(ground.path(ground.outside[1:] + "/file")).st_mode)

    on(body)


def test_plain_unpacking_over_somebodys_tree_follows_no_link_out(on):
    def body(ground):
        os.symlink(ground.outside, ground.path("planted"))
        os.symlink(f"{ground.outside}/file", ground.path("file"))
        os.makedirs(ground.path(ground.outside[1:]))
        ground.unpack(("planted/new", b"x"), ("file", b"mine"), style=PlainStyle())
        assert ground.read(ground.outside[1:] + "/new") == b"x"
        assert ground.read("file") == b"mine"

    on(body)


def test_a_directory_swapped_for_a_link_by_somebody_else_meanwhile_leads_nowhere(on):
    def body(ground):
        os.mkdir(ground.path("dir"))
        os.symlink(ground.outside, ground.path("evil"))
        stop = threading.Event()

        def swap():
            while not stop.is_set():
                for one, other in (("dir", "kept"), ("evil", "dir"), ("dir", "evil"), ("kept", "dir")):
                    with contextlib.suppress(OSError):
                        os.rename(ground.path(one), ground.path(other))

        attacker = threading.Thread(target=swap)
        attacker.start()
        entries = [(f"dir/sub{n % 3}/file{n}", b"evil") for n in range(100)]
        for _ in range(20):
            with contextlib.suppress(PycmanError):  # it may well find no place
                ground.unpack({"name": "dir", "type": b"5", "uid": 9, "mode": 0o777}, *entries, style=PlainStyle())
        stop.set()
        attacker.join()

    on(body)


def test_plain_unpacking_can_refuse_to_replace_a_directory_by_a_file_and_back(on):
    def body(ground):
        ground.unpack(("dir/x", b""), ("file", b""), style=PlainStyle())
        options = {"style": PlainStyle(), "overwrite_kinds": False}
        assert "cannot overwrite a directory" in refused(ground, InvalidInput, ("dir", b"x"), **options).problem
        assert "cannot overwrite a file" in refused(ground, InvalidInput, ("file/", b""), **options).problem
        ground.unpack(("dir/", b""), ("file", b"new"), **options)
        assert ground.read("file") == b"new"

    on(body)


# -- kinds, owners, attributes ---------------------------------------------------------------------------


def test_later_entries_replace_earlier_ones_of_any_kind(on):
    def body(ground):
        ground.unpack(
            ("a/b/c", b"deep"), ("a", b"file now"), ("x", b""), ("x/", b""), ("x/y", b"1"), ("l", "x"), ("l", b"2"),
            {"name": "x/y", "type": b"6"},
        )  # fmt: skip
        assert ground.read("a") == b"file now"
        assert ground.read("l") == b"2"
        assert stat.S_ISFIFO(os.lstat(ground.path("x/y")).st_mode)

    on(body)


def test_a_whiteout_and_a_new_directory_of_that_name_make_it_opaque(on):
    def body(ground):
        ground.unpack((".wh.a", b""), ("a/new", b""), ("b/new", b""), (".wh.b", b""), ("c", b"x"), (".wh.c", b""))
        attribute = "user.overlay.opaque" if ground.rootless else "trusted.overlay.opaque"
        assert os.getxattr(ground.path("a"), attribute) == b"y"
        assert os.getxattr(ground.path("b"), attribute) == b"y"
        assert os.listdir(ground.path("b")) == ["new"]
        assert ground.read("c") == b"x"

    on(body)


def test_device_nodes_are_made_by_root_and_skipped_by_others(on):
    def body(ground):
        done = ground.unpack({"name": "null", "type": b"3", "major": 1, "minor": 3, "mode": 0o666}, ("after", b""))
        if ground.rootless:
            assert list(done.skipped) == ["null: an ordinary user cannot make device nodes"]
        else:
            found = os.lstat(ground.path("null"))
            assert (found.st_rdev, stat.S_IMODE(found.st_mode)) == (os.makedev(1, 3), 0o666)
        assert os.path.exists(ground.path("after"))

    on(body)


def test_set_id_bits_survive_the_change_of_owner(on):
    def body(ground):
        ground.unpack({"name": "su", "mode": 0o6755, "uid": 1, "gid": 2, "data": b"x"})
        found = os.lstat(ground.path("su"))
        assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o6755, 1, 2)

    on(body)


def test_file_capabilities_are_kept(on):
    def body(ground):
        capability = bytes.fromhex("0100000200040000000000000000000000000000")
        ground.unpack({"name": "ping", "mode": 0o755, "pax": {"SCHILY.xattr.security.capability": capability}})
        assert os.getxattr(ground.path("ping"), "security.capability")[4:8] == capability[4:8]

    on(body)


def test_the_drivers_own_attributes_cannot_be_smuggled_in(on):
    def body(ground):
        pax = {f"SCHILY.xattr.{name}.overlay.opaque": b"y" for name in ("trusted", "user")}
        pax |= {"SCHILY.xattr.trusted.overlay.redirect": b"/", "SCHILY.xattr.user.overlay.whiteout": b"y"}
        ground.unpack({"name": "dir", "type": b"5", "pax": pax, "mode": 0o755})
        assert [name for name in os.listxattr(ground.path("dir")) if "overlay" in name] == []

    on(body)


def test_attributes_that_cannot_be_set_are_told_and_skipped(on):
    def body(ground):
        done = ground.unpack({"name": "f", "pax": {"SCHILY.xattr.unknown.kind": b"x", "SCHILY.xattr.user.b": b"y"}})
        assert len(done.skipped) == 1
        assert os.getxattr(ground.path("f"), "user.b") == b"y"

    on(body)


def test_an_owner_beyond_the_users_ids_is_named_with_the_mend(on):
    def body(ground):
        if ground.rootless:
            error = refused(ground, InvalidInput, {"name": "f", "uid": 70_000})
            assert error.problem == "its owner 70000:0 is not among this user's ids"
            assert "70001 ids in /etc/subuid" in error.hint
        else:
            refused(ground, Corrupt, {"name": "f", "uid": 1 << 32})

    on(body)


def test_owners_are_moved_by_the_map_and_what_it_lacks_is_named(on):
    def body(ground):
        ranges = (IdRange(container_id=0, host_id=1000, size=10), IdRange(container_id=10, host_id=0, size=1))
        id_map = IdMap(uids=ranges, gids=ranges)
        ground.unpack({"name": "implied/f", "uid": 3, "gid": 10}, id_map=id_map)
        found = os.lstat(ground.path("implied/f"))
        assert (found.st_uid, found.st_gid) == (1003, 0)
        assert os.lstat(ground.path("implied")).st_uid == 1000
        error = refused(ground, InvalidInput, {"name": "g", "uid": 11}, id_map=id_map)
        assert error.problem == "its owner, user id 11, is not mapped in the container's user namespace"

    on(body)


def test_with_a_single_id_owners_are_left_out():
    def body(directory):
        ground = Ground(directory, rootless=True)
        ground.unpack({"name": "d", "type": b"5", "uid": 7, "mode": 0}, {"name": "d/f", "uid": 9}, keep_ids=False)
        assert os.lstat(ground.path("d/f")).st_uid == 0

    in_user_namespace(body, ids=1)


def test_times_are_kept_to_the_nanosecond_also_of_directories(on):
    def body(ground):
        pax = {"mtime": "1234567890.123456789"}
        ground.unpack({"name": "d", "type": b"5", "pax": pax}, {"name": "d/f", "pax": pax, "data": b"x"}, ("d/g", b""))
        for name in ("d", "d/f"):
            assert os.lstat(ground.path(name)).st_mtime_ns == 1_234_567_890_123_456_789

    on(body)


def test_impossible_times_are_bounded(on):
    on(lambda ground: ground.unpack({"name": "f", "mtime": 1 << 62}, {"name": "g", "mtime": -(1 << 62)}))


# -- sizes -----------------------------------------------------------------------------------------------


def test_a_sparse_file_of_nine_gigabytes_takes_hardly_any_room(on):
    def body(ground):
        size = 9 << 30
        pax = {"GNU.sparse.size": size, "GNU.sparse.name": "s", "GNU.sparse.map": f"4096,2,{size - 4096},2"}
        ground.unpack({"name": "GNUSparseFile.1/s", "data": b"abcd", "pax": pax})
        found = os.lstat(ground.path("s"))
        assert found.st_size == size
        assert found.st_blocks * 512 < 1 << 20
        with open(ground.path("s"), "rb") as file:
            file.seek(size - 4096)
            assert file.read(3) == b"cd\0"

    on(body)


def test_a_sparse_file_larger_than_any_file_system_takes_is_refused(on):
    def body(ground):
        size = (1 << 62) + 5
        pax = {"GNU.sparse.size": size, "GNU.sparse.name": "s", "GNU.sparse.map": "0,4"}
        refused(ground, Unsupported, {"name": "s", "data": b"abcd", "pax": pax})

    on(body)


def test_more_than_the_limit_is_refused(on):
    def body(ground):
        ground.unpack(("a", b"x" * 1000), limit_bytes=1000)
        refused(ground, NoSpace, ("a", b"x" * 600), ("b", b"x" * 600), limit_bytes=1000)

    on(body)


def test_a_bomb_stops_at_the_limit(on):
    def body(ground):
        bomb = gzip.compress(header(name="bomb", size=100 << 20) + bytes(100 << 20), 1)
        top = os.open(ground.top, os.O_RDONLY | os.O_DIRECTORY)
        with pytest.raises(NoSpace):
            unpack_tar(open_decompressed(io.BytesIO(bomb)), top, style=PlainStyle(), limit_bytes=1 << 20)
        os.close(top)

    on(body)


def test_an_entry_that_promises_more_than_there_is_is_truncated(on):
    on(lambda ground: refused(ground, Corrupt, data=header(name="huge", size=9 << 30) + b"little"))


def test_names_longer_than_the_kernel_takes_are_refused(on):
    def body(ground):
        refused(ground, Corrupt, {"name": "x", "pax": {"path": "n" * 256}})
        refused(ground, Corrupt, {"name": "x", "pax": {"path": "d/" * 3000 + "f"}})
        refused(ground, Corrupt, {"name": "x", "type": b"2", "pax": {"linkpath": "t" * 5000}})
        refused(ground, Corrupt, {"name": "x", "type": b"2", "linkname": ""})
        ground.unpack({"name": "x", "pax": {"path": "d/" * 500 + "n" * 255}})

    on(body)


def test_names_that_are_no_text_keep_their_bytes(on):
    def body(ground):
        ground.unpack({"name": b"caf\xe9"}, {"name": "x", "pax": {"path": b"\xff\xfe\n"}})
        assert sorted(os.listdir(os.fsencode(ground.top))) == [b"caf\xe9", b"\xff\xfe\n"]

    on(body)


def test_directories_without_permission_can_be_filled(on):
    def body(ground):
        ground.unpack({"name": "d", "type": b"5", "mode": 0}, ("d/f", b"x"), ("d/e/f", b"y"))
        assert stat.S_IMODE(os.lstat(ground.path("d")).st_mode) == 0

    on(body)


def test_entries_of_unknown_types_are_skipped_and_told(on):
    def body(ground):
        done = ground.unpack({"name": "odd", "type": b"Z", "data": b"zzz"}, ("f", b"x"))
        assert list(done.skipped) == ["odd: type 'Z' is not known"]
        assert os.listdir(ground.top) == ["f"]

    on(body)


def test_garbage_is_no_tar_and_nothing_is_made(on):
    def body(ground):
        assert refused(ground, Corrupt, data=os.urandom(4096)).problem == "not a tar archive"
        assert os.listdir(ground.top) == []

    on(body)


def test_many_directories_do_not_use_up_the_descriptors(on):
    def body(ground):
        data = tar_bytes(*((f"d{n}/e/f", b"") for n in range(3000)))
        assert ground.unpack(data=data).entries == 3000

    on(body)
