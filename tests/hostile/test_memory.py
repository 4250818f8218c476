"""Small inputs that ask for much memory: each is refused, or answered, by a process that may have 400 MiB more."""

from __future__ import annotations

import gzip
import io
import itertools
import os
import resource
import sys
import traceback

import pytest

from cli.gotemplate.printing import sprintf
from kube_yaml.check.fields import check
from kube_yaml.read.documents import read_documents
from kube_yaml.translate.env import expand
from pycman.errors import Corrupt, InvalidInput, Unsupported
from pycman.images.archive.members import open_members
from pycman.storage.tar_headers import BLOCK
from pycman.storage.tar_stream import TarStream
from pycman.storage.unpack import PlainStyle, unpack_tar
from tests.support.tars import header, member, pax_records

_ROOM = 400 << 20


def in_little_memory(function) -> None:
    """Run a check in a child that runs out of memory soon; what it raises is shown."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with open("/proc/self/statm", encoding="ascii") as file:
                used = int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + _ROOM, used + _ROOM))
            function()
            status = 0
        except BaseException:
            traceback.print_exc(file=sys.stderr)
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Endless:
    """A source of pieces made as they are read."""

    def __init__(self, pieces) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def read(self, size=-1, /):
        while len(self._rest) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def _long_header(records) -> bytes:
    return member({"name": "x", "type": b"x", "data": pax_records(records)})


def _sparse_without_lines():
    first = member({"name": "s", "pax": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"}})
    yield first[:-BLOCK] + header(name="s", size=1 << 34)
    yield from itertools.repeat(b"1" * (1 << 20))


def _sparse_of_many_pieces():
    first = member({"name": "s", "pax": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"}})
    yield first[:-BLOCK] + header(name="s", size=1 << 34) + b"1000000000\n".ljust(BLOCK, b"0")
    yield from itertools.repeat(b"0\n" * (1 << 19))


BOMBS = {
    "extended headers one after the other": lambda: itertools.repeat(
        _long_header({"SCHILY.xattr.user.a": b"a" * 4000})
    ),
    "long names one after the other": lambda: itertools.repeat(
        member({"name": "x", "type": b"L", "data": b"n" * (1 << 20)})
    ),
    "one header of records without end": lambda: [member({"name": "x", "type": b"x", "data": b"5 a=\n" * 600_000})],
    "a sparse map without lines": _sparse_without_lines,
    "a sparse map of many pieces": _sparse_of_many_pieces,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_headers_of_an_entry_have_one_budget(bomb):
    def body() -> None:
        with pytest.raises(Corrupt):
            list(TarStream(Endless(BOMBS[bomb]())))

    in_little_memory(body)


def _unpack(pieces, directory):
    top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return unpack_tar(Endless(pieces), top, style=PlainStyle())
    finally:
        os.close(top)


def test_entries_that_are_skipped_are_counted_and_not_kept(tmp_path):
    name = member({"name": "x", "type": b"L", "data": b"n" * 60_000})
    one = name + header(name="x", type=b"Z")

    def body() -> None:
        done = _unpack(itertools.chain(itertools.repeat(one, 20_000), [bytes(1024)]), tmp_path)
        assert len(done.skipped) == done.entries == 20_000
        assert len(list(done.skipped)) == 101
        assert max(map(len, done.skipped)) <= 301

    in_little_memory(body)


def test_directories_are_kept_in_mind_up_to_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr("pycman.storage.unpack._MOST_KEPT_BYTES", 1 << 20)
    entries = (header(name=f"d{number}/", type=b"5", mode=0o755) for number in itertools.count())
    with pytest.raises(Unsupported, match="too many directories"):
        _unpack(entries, tmp_path)


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_is_loaded_is_read_by_the_same_rules(tmp_path, packed):
    data = b"".join(itertools.islice(BOMBS["long names one after the other"](), 64))
    path = tmp_path / "archive"
    path.write_bytes(gzip.compress(data, 1) if packed else data)

    def body() -> None:
        with pytest.raises(Corrupt):
            open_members(str(path), str(tmp_path))

    in_little_memory(body)


def test_a_compressed_archive_does_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("pycman.images.archive.members._MOST_PLAIN", 8 << 20)
    packed = gzip.compress(bytes(64 << 20), 9)
    with pytest.raises(Corrupt, match="times as large"):
        open_members(io.BytesIO(packed), str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_variables_that_name_variables_do_not_grow_without_bound():
    def body() -> None:
        values = {"A": "a" * 100}
        with pytest.raises(InvalidInput, match="longer than 131071"):
            for _ in range(30):
                values["A"] = expand("$(A)" * 10, values)

    in_little_memory(body)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "ReplicaSet"])
@pytest.mark.parametrize("count", ["2147483647", "1001", "9" * 5000, "-1", "1e9", ".inf"])
def test_pods_that_one_host_cannot_have_are_refused(kind, count):
    text = f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: d}}\nspec: {{replicas: {count}}}\n"
    problems = [problem.describe() for problem in check(read_documents(text, file="f")).problems]
    assert any("spec.replicas" in problem for problem in problems)


@pytest.mark.parametrize("form", ["%999999999d", "%.999999999f", "%-999999999s", "%*d", "%" + "9" * 5000 + "d"])
def test_the_width_of_what_a_template_prints_is_bounded(form):
    def body() -> None:
        assert len(sprintf(form, [999_999_999, 1])) < 2_000_000

    in_little_memory(body)
