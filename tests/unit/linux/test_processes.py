"""Child processes with a timeout, trees of processes, orphans, and paths in /proc."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from pycman.linux.files import descriptor_path, shared_path
from pycman.linux.orphans import find_orphans, wait_for_orphans
from pycman.linux.process_tree import kill_tree
from pycman.linux.processes import (
    _says_ending,
    command_line,
    has_handler,
    is_ending,
    is_inherited,
    made_environment,
    namespace_path,
    poll_time,
    run,
    start_time,
)


def test_a_program_that_prints_without_end_is_killed_in_time() -> None:
    done = run(["/usr/bin/yes", "x" * 2], timeout_s=2)
    assert done.status == 137
    assert done.stdout.startswith(b"xx\n")


def test_a_program_that_closed_its_output_and_goes_on_is_killed_in_time() -> None:
    done = run(["/bin/sh", "-c", "echo said; exec >&- 2>&-; exec sleep 600"], timeout_s=2)
    assert (done.status, done.stdout) == (137, b"said\n")


def test_children_in_its_session_go_with_it() -> None:
    done = run(["/bin/sh", "-c", "sleep 600 & echo $!; wait"], timeout_s=2, new_session=True)
    assert done.status == 137
    assert _is_gone(int(done.stdout))


def test_only_the_beginning_of_an_output_is_kept_if_asked() -> None:
    done = run(["/bin/sh", "-c", "yes | head -c 300000; yes no | head -c 10 >&2"], timeout_s=60, limit_bytes=1000)
    assert (done.status, done.stdout, done.stderr) == (0, b"y\n" * 500, b"no\nno\nno\nn")


def test_output_that_others_go_on_writing_is_not_read_for_ever() -> None:
    done = run(["/bin/sh", "-c", "trap '' PIPE; echo $$; yes & wait"], timeout_s=2, limit_bytes=100)
    assert done.status == 137


def test_output_of_a_child_that_outlives_its_program_is_not_waited_for_if_asked(tmp_path) -> None:
    """The child holds both outputs until the test lets it go; without a time limit nothing else ends the wait for it."""
    os.mkfifo(tmp_path / "go")
    script = f"(read word <{tmp_path}/go; yes) & echo said; exit 3"
    done = run(["/bin/sh", "-c", script], own_output=True)
    assert (done.status, done.stdout, done.stderr) == (3, b"said\n", b"")
    (tmp_path / "go").write_text("now\n")  # `yes` ends, as nobody reads what it writes


def test_a_child_that_outlives_its_program_and_writes_without_end_is_not_read_for_ever() -> None:
    script = "(trap '' PIPE; yes; echo ended >&2) & head -c 100000 /dev/zero; exit 4"
    done = run(["/bin/sh", "-c", script], timeout_s=600, limit_bytes=1000, own_output=True)
    assert (done.status, len(done.stdout)) == (4, 1000)


def test_all_that_a_program_has_written_is_read_though_a_child_outlives_it(tmp_path) -> None:
    os.mkfifo(tmp_path / "go")
    script = f"(read word <{tmp_path}/go) & head -c 1000000 /dev/zero; head -c 60000 /dev/zero >&2"
    done = run(["/bin/sh", "-c", script], own_output=True)
    assert (done.status, len(done.stdout), len(done.stderr)) == (0, 1000000, 60000)
    (tmp_path / "go").write_text("now\n")


def test_a_tree_of_processes_is_ended_as_a_whole() -> None:
    ended = []

    def end() -> None:
        pids = [int(line) for line in names.read_text().split()]
        assert kill_tree(pids[0], start_time(pids[0]))
        ended.extend(pids)

    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "pids"
        script = f"echo $$ >>{names}; sh -c 'echo $$ >>{names}; setsid sh -c \"echo \\$\\$ >>{names}; sleep 600\" & wait' & wait"
        assert run(["/bin/sh", "-c", script], timeout_s=3, at_timeout=end).status == 137
    assert len(ended) == 3
    assert all(_is_gone(pid) for pid in ended)


def test_a_tree_whose_number_is_another_process_now_is_let_be() -> None:
    assert not kill_tree(os.getpid(), start_time(os.getpid()) - 1)


def test_a_program_that_ends_in_time_keeps_its_status_and_output() -> None:
    done = run(["/bin/sh", "-c", "cat; echo no >&2; exit 3"], stdin=b"hello", timeout_s=60, new_session=True)
    assert (done.status, done.stdout, done.stderr) == (3, b"hello", b"no\n")


def test_an_orphan_is_found_by_its_folder_and_a_variable_and_killed_at_last(tmp_path) -> None:
    os.mkfifo(tmp_path / "never")
    script = tmp_path / "hang"
    script.write_text(f"#!/bin/sh\nexec >&- 2>&-\nread never <{tmp_path}/never\n")
    script.chmod(0o755)
    run(["/bin/sh", "-c", f"setsid {script} & exit"], env={"WHOSE": "mine", "PATH": "/usr/bin"}, timeout_s=60)
    orphans = find_orphans([str(tmp_path)], "WHOSE=mine")
    assert len(orphans) == 1
    assert find_orphans([str(tmp_path)], "WHOSE=min") == []
    assert find_orphans([str(tmp_path)[:-1]], "WHOSE=mine") == []
    wait_for_orphans([str(tmp_path)], "WHOSE=mine", 0.05)
    assert find_orphans([str(tmp_path)], "WHOSE=mine") == []


def test_a_process_has_its_arguments_until_it_has_ended() -> None:
    with subprocess.Popen(["cat", "-", "/dev/null"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
        cat.stdin.write(b"x")
        cat.stdin.flush()
        assert cat.stdout.read(1) == b"x"  # before it runs, the kernel has no arguments to show
        assert command_line(cat.pid) == ["cat", "-", "/dev/null"]
    assert command_line(cat.pid) == []


def test_a_handler_is_one_of_the_processs_own() -> None:
    before = signal.signal(signal.SIGUSR2, lambda *_: None)
    try:
        assert has_handler(os.getpid(), signal.SIGUSR2)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        assert not has_handler(os.getpid(), signal.SIGUSR2)
    finally:
        signal.signal(signal.SIGUSR2, before)


def test_namespaces_have_a_path_by_process() -> None:
    assert os.readlink(namespace_path("self", "net")) == os.readlink(namespace_path(os.getpid(), "net"))
    assert not os.path.exists(namespace_path(0, "net"))  # what a container without a process has in its row


def test_paths_of_descriptors_lead_to_what_was_opened_though_its_name_is_another_now(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_text("first")
    folder = os.open(tmp_path / "a", os.O_PATH | os.O_DIRECTORY)
    try:
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "a").mkdir()
        assert Path(descriptor_path(folder, "file")).read_text() == "first"
        assert os.listdir(descriptor_path(folder)) == ["file"]
        assert subprocess.check_output(["cat", f"{shared_path(folder)}/file"]) == b"first"
    finally:
        os.close(folder)


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                if file.read().rpartition(b")")[2].split()[0] == b"Z":
                    return True
        except FileNotFoundError:
            return True
    return False


def test_a_child_gets_what_is_made_for_it_and_not_what_we_happen_to_have(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("LISTEN_FDS", "3")
    monkeypatch.setenv("PASSWORD", "secret")
    monkeypatch.setenv("CONTAINERS_CONF", "/etc/mine.conf")
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
    umask = os.umask(0)
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        done = run(["/bin/sh", "-c", "umask; cat /proc/self/status; env; readlink /proc/self/fd/*"], timeout_s=60)
        assert os.umask(0) == 0
        assert is_inherited(kept)
    finally:
        os.close(kept)
        os.umask(umask)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, ignored)
    text = done.stdout.decode()
    masks = {line[:6]: int(line[7:], 16) for line in text.splitlines() if line.startswith(("SigBlk", "SigIgn"))}
    assert masks["SigBlk"] == 0
    assert masks["SigIgn"] & ~(1 << 31 | 1 << 32) == 0  # those two are the C library's
    assert text.startswith("0022\n")
    assert "CONTAINERS_CONF=/etc/mine.conf\n" in text
    assert str(tmp_path) not in text
    assert "LISTEN_FDS" not in text
    assert "secret" not in text


def test_what_pycman_opens_itself_was_not_given_to_it(tmp_path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    assert not is_inherited(descriptor)
    os.close(descriptor)
    assert not is_inherited(descriptor)


def test_programs_are_found_also_without_a_path(monkeypatch) -> None:
    monkeypatch.delenv("PATH")
    assert "/usr/bin" in made_environment()["PATH"].split(":")


def test_times_that_poll_cannot_count_are_no_limit() -> None:
    assert [poll_time(seconds) for seconds in (0, 0.5, 10, 2_000_000)] == [0, 500, 10_000, 2_000_000_000]
    assert [poll_time(seconds) for seconds in (-1, 3_000_000, 1e30, 10**40)] == [None] * 4
    assert run(["/bin/echo", "x"], timeout_s=1e30).stdout == b"x\n"


def test_a_process_that_was_killed_is_ending_though_it_still_runs() -> None:
    child = subprocess.Popen(["sleep", "600"])
    assert not is_ending(child.pid)
    assert not is_ending(os.getpid())
    child.kill()
    assert is_ending(child.pid)  # whichever state it is in: not yet woken, on its way out, a zombie
    child.wait()
    assert is_ending(child.pid)


@pytest.mark.parametrize(
    ("state", "flags", "pending", "ending"),
    [
        ("S", 4194304, 0, False),
        ("R", 4194304, 1 << 14, False),
        ("R", 4194304, 1 << 8, True),
        ("R", 4194308, 0, True),
        ("Z", 4227084, 0, True),
    ],
    ids=["sleeps", "sigterm", "sigkill", "exits", "zombie"],
)
def test_the_kernels_line_says_that_a_process_is_ending(state: str, flags: int, pending: int, ending: bool) -> None:
    others = "1 1 1 0 -1", "95 0 0 0 0 0 0 0 20 0 1 0 55 5726208 226 18446744073709551615 1 1 0 0 0"
    line = f"7 (a) b) {state} {others[0]} {flags} {others[1]} {pending} 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    assert _says_ending(line.encode()) is ending
