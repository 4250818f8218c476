"""kube play, replay and down with real pods, as root and rootless."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

from tests.support.waiting import wait_until


def write(pycman, text: str, name: str = "app.yaml") -> str:
    path = Path(pycman.folder) / name
    path.write_text(textwrap.dedent(text))
    path.chmod(0o644)
    return str(path)


def nothing_is_left(pycman) -> bool:
    look = [pycman("pod", "ps", "-q"), pycman("ps", "-aq"), pycman("secret", "ls", "-q")]
    return look == ["", "", ""]


WEB = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: pages}
    data: {index.html: "first page"}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: token}
    stringData: {key: s3cret}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          terminationGracePeriodSeconds: 0
          initContainers:
          - name: prepare
            image: localhost/busybox:1
            command: [sh, -c, "hostname > /www/name"]
            volumeMounts: [{name: www, mountPath: /www}]
          containers:
          - name: httpd
            image: localhost/busybox:1
            command: [sh, -c, "ln -s /pages/index.html /www/; exec httpd -f -p 80 -h /www"]
            env:
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: token, key: key}}}
            - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: ME, value: $(TOKEN)-$$(x)-$(nosuch)}
            ports: [{containerPort: 80, name: http}]
            readinessProbe: {httpGet: {path: /name, port: http}, periodSeconds: 1}
            volumeMounts: [{name: www, mountPath: /www}, {name: pages, mountPath: /pages}]
          volumes:
          - {name: www, emptyDir: {}}
          - {name: pages, configMap: {name: pages}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      selector: {app: web}
      ports: [{port: 8080, targetPort: http}]
    """


def ask_service(pycman, path: str) -> str:
    return pycman.run(
        "exec", "web-pod-0-httpd", "wget", "-qO-", f"http://web.default.svc.cluster.local:8080/{path}"
    ).stdout.decode()


def test_a_deployment_is_played_served_replayed_and_taken_down(networked) -> None:
    pycman = networked
    path = write(pycman, WEB)
    out = pycman("kube", "play", path)
    assert out.count("Pod:") == 2
    assert "Secrets:\ntoken\n" in out
    wait_until(
        lambda: {ask_service(pycman, "name") for _ in range(4)} == {"web-pod-0\n", "web-pod-1\n"},
        "not both pods are reached",
    )
    env = pycman("exec", "web-pod-0-httpd", "env").splitlines()
    assert "TOKEN=s3cret" in env
    assert "ME=s3cret-$(x)-$(nosuch)" in env
    assert "WEB_SERVICE_PORT=8080" in env
    address = next(line for line in env if line.startswith("POD_IP=")).partition("=")[2]
    assert address in pycman("exec", "web-pod-0-httpd", "ip", "address")

    ids = pycman("pod", "ps", "-q", "--no-trunc")
    pycman("kube", "play", path)
    assert pycman("pod", "ps", "-q", "--no-trunc") == ids
    assert set(pycman("kube", "play", "--dry-run", path).split("\n")) >= {"keep pod web-pod-0", "keep Service web"}

    Path(path).write_text(Path(path).read_text().replace("first page", "second page"))
    assert pycman("kube", "play", "--dry-run", path).splitlines()[0] == "update ConfigMap pages"
    pycman("kube", "play", path)
    assert pycman("pod", "ps", "-q", "--no-trunc") == ids
    assert ask_service(pycman, "index.html") == "second page"

    Path(path).write_text(Path(path).read_text().replace("replicas: 2", "replicas: 1"))
    assert "web-pod-1 (no longer needed)" in pycman("kube", "play", "--dry-run", path)
    pycman("kube", "play", path)
    assert pycman("pod", "ps", "--format", "{{.Name}}") == "web-pod-0\n"
    assert pycman("pod", "ps", "-q", "--no-trunc").strip() in ids
    down = pycman("kube", "down", path)
    assert re.search(r"Pods removed:\n[0-9a-f]{64}\nSecrets removed:\ntoken\n", down)
    assert nothing_is_left(pycman)


def test_a_pod_that_is_not_ready_is_no_back_end(networked) -> None:
    pycman = networked
    path = write(pycman, WEB)
    pycman("kube", "play", path)
    wait_until(lambda: ask_service(pycman, "name") != "", "it is never ready")
    pycman("exec", "web-pod-1-httpd", "rm", "/www/name")
    wait_until(lambda: {ask_service(pycman, "name") for _ in range(6)} == {"web-pod-0\n"}, "the pod is still reached")
    pycman("exec", "web-pod-1-httpd", "sh", "-c", "hostname > /www/name")
    wait_until(lambda: "web-pod-1\n" in {ask_service(pycman, "name") for _ in range(6)}, "the pod is not reached again")
    pycman("kube", "down", path)


