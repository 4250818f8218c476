"""What a container can do with the descriptors, signals and variables that reach it: nothing with the host's.

The container's programs are the attackers. Through /proc/self/fd they open again what they were given, with other rights than it was
opened with; the caller of pycman has files open, signals ignored and variables set that must not come through.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

ATTACK = (
    "for n in 0 1 2 3 4 5 6 7 8 9; do"
    " f=/proc/self/fd/$n; test -f $f && { echo evil >$f; chmod 4777 $f; cat $f >>/tmp/read; : >$f; };"
    " done; sleep 0"
)
"""Whatever regular file is open is written, made set-uid, read and emptied."""
LOOK = (
    "exec 9>&1; for n in 0 1 2 3 4 5 6 7 8; do test -e /proc/$$/fd/$n && echo $n $(readlink /proc/$$/fd/$n); done >&9;"
    " stat -L -c 'null %d %i' /dev/null; stat -L -c 'zero %d %i' /proc/$$/fd/0; grep -E '^(Sig(Ign|Blk)|Umask|Groups)' /proc/self/status; env"
)
"""Prints what a process was given. 9 is the shell's own."""
KEPT_BY_C_LIBRARY = 1 << 31 | 1 << 32
"""Signals 32 and 33, which glibc's posix_spawn leaves ignored for every child; no program can use them."""


@pytest.fixture
def files(pycman):
    """Three files of the caller's: what it reads, what it writes, what it appends to."""
    folder = Path(pycman.folder) / "mine"
    folder.mkdir()
    found = {name: folder / name for name in ("script", "output", "log")}
    for name, path in found.items():
        path.write_text(f"old {name}\n")
        path.chmod(0o666)
    return found


def attack(pycman, files, *words: str) -> int:
    """Run a command with those files as its streams."""
    with (
        open(files["script"], "rb") as stdin,
        open(files["output"], "wb") as stdout,
        open(files["log"], "ab") as stderr,
    ):
        return pycman.start(*words, stdin=stdin, stdout=stdout, stderr=stderr).wait(timeout=60)


def assert_unharmed(files, output: str = "") -> None:
    assert files["script"].read_text() == "old script\n"
    assert files["log"].read_text() == "old log\n"
    assert files["output"].read_text() == output
    assert {path.stat().st_mode & 0o7777 for path in files.values()} == {0o666}


def test_exec_gives_a_container_none_of_the_callers_files(pycman, files) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    for flags in (["-i"], [], ["-t"]):
        assert attack(pycman, files, "exec", *flags, "c", "sh", "-c", ATTACK) == 0
        assert_unharmed(files)
    assert pycman("exec", "c", "sh", "-c", "cat /tmp/read || echo nothing") == "nothing\n"


def test_exec_in_the_background_gives_a_container_none_of_the_callers_files(pycman, files) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    session = files["output"].parent / "session"
    for number, flags in enumerate((["-d"], ["-d", "-t"])):
        with open(files["script"], "rb") as stdin, open(session, "wb") as stdout, open(files["log"], "ab") as stderr:
            words = ("exec", *flags, "c", "sh", "-c", f"{ATTACK}; touch /tmp/done-{number}")
            assert pycman.start(*words, stdin=stdin, stdout=stdout, stderr=stderr).wait(timeout=60) == 0
        wait_until(
            lambda n=number: pycman.run("exec", "c", "test", "-e", f"/tmp/done-{n}").returncode == 0, "it does not end"
        )
        assert_unharmed(files, output="old output\n")
    assert pycman("exec", "c", "sh", "-c", "cat /tmp/read || echo nothing") == "nothing\n"


def test_run_gives_a_container_none_of_the_callers_files(pycman, files) -> None:
    for flags in (["-i"], []):
        assert attack(pycman, files, "run", "--rm", *flags, "busybox:1", "sh", "-c", ATTACK) == 0
        assert_unharmed(files)


