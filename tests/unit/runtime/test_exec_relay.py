"""Passing bytes between a caller's streams and a process, with real processes and pipes; no container is needed for it."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty

import pytest

from pycman.errors import OutputFailed
from pycman.runtime.attach import Streams
from pycman.runtime.exec_process import ExecProcess
from pycman.runtime.exec_relay import Flow, Relay


@pytest.fixture
def null():
    descriptor = os.open("/dev/null", os.O_RDWR)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def files(tmp_path):
    """Three files for a process's streams; `texts` reads the last two."""

    class Files:
        stdin = os.open(tmp_path / "in", os.O_RDWR | os.O_CREAT)
        stdout = os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
        stderr = os.open(tmp_path / "err", os.O_RDWR | os.O_CREAT)

        def texts(self) -> tuple[bytes, bytes]:
            return (tmp_path / "out").read_bytes(), (tmp_path / "err").read_bytes()

        def streams(self, **changes) -> Streams:
            return Streams(**{"stdin": self.stdin, "stdout": self.stdout, "stderr": self.stderr, **changes})

    made = Files()
    yield made
    for descriptor in (made.stdin, made.stdout, made.stderr):
        os.close(descriptor)


def start(null: int, script: str, wanted=(True, True, True)) -> ExecProcess:
    return ExecProcess.with_pipes(["/bin/sh", "-c", script], "/nonexistent", null, wanted, {})


def finish(process: ExecProcess, streams: Streams, *, complains: bool = False) -> int:
    relay = Relay(process, streams, lambda status: complains and status != 0)
    try:
        assert relay.run() == "ended"
    finally:
        process.close()
    return relay.status


def test_all_three_streams_and_the_status(null, files) -> None:
    os.write(files.stdin, b"typed\n")
    os.lseek(files.stdin, 0, os.SEEK_SET)
    assert finish(start(null, "cat; echo error >&2; exit 3"), files.streams()) == 3
    assert files.texts() == (b"typed\n", b"error\n")


def test_a_process_killed_by_a_signal_has_128_and_its_number(null, files) -> None:
    assert finish(start(null, "echo first; kill -9 $$"), files.streams()) == 137
    assert files.texts() == (b"first\n", b"")


def test_a_complaint_is_not_shown_and_other_errors_are(null, files) -> None:
    assert finish(start(null, "echo complaint >&2; exit 1"), files.streams(), complains=True) == 1
    assert files.texts() == (b"", b"")
    assert finish(start(null, "echo complaint >&2; exit 0"), files.streams(), complains=True) == 0
    assert files.texts() == (b"", b"complaint\n")


def test_errors_are_shown_while_the_process_runs_though_it_cannot_be_seen_whose_they_are(null, files) -> None:
    read, write = os.pipe()
    answer_read, answer_write = os.pipe()
    process = start(null, "echo question >&2; read answer; echo $answer")

    def answer() -> None:
        os.write(answer_write, os.read(read, 100))
        os.close(answer_write)

    helper = threading.Thread(target=answer)
    helper.start()
    assert finish(process, files.streams(stdin=answer_read, stderr=write)) == 0
    helper.join()
    assert files.texts()[0] == b"question\n"
    for descriptor in (read, write, answer_read):
        os.close(descriptor)


@pytest.mark.parametrize("size", [1, 4096, 65536, 65537, 3_000_000])
@pytest.mark.parametrize("through", ["file", "pipe", "terminal"])
def test_nothing_is_lost_however_slow_the_reader(null, files, size: int, through: str) -> None:
    process = start(null, f"head -c {size} /dev/zero")
    if through == "file":
        assert finish(process, files.streams()) == 0
        assert len(files.texts()[0]) == size
        return
    read, write = os.pipe() if through == "pipe" else pty.openpty()
    total = 0

    def consume() -> None:
        nonlocal total
        while total < size:
            total += len(os.read(read, 1 + total % 5000))

    reader = threading.Thread(target=consume)
    reader.start()
    assert finish(process, files.streams(stdin=-1, stdout=write)) == 0
    reader.join(timeout=60)
    assert total == size
    os.close(read)
    os.close(write)


def test_a_reader_that_goes_ends_the_writer(null, files) -> None:
    read, write = os.pipe()
    os.close(read)
    assert finish(start(null, "exec yes"), files.streams(stdout=write)) == 141
    os.close(write)


def test_a_full_disk_is_an_error_and_no_lost_output(null, files) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = start(null, "exec yes")
    with pytest.raises(OutputFailed, match="no space left"):
        finish(process, files.streams(stdout=full))
    assert process.wait() == 141
    os.close(full)


def test_input_that_nobody_reads_is_left_alone(null, files) -> None:
    read, write = os.pipe()
    process = start(null, "exec <&-; echo closed")
    assert finish(process, files.streams(stdin=read)) == 0
    os.close(read)
    os.close(write)


def test_a_descriptor_that_another_process_keeps_open_is_not_waited_for(null, files) -> None:
    process = start(null, "sleep 600 & echo $!")
    assert finish(process, files.streams()) == 0
    os.kill(int(files.texts()[0]), 9)


def test_the_detach_keys_leave_the_process_and_its_terminal(files) -> None:
    process = ExecProcess.with_copied_terminal(["/bin/cat"], "/nonexistent", {})
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.write(ours, b"\x10\x11")
    relay = Relay(process, files.streams(stdin=theirs, terminal=True), lambda _status: False)
    assert relay.run() == "detached"
    process.signal(9)
    assert process.wait() == 137
    process.close()
    os.close(ours)
    os.close(theirs)


def test_a_flow_waits_for_one_side_at_a_time() -> None:
    source, source_write = os.pipe()
    target_read, target = os.pipe()
    os.set_blocking(source, False)
    flow = Flow(source, target, kept=True)
    assert flow.awaited_event() == (source, select.POLLIN)
    os.write(source_write, b"abc")
    flow.advance()
    assert flow.has_kept
    assert flow.awaited_event() == (source, select.POLLIN)
    flow.release()
    assert flow.awaited_event() == (target, select.POLLOUT)
    flow.advance()
    assert os.read(target_read, 10) == b"abc"
    assert flow.awaited_event() == (source, select.POLLIN)
    os.close(source_write)
    flow.advance()
    assert flow.is_finished
    for descriptor in (source, target_read, target):
        os.close(descriptor)
