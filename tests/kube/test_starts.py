"""How pods of a play come up: names, init containers that are retried, pods that wait for each other, and how long they take to stop."""

from __future__ import annotations

import json

from tests.kube.test_play import nothing_is_left, write
from tests.support.waiting import wait_until

WAITING = """
    apiVersion: v1
    kind: Service
    metadata: {name: peers, namespace: prod}
    spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: app, namespace: prod}
    spec:
      terminationGracePeriodSeconds: 0
      volumes: [{name: v, emptyDir: {}}]
      initContainers:
      - name: waits
        image: localhost/busybox:1
        command: [sh, -c, "until nslookup db-1.peers.prod.svc.cluster.local; do sleep 0.2; done"]
      - name: retried
        image: localhost/busybox:1
        command: [sh, -c, "[ -e /v/x ] || { touch /v/x; exit 3; }"]
        volumeMounts: [{name: v, mountPath: /v}]
      containers:
      - name: main
        image: localhost/busybox:1
        command: [sh, -c, 'echo "$HOSTNAME $(hostname) $NAME $URL $1"; exec sleep 1000', sh, "--at=$(IP)"]
        env:
        - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: URL, value: "http://$(IP):80,$$(IP)"}
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db, namespace: prod}
    spec:
      serviceName: peers
      replicas: 2
      selector: {matchLabels: {app: db}}
      template:
        metadata: {labels: {app: db}}
        spec:
          terminationGracePeriodSeconds: 0
          volumes: [{name: v, emptyDir: {}}]
          containers:
          - name: main
            image: localhost/busybox:1
            command: [sh, -c, "[ -e /v/x ] && exec sleep 1000; touch /v/x; exit 1"]
            volumeMounts: [{name: v, mountPath: /v}]
    """


def test_pods_that_wait_for_each_other_come_up_and_a_failure_is_no_end(networked) -> None:
    """An init container waits for a StatefulSet of the same file, whose members crash once, and another fails once."""
    pycman = networked
    path = write(pycman, WAITING)
    pycman("kube", "play", path)
    wait_until(lambda: pycman("pod", "ps", "--format", "{{.Status}}").split() == ["Running"] * 3, "not all pods run")
    address = json.loads(pycman("exec", "prod-app-main", "sh", "-c", "ip -o -4 address show eth0 | awk '{print \"\\\"\"$4\"\\\"\"}'"))  # fmt: skip
    ip = address.partition("/")[0]
    assert pycman("logs", "prod-app-main") == f"app app app http://{ip}:80,$(IP) --at={ip}\n"
    assert pycman("inspect", "-f", "{{.RestartCount}}", "prod-db-1-main") == "1\n"
    lookup = ("exec", "prod-app-main", "nslookup", "-type=a", "nosuch.prod.svc.cluster.local")
    # by the name server itself: nothing above knows this domain. One lookup gives up after some seconds
    wait_until(lambda: b"NXDOMAIN" in pycman.run(*lookup).stdout, "nobody says that there is no such name")
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


FAILING = """
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: data}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      restartPolicy: Never
      volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
      initContainers:
      - name: bad
        image: localhost/busybox:1
        command: [sh, -c, "echo kept > /v/file; sleep 1.5; exit 4"]
        volumeMounts: [{name: v, mountPath: /v}]
      containers: [{name: main, image: "localhost/busybox:1", command: [sleep, "1000"]}]
    """


def test_an_init_container_that_fails_for_good_fails_its_pod_and_undoes_nothing(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, FAILING)
    assert "init container p-bad ended with status 4" in pycman.fails("kube", "play", path, status=125)
    assert pycman("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "p-bad") == "exited 4\n"
    pycman("kube", "down", path)
    assert pycman("volume", "ls", "-q") == "data\n"
    pycman("kube", "down", "--force", path)
    assert pycman("volume", "ls", "-q") == ""
    assert nothing_is_left(pycman)


HALF_WAY = (
    FAILING.replace("exit 4", "exit 0")
    + """
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: empty}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: q}
    spec: {containers: [{name: main, image: "localhost/busybox:1", command: [nosuchprogram]}]}
    """
)


def test_undoing_a_play_takes_no_volume_with_data(root_pycman) -> None:
    pycman = root_pycman
    path = write(pycman, HALF_WAY)
    done = pycman.run("kube", "play", path)
    assert done.returncode == 125
    assert b"the volume data has data in it and is kept" in done.stderr
    assert nothing_is_left(pycman)
    assert pycman("volume", "ls", "-q") == "data\n"
    pycman("kube", "down", "--force", path)
    assert pycman("volume", "ls", "-q") == ""