POD = """
    apiVersion: v1
    kind: Pod
    metadata: {name: p, labels: {app: p}, annotations: {note: hi}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: c
        image: localhost/busybox:1
        command: [sleep, "1000"]
    """


def test_only_what_differs_is_made_anew_and_only_if_asked(root_pycman) -> None:
    pycman = root_pycman
    two = POD.rstrip() + "\n    ---\n" + POD.strip("\n").replace("name: p,", "name: q,")
    path = write(pycman, two)
    pycman("kube", "play", path)
    before = dict(
        line.split() for line in pycman("pod", "ps", "--no-trunc", "--format", "{{.Name}} {{.ID}}").splitlines()
    )
    changed = two.replace('"1000"', '"2000"', 1)
    write(pycman, changed)
    assert "p: the pod already exists and differs from the file (use --replace)" in pycman.fails(
        "kube", "play", path, status=125
    )
    pycman("kube", "play", "--replace", path)
    after = dict(
        line.split() for line in pycman("pod", "ps", "--no-trunc", "--format", "{{.Name}} {{.ID}}").splitlines()
    )
    assert after["p"] != before["p"]
    assert after["q"] == before["q"]
    pycman("kube", "down", "app")  # by the play's name
    assert nothing_is_left(pycman)


def test_security_and_resources_are_as_the_file_says(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          terminationGracePeriodSeconds: 0
          shareProcessNamespace: true
          hostname: box
          subdomain: inner
          hostAliases: [{ip: 192.0.2.9, hostnames: [far.example, away]}]
          securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 4000, supplementalGroups: [5000], runAsNonRoot: true,
            sysctls: [{name: net.core.somaxconn, value: "99"}]}
          containers:
          - name: c
            image: localhost/busybox:1
            command: [sh, -c, "id; touch /data/f; stat -c '%a %u %g' /data /data/f; cat /proc/self/status; cat /proc/sys/net/core/somaxconn; cat /etc/hosts; touch /x; sleep 1000"]
            workingDir: /tmp
            securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            resources: {limits: {memory: 64Mi, cpu: 500m}, requests: {memory: 32Mi, cpu: 250m}}
            volumeMounts: [{name: d, mountPath: /data}, {name: m, mountPath: /mem}]
          - name: other
            image: localhost/busybox:1
            command: [sleep, "1000"]
            volumeMounts: [{name: m, mountPath: /mem, readOnly: true}]
          volumes:
          - {name: d, emptyDir: {}}
          - {name: m, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
        """)  # fmt: skip
    pycman("kube", "play", path)
    wait_until(
        lambda: "Read-only file system" in pycman.run("logs", "p-c").stderr.decode(), "it has not come to its end"
    )
    out = pycman("logs", "p-c")
    assert "uid=1000 gid=3000 groups=2000(extra),3000,4000,5000" in out.replace("(worker)", "")
    assert "2777 0 4000\n" in out
    assert re.search(r"\d+ 1000 4000\n", out)
    assert "NoNewPrivs:\t1" in out
    assert "CapBnd:\t0000000000000000" in out
    assert "\n99\n" in out
    assert "192.0.2.9\tfar.example" in out
    inspect = json.loads(pycman("inspect", "p-c"))[0]["HostConfig"]
    assert (inspect["Memory"], inspect["MemoryReservation"], inspect["CpuShares"]) == (64 << 20, 32 << 20, 256)
    assert inspect["CpuQuota"] == 50000
    assert "catatonit" in pycman("exec", "p-c", "ps")
    pycman("exec", "p-c", "sh", "-c", "echo shared > /mem/f")
    assert pycman("exec", "p-other", "cat", "/mem/f") == "shared\n"
    assert pycman.run("exec", "p-c", "dd", "if=/dev/zero", "of=/mem/g", "bs=1M", "count=2").returncode != 0
    assert "box" in pycman("exec", "p-c", "hostname")
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("securityContext: {runAsNonRoot: true}", "spec.containers[0].securityContext.runAsNonRoot: the container would run as root"),
        ("volumes: [{name: h, hostPath: {path: /no/such/path}}]", "no such path on this host"),
        ("volumes: [{name: h, hostPath: {path: /etc, type: File}}]", "no such file on this host"),
        ("volumes: [{name: h, configMap: {name: nosuch}}]", "app.yaml:6: spec.volumes[0].configMap.name: there is no ConfigMap nosuch"),
        ("restartPolicy: Perhaps", "app.yaml:6: spec.restartPolicy"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_reported_before_anything_is_made(root_pycman, more: str, says: str) -> None:
    path = write(root_pycman, POD.replace("      terminationGracePeriodSeconds: 0\n", f"      {more}\n"))
    assert says in root_pycman.fails("kube", "play", path, status=125)
    assert nothing_is_left(root_pycman)


def test_a_play_that_fails_half_way_leaves_nothing(root_pycman) -> None:
    text = (
        POD.rstrip()
        + "\n    ---\n"
        + POD.strip("\n").replace("name: p,", "name: q,").replace("[sleep,", "[nosuchprogram,")
    )
    text = (
        text.rstrip()
        + "\n    ---\n    apiVersion: v1\n    kind: Secret\n    metadata: {name: s}\n    stringData: {a: b}\n"
    )
    done = root_pycman.run("kube", "play", write(root_pycman, text))
    assert done.returncode != 0
    assert b"nosuchprogram" in done.stderr
    assert nothing_is_left(root_pycman)
    assert root_pycman("kube", "play", "--dry-run", write(root_pycman, text)).startswith("create Secret s")


def test_liveness_restarts_startup_gates_and_hooks_run(pycman) -> None:
    path = write(pycman, """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          terminationGracePeriodSeconds: 5
          containers:
          - name: c
            image: localhost/busybox:1
            command: [sh, -c, "trap 'echo term >> /log/l; exit 0' TERM; touch /alive; (sleep 1; touch /started) & while :; do sleep 0.1; done"]
            startupProbe: {exec: {command: [test, -e, /started]}, periodSeconds: 1, failureThreshold: 30}
            livenessProbe: {exec: {command: [test, -e, /alive]}, periodSeconds: 1, failureThreshold: 1}
            lifecycle:
              postStart: {exec: {command: [sh, -c, "echo post >> /log/l"]}}
              preStop: {exec: {command: [sh, -c, "echo pre >> /log/l"]}}
            volumeMounts: [{name: log, mountPath: /log}]
          volumes: [{name: log, emptyDir: {}}]
        """)  # fmt: skip
    pycman("kube", "play", path)
    assert pycman("exec", "p-c", "cat", "/log/l") == "post\n"
    wait_until(lambda: pycman.run("exec", "p-c", "rm", "/alive").returncode == 0, "it does not run")
    wait_until(lambda: pycman("inspect", "-f", "{{.RestartCount}}", "p-c") == "1\n", "it was not started again")
    wait_until(
        lambda: pycman.run("exec", "p-c", "cat", "/log/l").stdout == b"post\npre\nterm\npost\n",
        "hooks did not run again",
    )
    pycman("stop", "p-c")
    pycman("start", "p-c")
    wait_until(
        lambda: b"pre\nterm\npost\npre\nterm\npost\n" in pycman.run("exec", "p-c", "cat", "/log/l").stdout,
        "preStop did not run first",
    )
    pycman("kube", "down", path)


def test_a_sidecar_runs_beside_and_does_not_hold_the_pod_open(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          initContainers:
          - name: side
            image: localhost/busybox:1
            restartPolicy: Always
            command: [sh, -c, "touch /d/up; sleep 1000"]
            startupProbe: {exec: {command: [test, -e, /d/up]}, periodSeconds: 1}
            volumeMounts: [{name: d, mountPath: /d}]
          containers:
          - name: main
            image: localhost/busybox:1
            command: [sh, -c, "ls /d; exit 3"]
            volumeMounts: [{name: d, mountPath: /d}]
          volumes: [{name: d, emptyDir: {}}]
        """)  # fmt: skip
    done = pycman.run("kube", "play", "--wait", path)
    assert done.returncode == 3, done.stderr
    assert nothing_is_left(pycman)


