"""A real pseudo-terminal in front of the command line."""

from __future__ import annotations

import os
import signal
import subprocess

from tests.support.terminals import Terminal
from tests.support.waiting import wait_until


def test_a_shell_in_a_terminal_answers_and_its_status_comes_through(pycman) -> None:
    terminal = Terminal(pycman, "run", "--rm", "-it", "busybox:1", "sh")
    terminal.until(b"# ")
    terminal.type(b"test -t 0 && echo is-a-$((1+1))\n")
    terminal.until(b"is-a-2")
    terminal.type(b"exit 5\n")
    assert terminal.end() == 5


def test_the_detach_keys_leave_it_running_and_attach_comes_back(pycman) -> None:
    terminal = Terminal(pycman, "run", "-it", "--name", "c", "busybox:1", "sh")
    terminal.until(b"# ")
    terminal.type(b"\x10\x11")
    assert terminal.end() == 0
    assert pycman("ps", "--format", "{{.Names}}") == "c\n"
    again = Terminal(pycman, "attach", "c")
    again.until(b"# ")  # drawn anew without a key
    again.type(b"echo back-$((1+1)); exit 3\n")
    again.until(b"back-2")
    assert again.end() == 3


def test_exec_has_a_terminal_too(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    terminal = Terminal(pycman, "exec", "-it", "c", "sh")
    terminal.until(b"# ")
    terminal.type(b"test -t 0 && exit 7\n")
    assert terminal.end() == 7


def has_file(pycman, path: str) -> bool:
    return pycman.run("exec", "c", "test", "-e", path).returncode == 0


def test_exec_in_a_terminal_loses_nothing(pycman) -> None:
    """What a process says just before its end: each time, however close the two are."""
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    for _time in range(50):
        terminal = Terminal(pycman, "exec", "-it", "c", "sh", "-c", "echo hello; exit 3")
        assert (terminal.end(), terminal.left) == (3, b"hello\r\n")


def test_exec_gives_a_terminal_where_the_caller_has_none(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    done = pycman.run("exec", "-t", "c", "sh", "-c", "test -t 0 && test -t 1 && tty; echo $TERM; exit 5")
    assert (done.returncode, done.stdout) == (5, b"/dev/pts/0\r\nxterm\r\n")
    assert done.stderr == b""


def test_exec_has_the_size_of_the_callers_terminal_and_follows_it(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    # crun hands the terminal over and goes on: the command may look before the caller has set the size
    script = "until stty size 2>/dev/null; do :; done; trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done"
    terminal = Terminal(pycman, "exec", "-it", "c", "sh", "-c", script)
    assert terminal.until(b"ready").split() == [b"43", b"121"]
    terminal.resize(44, 122)
    terminal.until(b"44 122")
    terminal.type(b"\x03")
    assert terminal.end() == 128 + signal.SIGINT


def test_keys_reach_a_process_of_exec(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    terminal = Terminal(
        pycman,
        "exec",
        "-it",
        "c",
        "sh",
        "-c",
        "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done",
    )
    terminal.until(b"ready")
    terminal.type(b"\x03")
    terminal.until(b"caught")
    assert terminal.end() == 9


def test_the_detach_keys_leave_a_process_of_exec_running(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    script = "trap 'touch /tmp/hung-up' HUP; echo ready; until test -e /tmp/go; do echo more; done; touch /tmp/done"
    terminal = Terminal(pycman, "exec", "-it", "c", "sh", "-c", script)
    terminal.until(b"ready")
    terminal.type(b"\x10\x11")
    assert terminal.end() == 0
    assert pycman("inspect", "--format", "{{len .ExecIDs}}", "c") == "1\n"
    pycman("exec", "c", "touch", "/tmp/go")
    wait_until(lambda: has_file(pycman, "/tmp/done"), "it did not go on")
    assert not has_file(pycman, "/tmp/hung-up")
    wait_until(lambda: pycman("inspect", "--format", "{{len .ExecIDs}}", "c") == "0\n", "its session does not end")


def test_wrong_detach_keys_are_refused_before_anything_runs(root_pycman) -> None:
    root_pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    line = root_pycman.fails("exec", "-t", "--detach-keys", "nonsense", "c", "touch", "/tmp/ran")
    assert "not a detach key" in line
    assert not has_file(root_pycman, "/tmp/ran")
    for command in ("run", "create"):
        line = root_pycman.fails(command, "--detach-keys", "ctrl-1", "busybox:1", "true", status=125)
        assert "not a detach key" in line
    assert root_pycman("ps", "-aq", "--no-trunc").count("\n") == 1  # neither made a container


def test_exec_in_the_background_may_have_a_terminal(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    pycman("exec", "-d", "-t", "c", "sh", "-c", "test -t 1 && head -c 300000 /dev/zero && touch /tmp/done")
    wait_until(lambda: has_file(pycman, "/tmp/done"), "nobody reads its terminal")


def test_signals_reach_a_process_of_exec_that_is_not_typed_to(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    for flags in ([], ["-i"], ["-t"]):
        for name, number in (("INT", signal.SIGINT), ("TERM", signal.SIGTERM), ("USR1", signal.SIGUSR1)):
            script = f"trap 'echo {name}; exit 8' {name}; echo ready; while :; do sleep 0.1; done"
            client = pycman.start(
                "exec", *flags, "c", "sh", "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )  # fmt: skip
            assert client.stdout.readline().strip() == b"ready"
            client.send_signal(number)
            assert client.stdout.readline().strip() == name.encode()
            assert client.wait(timeout=120) == 8
            client.stdin.close()
            client.stdout.close()


def test_a_process_of_exec_goes_on_when_its_caller_is_killed(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    script = "echo ready; until test -e /tmp/go; do sleep 0.1; done; touch /tmp/done"
    client = pycman.start("exec", "c", "sh", "-c", script, stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"ready\n"
    client.kill()
    client.wait()
    client.stdout.close()
    pycman("exec", "c", "touch", "/tmp/go")
    wait_until(lambda: has_file(pycman, "/tmp/done"), "it did not go on")


def test_a_process_of_exec_is_hung_up_when_the_caller_that_holds_its_terminal_is_killed(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    script = "trap 'touch /tmp/hung-up; exit' HUP; echo ready; while :; do sleep 0.1; done"
    client = pycman.start("exec", "-t", "c", "sh", "-c", script, stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"ready\r\n"
    client.kill()
    client.wait()
    client.stdout.close()
    wait_until(lambda: has_file(pycman, "/tmp/hung-up"), "nobody hung up")


def test_exec_ends_with_the_reader_of_its_output(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    client = pycman.start("exec", "c", "sh", "-c", "while :; do echo y; done", stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"y\n"
    client.stdout.close()
    assert client.wait(timeout=120) == 128 + signal.SIGPIPE


def test_much_passes_through_exec_whole(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    data = os.urandom(1 << 16) * 320  # 20 MiB
    assert pycman.run("exec", "-i", "c", "cat", stdin=data).stdout == data
    script = "cat; echo end >&2; exit 7"
    done = pycman.run("exec", "-i", "c", "sh", "-c", script, stdin=data)
    assert (done.returncode, done.stdout == data, done.stderr) == (7, True, b"end\n")


def test_exec_does_not_wait_for_input_that_nobody_reads(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    client = pycman.start(
        "exec", "-i", "c", "sh", "-c", "exec <&-; echo closed; exit 2", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert client.wait(timeout=120) == 2
    assert client.stdout.read() == b"closed\n"
    client.stdin.close()
    client.stdout.close()


def test_a_slow_reader_gets_all(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "100")
    client = pycman.start(
        "exec",
        "c",
        "sh",
        "-c",
        "head -c 1000000 /dev/zero; echo end >&2",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert client.stderr.read(0) == b""
    total = 0
    while data := os.read(client.stdout.fileno(), 1000):
        total += len(data)
    assert (total, client.stderr.read(), client.wait(timeout=120)) == (1000000, b"end\n", 0)
    client.stdout.close()
    client.stderr.close()
