"""How pods and Jobs end: termination messages, deadlines, restart rules, and Jobs removed by ttlSecondsAfterFinished."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.kube.test_play import nothing_is_left, write
from tests.support.waiting import wait_until

ENDS = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      restartPolicy: Never
      containers:
      - name: says
        image: localhost/busybox:1
        command: [sh, -c, "head -c 5000 /dev/zero | tr '\\\\0' x > /dev/termination-log; echo end >> /dev/termination-log; exit 1"]
      - name: elsewhere
        image: localhost/busybox:1
        terminationMessagePath: /tmp/last
        command: [sh, -c, "[ -s /tmp/last ] || echo once > /tmp/last; echo to the log"]
      - name: logs
        image: localhost/busybox:1
        terminationMessagePolicy: FallbackToLogsOnError
        command: [sh, -c, "seq 100; exit 2"]
      - name: fine
        image: localhost/busybox:1
        terminationMessagePolicy: FallbackToLogsOnError
        command: [echo, all is well]
    """


def test_what_a_container_left_to_say_is_shown(pycman) -> None:
    def message(name: str) -> str:
        return json.loads(pycman("inspect", f"p-{name}"))[0]["State"]["Message"]

    path = write(pycman, ENDS)
    pycman("kube", "play", path)
    wait_until(lambda: pycman("pod", "inspect", "-f", "{{.State}}", "p") == "Exited\n", "the pod has not ended")
    assert message("says") == "x" * 4092 + "end\n"
    assert message("elsewhere") == "once\n"
    assert message("logs") == "\n".join(str(n) for n in range(21, 101))
    assert message("fine") == ""
    members = {load["Name"]: load for load in json.loads(pycman("pod", "inspect", "p"))[0]["Containers"]}
    assert members["p-elsewhere"]["Message"] == "once\n"
    assert "Message" not in members["p-fine"]
    assert "it left this message:\n" in pycman("why", "p-logs")
    assert all(line.startswith("20") for line in pycman("events", "--stream=false").splitlines())
    pycman("start", "p-elsewhere")  # the file is empty again
    wait_until(lambda: len(pycman("logs", "p-elsewhere").splitlines()) == 2, "it has not run again")
    wait_until(lambda: message("elsewhere") == "once\n", "its message is not there")
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


DEADLINE = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      activeDeadlineSeconds: 8
      terminationGracePeriodSeconds: 0
      containers:
      - {name: long, image: "localhost/busybox:1", command: [sleep, "1000"]}
      - {name: short, image: "localhost/busybox:1", command: ["true"]}
    """


def test_the_deadline_counts_from_the_pods_start_over_restarts(pycman) -> None:
    path = write(pycman, DEADLINE)
    pycman("kube", "play", path)
    wait_until(lambda: pycman("inspect", "-f", "{{.RestartCount}}", "p-short") != "0\n", "it was not started again")
    wait_until(lambda: pycman("pod", "inspect", "-f", "{{.State}}", "p") == "Exited\n", "the pod has not ended")
    assert pycman("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "p-long") == "exited 137\n"
    assert "activeDeadlineSeconds" in pycman("why", "p-long")
    pycman("pod", "start", "p")
    assert pycman("inspect", "-f", "{{.State.Status}}", "p-long") == "running\n"
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


TOGETHER = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: one, image: "localhost/busybox:1", command: [sh, -c, "until [ -e /v/go$N ]; do sleep .05; done; echo over; rm /v/go$N; exit 3"], env: [{name: N, value: "1"}], volumeMounts: [{name: v, mountPath: /v}]}
      - {name: two, image: "localhost/busybox:1", command: [sh, -c, "until [ -e /v/go$N ]; do sleep .05; done; echo over; rm /v/go$N; kill -9 $$$$; exit 4"], env: [{name: N, value: "2"}], volumeMounts: [{name: v, mountPath: /v}]}
      - {name: three, image: "localhost/busybox:1", command: [sh, -c, "until [ -e /v/go$N ]; do sleep .05; done; echo over; rm /v/go$N"], env: [{name: N, value: "3"}], volumeMounts: [{name: v, mountPath: /v}]}
      volumes: [{name: v, emptyDir: {}}]
    """