def test_a_stateful_set_has_its_own_volumes_and_starts_in_order(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db}
        spec:
          replicas: 2
          serviceName: db
          selector: {matchLabels: {app: db}}
          template:
            metadata: {labels: {app: db}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: c
                image: localhost/busybox:1
                command: [sh, -c, "sleep 0.3; touch /ready; hostname >> /data/who; sleep 1000"]
                readinessProbe: {exec: {command: [test, -e, /ready]}, periodSeconds: 1}
                volumeMounts: [{name: data, mountPath: /data}]
          volumeClaimTemplates:
          - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
        """)  # fmt: skip
    pycman("kube", "play", path)
    started = [pycman("inspect", "-f", "{{.State.StartedAt}}", f"db-{n}-c") for n in (0, 1)]
    assert started[0] < started[1]
    assert sorted(pycman("volume", "ls", "-q").split()) == ["data-db-0", "data-db-1"]
    wait_until(lambda: pycman("exec", "db-1-c", "cat", "/data/who") == "db-1\n", "not its own volume")
    assert pycman("exec", "db-1-c", "hostname", "-f") == "db-1.db.default.svc.cluster.local\n"
    assert pycman("exec", "db-1-c", "cat", "/etc/hostname") == "db-1\n"
    pycman("kube", "down", path)
    assert pycman("volume", "ls", "-q") != ""
    pycman("kube", "play", path)
    pycman("kube", "down", "--force", path)
    assert pycman("volume", "ls", "-q") == ""
    assert nothing_is_left(pycman)


def test_standard_input_network_and_no_start(root_pycman) -> None:
    pycman = root_pycman
    pycman("network", "create", "own")
    out = pycman("kube", "play", "--start=false", "--network", "own", "-", stdin=textwrap.dedent(POD))
    assert out.startswith("Pod:\n")
    assert pycman("pod", "ps", "--format", "{{.Status}}") == "Created\n"
    pycman("pod", "start", "p")
    assert json.loads(pycman("pod", "inspect", "p"))[0]["InfraConfig"]["Networks"] == ["own"]
    pycman("kube", "down", "-", stdin=textwrap.dedent(POD))
    assert nothing_is_left(pycman)
    pycman("network", "rm", "own")


JOB = """
    apiVersion: batch/v1
    kind: Job
    metadata: {name: sum}
    spec:
      completions: 3
      parallelism: 2
      backoffLimit: 2
      completionMode: Indexed
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          containers:
          - name: c
            image: localhost/busybox:1
            command: [sh, -c, "echo $JOB_COMPLETION_INDEX $(hostname) >> /d/log; COMMAND"]
            volumeMounts: [{name: d, mountPath: /d}]
          volumes: [{name: d, persistentVolumeClaim: {claimName: joblog}}]
    """


def test_a_job_runs_until_all_its_completions_are_done(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, JOB.replace("COMMAND", "[ -e /d/again$JOB_COMPLETION_INDEX ] || { touch /d/again$JOB_COMPLETION_INDEX; [ $JOB_COMPLETION_INDEX != 1 ]; }"))  # fmt: skip
    pycman("kube", "play", path)
    look = ("run", "--rm", "-v", "joblog:/d", "busybox:1", "sort", "/d/log")
    wait_until(lambda: len(pycman(*look).splitlines()) == 4, "not all completions, with one tried again")
    assert pycman(*look) == "0 sum-0\n1 sum-1\n1 sum-1\n2 sum-2\n"
    pycman("kube", "play", path)  # there is nothing left to do
    assert pycman(*look) == "0 sum-0\n1 sum-1\n1 sum-1\n2 sum-2\n"
    pycman("kube", "down", path)
    assert pycman("volume", "ls", "-q") == "joblog\n"
    pycman("kube", "down", "--force", path)
    assert pycman("volume", "ls", "-q") == ""  # only pods named this claim, but a play made its volume


def test_a_job_that_fails_too_often_is_given_up(root_pycman) -> None:
    pycman = root_pycman
    done = pycman.run("kube", "play", "--wait", write(pycman, JOB.replace("COMMAND", "exit 5")))
    assert done.returncode == 1
    assert nothing_is_left(pycman)
    assert pycman("volume", "ls", "-q") == ""


CRON_JOB = """
    apiVersion: batch/v1
    kind: CronJob
    metadata: {name: sum}
    spec:
      schedule: "0 3 * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: Never
              containers: [{name: c, image: "localhost/busybox:1", command: [sh, -c, "exit 4"]}]
              terminationGracePeriodSeconds: 0
          backoffLimit: 0
    """


def test_a_cron_job_is_run_once_if_that_is_asked_for(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, CRON_JOB)
    assert (
        "app.yaml:3: kind: schedules are not supported yet: run it once with kube play --cronjob-now"
        in pycman.fails("kube", "play", path, status=125)
    )
    assert pycman("kube", "play", "--dry-run", "--cronjob-now", path) == "create pod sum-pod\n"
    assert pycman.run("kube", "play", "--cronjob-now", "--wait", path).returncode == 1
    assert nothing_is_left(pycman)


def test_every_problem_of_a_file_is_a_line_of_its_own(root_pycman) -> None:
    path = write(root_pycman, POD.replace("name: c", "nam: c").replace("[sleep,", "[5,"))
    done = root_pycman.run("kube", "play", path)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 125
    assert len(lines) == 3
    assert all(line.startswith(f"Error: {path}:") for line in lines)
    assert "did you mean name?" in done.stderr.decode()


def test_groups_of_the_image_count_unless_the_policy_is_strict(pycman) -> None:
    text = POD.replace(
        "terminationGracePeriodSeconds: 0",
        "terminationGracePeriodSeconds: 0\n      securityContext: {runAsUser: 1000, supplementalGroups: [5000] POLICY}",
    )
    for policy, wanted in (("", "1000 2000 5000"), (", supplementalGroupsPolicy: Strict", "1000 5000"),
                           (", supplementalGroupsPolicy: Merge, runAsGroup: 9", "9 2000 5000")):  # fmt: skip
        pycman("kube", "play", "--replace", write(pycman, text.replace(" POLICY", policy)))
        assert sorted(pycman("exec", "p-c", "id", "-G").split()) == sorted(wanted.split())
    pycman("kube", "down", "app")
    assert nothing_is_left(pycman)


def test_huge_pages_are_limited(root_pycman) -> None:
    pycman = root_pycman
    more = 'command: [sleep, "1000"]\n        resources: {limits: {memory: 64Mi, hugepages-SIZE: 4Mi}}'
    text = POD.replace('command: [sleep, "1000"]', more)
    path = write(pycman, text.replace("SIZE", "2Mi"))
    pycman("kube", "play", path)
    cgroup = pycman("exec", "p-c", "cat", "/sys/fs/cgroup/hugetlb/hugetlb.2MB.limit_in_bytes")
    assert int(cgroup) == 4 << 20
    pycman("kube", "down", path)
    path = write(pycman, text.replace("SIZE", "4Ki"))
    assert "this host has no pages of 4KB" in pycman.fails("kube", "play", path, status=125)
    assert nothing_is_left(pycman)


def test_a_pod_in_the_namespaces_of_the_host(pycman) -> None:
    path = write(
        pycman,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: near}
        spec:
          hostNetwork: true
          hostPID: true
          hostIPC: true
          terminationGracePeriodSeconds: 0
          containers:
            - {name: c, image: localhost/busybox:1, command: [sleep, "1000"]}
        """,
    )
    pycman("kube", "play", path)
    names = [f"/proc/self/ns/{kind}" for kind in ("net", "pid", "ipc")]
    there = [pycman("exec", "near-c", "readlink", name) for name in names]
    host = pycman("run", "--rm", "--network", "host", "--pid", "host", "--ipc", "host", "busybox:1", "sh", "-c",
                  f"for name in {' '.join(names)}; do readlink $name; done")  # fmt: skip
    assert "".join(there) == host
    pycman("kube", "down", path)


SETTINGS = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    immutable: true
    data: {a: "VALUE"}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: reader}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: c
        image: localhost/busybox:1
        command: [sleep, "1000"]
        envFrom: [{configMapRef: {name: settings}}, {prefix: "no=", configMapRef: {name: settings}}]
"""


def test_an_immutable_config_map_is_kept_and_keys_that_are_no_variables_are_reported(root_pycman) -> None:
    file = write(root_pycman, SETTINGS.replace("VALUE", "one"))
    played = root_pycman.run("kube", "play", file)
    assert played.returncode == 0
    assert b"Warning: ConfigMap settings: 'no=a' is not a valid name of a variable: left out\n" in played.stderr
    write(root_pycman, SETTINGS.replace("VALUE", "two"))
    line = root_pycman.fails("kube", "play", "--replace", file, status=125)
    assert "ConfigMap settings: it is immutable and differs from the file" in line
    assert root_pycman("exec", "reader-c", "sh", "-c", "echo $a") == "one\n"
    root_pycman("kube", "down", file)
    assert nothing_is_left(root_pycman)
