"""The effects of podman's annotations (and ours) on real pods."""

from __future__ import annotations

import json

from tests.kube.test_play import nothing_is_left, write
from tests.support.waiting import wait_until


def test_annotations_of_a_pod_and_its_containers_are_done(pycman) -> None:
    pycman("run", "--name", "maker", "busybox:1", "sh", "-c", "mkdir /www; echo page > /www/index")
    pycman("commit", "-q", "-c", "VOLUME /www", "maker", "localhost/pages:1")
    pycman("rm", "maker")
    path = write(pycman, """
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
          annotations:
            io.podman.annotations.infra.name: holder
            io.podman.annotations.init.container.type: once
            io.podman.annotations.ulimit: nofile=100:200,core=0
            io.podman.annotations.init/c: "TRUE"
            io.podman.annotations.seccomp/c: unconfined
            container.seccomp.security.alpha.kubernetes.io/other: unconfined
            io.podman.annotations.volumes-from/other: c:ro
            io.podman.annotations.kube.image.volumes.mount/other: localhost/pages:1
            io.podman.annotations.label/c: disable
            io.podman.annotations.autoremove/short: "true"
            io.pycman.annotations.autoremove/short: "false"
            io.containers.autoupdate/c: registry
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          initContainers:
          - {name: first, image: "localhost/busybox:1", command: [sh, -c, "echo made > /d/f"], volumeMounts: [{name: d, mountPath: /d}]}
          containers:
          - name: c
            image: localhost/busybox:1
            command: [sh, -c, "ulimit -n; ulimit -Hn; grep Seccomp: /proc/self/status; cut -c -9 /proc/1/cmdline; sleep 1000"]
            volumeMounts: [{name: d, mountPath: /d}]
          - name: other
            image: localhost/busybox:1
            command: [sh, -c, "cat /d/f /www/index; touch /d/g /www/g; grep Seccomp: /proc/self/status; sleep 1000"]
            securityContext: {seccompProfile: {type: RuntimeDefault}, seLinuxOptions: {type: spc_t}}
          - {name: short, image: "localhost/busybox:1", command: ["true"]}
          volumes: [{name: d, emptyDir: {}}]
        """)  # fmt: skip
    done = pycman.run("kube", "play", path)
    assert b"autoupdate" not in done.stderr, "auto-update obeys it"
    assert b"seLinuxOptions have no effect (this host has no SELinux)" in done.stderr
    wait_until(lambda: "/dev/init" in pycman("logs", "p-c"), "it has not come to its end")
    assert pycman("logs", "p-c").splitlines()[:3] == ["100", "200", "Seccomp:\t0"]
    wait_until(lambda: "Seccomp" in pycman("logs", "p-other"), "the other has not come to its end")
    assert pycman("logs", "p-other") == "made\npage\nSeccomp:\t2\n"  # the field wins
    assert pycman.run("logs", "p-other").stderr.decode().count("Read-only file system") == 2
    names = set(pycman("ps", "-a", "--format", "{{.Names}}").split())
    assert names >= {"p-c", "p-other", "p-short", "holder"}
    assert "p-first" not in names
    inspect = json.loads(pycman("inspect", "p-c"))[0]
    assert inspect["Config"]["Labels"]["io.containers.autoupdate"] == "registry"
    assert "label=disable" in inspect["HostConfig"]["SecurityOpt"]
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)


def test_limits_and_ports_by_annotation(root_networked) -> None:
    pycman = root_networked
    path = write(pycman, """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: d
          annotations:
            io.podman.annotations.pids-limit/c: "50"
            io.podman.annotations.cpuset/c: "0"
            io.podman.annotations.publish-all: "TRUE"
        spec:
          selector: {matchLabels: {app: d}}
          template:
            metadata: {labels: {app: d}, annotations: {io.podman.annotations.pids-limit/c: "40"}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - {name: c, image: "localhost/busybox:1", command: [sleep, "1000"], ports: [{containerPort: 80}]}
        """)  # fmt: skip
    pycman("kube", "play", path)
    host = json.loads(pycman("inspect", "d-pod-c"))[0]["HostConfig"]
    assert (host["PidsLimit"], host["CpusetCpus"]) == (40, "0")
    assert "Cpus_allowed_list:\t0\n" in pycman("exec", "d-pod-c", "cat", "/proc/self/status")
    (ports,) = json.loads(pycman("pod", "inspect", "d-pod"))[0]["InfraConfig"]["PortBindings"].values()
    assert int(ports[0]["HostPort"]) > 1024
    pycman("kube", "down", path)


def test_a_profile_outside_the_root_and_a_container_that_is_not_there_are_refused(root_pycman) -> None:
    pycman = root_pycman
    text = """
        apiVersion: v1
        kind: Pod
        metadata: {name: p, annotations: {ANNOTATION}}
        spec:
          containers:
          - {name: c, image: "localhost/busybox:1"}
        """
    for annotation, says in (
        ("io.podman.annotations.seccomp/c: /etc/passwd", "app.yaml:4: metadata.annotations.io.podman.annotations.seccomp/c: a profile must lie below"),
        ("seccomp.security.alpha.kubernetes.io/pod: localhost/../x", "kubernetes.io/pod: a profile must lie below --seccomp-profile-root"),
        ("io.podman.annotations.volumes-from/c: nosuch", "there is no container to take volumes from: nosuch"),
        ("io.podman.annotations.seccomp/nosuch: unconfined", "app.yaml:4: metadata.annotations.io.podman.annotations.seccomp/nosuch: the pod has no container nosuch"),
    ):  # fmt: skip
        path = write(pycman, text.replace("ANNOTATION", annotation))
        assert says in pycman.fails("kube", "play", path, status=125)
    assert "--annotation io.podman.annotations.init/x" in pycman.fails(
        "kube", "play", "--annotation", "io.podman.annotations.init/x=true", write(pycman, text.replace("{ANNOTATION}", "{}")), status=125
    )  # fmt: skip
    assert nothing_is_left(pycman)


def test_a_user_namespace_by_annotation_is_the_pods(pycman) -> None:
    path = write(pycman, """
        apiVersion: v1
        kind: Pod
        metadata: {name: p, annotations: {io.podman.annotations.userns/p: MODE}}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - {name: c, image: "localhost/busybox:1", command: [sleep, "1000"]}
        """.replace("MODE", '"keep-id:uid=7,gid=8"' if pycman.rootless else "auto"))  # fmt: skip
    pycman("kube", "play", path)
    lines = [line.split() for line in pycman("exec", "p-c", "cat", "/proc/self/uid_map").splitlines()]
    if pycman.rootless:
        assert [line[2] for line in lines if line[0] == "7"] == ["1"]
    else:
        assert int(lines[0][1]) > 0
    pycman("kube", "down", path)
    assert nothing_is_left(pycman)