def test_a_container_that_watches_for_open_files_sees_none_of_the_callers(pycman, files) -> None:
    """A race: its processes look into every process they can see while others are started by exec."""
    files["script"].write_text("secret-of-the-host\n")
    watch = "while :; do grep -l secret-of-the-host /proc/[0-9]*/fd/* >>/tmp/seen 2>/dev/null; done"
    pycman("run", "-d", "--name", "c", "busybox:1", "sh", "-c", f"({watch}) & ({watch}) & wait")
    for _chance in range(30):
        with open(files["script"], "rb") as stdin, open(files["script"], "rb") as extra:
            done = subprocess.run(
                pycman.argv("exec", "-i", "c", "true"), stdin=stdin, stdout=subprocess.PIPE, check=False, timeout=60,
                pass_fds=(extra.fileno(),), **pycman.options(),
            )  # fmt: skip
        assert done.returncode == 0
    assert pycman("exec", "c", "sh", "-c", "cat /tmp/seen") == ""


def hostile(pycman, *words: str) -> str:
    """Run a command as a careless parent would: files open, signals ignored and blocked, a umask, variables; return its output."""

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGALRM})
        os.umask(0)
        for number in (3, 4, 5, 6, 7, 8):
            os.dup2(kept, number)

    kept = os.open("/etc/hostname", os.O_RDONLY)
    variables = {
        "LISTEN_FDS": "6", "LISTEN_FDNAMES": "a:b:c", "LISTEN_PID": "1", "NOTIFY_SOCKET": "/run/of-the-caller", "SECRET": "of-the-caller",
        "PYTHONINSPECT": "", "LD_LIBRARY_PATH": "/of-the-caller",
    }  # fmt: skip
    options = pycman.options(variables)
    if pycman.user == "root":
        options["extra_groups"] = [4, 24, 27]
    try:
        done = subprocess.run(
            pycman.argv(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
            close_fds=False, preexec_fn=prepare, **options,
        )  # fmt: skip
    finally:
        os.close(kept)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_nothing_inherited(pycman, text: str, *, given: int = 3) -> None:
    lines = text.replace("\r", "").splitlines()
    streams = dict(line.split(None, 1) for line in lines if line[:1].isdigit())
    assert sorted(streams) == [str(number) for number in range(given)], text
    for target in streams.values():
        assert target.startswith(("pipe:", "/dev/null", "/dev/pts/", "socket:")), text
    facts = dict(line.split(":", 1) for line in lines if line.startswith(("Sig", "Umask", "Groups")))
    assert int(facts["SigIgn"], 16) & ~KEPT_BY_C_LIBRARY == 0, text
    assert int(facts["SigBlk"], 16) == 0
    assert facts["Umask"].strip() == "0022"
    assert not {"4", "24", "27"} & set(facts["Groups"].split())
    assert "of-the-caller" not in text
    assert not [line for line in lines if line.startswith(("LISTEN_", "NOTIFY_", "PYTHON", "LD_"))]
    if streams["0"] == "/dev/null" and pycman.user == "root":
        numbers = {line.split()[0]: line.split()[1:] for line in lines if line.startswith(("null ", "zero "))}
        assert numbers["zero"] == numbers["null"]  # the container's own, and not the host's, whose mode it could change
        assert (
            int(numbers["zero"][1]) != os.stat("/dev/null").st_ino
            or int(numbers["zero"][0]) != os.stat("/dev/null").st_dev
        )


def test_a_containers_first_process_inherits_nothing(pycman) -> None:
    assert_nothing_inherited(pycman, hostile(pycman, "run", "--rm", "busybox:1", "sh", "-c", LOOK))
    hostile(pycman, "run", "-d", "--name", "c", "busybox:1", "sh", "-c", LOOK)
    pycman("wait", "c")
    assert_nothing_inherited(pycman, pycman("logs", "c"))


def test_a_container_with_published_ports_gets_no_socket_of_theirs(root_networked) -> None:
    assert_nothing_inherited(
        root_networked, hostile(root_networked, "run", "--rm", "-p", "18080:80", "busybox:1", "sh", "-c", LOOK)
    )


def test_a_process_of_exec_inherits_nothing(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    for flags in ([], ["-i"], ["-t"]):
        assert_nothing_inherited(pycman, hostile(pycman, "exec", *flags, "c", "sh", "-c", LOOK))
    hostile(pycman, "exec", "-d", "c", "sh", "-c", f"({LOOK}) >/tmp/part 2>&1; mv /tmp/part /tmp/look")
    wait_until(lambda: pycman.run("exec", "c", "test", "-e", "/tmp/look").returncode == 0, "it does not end")
    assert "SigIgn" in pycman("exec", "c", "cat", "/tmp/look")


def test_a_health_check_inherits_nothing(pycman) -> None:
    pycman(
        "run", "-d", "--name", "c", "--health-cmd", f"({LOOK}) >/tmp/look 2>&1", "--health-interval", "1h", "busybox:1", "sleep", "1000"
    )  # fmt: skip
    hostile(pycman, "healthcheck", "run", "c")
    text = pycman("exec", "c", "cat", "/tmp/look").replace("1 /tmp/look", "1 pipe:").replace("2 /tmp/look", "2 pipe:")
    assert_nothing_inherited(pycman, text)


def test_only_descriptors_asked_for_are_handed_over(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    text = hostile(pycman, "exec", "--preserve-fds", "2", "c", "sh", "-c", LOOK)
    assert [line.split()[0] for line in text.splitlines() if line[:1].isdigit()] == ["0", "1", "2", "3", "4"]
    line = pycman.fails("exec", "--preserve-fds", "1", "c", "true")
    assert "descriptor 3 is not open" in line


def test_a_caller_with_closed_streams_does_not_write_into_the_store(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    command = pycman.argv("exec", "-i", "c", "sh", "-c", "echo SQL; echo SQL >&2; exit 4")
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
    assert subprocess.run(shell, check=False, timeout=60, **pycman.options()).returncode == 4
    assert pycman("ps", "--format", "{{.Names}}") == "c\n"


def test_no_output_is_lost_and_complaints_are_not_mixed_with_it(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    for flags in ([], ["-t"]):
        done = pycman.run("exec", *flags, "c", "no-such-program")
        assert (done.returncode, done.stdout) == (127, b"")
        assert done.stderr == b"Error: executable file not found in $PATH: no-such-program\n"
    pycman("exec", "c", "sh", "-c", "printf 'no program' >/bin/broken; chmod 755 /bin/broken")
    for flags in ([], ["-t"]):
        done = pycman.run("exec", *flags, "c", "/bin/broken")
        assert (done.returncode, done.stdout) == (126, b"")
        assert done.stderr.decode().splitlines() == ["Error: /bin/broken: exec format error"]
    done = pycman.run("exec", "c", "sh", "-c", "echo exec: Exec format error >&2; exit 126")
    assert (done.returncode, done.stderr) == (126, b"exec: Exec format error\n")


def test_a_process_that_leaves_another_behind_is_not_waited_for(pycman) -> None:
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    flood = "(trap '' PIPE HUP; while :; do echo flood; done) & echo first; exit 3"
    for flags in ([], ["-t"]):
        done = pycman.run("exec", *flags, "c", "sh", "-c", flood)
        assert done.returncode == 3
        assert b"first" in done.stdout


def test_a_container_that_has_changed_its_devices_gets_no_other_ones(root_pycman) -> None:
    """Its /dev/null and /dev/ptmx are what a process of exec is given; what it puts in their place must not be."""
    pycman = root_pycman
    pycman("run", "-d", "--name", "c", "busybox:1", "sleep", "1000")
    for change in ("rm", "ln -s null", "ln -s zero", "echo >", "mkdir"):
        pycman("exec", "c", "sh", "-c", f"rm -rf /dev/null; test '{change}' = rm || {change} /dev/null")
        assert pycman("exec", "c", "sh", "-c", "cat; readlink /proc/self/fd/0").startswith("pipe:")
        pycman("exec", "-d", "c", "sh", "-c", "rm -f /tmp/done; head -c 300000 /dev/zero && touch /tmp/done")
        wait_until(
            lambda: pycman.run("exec", "c", "test", "-e", "/tmp/done").returncode == 0, "nobody reads its output"
        )
        pycman("exec", "c", "rm", "/tmp/done")
    for change in ("echo >", "mkfifo", "ln -s zero", "mkdir"):
        pycman("exec", "c", "sh", "-c", f"rm -rf /dev/ptmx; {change} /dev/ptmx || busybox {change} /dev/ptmx")
        done = pycman.run("exec", "-t", "c", "echo", "said")
        assert (done.returncode, done.stdout) == (1, b""), change
        assert done.stderr.decode().startswith("Error: ")
