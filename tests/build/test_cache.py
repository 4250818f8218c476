"""The cache: what is found again, what is not, why; determinism; and what a failed or killed build leaves."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from tests.support.waiting import wait_until


def hits(output: str) -> int:
    return output.count("Using cache")


def test_a_step_is_found_again_by_its_content_and_not_by_times(builder, context):
    folder = context(
        """
        FROM localhost/busybox:1
        LABEL first=1
        RUN echo ran >> /ran
        COPY a /a
        RUN cat /a >> /ran
        """,
        {"a": b"one\n", "unused": b""},
    )
    first = builder("build", "-t", "cached", folder)
    assert hits(first) == 0
    os.utime(f"{folder}/a", (1, 1))
    Path(folder, "unused").write_text("changed")
    again = builder("build", "-t", "cached", folder)
    assert hits(again) == 3
    assert again.splitlines()[-1] == first.splitlines()[-1], "an equal build gives the same image"
    Path(folder, "a").write_text("two\n")
    changed = builder("build", "--explain", "-t", "cached", folder)
    assert hits(changed) == 1
    assert "not in the cache: source:0 was" in changed
    assert builder("run", "--rm", "cached", "cat", "/ran") == "ran\ntwo\n"
    Path(folder, "Dockerfile").write_text(Path(folder, "Dockerfile").read_text().replace("first=1", "first=2"))
    assert hits(builder("build", folder)) == 3, "a label changes no file"
    assert hits(builder("build", "--no-cache", folder)) == 0
    assert hits(builder("build", "--layers=false", folder)) == 0


def test_a_build_argument_spoils_only_the_steps_after_its_arg(root_builder, context):
    folder = context("FROM localhost/busybox:1\nRUN echo before\nARG V\nRUN echo $V\n")
    root_builder("build", "--build-arg", "V=1", folder)
    assert hits(root_builder("build", "--build-arg", "V=2", folder)) == 1
    assert hits(root_builder("build", "--build-arg", "V=1", folder)) == 2


def test_two_stores_give_the_same_image_for_a_given_time(builder, context, tmp_path_factory):
    folder = context(
        """
        FROM localhost/busybox:1
        RUN echo x > /x && mkdir /d
        COPY a /d/a
        WORKDIR /d/w
        """,
        {"a": b"a\n"},
    )
    words = ("build", "-q", "--timestamp", "1000000000", folder)
    first = builder(*words)
    time.sleep(1.1)  # the clock of another machine, in whole seconds as tars have them
    os.utime(f"{folder}/a", (2_000_000_000, 2_000_000_000))
    second = builder("--root", f"{builder.folder}/root2", "load", "-q", "-i", str(archive_of(builder)))
    del second
    assert builder("--root", f"{builder.folder}/root2", *words) == first
    document = json.loads(builder("image", "inspect", first.strip()))[0]
    assert document["Created"].startswith("2001-09-09T01:46:40")


def archive_of(builder) -> Path:
    path = builder.folder / "base.tar"
    if not path.exists():
        builder("save", "-o", str(path), "localhost/busybox:1")
    return path


def test_layers_are_squashed_as_asked(root_builder, context):
    folder = context(
        """
        FROM localhost/busybox:1
        RUN echo one > /one && rm /data/from-image
        RUN echo two > /two && rm /one
        """
    )
    for flags, count in (((), 4), (("--squash",), 3), (("--layers=false",), 3), (("--squash-all",), 1)):
        image = root_builder("build", "-q", *flags, folder).strip()
        found = json.loads(root_builder("image", "inspect", image))[0]
        assert len(found["RootFS"]["Layers"]) == count, flags
        listing = root_builder("run", "--rm", image, "ls", "/", "/data")
        assert "two" in listing and "one" not in listing.split() and "from-image" not in listing


def test_a_failing_step_says_where_and_how_and_leaves_nothing(builder, context):
    folder = context(
        """
        FROM localhost/busybox:1
        RUN echo fine
        RUN echo last words; \\
            exit 3
        """
    )
    before = builder("images", "-aq").split()
    done = builder.run("build", "-t", "failing", folder)
    error = done.stderr.decode()
    assert done.returncode == 1
    assert "Dockerfile:3: RUN echo last words" in error and "exit status 3" in error
    quiet = builder.run("build", "-q", folder)
    assert "last words\n" in quiet.stderr.decode()
    assert builder("images", "-aq").split() == before
    assert builder("ps", "-aq") == ""
    assert os.listdir(builder.folder / "root/containers") == []
    assert hits(builder.run("build", folder).stdout.decode()) == 1, "finished steps are kept"


def test_a_missing_source_names_the_context_and_the_ignore_file(root_builder, context):
    folder = context("FROM scratch\nCOPY src/a /b\n", {"src/a": b"", ".dockerignore": b"src\n"})
    error = root_builder.fails("build", "-q", folder)
    assert "Dockerfile:2: COPY src/a /b: " in error and "src/a" in error and ".dockerignore excludes it" in error
    missing = context("FROM scratch\nCOPY nothing /b\n")
    assert f"no such file in the context {missing}/: nothing" in root_builder.fails("build", "-q", missing)


def test_a_killed_build_leaves_what_the_next_listing_removes(builder, context):
    folder = context("FROM localhost/busybox:1\nRUN echo done\nRUN echo started; sleep 100\n")
    log = builder.folder / "log"
    running = builder.start("build", "--logfile", str(log), folder)
    wait_until(lambda: log.exists() and "\nstarted\n" in log.read_text(), "the second step runs")
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert builder("ps", "-aq") == ""
    wait_until(lambda: os.listdir(builder.folder / "root/containers") == [], "its container is gone")
    builder("builder", "prune", "-f")
    assert os.listdir(builder.folder / "root/tmp") == []


def test_an_interrupted_build_goes_on_from_its_last_finished_step(builder, context):
    folder = context("FROM localhost/busybox:1\nRUN echo done\nRUN echo started; test -e /go || sleep 100\n")
    log = builder.folder / "log2"
    running = builder.start("build", "--logfile", str(log), folder)
    wait_until(lambda: log.exists() and "\nstarted\n" in log.read_text(), "the second step runs")
    running.send_signal(signal.SIGINT)
    assert running.wait(120) == 130
    assert os.listdir(builder.folder / "root/containers") == []
    Path(folder, "Dockerfile").write_text("FROM localhost/busybox:1\nRUN echo done\nRUN true\n")
    assert hits(builder("build", folder)) == 1


def test_cached_steps_are_listed_and_pruned(root_builder, context):
    folder = context("FROM localhost/busybox:1\nRUN echo 1234567 > /file\n")
    image = root_builder("build", "-q", folder).strip()
    template = "{{.Description}} {{.Reclaimable}}"
    assert "RUN echo 1234567 > /file false\n" in root_builder("buildx", "du", "--format", template)
    root_builder("rmi", image)
    assert "RUN echo 1234567 > /file true\n" in root_builder("buildx", "du", "--format", template)
    again = root_builder("build", folder)
    assert hits(again) == 1, "the layer is kept by the cache alone"
    root_builder("rmi", again.split()[-1])
    assert "Total reclaimed space: 0B" not in root_builder("builder", "prune", "-f", "--all")
    last = root_builder("build", folder)
    assert hits(last) == 0
    root_builder("rmi", last.split()[-1])
    assert "Build Cache" in root_builder("system", "df")
    assert "Deleted build cache objects:" in root_builder("system", "prune", "-f")
    assert "1234567" not in root_builder("buildx", "du", "--verbose")
