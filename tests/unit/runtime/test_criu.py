"""What CRIU's log says of a failure is told in one line, with who cannot: CRIU, the kernel, or the container."""

from __future__ import annotations

import pytest

from pycman.errors import Corrupt, RuntimeFailed, Unsupported
from pycman.runtime.conmon import monitor_argv
from pycman.runtime.criu import explain_failure, options_file, read_statistics
from pycman.runtime.monitor import Monitor, RuntimeProgram

PASSING = "(00.116850) Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n"
ERROR = RuntimeFailed("criu failed: type NOTIFY errno 0", subject="runc")


def told(tmp_path, text: str):
    log = tmp_path / "dump.log"
    log.write_text(PASSING + text)
    return explain_failure(ERROR, str(log), name="web", version="3.17.1")


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("(00.0) Error (criu/vdso.c:381): vdso: Unexpected rt vDSO area bounds", Unsupported, "criu 3.17.1: it is too old"),
        ("(00.1) Error (criu/sk-inet.c:191): inet: Connected TCP socket, consider using --tcp-established option.", RuntimeFailed,
         "web: it has open TCP connections (use --tcp-established)"),
        ("(00.1) Error (criu/file-lock.c:122): Some file locks are hold by dumping tasks! You can try --file-locks", RuntimeFailed,
         "web: it holds locks on files (use --file-locks)"),
        ("(00.2) Error (criu/files-reg.c:1790): Can't lookup mount=27 for fd=1 path=/out", RuntimeFailed, "web: it has a file open"),
        ("(00.2) Error (criu/mount.c:3141): mnt: No mapping for 242:(null) mountpoint", RuntimeFailed,
         "web: CRIU failed: mnt: No mapping for 242:(null) mountpoint"),
    ],
    ids=["vdso", "tcp", "locks", "file", "other"],
)  # fmt: skip
def test_a_failure_is_one_line_that_says_who_cannot(tmp_path, line, kind, words) -> None:
    error = told(tmp_path, f"(00.0) Running\n{line}\n(00.3) Error (criu/cr-dump.c:1975): Dumping FAILED.\n")
    assert type(error) is kind
    assert "\n" not in str(error)
    shown = f"{error} ({error.hint})" if error.hint else str(error)
    assert shown.startswith(words)


def test_without_an_error_in_the_log_the_runtimes_words_are_told(tmp_path) -> None:
    assert told(tmp_path, "(00.0) Running\n") is ERROR
    assert explain_failure(ERROR, str(tmp_path / "none"), name="web", version="") is ERROR


def test_memory_that_is_not_tracked_is_the_kernels_lack(tmp_path) -> None:
    error = explain_failure(
        RuntimeFailed("CRIU is missing features", subject="runc"), str(tmp_path / "none"), name="x", version="4"
    )
    assert isinstance(error, Unsupported)
    assert str(error).startswith("kernel ")
    assert "--pre-checkpoint" in error.hint


def test_statistics_are_read_by_podmans_names(tmp_path) -> None:
    inner = bytes([0x08, 0x85, 0x8E, 0x06, 0x10, 0x01, 0x28, 0x30])  # 1: 100101, 2: 1, 5: 48
    message = bytes([0x0A, len(inner)]) + inner
    path = tmp_path / "stats-dump"
    path.write_bytes(b"\x10\x43\x25\x55\x56\x40\x19\x57" + len(message).to_bytes(4, "little") + message)
    found = read_statistics(str(path))
    assert (found["freezing_time"], found["frozen_time"], found["pages_scanned"], found["pages_written"]) == (
        100101,
        1,
        48,
        0,
    )
    assert read_statistics(str(tmp_path / "none")) == {}


@pytest.mark.parametrize(
    "data", [b"short", b"12345678" + b"\x03\0\0\0" + b"\x0a\x7f\x01", b"12345678" + b"\x01\0\0\0" + b"\x80"]
)
def test_damaged_statistics_are_told(tmp_path, data) -> None:
    path = tmp_path / "stats-dump"
    path.write_bytes(data)
    with pytest.raises(Corrupt):
        read_statistics(str(path))


def test_the_options_leave_the_network_namespace_out() -> None:
    assert options_file("runc-of-a-test", "4026532").endswith("\nexternal net[4026532]:extRootNetNS\n")


def test_conmon_is_asked_to_restore_in_place_of_creating() -> None:
    monitor = Monitor(
        container_id="c", name="c", bundle="/b", pid_file="/p",
        conmon_pid_file="/q", exit_dir="/e", persist_dir="/d", keyring=False, restore_from="/images",
        restore_options=("--tcp-established",),
    )  # fmt: skip
    program = RuntimeProgram(name="runc", path="/usr/bin/runc")
    argv = monitor_argv(monitor, program, "conmon")
    assert argv[argv.index("--restore") + 1] == "/images"
    assert argv[argv.index("--runtime-opt") + 1] == "--tcp-established"
    assert "--no-new-keyring" not in argv  # the runtime's restore has no such option
    assert "--restore" not in monitor_argv(monitor.replace(restore_from=""), program, "conmon")
