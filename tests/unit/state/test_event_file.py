"""The log of events as a file: lines in podman's shape, rotation that loses the older half, and reading each event once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pycman.errors import PycmanError
from pycman.jsontext import parse_json
from pycman.state.event_file import EventFile, append_to_file, read_file
from pycman.state.events import Event

_OLD = '{"Name":"busybox","Status":"pull","Time":"2022-04-06T11:26:42.7236679%02d+02:00","Type":"image","Attributes":null}\n'


def _event(number: int, **values: object) -> Event:
    fields = {"id": number, "time_ns": 1_700_000_000 * 10**9 + number, "type": "container", "action": "start", **values}
    return Event(actor_id=f"{number:064x}", actor_name=f"c{number}", image="busybox", **fields)


def test_a_line_has_podmans_keys(tmp_path: Path) -> None:
    file = EventFile(path=str(tmp_path / "events"))
    append_to_file(
        file,
        [
            _event(1, attributes={"a": "b"}),
            Event(id=2, time_ns=1, type="volume", action="remove", actor_id="v", actor_name="v"),
        ],
    )
    first, second = (parse_json(line) for line in (tmp_path / "events").read_text().splitlines())
    assert list(first) == ["ID", "Image", "Name", "Status", "Time", "Type", "Attributes"]
    assert first["Time"] == "2023-11-14T22:13:20.000000001Z"
    assert first["Attributes"] == {"a": "b"}
    assert list(second) == ["ID", "Name", "Status", "Time", "Type", "Attributes"]
    assert [event.actor_name for event in read_file(file)] == ["c1", "v"]


def test_a_full_file_loses_its_older_half(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("".join(_OLD % number for number in range(100)) + "no event\n")
    size = path.stat().st_size
    append_to_file(EventFile(path=str(path), limit_bytes=0), [_event(1)])
    assert len(path.read_text().splitlines()) == 102
    file = EventFile(path=str(path), limit_bytes=size)
    append_to_file(file, [_event(2)])
    found = list(read_file(file))
    assert [event.action for event in found] == ["log-rotation", *["pull"] * 49, "start", "log-rotation", "start"]
    assert found[-2].actor_name == str(path)
    assert parse_json(path.read_text().splitlines()[0])["Attributes"] == {"io.podman.event.rotate": "begin"}


def test_a_follower_gets_each_event_once(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("".join(_OLD % number for number in range(100)))
    file = EventFile(path=str(path), limit_bytes=path.stat().st_size)
    follower = read_file(file, follow=True)
    assert [next(follower).action for _ in range(100)] == ["pull"] * 100
    writer = threading.Thread(target=append_to_file, args=(file, [_event(1), _event(2)]))
    writer.start()
    assert [next(follower).action for _ in range(3)] == ["log-rotation", "start", "start"]
    writer.join()
    follower.close()


def test_a_file_that_is_not_there_has_no_events(tmp_path: Path) -> None:
    assert list(read_file(EventFile(path=str(tmp_path / "none")))) == []
    with pytest.raises(PycmanError, match="cannot write the log of events"):
        append_to_file(EventFile(path=str(tmp_path / "no" / "folder")), [_event(1)])
