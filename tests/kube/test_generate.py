"""kube generate: what it writes, and that playing the YAML and generating it again gives the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from kube_yaml.check.fields import check
from kube_yaml.read.documents import read_documents


def documents(text: str) -> list[dict]:
    return [document for document in yaml.safe_load_all(text) if document]


def test_a_container_becomes_a_pod_that_can_be_played_and_written_again(root_pycman) -> None:
    pycman = root_pycman
    pycman("create", "--name", "my_web", "-p", "18080:80", "-v", "data:/data", "-v", "/etc:/host-etc:ro",
           "--tmpfs", "/t:size=1m", "-e", "A=on", "-e", "B=1e3", "-m", "64m", "--cpus", "0.5", "--cap-drop", "all", "--read-only",
           "-u", "1000:1000", "--label", "tier=front", "--add-host", "far:192.0.2.4", "--stop-timeout", "0",
           "--health-cmd", "test -e /etc/passwd", "--restart", "always", "busybox:1", "sh", "-c", "sleep 1000")  # fmt: skip
    text = pycman("kube", "generate", "my_web", "data")
    claim, pod = documents(text)
    assert claim["metadata"]["name"] == "data"
    assert pod["metadata"] == {"name": "my-web-pod", "labels": {"app": "my-web-pod", "tier": "front"}}
    (container,) = pod["spec"]["containers"]
    assert container["image"] == "localhost/busybox:1"
    assert container["args"] == ["sh", "-c", "sleep 1000"]
    assert container["env"] == [{"name": "A", "value": "on"}, {"name": "B", "value": "1e3"}]
    assert container["resources"] == {"limits": {"cpu": "500m", "memory": "64Mi"}}
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}, "runAsUser": 1000, "runAsGroup": 1000}  # fmt: skip
    assert container["ports"] == [{"containerPort": 80, "hostPort": 18080}]
    assert container["livenessProbe"]["exec"]["command"] == ["/bin/sh", "-c", "test -e /etc/passwd"]
    assert not check(read_documents(text, file="-")).problems

    pycman("rm", "my_web")
    path = Path(pycman.folder) / "app.yaml"
    path.write_text(text)
    pycman("kube", "play", str(path))
    again = pycman("kube", "generate", "my-web-pod", "data")
    assert documents(again) == documents(text)
    pycman("kube", "down", str(path))
    pycman("kube", "play", str(path))
    assert pycman("kube", "generate", "my-web-pod", "data") == again
    pycman("kube", "down", "--force", str(path))


def test_a_pod_is_written_with_its_members_and_services(root_pycman) -> None:
    pycman = root_pycman
    pycman("pod", "create", "--name", "p", "-p", "18081:80", "--label", "a=b", "--hostname", "box")
    pycman("create", "--pod", "p", "--init-ctr", "always", "--name", "i", "busybox:1", "true")
    pycman("create", "--pod", "p", "--name", "c", "--entrypoint", "sleep", "busybox:1", "1000")
    service, pod = documents(pycman("kube", "generate", "-s", "p"))
    assert service["spec"]["ports"][0] | {"name": ""} == {
        "name": "", "port": 80, "targetPort": 80, "protocol": "TCP", "nodePort": 30080}  # fmt: skip
    assert service["spec"]["selector"] == {"app": "p"}
    assert pod["spec"]["hostname"] == "box"
    assert pod["spec"]["initContainers"][0]["name"] == "i"
    assert pod["spec"]["containers"][0]["command"] == ["sleep"]
    assert "the container belongs to the pod p" in pycman.fails("kube", "generate", "c", status=125)
    for kind, name in (("deployment", "Deployment"), ("daemonset", "DaemonSet")):
        options = ["-r", "3"] if kind == "deployment" else []
        problem = pycman.fails("kube", "generate", "-t", kind, *options, "p", status=125)
        assert f"p: a {name} needs the restart policy Always, not Never (use --type pod)" in problem
    (job,) = documents(pycman("kube", "generate", "-t", "job", "p"))
    assert (job["kind"], job["apiVersion"], job["spec"]["template"]["spec"]["restartPolicy"]) == (
        "Job",
        "batch/v1",
        "Never",
    )
    pycman("pod", "rm", "p")


def test_what_has_no_field_is_said_by_annotations(root_pycman) -> None:
    pycman = root_pycman
    pycman("create", "--name", "my_web", "--ulimit", "nofile=100:200", "--pids-limit", "40", "--cpuset-cpus", "0", "--init", "--rm",
           "busybox:1", "sleep", "1000")  # fmt: skip
    (ours,) = documents(pycman("kube", "generate", "my_web"))
    wanted = {
        "ulimit": "nofile=100:200",
        "pids-limit/my-web": "40",
        "cpuset/my-web": "0",
        "init/my-web": "true",
        "autoremove/my-web": "true",
    }
    assert ours["metadata"]["annotations"] == {f"io.pycman.annotations.{key}": value for key, value in wanted.items()}
    text = pycman("kube", "generate", "--podman-only", "my_web")
    assert documents(text)[0]["metadata"]["annotations"] == {
        f"io.podman.annotations.{key}": value for key, value in wanted.items()
    }
    pycman("rm", "my_web")
    path = Path(pycman.folder) / "web.yaml"
    path.write_text(text)
    pycman("kube", "play", str(path))
    host = json.loads(pycman("inspect", "my-web-pod-my-web"))[0]["HostConfig"]
    assert (host["PidsLimit"], host["CpusetCpus"], host["Init"], host["AutoRemove"]) == (40, "0", True, True)
    assert host["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]
    pycman("kube", "down", str(path))


def test_files_are_not_overwritten_and_wrong_arguments_are_reported(root_pycman) -> None:
    pycman = root_pycman
    pycman("create", "--name", "c", "--restart", "always", "busybox:1", "true")
    path = Path(pycman.folder) / "c.yaml"
    pycman("generate", "kube", "-f", str(path), "-t", "deployment", "-r", "2", "c")
    assert documents(path.read_text())[0]["spec"]["replicas"] == 2
    assert "the file already exists" in pycman.fails("kube", "generate", "-f", str(path), "c", status=125)
    assert "no such container, pod or volume" in pycman.fails("kube", "generate", "nosuch", status=125)
    assert "only a deployment has replicas" in pycman.fails("kube", "generate", "-r", "2", "c", status=125)
    assert "not a kind" in pycman.fails("kube", "generate", "-t", "cronjob", "c", status=125)
    assert "the pod has no ports for a Service (omit --service)" in pycman.fails(
        "kube", "generate", "-s", "c", status=125
    )


@pytest.mark.parametrize(
    "text", ["yes", "0644", "1e3", "~", "null", "", "- a", "a: b", "x\ny\n", " lead", "#c", "12:30", "é", "*a"]
)
def test_texts_stay_texts(text: str) -> None:
    from kube_yaml.generate.objects import Generated
    from kube_yaml.generate.write import write_yaml

    written = write_yaml(Generated(objects=({"kind": "K", "v": text},)))
    assert read_documents(written, file="-")[0].value["v"] == text
