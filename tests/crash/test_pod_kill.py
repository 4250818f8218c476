"""kill -9 at every step of pods and plays: the next command ends sane, nothing is left."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

APP = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: m}
    data: {a: b}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: s}
    stringData: {a: b}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 2
      template:
        metadata: {labels: {app: web}}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - {name: a, image: "localhost/busybox:1", command: [sleep, "1000"], envFrom: [{configMapRef: {name: m}}]}
          - {name: b, image: "localhost/busybox:1", command: [sleep, "1000"]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {selector: {app: web}, ports: [{port: 80}]}
    """
PLAY_POINTS = ["kube-play:maps", "kube-play:services", "kube-play:pod", "kube-play:pods", "pod-create:row", "pod-create:infra",
               "create:row", "create:ready", "start:1", "start:3", "pod-start:infra", "start:started", "pod-start:members"]  # fmt: skip
DOWN_POINTS = ["pod-stop:members", "kube-down:stopped", "pod-rm:marked", "pod-rm:members", "pod-rm:infra", "kube-down:pods",
               "cleanup:unmounted", "remove:marked", "remove:row"]  # fmt: skip


@pytest.fixture
def app(root_pycman) -> str:
    path = Path(root_pycman.folder) / "app.yaml"
    path.write_text(textwrap.dedent(APP))
    return str(path)


def nothing_is_left(pycman) -> None:
    assert [pycman("pod", "ps", "-q"), pycman("ps", "-aq"), pycman("secret", "ls", "-q")] == ["", "", ""]


@pytest.mark.parametrize("point", PLAY_POINTS)
def test_a_killed_play_is_finished_by_the_next_and_goes_with_down(root_pycman, app: str, point: str) -> None:
    root_pycman.run("kube", "play", app, env={"PYCMAN_TEST_CRASH_AT": point})
    root_pycman("kube", "play", "--replace", app)
    assert root_pycman("pod", "ps", "--format", "{{.Name}} {{.Status}} {{.Ready}}", "--sort", "name") == (
        "web-pod-0 Running 2/2\nweb-pod-1 Running 2/2\n"
    )
    root_pycman("kube", "down", app)
    nothing_is_left(root_pycman)


@pytest.mark.parametrize("point", PLAY_POINTS[::3])
def test_a_killed_play_goes_with_down(root_pycman, app: str, point: str) -> None:
    root_pycman.run("kube", "play", app, env={"PYCMAN_TEST_CRASH_AT": point})
    root_pycman("kube", "down", app)
    nothing_is_left(root_pycman)


@pytest.mark.parametrize("point", DOWN_POINTS)
def test_a_killed_down_is_finished_by_the_next(root_pycman, app: str, point: str) -> None:
    root_pycman("kube", "play", app)
    root_pycman.run("kube", "down", app, env={"PYCMAN_TEST_CRASH_AT": point})
    root_pycman("kube", "down", app)
    nothing_is_left(root_pycman)


def test_a_pod_whose_removal_was_killed_is_played_anew(root_pycman, app: str) -> None:
    root_pycman("kube", "play", app)
    root_pycman.run("kube", "down", app, env={"PYCMAN_TEST_CRASH_AT": "pod-rm:members"})
    root_pycman("kube", "play", app)
    assert root_pycman("pod", "ps", "--format", "{{.Ready}}") == "2/2\n2/2\n"
    root_pycman("kube", "down", app)
    nothing_is_left(root_pycman)


@pytest.mark.parametrize("point", ["pod-create:row", "pod-create:infra", "create:row"])
def test_a_killed_pod_create_leaves_the_name_free(root_pycman, point: str) -> None:
    assert root_pycman.run("pod", "create", "p", env={"PYCMAN_TEST_CRASH_AT": point}).returncode == -9
    root_pycman("pod", "create", "p")
    root_pycman("pod", "rm", "p")


def test_two_plays_of_one_file_at_once_both_end_sane(root_pycman, app: str) -> None:
    both = [root_pycman.start("kube", "play", app) for _ in range(2)]
    statuses = sorted(each.wait(60) for each in both)
    assert statuses[0] == 0
    root_pycman("kube", "play", "--replace", app)
    assert root_pycman("pod", "ps", "--format", "{{.Ready}}") == "2/2\n2/2\n"
    root_pycman("kube", "down", app)
    nothing_is_left(root_pycman)
