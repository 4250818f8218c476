"""Flags that were once taken without effect."""

from __future__ import annotations

import json
import os

import pytest


@pytest.mark.parametrize(
    "command", [("save", "-o", "/dev/null"), ("history",), ("image", "inspect"), ("rmi",), ("push",)], ids=" ".join
)
def test_an_image_for_another_platform_is_not_taken(root_pycman, command: tuple[str, ...]) -> None:
    (image,) = json.loads(root_pycman("image", "inspect", "busybox:1"))
    here = f"{image['Os']}/{image['Architecture']}"
    line = root_pycman.fails(*command, "--platform", "linux/s390x", "busybox:1", status=1)
    assert f"the image is not for linux/s390x: busybox:1 (it is for {here}: pull it with --platform)" in line
    assert "not a platform" in root_pycman.fails(*command, "--platform", "a/b/c/d", "busybox:1", status=1)
    if command[0] != "push":
        root_pycman(*command, "--platform", here, "busybox:1")


def test_a_volume_goes_with_its_containers_after_the_time_given(root_pycman) -> None:
    ends = "trap 'echo stopped >/out/end; exit' TERM; echo ready; while :; do sleep 0.1; done"
    root_pycman("volume", "create", "out")
    root_pycman("run", "-d", "--name", "c", "-v", "v:/v", "-v", "out:/out", "busybox:1", "sh", "-c", ends)
    follow = root_pycman.start("logs", "-f", "c", stdout=-1)
    assert follow.stdout.readline() == b"ready\n"
    root_pycman("volume", "rm", "-f", "-t", "20", "v")
    follow.communicate(timeout=20)
    assert root_pycman("ps", "-aq") == ""
    where = root_pycman("volume", "inspect", "-f", "{{.Mountpoint}}", "out").strip()
    with open(os.path.join(where, "end"), encoding="ascii") as file:
        assert file.read() == "stopped\n"


def test_a_start_starts_what_a_container_requires_before_it(root_pycman) -> None:
    root_pycman("create", "--name", "db", "busybox:1", "sleep", "100")
    root_pycman("create", "--name", "web", "--requires", "db", "busybox:1", "sleep", "100")
    root_pycman("start", "web")
    started = root_pycman("inspect", "-f", "{{.State.Running}} {{.State.StartedAt}}", "db", "web").split()
    assert started[0] == started[2] == "true"
    assert started[1] < started[3]
    assert "no such container: nope" in root_pycman.fails("create", "--requires", "nope", "busybox:1", status=125)


def test_ids_of_events_are_shortened(root_pycman) -> None:
    identity = root_pycman("create", "--name", "c", "busybox:1").strip()
    past = ("events", "--stream=false", "--filter", "container=c", "--filter", "event=create")
    assert f" container create {identity} (" in root_pycman(*past)
    assert f" container create {identity[:12]} (" in root_pycman(*past, "--no-trunc=false")


def test_completion_without_descriptions(root_pycman) -> None:
    for shell in ("zsh", "fish"):
        assert "__complete " in root_pycman("completion", shell)
        assert "__completeNoDesc " in root_pycman("completion", "--no-desc", shell)


def test_names_limits_and_logs_as_docker_and_podman_write_them(root_pycman) -> None:
    line = ("printf '%s ' $(hostname) $(cat /proc/sys/kernel/domainname) $HOSTNAME; grep -c web.example.com /etc/hosts;"
            " grep /dev/shm /proc/mounts; printf half")  # fmt: skip
    limits = ("--cpu-quota=-1", "--memory-swap=-1", "--pids-limit=0", "--shm-size=0")
    words = ("--name", "/c", "--hostname", "web", "--domainname", "example.com", "--log-opt", "tag={{.Name}}", *limits)
    found = root_pycman("run", *words, "busybox:1", "sh", "-c", line).splitlines()
    assert found[0] == "web.example.com example.com web 1"
    assert "size=0k" in found[1] or "size" not in found[1]
    assert root_pycman("logs", "--tail", "1", "c") == "half"
    assert root_pycman("logs", "--tail", "2", "--details", "c").startswith("tag=c tmpfs /dev/shm")
    identity = root_pycman("ps", "-aq", "-f", "name=^/c$").strip()
    assert root_pycman("logs", "--tail", "1", "c", "c").startswith(f"{identity} half")
    image = root_pycman("inspect", "-f", "{{.Image}}", "/c")
    assert image == root_pycman("image", "inspect", "-f", "{{.Id}}", "busybox:1")
    assert "--stop-signal NOPE: invalid signal" in root_pycman.fails(
        "run", "--name", "n", "--stop-signal", "NOPE", "busybox:1", status=125
    )
    assert "no such time zone" in root_pycman.fails(
        "create", "--name", "n", "--tz", "Mars/Base", "busybox:1", status=125
    )
    assert root_pycman("ps", "-aq", "-f", "name=^n$") == ""


@pytest.mark.parametrize("pycman", ["rootless"], indirect=True)  # root has a name
def test_a_user_that_is_kept_has_a_name_and_owns_new_volumes(pycman) -> None:
    line = "id -un; id -gn; touch /fresh/new && stat -c %U /fresh/new"
    found = pycman("run", "--rm", "--network=none", "--userns=keep-id", "-v", "v:/fresh", "busybox:1", "sh", "-c", line)
    assert found.split() == [pycman.user] * 3
    nameless = ("run", "--rm", "--network=none", "--userns=keep-id", "--passwd=false", "busybox:1", "id", "-un")
    assert b"unknown ID" in pycman.run(*nameless).stderr
    groups = pycman("run", "--rm", "--network=none", "--group-add=keep-groups", "busybox:1", "id", "-u")
    assert groups == "0\n"
