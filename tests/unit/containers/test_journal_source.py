import pytest

from pycman.containers.process import journal_source
from pycman.containers.process.journal_source import JournalSource, last_entries, line_of
from pycman.containers.process.log_records import LogOptions
from pycman.containers.process.log_tail import join_lines
from pycman.spec.container import ContainerSpec, LogConfig
from pycman.state.event_journal import journal_entry
from pycman.state.events import Event
from tests.support.sessions import insert_container, open_session

SECOND = 1_000_000
"""In microseconds, as the journal counts."""


def entry(text, second=1, *, stderr=False, partial=False) -> dict:
    return {
        "MESSAGE": text,
        "PRIORITY": "3" if stderr else "6",
        "_SOURCE_REALTIME_TIMESTAMP": str(second * SECOND),
        "__CURSOR": f"c{second}",
        **({"CONTAINER_PARTIAL_MESSAGE": "true"} if partial else {}),
    }


@pytest.mark.parametrize(
    ("given", "stream", "text"),
    [
        (entry("one"), "stdout", b"one\n"),
        (entry("one\n"), "stdout", b"one\n"),
        (entry("two", stderr=True), "stderr", b"two\n"),
        (entry("half", partial=True), "stdout", b"half"),
        (entry([0xFF, 0x41]), "stdout", b"\xffA\n"),
        (entry(None), "stdout", b"\n"),
    ],
    ids=["plain", "with newline", "stderr", "partial", "bytes", "nothing"],
)
def test_an_entry_is_a_record(given, stream, text) -> None:
    line = line_of(given)
    assert (line.stream, line.text, line.time) == (stream, text, "1970-01-01T00:00:01Z")


LOG = [entry("a", 1), entry("b", 2), entry("c1", 3, partial=True), entry("c2", 4), entry("e", 5, stderr=True)]


def lines_of(entries) -> list[str]:
    return join_lines(map(line_of, entries))


@pytest.mark.parametrize(
    ("count", "times", "wanted"),
    [
        (0, {}, []),
        (1, {}, ["e"]),
        (2, {}, ["c1c2", "e"]),
        (3, {}, ["b", "c1c2", "e"]),
        (9, {}, ["a", "b", "c1c2", "e"]),
        (9, {"since_ns": 2 * 10**9}, ["b", "c1c2", "e"]),
        (1, {"until_ns": 2 * 10**9}, ["b"]),
    ],
    ids=["none", "one", "two", "three", "all", "since", "until"],
)
def test_the_last_lines_are_whole_ones(count, times, wanted) -> None:
    assert lines_of(last_entries(reversed(LOG), count, **times)) == wanted


def test_an_unfinished_last_line_is_a_line() -> None:
    assert lines_of(last_entries(reversed([*LOG, entry("f", 6, partial=True)]), 2)) == ["e", "f"]


class Journal:
    """What journalctl prints for arguments, and nothing else of it."""

    def __init__(self) -> None:
        self.entries = list(LOG)
        self.asked: list[list[str]] = []

    def read(self, arguments):
        self.asked.append(list(arguments))
        after = next((int(word.removeprefix("--after-cursor=c")) for word in arguments if "cursor" in word), 0)
        found = [one for one in self.entries if int(one["__CURSOR"][1:]) > after]
        return iter(found[::-1] if "--reverse" in arguments else found)

    def follow(self, arguments):
        journal, rest = self, list(self.read(arguments))

        class Reader:
            def ready(self):
                new = rest + [one for one in journal.entries if one not in LOG and one not in rest]
                rest.clear()
                return new

            def close(self):
                pass

        return Reader()


@pytest.fixture
def journal(monkeypatch):
    journal = Journal()
    monkeypatch.setattr(journal_source, "read_entries", journal.read)
    monkeypatch.setattr(journal_source, "Reader", journal.follow)
    monkeypatch.setattr(journal_source, "wait_until_written", lambda: None)
    return journal


def source(monkeypatch, *alive: bool, **options) -> JournalSource:
    states = iter(alive)
    monkeypatch.setattr(journal_source, "may_write_more", lambda _session, _id: next(states, False))
    return JournalSource(None, "c", "i", LogOptions(**options))


def texts(source: JournalSource) -> list[str]:
    return join_lines(source.read())


def test_logs_reads_all_of_one_container(journal, monkeypatch) -> None:
    assert texts(source(monkeypatch)) == ["a", "b", "c1c2", "e"]
    assert journal.asked[0][-1] == "CONTAINER_ID_FULL=i"
    assert texts(source(monkeypatch, since="2", until="4")) == ["b", "c1c2"]
    assert "--since=@2" in journal.asked[1]


@pytest.mark.parametrize(
    ("tail", "first"), [(-1, ["a", "b", "c1c2", "e"]), (1, ["e"]), (0, [])], ids=["all", "one", "none"]
)
def test_what_is_followed_goes_on_behind_what_was_read(journal, monkeypatch, tail, first) -> None:
    found = source(monkeypatch, True, True, follow=True, tail=tail)
    assert texts(found) == first
    journal.entries.append(entry("new", 6))
    assert texts(found) == ["new"]
    journal.entries.append(entry("last", 7))
    found._reader = None  # as if journalctl had not yet seen it when the container ended
    assert texts(found) == ["last"]


def test_a_container_with_the_driver_journald_is_read_there_where_this_user_can(tmp_path, monkeypatch) -> None:
    from pycman.containers.process import logs
    from pycman.jsontext import format_json
    from pycman.linux import journal as host

    with open_session(tmp_path) as session:
        spec = ContainerSpec(image="i", log=LogConfig(driver="journald"))
        insert_container(session, "a" * 64, name="c", spec=format_json(spec.to_dict()))
        for readable, kind in ((True, JournalSource), (False, logs.LogSource)):
            monkeypatch.setattr(host, "can_read", lambda _uid, readable=readable: readable)
            assert type(logs.log_source(session, "c", LogOptions())) is kind


def test_an_event_is_an_entry_with_podmans_fields() -> None:
    event = Event(
        id=1, time_ns=10**9, type="container", action="died", actor_id="a" * 64, actor_name="c", image="i",
        attributes={"exit_status": "3"},
    )  # fmt: skip
    assert journal_entry(event) == {
        "MESSAGE": "1970-01-01T00:00:01Z container died aaaaaaaaaaaa (image=i, name=c)",
        "PRIORITY": "6", "SYSLOG_IDENTIFIER": "pycman", "PODMAN_EVENT": "died", "PODMAN_TYPE": "container",
        "PODMAN_TIME": "1970-01-01T00:00:01Z", "PODMAN_NAME": "c", "PODMAN_ID": "a" * 64, "PODMAN_IMAGE": "i",
        "PODMAN_EXIT_CODE": "3", "PODMAN_LABELS": '{"exit_status":"3"}',
    }  # fmt: skip
