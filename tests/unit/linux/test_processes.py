"""Children that are given a time."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from pycman.linux.orphans import find_strays, wait_for_strays
from pycman.linux.process_tree import kill_tree
from pycman.linux.processes import run, start_time


def test_a_program_that_prints_without_end_is_killed_in_time() -> None:
    done = run(["/usr/bin/yes", "x" * 2], timeout_s=0.2)
    assert done.status == 137
    assert done.stdout.startswith(b"xx\n")


def test_a_program_that_closed_its_output_and_goes_on_is_killed_in_time() -> None:
    began = time.monotonic()
    done = run(["/bin/sh", "-c", "echo said; exec >&- 2>&-; exec sleep 600"], timeout_s=0.2)
    assert (done.status, done.stdout) == (137, b"said\n")
    assert time.monotonic() - began < 60


def test_children_in_its_session_go_with_it() -> None:
    done = run(["/bin/sh", "-c", "sleep 600 & echo $!; wait"], timeout_s=0.3, new_session=True)
    assert done.status == 137
    assert _is_gone(int(done.stdout))


def test_only_the_beginning_of_an_output_is_kept_if_asked() -> None:
    done = run(["/bin/sh", "-c", "yes | head -c 300000; yes no | head -c 10 >&2"], timeout_s=60, limit_bytes=1000)
    assert (done.status, done.stdout, done.stderr) == (0, b"y\n" * 500, b"no\nno\nno\nn")


def test_output_that_others_go_on_writing_is_not_read_for_ever() -> None:
    began = time.monotonic()
    done = run(["/bin/sh", "-c", "trap '' PIPE; echo $$; yes & wait"], timeout_s=0.2, limit_bytes=100)
    assert done.status == 137
    assert time.monotonic() - began < 60


def test_a_tree_of_processes_is_ended_as_a_whole() -> None:
    ended = []

    def end() -> None:
        pids = [int(line) for line in names.read_text().split()]
        assert kill_tree(pids[0], start_time(pids[0]))
        ended.extend(pids)

    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "pids"
        script = f"echo $$ >>{names}; sh -c 'echo $$ >>{names}; setsid sh -c \"echo \\$\\$ >>{names}; sleep 600\" & wait' & wait"
        assert run(["/bin/sh", "-c", script], timeout_s=0.5, at_timeout=end).status == 137
    assert len(ended) == 3
    assert all(_is_gone(pid) for pid in ended)


def test_a_tree_whose_number_is_another_process_now_is_let_be() -> None:
    assert not kill_tree(os.getpid(), start_time(os.getpid()) - 1)


def test_a_program_that_ends_in_time_keeps_its_status_and_output() -> None:
    done = run(["/bin/sh", "-c", "cat; echo no >&2; exit 3"], stdin=b"hello", timeout_s=60, new_session=True)
    assert (done.status, done.stdout, done.stderr) == (3, b"hello", b"no\n")


def test_a_stray_is_found_by_its_folder_and_a_variable_and_killed_at_last(tmp_path) -> None:
    os.mkfifo(tmp_path / "never")
    script = tmp_path / "hang"
    script.write_text(f"#!/bin/sh\nexec >&- 2>&-\nread never <{tmp_path}/never\n")
    script.chmod(0o755)
    run(["/bin/sh", "-c", f"setsid {script} & exit"], env={"WHOSE": "mine", "PATH": "/usr/bin"}, timeout_s=60)
    found = find_strays([str(tmp_path)], "WHOSE=mine")
    assert len(found) == 1
    assert find_strays([str(tmp_path)], "WHOSE=min") == []
    assert find_strays([str(tmp_path)[:-1]], "WHOSE=mine") == []
    wait_for_strays([str(tmp_path)], "WHOSE=mine", 0.05)
    assert find_strays([str(tmp_path)], "WHOSE=mine") == []


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                if file.read().rpartition(b")")[2].split()[0] == b"Z":
                    return True
        except FileNotFoundError:
            return True
    return False
