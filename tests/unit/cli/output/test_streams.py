"""What is printed beside listings: events, logs, archives, progress, what was pruned."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.output.events import event_fields, event_line
from cli.output.files import input_stream, output_stream
from cli.output.log_lines import log_options, print_lines, utc_time
from cli.output.podman import container_object, podman_status
from cli.output.progress import Bars, Lines, progress_for
from cli.output.prune import confirm, print_pruned
from pycman.containers.container import Container
from pycman.containers.process.logs import LogLine
from pycman.errors import InvalidInput, NotFound
from pycman.state.events import Event
from pycman.system.docker_event import docker_event
from tests.support.calls import call_of

S = 10**9
DIED = Event(
    id=1, time_ns=1_700_000_000 * S + 5, type="container", action="died", actor_id="c1", actor_name="web", image="i:1",
    attributes={"exit_status": "3"},
)  # fmt: skip


def test_an_event_has_dockers_words_and_shape() -> None:
    assert docker_event(DIED) == {
        "status": "die", "id": "c1", "from": "i:1", "Type": "container", "Action": "die",
        "Actor": {"ID": "c1", "Attributes": {"exit_status": "3", "exitCode": "3", "image": "i:1", "name": "web"}},
        "scope": "local", "time": 1_700_000_000, "timeNano": 1_700_000_000 * S + 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "action", "wanted"),
    [("container", "remove", "destroy"), ("container", "start", "start"), ("image", "remove", "delete"), ("volume", "remove", "destroy"),
     ("network", "remove", "remove"), ("image", "pull", "pull")],
)  # fmt: skip
def test_podmans_words_become_dockers(type_: str, action: str, wanted: str) -> None:
    event = Event(id=1, time_ns=S, type=type_, action=action, actor_id="x")
    assert docker_event(event)["Action"] == wanted
    assert ("status" in docker_event(event)) == (type_ in ("container", "image"))


def test_templates_see_podmans_fields_of_an_event_too() -> None:
    fields = event_fields(DIED)
    assert (fields["Name"], fields["ContainerExitCode"], fields["Status"], fields["Type"]) == (
        "web",
        "3",
        "die",
        "container",
    )


def test_a_line_of_an_event_cannot_be_broken_by_what_a_container_said() -> None:
    line = event_line(DIED.replace(attributes={"message": "a\nb\x1b[2J"}))
    assert line.isprintable()
    assert line.endswith("container die c1 (image=i:1, message=a\\nb\\x1b[2J, name=web)")


def test_log_lines_go_where_they_came_from_with_their_fronts(capfdbinary) -> None:
    lines = [("a", LogLine(time="T1", stream="stdout", text=b"one ")), ("a", LogLine(time="T2", stream="stdout", text=b"line\n")),
             ("b", LogLine(time="T3", stream="stderr", text=b"\xff\n"))]  # fmt: skip
    print_lines(lines, with_names=True, with_times=True, at_once=False)
    sys.stdout.flush()
    found = capfdbinary.readouterr()
    assert found.out == b"a T1 one line\n"
    assert found.err == b"b T3 \xff\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-01-02T03:04:05.000000006+00:00", "2026-01-02T03:04:05.000000006Z"),
        ("2026-01-02T03:04:05.120000000Z", "2026-01-02T03:04:05.120000000Z"),
        ("2026-01-02T03:04:05.120000000+05:30", "2026-01-01T21:34:05.120000000Z"),
        ("2026-01-01T20:04:05.000000001-07:00", "2026-01-02T03:04:05.000000001Z"),
        ("T1", "T1"),
    ],
)
def test_times_of_a_log_are_printed_in_utc_as_docker_does(text: str, wanted: str) -> None:
    assert utc_time(text) == wanted


def test_each_container_has_a_color_of_its_own_that_ends_before_the_line_does(capfdbinary) -> None:
    lines = [(name, LogLine(time="T", stream="stdout", text=b"x\n")) for name in ("a", "b", "a")]
    print_lines(lines, with_names=True, with_times=False, at_once=True, with_colors=True)
    first, second, third = capfdbinary.readouterr().out.splitlines()
    assert (first, first[5:], second[5:]) == (third, b"a x\x1b[0m", b"b x\x1b[0m")
    assert first[:5] != second[:5]


@pytest.mark.parametrize(
    ("tail", "wanted"),
    [([], -1), (["--tail", "all"], -1), (["--tail", "-1"], -1), (["--tail", "5"], 5), (["-n", "0"], 0)],
)
def test_a_tail_is_a_number_of_lines_or_all(tail: list[str], wanted: int) -> None:
    assert log_options(call_of(*tail, "c", command="logs")).tail == wanted


@pytest.mark.parametrize("tail", ["some", "-2", "1.5", "²"])
def test_what_is_no_number_of_lines_is_an_error(tail: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        log_options(call_of("--tail", tail, "c", command="logs"))
    assert caught.value.subject == f"--tail {tail}"


def test_an_archive_appears_only_when_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(b"before")
    with pytest.raises(RuntimeError), output_stream(str(path)) as output:
        output.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"before"
    with output_stream(str(path)) as output:
        output.write(b"whole")
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"whole", ["a.tar"])


def test_what_is_no_regular_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "link"
    path.symlink_to("/dev/null")
    with output_stream(str(path)) as output:
        output.write(b"x")
    assert path.is_symlink()


def test_input_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught, input_stream(str(tmp_path / "absent")):
        pass
    assert caught.value.subject == str(tmp_path / "absent")
    (tmp_path / "there").write_bytes(b"x")
    with input_stream(str(tmp_path / "there")) as file:
        assert file.read() == b"x"


def test_a_layer_is_a_line_at_each_change_where_there_is_no_terminal() -> None:
    output = io.StringIO()
    lines = progress_for(output=output)
    assert isinstance(lines, Lines)
    digest = "sha256:" + "a" * 64
    for received, phase in ((0, "downloading"), (500, "downloading"), (1500, "extracting"), (1500, "done")):
        lines.layer(digest, 1500, received, phase)
    assert output.getvalue().splitlines() == [
        "aaaaaaaaaaaa: Downloading (1.5kB)", "aaaaaaaaaaaa: Extracting", "aaaaaaaaaaaa: Pull complete",
    ]  # fmt: skip
    assert progress_for(quiet=True, output=output) is None


def test_bars_are_drawn_over_the_ones_before() -> None:
    output = io.StringIO()
    output.fileno = lambda: os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)  # type: ignore[method-assign]
    bars = Bars(output)
    bars.layer("sha256:" + "a" * 64, 1000, 500, "downloading")
    bars.layer("sha256:" + "a" * 64, 1000, 1000, "done")
    first, second = output.getvalue().split("\033[1A")
    assert "[==============>               ] 500B/1kB" in first
    assert second.startswith("\033[2Kaaaaaaaaaaaa: Pull complete")


@pytest.mark.parametrize(
    ("answer", "wanted"), [("y\n", True), ("Y\n", True), ("yes\n", False), ("\n", False), ("", False)]
)
def test_only_y_goes_on(answer: str, wanted: bool, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert confirm(call_of(command="image prune"), "All will go.") == wanted
    assert capsys.readouterr().out == "WARNING! All will go.\nAre you sure you want to continue? [y/N] "


def test_force_asks_nothing_and_what_went_is_listed(capsys) -> None:
    call = call_of("--force", command="image prune")
    assert confirm(call, "All will go.")
    print_pruned(call, "Deleted Images:", ["a", "b"], 1_500_000)
    print_pruned(call, "Deleted Images:", [], 0)
    assert (
        capsys.readouterr().out == "Deleted Images:\na\nb\n\nTotal reclaimed space: 1.5MB\nTotal reclaimed space: 0B\n"
    )


RUNNING = Container(id="c1", name="web", state="running", started_at_ns=100 * S, pid=7, labels={"a": "b"})


@pytest.mark.parametrize(
    ("container", "wanted"),
    [
        (RUNNING, "Up 3 minutes"),
        (RUNNING.replace(health_status="healthy"), "Up 3 minutes (healthy)"),
        (RUNNING.replace(state="exited", exit_status=3, finished_at_ns=220 * S), "Exited (3) About a minute ago"),
        (RUNNING.replace(state="paused"), "Paused"),
        (RUNNING.replace(state="created"), "Created"),
    ],
)
def test_podmans_status_says_since_when(container: Container, wanted: str) -> None:
    assert podman_status(container, 280 * S) == wanted


def test_podmans_object_of_a_container_has_typed_values() -> None:
    found = container_object(RUNNING, 280 * S)
    assert (found["Id"], found["Names"], found["Pid"], found["StartedAt"], found["Exited"]) == (
        "c1",
        ["web"],
        7,
        100,
        False,
    )
    assert found["Labels"] == {"a": "b"}
    assert found["Ports"] is None
    json.dumps(found)


FULL = """
import os, sys
sys.path.insert(0, {root!r})
from cli.main import main
sys.argv[0] = "pycman"
sys.exit(main({argv!r}))
"""


@pytest.mark.parametrize(
    ("argv", "redirection", "status", "lines"),
    [(["--version"], "1>/dev/full", 1, 1), (["--help"], "1>/dev/full", 1, 1), (["nosuch"], "2>/dev/full", 1, 0),
     (["nosuch"], "1>/dev/full", 1, 1), (["--version"], "1>&-", 0, 0), (["nosuch"], "2>&-", 1, 0),
     (["completion", "bash"], "1>/dev/full", 1, 1)],
)  # fmt: skip
def test_a_stream_that_cannot_be_written_is_one_line_and_a_status(argv, redirection, status, lines) -> None:
    code = FULL.format(root=str(Path(__file__).resolve().parents[4]), argv=argv)
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, code],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (status, lines), done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_gone_ends_a_command_quietly() -> None:
    code = FULL.format(root=str(Path(__file__).resolve().parents[4]), argv=["--help"])
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")
