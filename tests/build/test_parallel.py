"""--jobs: stages that do not need each other run at the same time, give what they give one by one, and end together."""

from __future__ import annotations

import os
import signal
import subprocess

from tests.support.waiting import wait_until

MEET = "touch /c/{me}; for i in $(seq 600); do test -e /c/{other} && break; sleep 0.05; done; test -e /c/{other}"


def stages(a: str, b: str) -> str:
    mount = "RUN --mount=type=cache,id=meeting,target=/c"
    return (
        f"FROM localhost/busybox:1 AS a\n{mount} {a}\nFROM localhost/busybox:1 AS b\n{mount} {b}\n"
        "FROM localhost/busybox:1\nCOPY --from=a /a /\nCOPY --from=b /b /\n"
    )


def places(builder) -> list[str]:
    """What a build must not leave behind."""
    found = []
    for place in ("run/build", "root/tmp", "root/containers"):
        found += os.listdir(builder.folder / place) if (builder.folder / place).is_dir() else []
    return found


def marks(builder) -> set[str]:
    folder = builder.folder / "root/build/mounts"
    return {path.name for path in folder.glob("*/*")} if folder.is_dir() else set()


def test_stages_run_side_by_side_and_give_the_same_image(builder, context):
    loop = "for i in 1 2 3; do echo line-$i; done"
    waits = [MEET.format(me=me, other=other) for me, other in ("ab", "ba")]
    folder = context(
        stages(*(f"{loop}; {wait} && echo {name} > /{name}" for wait, name in zip(waits, "ab", strict=True)))
    )
    words = ("build", "--no-cache", "--timestamp", "1")
    shown = builder(*words, "--jobs", "2", "-t", "both", folder)
    for number in (1, 2):
        lines = [line for line in shown.splitlines() if line.startswith(f"[{number}/3] ")]
        assert [line.partition("] ")[2] for line in lines[2:5]] == ["line-1", "line-2", "line-3"]
        assert lines[1].startswith(f"[{number}/3] STEP 2/2: RUN") and lines[5].startswith(f"[{number}/3] --> ")
    one_by_one = builder(*words, "--jobs", "1", "-t", "one-by-one", folder)  # both have met before
    assert "\nline-1\n" in one_by_one
    digests = [builder("image", "inspect", "-f", "{{.Digest}}", name) for name in ("both", "one-by-one")]
    assert digests[0] == digests[1]
    assert builder("build", "--timestamp", "1", folder).count("Using cache") == 4
    assert places(builder) == []


def test_a_stage_that_fails_ends_the_others(root_builder, context):
    failing = "for i in $(seq 600); do test -e /c/begun && break; sleep 0.05; done; echo I fail; exit 3"
    folder = context(stages("touch /c/begun; sleep 1000", failing))
    failed = root_builder.run("build", "-q", "--jobs", "2", folder)
    assert failed.returncode == 1
    text = failed.stderr.decode()
    assert "I fail\n" in text and "Dockerfile:4: RUN" in text and "exit status 3" in text
    assert places(root_builder) == []
    assert root_builder("ps", "-aq") == ""


def test_an_interrupt_and_a_kill_leave_nothing(root_builder, context):
    for number, signal_number in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGKILL)):
        folder = context(stages(f"touch /c/a{number}; sleep 1000", f"touch /c/b{number}; sleep 1000"))
        running = root_builder.start(
            "build", "--no-cache", "--jobs", "2", folder, stdout=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(lambda number=number: {f"a{number}", f"b{number}"} <= marks(root_builder), "both stages run")
        if signal_number == signal.SIGINT:
            os.killpg(running.pid, signal_number)  # as a terminal does it
        else:
            running.send_signal(signal_number)
        running.wait(60)
        wait_until(
            lambda: places(root_builder) == [], "everything is removed"
        )  # children of a killed build undo their steps, too
        assert root_builder("ps", "-aq") == ""
