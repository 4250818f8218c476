"""What runtimes complain of, against recorded outputs: tests/data/runtime_failures/RUNTIME-VERSION.txt has blocks of
"# VERB: CASE => REFERENCE" and the text that the runtime left (conmon's message, its log, or standard error).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.runtime.failures import classify

DATA = Path(__file__).resolve().parents[2] / "data" / "runtime_failures"


def recorded():
    for path in sorted(DATA.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("# ")[1:]:
            heading, _, text = block.partition("\n")
            case, _, reference = heading.partition(" => ")
            yield pytest.param(path.stem, text, reference, id=f"{path.stem} {case}")


@pytest.mark.parametrize(("runtime", "text", "reference"), list(recorded()))
def test_each_recorded_complaint_is_the_kind_it_is(runtime: str, text: str, reference: str) -> None:
    error = classify(runtime.partition("-")[0], text, command="CMD")
    assert error.reference == reference
    assert "\n" not in str(error)
    assert "time=" not in str(error)


@pytest.mark.parametrize(("reference", "status"), [("command-not-found", 127), ("command-not-executable", 126)])
def test_commands_that_cannot_run_have_dockers_status(reference: str, status: int) -> None:
    texts = [case.values for case in recorded() if case.values[2] == reference]
    assert {classify(runtime, text).exit_status for runtime, text, _ in texts} == {status}


def test_a_missing_command_is_named() -> None:
    crun = classify("crun", "executable file `nosuch` not found in $PATH: No such file or directory\n")
    runc = classify(
        "runc",
        'level=x\ntime="T" level=error msg="runc create failed: exec: \\"nosuch\\": executable file not found in $PATH"\n',
    )
    assert str(crun) == str(runc) == "executable file not found in $PATH: nosuch"


def test_a_missing_path_is_not_said_to_be_looked_for_in_path() -> None:
    error = classify("crun", "executable file `/bin/nosuch` not found in $PATH: No such file or directory")
    assert str(error) == "no such file or directory: /bin/nosuch"


def test_what_runcs_first_stage_said_tells_more_than_the_echo_of_its_death() -> None:
    error = classify("runc", 'time="T" level=fatal msg="nsexec[7]: failed to update /proc/self/oom_score_adj: Permission denied"\ntime="T" level=error msg="runc create failed: can\'t get final child\'s PID from pipe: EOF"')  # fmt: skip
    assert error.reference == "denied"


def test_unknown_words_are_passed_on_with_whose_they_are() -> None:
    assert str(classify("youki", "\nsome thing broke\n")) == "youki: the OCI runtime says: some thing broke"
    assert str(classify("youki", "")) == "youki: it failed without a message"


def runc(message: str) -> str:
    return (
        'time="T" level=error msg="runc create failed: unable to start container process: '
        + message.replace('"', '\\"')
        + '"'
    )


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (("mount `/tmp` to `etc/passwd`: Not a directory",
          runc('error during container init: error mounting "/tmp" to rootfs at "/etc/passwd": mount /tmp:/etc/passwd (via /proc/self/fd/6), flags: 0x5000: not a directory')),
         "/etc/passwd: /tmp cannot be mounted there: not a directory (mount a file on a file, and a directory on a directory)"),
        (("mount `tmpfs` to `x`: Invalid argument",
          runc('error during container init: error mounting "tmpfs" to rootfs at "/x": mount tmpfs:/x (via /proc/self/fd/6), flags: 0xe, data: size=nope: invalid argument')),
         "/x: tmpfs cannot be mounted there: invalid argument (check its options)"),
        (("open /proc/sys/net/ipv4/nosuch: No such file or directory", runc("open /proc/sys/net/ipv4/nosuch: no such file or directory")),
         "sysctl net.ipv4.nosuch: this kernel has no such sysctl in the container's namespaces"),
        (("write to /proc/sys/kernel/shmmax: Invalid argument", runc("write /proc/sys/kernel/shmmax: invalid argument")),
         "sysctl kernel.shmmax: its value is refused: invalid argument"),
        (("the sysctl `kernel.panic` is not namespaced", runc('sysctl "kernel.panic" is not in a separate kernel namespace')),
         "sysctl kernel.panic: it is the host's, not of a namespace of the container (only those of its own namespaces can be set)"),
        (("mknod `/etc/passwd/x`: Not a directory",), "/etc/passwd/x: the device cannot be made there: not a directory"),
        (("cannot setns `/nosuch`: Invalid argument",), "/nosuch: this namespace cannot be joined: invalid argument"),
        (("setrlimit `RLIMIT_NOFILE`: Operation not permitted",),
         "--ulimit nofile: above the present hard limit: operation not permitted (ask for less)"),
        (("writing file `cpuset.mems`: Invalid argument",), "--cpuset-mems: no such processor or memory node: invalid argument (see lscpu)"),
        (("error stat'ing file `/nope`: No such file or directory",), "/nope: it cannot be mounted: no such file or directory"),
    ],
)  # fmt: skip
def test_the_line_names_the_object_and_the_reason_in_the_same_words(texts, line) -> None:
    assert {str(classify(runtime, text)) for runtime, text in zip(("crun", "runc"), texts, strict=False)} == {line}


@pytest.mark.parametrize(
    ("workdir", "kind", "status"), [("/etc/passwd/x", "working directory", 126), ("/", "to be mounted on", 125)]
)
def test_a_directory_that_cannot_be_made_is_the_working_directory_or_a_mounts(
    workdir: str, kind: str, status: int
) -> None:
    error = classify("crun", "mkdir `/etc/passwd/x`: Not a directory", workdir=workdir)
    assert (error.subject, error.exit_status, kind in str(error)) == ("/etc/passwd/x", status, True)
