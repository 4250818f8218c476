import socket
import struct

import pytest

from pycman.errors import PycmanError
from pycman.linux import journal
from pycman.linux.journal import encode_entry, write_entries


def test_values_with_newlines_are_written_with_their_length() -> None:
    entry = encode_entry({"MESSAGE": "one\ntwo", "PRIORITY": "6", "X": "\udcff"})
    assert entry == b"MESSAGE\n" + struct.pack("<Q", 7) + b"one\ntwo\nPRIORITY=6\nX=\xff\n"


def test_each_entry_is_one_datagram(tmp_path, monkeypatch) -> None:
    path = f"{tmp_path}/socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        monkeypatch.setattr(journal, "_SOCKET", path)
        write_entries([{"MESSAGE": "a"}, {"MESSAGE": "b"}])
        assert [server.recv(100), server.recv(100)] == [b"MESSAGE=a\n", b"MESSAGE=b\n"]


def test_a_host_without_a_journal_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(journal, "_SOCKET", f"{tmp_path}/none")
    assert not journal.can_read(0)
    with pytest.raises(PycmanError, match="the journal takes no entry"):
        write_entries([{"MESSAGE": "a"}])


def test_a_journal_is_readable_by_its_files_not_by_its_socket_alone(tmp_path, monkeypatch) -> None:
    (tmp_path / "socket").touch()
    monkeypatch.setattr(journal, "_SOCKET", f"{tmp_path}/socket")
    monkeypatch.setattr(journal, "_FOLDERS", (f"{tmp_path}/log",))
    monkeypatch.setattr(journal, "find_program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(journal, "read_text", lambda _path: "abc\n")
    assert not journal.can_read(1000)
    (tmp_path / "log/abc").mkdir(parents=True)
    (tmp_path / "log/abc/user-1000.journal").touch()
    assert journal.can_read(1000)
    assert not journal.can_read(1001)
    assert not journal.can_read(0)
