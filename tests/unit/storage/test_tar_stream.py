"""Tar headers of every make, and streams that are cut or damaged."""

import contextlib
import io
import struct
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.storage.tar_stream import TarStream
from tests.support.tars import header, member, pax_records, tar_bytes, tar_file


def read_all(data):
    """Return (entry, its bytes with holes filled) of every entry."""
    stream = TarStream(data if hasattr(data, "read") else io.BytesIO(data))
    found = []
    for entry in stream:
        content = b""
        while piece := stream.take():
            content += bytes(piece)
        found.append((entry, content))
    return found


def one(*entries):
    [(entry, content)] = read_all(tar_bytes(*entries))
    return entry, content


def test_plain_entries_come_in_order_with_their_bytes():
    found = read_all(tar_bytes(("a", b"x" * 1000), ("d/", b""), ("l", "a"), ("empty", b"")))
    assert [(entry.name, entry.kind, len(content)) for entry, content in found] == [
        ("a", "file", 1000), ("d/", "directory", 0), ("l", "symlink", 0), ("empty", "file", 0),
    ]  # fmt: skip
    assert found[2][0].linkname == "a"


def test_bytes_that_nobody_takes_are_passed_over():
    names = [entry.name for entry in TarStream(tar_file(("a", b"x" * 700_000), ("b", b"y")))]
    assert names == ["a", "b"]


def test_numbers_owners_modes_and_times_are_read():
    entry, _ = one({"name": "f", "mode": 0o6755, "uid": 1000, "gid": 2000, "mtime": 1_600_000_000})
    assert (entry.mode, entry.uid, entry.gid, entry.mtime_ns) == (0o6755, 1000, 2000, 1_600_000_000 * 10**9)