def test_containers_that_all_end_at_once_are_restarted_in_the_same_sandbox(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, TOGETHER)
    pycman("kube", "play", path)
    infra = pycman("pod", "inspect", "-f", "{{.InfraContainerID}}", "p").strip()
    began = pycman("inspect", "-f", "{{.State.StartedAt}}", infra)
    pycman("exec", "p-one", "touch", "/v/go1", "/v/go2", "/v/go3")
    members = ("p-one", "p-two", "p-three")
    counts = ("inspect", "-f", "{{.RestartCount}} {{.State.Status}}", *members)
    wait_until(lambda: pycman(*counts) == "1 running\n" * 3, "they are not all restarted")
    assert pycman("pod", "inspect", "-f", "{{.InfraContainerID}}", "p").strip() == infra
    assert pycman("inspect", "-f", "{{.State.StartedAt}}", infra) == began
    ends = pycman("events", "--stream=false", "--filter", "event=died", "--format", "{{.ContainerExitCode}}").split()
    assert sorted(ends) == ["0", "3", "4"]
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


def test_a_play_of_nothing_is_an_error(root_pycman) -> None:
    for text in ("", "# nothing\n", "---\n---\nnull\n", "apiVersion: v1\nkind: List\nitems: []\n"):
        assert "there is nothing to play" in root_pycman.fails("kube", "play", "-", status=125, stdin=text)


JOB = """
    apiVersion: batch/v1
    kind: Job
    metadata: {name: j}
    spec:
      completions: 3
      MORE
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          containers: [{name: c, image: "localhost/busybox:1", command: [COMMAND]}]
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: stays}
    """


def test_the_deadline_of_a_job_is_of_all_its_pods(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, JOB.replace("MORE", "activeDeadlineSeconds: 4").replace("COMMAND", 'sleep, "2.5"'))
    assert pycman.run("kube", "play", "--wait", path).returncode == 1  # without the deadline all three would succeed
    assert nothing_is_left(pycman)


def test_a_job_goes_by_itself_when_its_time_after_the_end_is_over(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, JOB.replace("MORE", "ttlSecondsAfterFinished: 3").replace("COMMAND", '"true"'))
    assert pycman.run("kube", "play", path).returncode == 0
    wait_until(lambda: pycman("ps", "-a", "-q", "--filter", "status=exited").count("\n") >= 3, "the Job has not ended")
    assert pycman("pod", "ps", "-q") != ""
    wait_until(lambda: pycman("pod", "ps", "-q") == "", "the Job has not gone")
    assert "keep ConfigMap stays" in pycman("kube", "play", "--dry-run", path)
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


def test_a_job_without_time_after_its_end_goes_at_once_and_its_status_is_known(root_pycman) -> None:
    pycman = root_pycman
    text = JOB.replace("MORE", "{ttlSecondsAfterFinished: 0, backoffLimit: 0}".strip("{}").replace(", ", "\n      "))
    assert pycman.run("kube", "play", "--wait", write(pycman, text.replace("COMMAND", '"false"'))).returncode == 1
    pycman("kube", "play", write(pycman, text.replace("COMMAND", '"true"')))
    wait_until(lambda: pycman("pod", "ps", "-q") == "", "the Job has not gone")
    pycman("kube", "down", "app")
    assert nothing_is_left(pycman)


def test_a_rule_starts_a_container_again_that_its_policy_would_not(pycman) -> None:
    path = write(pycman, """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          restartPolicy: Never
          hostname: known
          hostnameOverride: shown
          containers:
          - name: c
            image: localhost/busybox:1
            restartPolicy: Never
            restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]
            command: [sh, -c, "hostname; [ -e /d/f ] && exit 3; touch /d/f; exit 42"]
            volumeMounts: [{name: d, mountPath: /d}]
          volumes: [{name: d, emptyDir: {}}]
        """)  # fmt: skip
    assert pycman.run("kube", "play", path).returncode == 0
    wait_until(lambda: pycman("pod", "inspect", "-f", "{{.State}}", "p") == "Exited\n", "the pod has not ended")
    look = ("inspect", "-f", "{{.RestartCount}} {{.State.ExitCode}}", "p-c")
    wait_until(lambda: pycman(*look) == "1 3\n", "it was not started again once")
    assert pycman("logs", "p-c") == "shown\nshown\n"
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


SERVED = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: localhost/busybox:1, command: [sh, -c, "[ -e /tmp/x ] || { touch /tmp/x; exec sleep 1000; }; exit 3"]}
    """


def test_the_service_container_ends_and_goes_with_the_pods(pycman) -> None:
    path = write(pycman, SERVED)
    service = f"{hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]}-service"
    pycman("kube", "play", "--service-container", "--service-exit-code-propagation", "any", path)
    assert pycman("inspect", "-f", "{{.State.Running}} {{.IsService}}", service) == "true true\n"
    assert "service container" in pycman.fails("rm", "-f", service)
    pycman("pod", "kill", "p")
    assert pycman("wait", service) == "137\n"
    pycman("pod", "start", "p")  # the service begins anew with its pod, which fails at once
    assert pycman("wait", service) == "137\n"
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)
