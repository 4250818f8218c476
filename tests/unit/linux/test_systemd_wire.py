"""D-Bus values and messages as bytes: held against the specification's examples, and against a bus that is not ours."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from pycman.errors import Corrupt
from pycman.linux.systemd.bus import Bus, BusError, systemd_answers
from pycman.linux.systemd.wire import CALL, RETURN, SIGNAL, Message, decode, encode, types_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

UNIT = "ssa(sv)a(sa(sv))"
_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


def test_signature_is_split_into_complete_types() -> None:
    assert types_of(UNIT) == ["s", "s", "a(sv)", "a(sa(sv))"]
    assert types_of("a{sv}ayu") == ["a{sv}", "ay", "u"]
    with pytest.raises(Corrupt):
        types_of("a(s")


def test_message_comes_back_as_it_was() -> None:
    body = (
        "a.slice",
        "fail",
        [("MemoryMax", ("t", 2**40)), ("PIDs", ("au", [1, 70000])), ("Delegate", ("b", True))],
        [],
    )
    fields = {"destination": "d.e", "path": "/p", "interface": "i.f", "member": "StartTransientUnit", "signature": UNIT}
    data = encode(Message(kind=CALL, serial=7, fields=fields, body=body), UNIT)
    assert decode(data + b"rest") == (Message(kind=CALL, serial=7, fields=fields, body=body), b"rest")
    assert decode(data[:-1]) == (None, data[:-1])
    assert decode(data[:9]) == (None, data[:9])


def test_bytes_are_those_of_the_specification() -> None:
    data = encode(Message(kind=CALL, serial=1, fields={"path": "/", "member": "M"}, body=("foo", 2)), "su")
    assert data[:4] == b"l\x01\x00\x01"
    assert data.endswith(b"\x03\x00\x00\x00foo\x00\x02\x00\x00\x00")
    assert b"\x01\x01o\x00\x01\x00\x00\x00/\x00" in data
    assert (len(data) - 12) % 8 == 0


def test_message_of_a_big_endian_sender_is_read() -> None:
    head = b"B\x02\x00\x01" + (8).to_bytes(4, "big") + (9).to_bytes(4, "big")
    fields = b"\x05\x01u\x00" + (3).to_bytes(4, "big") + b"\x08\x01g\x00\x01s\x00"
    data = (
        head + len(fields).to_bytes(4, "big") + fields + bytes(-len(fields) % 8) + (3).to_bytes(4, "big") + b"abc\x00"
    )
    message, rest = decode(data)
    assert rest == b""
    assert message == Message(kind=RETURN, serial=9, fields={"reply_to": 3, "signature": "s"}, body=("abc",))


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 16,
        b"l\x04\x00\x01" + b"\xff" * 12,
        encode(Message(kind=SIGNAL, serial=1, body=([],)), "as")[:-4] + b"\x40\0\0\0",
    ],
    ids=["no message", "too long", "array beyond the end"],
)
def test_broken_message_is_corrupt(data: bytes) -> None:
    with pytest.raises(Corrupt):
        decode(data)


@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs dbus-daemon")
def test_calls_to_a_real_bus(tmp_path: Path) -> None:
    address = tmp_path / "bus"
    config = tmp_path / "bus.conf"
    config.write_text(
        f"<busconfig><type>session</type><listen>unix:path={address}</listen><policy context='default'>"
        "<allow send_destination='*' eavesdrop='true'/><allow receive_sender='*'/><allow own='*'/></policy></busconfig>"
    )
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"], stdout=subprocess.PIPE
    )
    try:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()  # it listens
        with Bus(str(address), os.getuid()) as bus:
            assert bus.call(_BUS, "GetConnectionUnixUser", "s", "org.freedesktop.DBus") == (os.getuid(),)
            names = bus.call(_BUS, "ListNames")[0]
            assert "org.freedesktop.DBus" in names
            with pytest.raises(BusError, match="nobody") as caught:
                bus.call(_BUS, "GetNameOwner", "s", "not.there.nobody")
            assert caught.value.name == "org.freedesktop.DBus.Error.NameHasNoOwner"
        with pytest.raises(BusError, match="does not accept"):
            Bus(str(address), os.getuid() + 1)
        assert not systemd_answers(str(address), os.getuid())  # a bus, but systemd is not on it
    finally:
        daemon.terminate()
        daemon.wait()
        assert daemon.stdout is not None
        daemon.stdout.close()
    assert not systemd_answers(str(address), os.getuid())