def test_numbers_too_large_for_octal_digits_are_read():
    entry, _ = one({"name": "f", "uid": 3_000_000_000, "gid": 2_097_152, "mtime": -5})
    assert (entry.uid, entry.gid, entry.mtime_ns) == (3_000_000_000, 2_097_152, -5 * 10**9)
    size = 9 << 30
    stream = TarStream(io.BytesIO(header(name="huge", size=size)))
    assert next(iter(stream)).size == size


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_tarfile_writes_is_read_the_same(kind):
    sink = io.BytesIO()
    members = []
    with tarfile.open(fileobj=sink, mode="w", format=kind) as archive:
        for name, link in (("short", ""), ("long/" + "n" * 90 + "/" + "m" * 50, ""), ("link", "to/" + "t" * 90)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
            info.size, info.mtime, info.uid = (0 if link else 5), 1_234_567_890, 77
            archive.addfile(info, io.BytesIO(b"hello"))
            members.append(info)
    for (entry, content), info in zip(read_all(sink.getvalue()), members, strict=True):
        assert (entry.name, entry.linkname, entry.size, entry.uid) == (info.name, info.linkname, info.size, 77)
        assert entry.mtime_ns == 1_234_567_890 * 10**9
        assert content == (b"" if info.linkname else b"hello")


def test_pax_records_override_the_header():
    pax = {"path": "näme/" + "x" * 300, "mtime": "1700000000.123456789", "uid": "4000000000", "size": "3"}
    entry, content = one({"name": "short", "pax": pax, "data": b"abc", "size": 3})
    assert (entry.name, entry.mtime_ns, entry.uid) == (pax["path"], 1_700_000_000_123_456_789, 4_000_000_000)
    assert content == b"abc"


def test_empty_pax_values_leave_the_header_as_it_is():
    entry, _ = one({"name": "kept", "uid": 5, "pax": {"path": "", "uid": ""}})
    assert (entry.name, entry.uid) == ("kept", 5)


def test_attributes_keep_every_byte_and_line_end():
    value = b"\x01\x00\x00\x02\n\xff=\x00"
    entry, _ = one({"name": "f", "pax": {"SCHILY.xattr.security.capability": value, "SCHILY.xattr.user.a": b""}})
    assert entry.xattrs == {"security.capability": value, "user.a": b""}


def test_names_that_are_no_text_survive():
    entry, _ = one({"name": b"caf\xe9"})
    assert entry.name.encode("utf-8", "surrogateescape") == b"caf\xe9"
    entry, _ = one({"name": "f", "pax": {"path": b"caf\xe9"}})
    assert entry.name.encode("utf-8", "surrogateescape") == b"caf\xe9"


def test_gnu_long_names_and_links_are_read():
    long = {"name": "././@LongLink", "type": b"L", "data": b"n" * 300 + b"\0"}
    link = {"name": "././@LongLink", "type": b"K", "data": b"t" * 300 + b"\0"}
    entry, _ = one(link, long, {"name": "n" * 100, "type": b"2", "linkname": "t" * 100})
    assert (entry.name, entry.linkname) == ("n" * 300, "t" * 300)


def test_a_global_header_gives_times_and_owners_but_no_names():
    first = {"name": "g", "type": b"g", "data": pax_records({"uid": "9", "path": "evil", "comment": "x"})}
    found = read_all(tar_bytes(first, ("a", b""), {"name": "b", "uid": 3, "pax": {"uid": "4"}}))
    assert [(entry.name, entry.uid) for entry, _ in found] == [("a", 9), ("b", 4)]


def test_old_forms_of_files_and_directories_are_known():
    found = read_all(
        tar_bytes(
            {"name": "old", "type": b"\0"},
            {"name": "olddir/", "type": b"\0", "magic": b""},
            {"name": "contiguous", "type": b"7"},
            {"name": "unknown", "type": b"Z", "data": b"skip me"},
            {"name": "last", "data": b"x"},
        )
    )
    assert [entry.kind for entry, _ in found] == ["file", "directory", "file", "", "file"]


def test_sizes_of_links_and_nodes_mean_nothing():
    data = header(name="l", type=b"1", linkname="a", size=512) + member(("b", b"x")) + bytes(1024)
    assert [entry.name for entry, _ in read_all(data)] == ["l", "b"]


# -- sparse ----------------------------------------------------------------------------------------------------------


def sparse_entries():
    """The same file, "ab" at 1 MiB and "cd" at the end of 9 GiB, in the four formats of GNU tar."""
    size, pieces = 9 << 30, [(1 << 20, 2), ((9 << 30) - 2, 2)]
    flat = [number for piece in pieces for number in piece]
    old = {
        386: b"".join(b"%011o\0" % offset if offset < 8**11 else b"\x80" + offset.to_bytes(11, "big")
                      for offset in flat),
        483: b"\x80" + size.to_bytes(11, "big"),
    }  # fmt: skip
    numbers = "".join(f"{number}\n" for number in (len(pieces), *flat)).encode()
    return {
        "old": {"name": "s", "type": b"S", "data": b"abcd", "raw": old, "magic": b"ustar  \0"},
        "0.0": {
            "name": "s",
            "data": b"abcd",
            "pax": [("GNU.sparse.size", size), ("GNU.sparse.numblocks", 2)]
            + [(f"GNU.sparse.{key}", piece[n]) for piece in pieces for n, key in enumerate(("offset", "numbytes"))],
        },
        "0.1": {
            "name": "GNUSparseFile.1/s",
            "data": b"abcd",
            "pax": {
                "GNU.sparse.size": size,
                "GNU.sparse.name": "s",
                "GNU.sparse.map": ",".join(str(number) for number in flat),
            },
        },
        "1.0": {
            "name": "GNUSparseFile.1/s",
            "data": numbers.ljust(512, b"\0") + b"abcd",
            "pax": {
                "GNU.sparse.major": 1,
                "GNU.sparse.minor": 0,
                "GNU.sparse.name": "s",
                "GNU.sparse.realsize": size,
            },
        },
    }


@pytest.mark.parametrize("form", ["old", "0.0", "0.1", "1.0"])
def test_sparse_files_of_every_format_are_understood(form):
    found = read_all(tar_bytes(sparse_entries()[form], ("after", b"x")))
    entry, content = found[0]
    assert (entry.name, entry.kind, entry.size) == ("s", "file", 9 << 30)
    assert entry.sparse == [(1 << 20, 2), ((9 << 30) - 2, 2)]
    assert content == b"abcd"
    assert found[1][0].name == "after"


def test_an_old_sparse_file_with_many_pieces_goes_on_in_further_blocks():
    pieces = [(n * 4096, 1) for n in range(60)]
    packed = [struct.pack("12s12s", b"%011o" % offset, b"%011o" % length) for offset, length in pieces]
    raw = {386: b"".join(packed[:4]), 482: b"\1", 483: b"%011o" % (60 * 4096)}
    blocks = [packed[4:25], packed[25:46], packed[46:]]
    more = b"".join(
        (b"".join(block).ljust(504, b"\0") + (b"\1" if n < 2 else b"\0")).ljust(512, b"\0")
        for n, block in enumerate(blocks)
    )
    data = header(name="s", type=b"S", size=60, raw=raw, magic=b"ustar  \0") + more + bytes(range(60)) + bytes(452)
    [(entry, content), (after, _)] = read_all(data + member(("after", b"")) + bytes(1024))
    assert entry.sparse == pieces
    assert (content, after.name) == (bytes(range(60)), "after")


@pytest.mark.parametrize(
    "pax",
    [
        {"GNU.sparse.size": 10, "GNU.sparse.map": "0,2,1,2"},
        {"GNU.sparse.size": 3, "GNU.sparse.map": "0,4"},
        {"GNU.sparse.size": 10, "GNU.sparse.map": "0,2,4"},
        {"GNU.sparse.size": 10, "GNU.sparse.map": "0,200"},
        {"GNU.sparse.size": 10, "GNU.sparse.map": "0,-4"},
        {"GNU.sparse.map": "0,4"},
        {"GNU.sparse.major": 1, "GNU.sparse.realsize": 10},
    ],
)
def test_a_sparse_map_that_lies_is_corrupt(pax):
    with pytest.raises(Corrupt):
        read_all(tar_bytes({"name": "s", "data": b"abcd", "pax": pax}))


# -- damage ------------------------------------------------------------------------------------------------------------


def test_an_archive_without_its_end_is_whole_if_it_ends_after_an_entry():
    assert len(read_all(member(("a", b"x" * 512)))) == 1
    assert len(read_all(member(("a", b"x"))[:513])) == 1  # the last padding is missing
    assert read_all(b"") == []
    assert read_all(bytes(1024)) == []


@pytest.mark.parametrize("cut", [100, 511, 513, 1000, 512 + 600])
def test_an_archive_cut_inside_an_entry_is_corrupt(cut):
    data = member(("a", b"x" * 700)) + member(("b", b""))
    with pytest.raises(Corrupt) as caught:
        read_all(data[:cut])
    assert "truncated" in caught.value.problem


def test_an_archive_cut_after_an_extended_header_is_corrupt():
    data = member({"name": "a", "pax": {"path": "b"}})
    with pytest.raises(Corrupt) as caught:
        read_all(data[:1024])
    assert "truncated" in caught.value.problem


def test_what_is_no_tar_is_named_so():
    with pytest.raises(Corrupt) as caught:
        read_all(b"#!/bin/sh\n" + b"echo hello\n" * 100)
    assert caught.value.problem == "not a tar archive"


def test_a_damaged_header_in_the_middle_is_corrupt_and_no_silent_end():
    data = bytearray(tar_bytes(("a", b"x"), ("b", b"y"), ("c", b"z")))
    data[1024 + 3] ^= 0x20
    with pytest.raises(Corrupt) as caught:
        read_all(bytes(data))
    assert caught.value.problem == "the header after entry 1 is damaged"


@pytest.mark.parametrize(
    "records",
    [b"5 a=b\n", b"99 path=x\n", b"x path=y\n", b"8 path=x", b"0 a=b\n", b"8 pathxx\n", b" =\n", b"1" * 30 + b" a=b\n"],
)
def test_damaged_extended_headers_are_corrupt(records):
    with pytest.raises(Corrupt):
        read_all(tar_bytes({"name": "x", "type": b"x", "data": records}, ("a", b"")))


@pytest.mark.parametrize(
    ("key", "value"),
    [("size", "-1"), ("size", "12x"), ("size", "9" * 30), ("mtime", "soon"), ("uid", "-3"), ("path", b"a\0b")],
)
def test_impossible_values_of_extended_headers_are_corrupt(key, value):
    with pytest.raises(Corrupt):
        read_all(tar_bytes({"name": "a", "pax": {key: value}}))


@pytest.mark.parametrize("field", ["size", "uid", "mode", "mtime"])
def test_numbers_that_are_none_are_corrupt(field):
    width = 12 if field in ("size", "mtime") else 8
    with pytest.raises(Corrupt):
        read_all(header(name="a", **{field: b"9z!".ljust(width)}) + bytes(1024))


def test_a_negative_size_is_corrupt():
    with pytest.raises(Corrupt):
        read_all(header(name="a", size=-512) + bytes(1024))


def test_an_extended_header_of_gigabytes_is_refused_before_it_is_read():
    with pytest.raises(Corrupt) as caught:
        read_all(header(name="x", type=b"x", size=5 << 30) + bytes(10240))
    assert "extended headers of more than" in caught.value.problem


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_gives_entries_or_corrupt_and_nothing_else(data):
    whole = bytearray(
        tar_bytes(
            ("a", b"x" * 600),
            {"name": "b", "pax": {"path": "long" * 50, "SCHILY.xattr.user.a": b"1"}},
            *sparse_entries().values(),
            {"name": "././@LongLink", "type": b"L", "data": b"n" * 300 + b"\0"},
            ("c", "a"),
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
        if data.draw(st.booleans()):  # with a right checksum, so that the damage is met
            start = place // 512 * 512
            block = whole[start : start + 512]
            block[148:156] = b" " * 8
            whole[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    with contextlib.suppress(Corrupt):
        read_all(bytes(whole[: data.draw(st.integers(0, len(whole)))]))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 3000))
def test_pieces_of_any_size_give_the_same_entries(size):
    data = tar_bytes(("a", b"x" * 1500), {"name": "b", "data": b"y" * 513, "pax": {"path": "p" * 200}}, ("c", "a"))

    class Pieces:
        def __init__(self):
            self.file = io.BytesIO(data)

        def read(self, _size):
            return self.file.read(size)

    assert [(entry.name, content) for entry, content in read_all(Pieces())] == [
        ("a", b"x" * 1500), ("p" * 200, b"y" * 513), ("c", b""),
    ]  # fmt: skip
