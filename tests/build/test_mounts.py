"""RUN --mount: what a step is shown, and that nothing of it stays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess

from tests.support.waiting import wait_until

SECRET = "value-that-nobody-may-find-4711"


def test_every_kind_of_mount_is_shown_for_its_step_alone(builder, context):
    folder = context(
        """
        FROM localhost/busybox:1 AS other
        RUN echo from-other > /file
        FROM localhost/busybox:1
        RUN --mount=type=cache,target=/cache echo line >> /cache/log; echo cached $(wc -l < /cache/log)
        RUN --mount=type=bind,source=src,target=/src echo shown $(ls /src); ! touch /src/no 2>/dev/null
        RUN --mount=type=bind,source=src,target=/src,rw touch /src/yes; echo written $(ls /src)
        RUN --mount=type=bind,from=other,source=/file,target=/deep/er/file echo taken $(cat /deep/er/file)
        RUN --mount=type=tmpfs,target=/memory,size=1m echo room $(df /memory | tail -1) && touch /memory/x
        RUN --mount=type=secret,id=token test "$(cat /run/secrets/token)" = "$(echo dmFsdWU=)" || echo secret $(wc -c < /run/secrets/token)
        RUN --mount=type=secret,id=token,env=TOKEN echo variable ${#TOKEN}
        RUN --mount=type=secret,id=missing echo none $(ls /run/secrets 2>/dev/null)
        RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo agent
        """,
        {"src/a": b"a\n", "src/hidden": b"h\n", ".dockerignore": b"src/hidden\n"},
    )
    secret, agent = builder.folder / "token", builder.folder / "agent.sock"
    secret.write_text(SECRET)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(agent))
        for path in (secret, agent):
            if builder.rootless:
                shutil.chown(path, builder.user, builder.user)
        words = ("build", "--secret", f"id=token,src={secret}", "--ssh", f"default={agent}", "-t", "mounts", folder)
        first = builder(*words)
        again = builder(*words, "--no-cache")
    agent.unlink()
    secret.unlink()
    for line in (
        "cached 1", "shown a", "written a yes", "taken from-other", f"secret {len(SECRET)}", f"variable {len(SECRET)}",
        "none", "agent",
    ):  # fmt: skip
        assert f"\n{line}\n" in first, line
    assert " 1024 " in first
    assert "\ncached 2\n" in again
    assert "shown a\n" in again  # what the step before wrote into its bind mount was dropped
    names = builder("run", "--rm", "mounts", "ls", "/").split()
    assert not {"cache", "src", "deep", "memory"} & set(names)
    assert not {"secrets", "buildkit"} & set(builder("run", "--rm", "mounts", "ls", "-A", "/run").split())
    found = subprocess.run(["grep", "-rl", SECRET, str(builder.folder)], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    for place in ("run/build", "root/tmp", "root/containers"):
        assert os.listdir(builder.folder / place) == []


def test_a_secret_is_in_no_file_during_its_step_nor_after_the_build_was_killed(builder, context):
    folder = context(
        """
        FROM localhost/busybox:1
        RUN --mount=type=cache,id=sign,target=/c --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN \
            test "$TOKEN" = "$(cat /run/secrets/token)" && touch /c/has-it && sleep 1000
        """
    )

    def found() -> str:
        places = [str(builder.folder / place) for place in ("root", "run")]
        return subprocess.run(["grep", "-rl", SECRET, *places], capture_output=True, text=True, check=False).stdout

    words = ("build", "--no-cache", "--secret", "id=token,env=GIVEN", folder)
    options = builder.options({"GIVEN": SECRET})
    running = subprocess.Popen(builder.argv(*words), stdout=subprocess.DEVNULL, **options)
    try:
        wait_until(lambda: list((builder.folder / "root/build/mounts").glob("*/has-it")), "the step runs")
        assert found() == ""
        assert not [line for line in mounted() if "/step." in line]
    finally:
        running.kill()
        running.wait()
    assert found() == ""
    assert builder("ps", "-aq") == ""
    assert found() == ""
    builder("builder", "prune", "-f")
    for place in ("run/build", "root/tmp", "root/containers"):
        assert os.listdir(builder.folder / place) == []


def mounted() -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return file.read().splitlines()


def test_a_locked_cache_is_used_by_one_step_at_a_time_and_a_private_one_is_another(root_builder, context):
    script = "test ! -e /c/busy && touch /c/busy && sleep 0.4 && rm /c/busy"
    locked = context(f"FROM localhost/busybox:1\nRUN --mount=type=cache,id=one,target=/c,sharing=locked {script}\n")
    private = context(f"FROM localhost/busybox:1\nRUN --mount=type=cache,id=two,target=/c,sharing=private {script}\n")
    for folder in (locked, private):
        running = [root_builder.start("build", "--no-cache", "-q", folder, stdout=subprocess.DEVNULL) for _ in range(2)]
        assert [each.wait(60) for each in running] == [0, 0]


def test_a_required_secret_that_is_not_given_is_an_error_with_its_place(root_builder, context):
    folder = context("FROM localhost/busybox:1\n\nRUN --mount=type=secret,id=key,required=true true\n")
    error = root_builder.fails("build", "-q", folder, status=1)
    assert "Dockerfile:3" in error and "no such secret: key" in error and "--secret id=key" in error


def test_a_cache_mount_is_pruned_with_all_but_not_while_a_step_uses_it(root_builder, context):
    folder = context("FROM localhost/busybox:1\nRUN --mount=type=cache,id=kept,target=/c echo x > /c/x\n")
    root_builder("build", "-q", folder)
    assert "exec.cachemount" in root_builder("buildx", "du", "--format", "{{.Type}}")
    root_builder("builder", "prune", "-f")
    assert "exec.cachemount" in root_builder("buildx", "du", "--format", "{{.Type}}")
    root_builder("builder", "prune", "-f", "--all")
    assert root_builder("buildx", "du", "--format", "{{.Type}}") == ""
    assert os.listdir(root_builder.folder / "root/build/mounts") == []
