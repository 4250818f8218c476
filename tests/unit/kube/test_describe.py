"""Containers as YAML: playing the YAML of a container gives the spec of its `run` again (podman-kube-generate(1))."""

from __future__ import annotations

import pytest

from cli.specs.container import container_spec
from kube_yaml.generate.describe import describe_annotations, describe_container, describe_pod_spec
from kube_yaml.generate.objects import Generated
from kube_yaml.generate.write import write_yaml
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec
from tests.support.calls import call_of
from tests.support.plays import play_of

IMAGE = {
    "Entrypoint": ["/entry"], "Cmd": ["serve"], "Env": ["PATH=/bin", "LANG=C"], "WorkingDir": "/srv", "User": "9",
    "StopSignal": "SIGUSR1", "Healthcheck": {"Test": ["CMD", "true"]},
}  # fmt: skip


def run(*words: str) -> ContainerSpec:
    return container_spec(call_of(*words, command="run"))


def described(*words: str, image: dict | None = None, missing: list | None = None) -> tuple[dict, dict]:
    """Return the container, and the volumes of its pod, that a `run` with these words is."""
    volumes: dict = {}
    found = describe_container("c", run(*words), image or {}, volumes, missing if missing is not None else [])
    return found, volumes


def again(*words: str) -> ContainerSpec:
    """Return the spec that playing the YAML of a `run` asks for."""
    spec = run(*words)
    volumes: dict = {}
    container = describe_container("c", spec, {}, volumes, [])
    notes = {
        f"io.podman.annotations.{key}": text
        for key, text in describe_annotations(PodSpec(), [("c", spec)], usual_pids=2048).items()
    }
    fields = describe_pod_spec("p", PodSpec(), [spec], [])
    value = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": notes},
        "spec": {**fields, "containers": [container], **({"volumes": list(volumes.values())} if volumes else {})},
    }  # fmt: skip
    return play_of(write_yaml(Generated(objects=(value,)))).pods[0].containers[0].spec


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["-e", "A=b", "-e", "B=x y: #1", "i:1"], "env"),
        (["--entrypoint", '["/a","b"]', "i:1"], "entrypoint"),
        (["i:1", "x", "y"], "command"),
        (["-w", "/w", "i:1"], "workdir"),
        (["-it", "i:1"], "stdin"),
        (["-it", "i:1"], "terminal"),
        (["-u", "5:6", "i:1"], "user"),
        (["--stop-signal", "SIGQUIT", "i:1"], "stop_signal"),
        (["--stop-timeout", "42", "i:1"], "stop_timeout_s"),
        (["--device", "/dev/a:/dev/b:rw", "--device", "/dev/fuse", "i:1"], "devices"),
        (["--ulimit", "nofile=10:20", "i:1"], "ulimits"),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_a_container_played_from_its_yaml_is_the_same(words: list[str], field: str) -> None:
    assert getattr(again(*words), field) == getattr(run(*words), field)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--memory", "64m", "i:1"], "memory_bytes"), (["--cpus", "1.5", "i:1"], "cpu_quota_us"), (["--cpu-shares", "512", "i:1"], "cpu_shares"),
        (["--cpu-shares", "2", "i:1"], "cpu_shares"), (["--memory-reservation", "32m", "i:1"], "memory_reservation_bytes"),
        (["--pids-limit", "77", "i:1"], "pids_limit"), (["--cpuset-cpus", "0-1", "i:1"], "cpuset_cpus"),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)  # fmt: skip
def test_limits_played_from_yaml_are_the_same(words: list[str], field: str) -> None:
    assert getattr(again(*words).resources, field) == getattr(run(*words).resources, field)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--cap-add", "NET_ADMIN", "--cap-drop", "MKNOD", "i:1"], "cap_add"), (["--cap-drop", "MKNOD", "i:1"], "cap_drop"),
        (["--privileged", "i:1"], "privileged"), (["--read-only", "i:1"], "read_only"),
        (["--security-opt", "no-new-privileges", "i:1"], "no_new_privileges"),
        (["--security-opt", "seccomp=unconfined", "i:1"], "seccomp_profile"),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)  # fmt: skip
def test_confinement_played_from_yaml_is_the_same(words: list[str], field: str) -> None:
    assert getattr(again(*words).security, field) == getattr(run(*words).security, field)


@pytest.mark.parametrize(
    "words",
    [
        ["-v", "/a:/b:ro", "i:1"], ["-v", "name:/b", "i:1"], ["-v", "/a:/b:rslave", "i:1"], ["-v", "/a/b:/1", "-v", "/a-b:/2", "i:1"],
        ["-v", f"/{'x' * 60}/1:/1", "-v", f"/{'x' * 60}/2:/2", "i:1"], ["-v", "/A:/1", "-v", "/a:/2", "i:1"],
        ["-v", "/a:/1", "-v", "/a:/2:ro", "i:1"], ["--mount", "type=image,source=a:1,target=/b", "i:1"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_mounts_played_from_yaml_have_the_same_sources(words: list[str]) -> None:
    def places(spec: ContainerSpec) -> set[tuple]:
        return {(mount.kind, mount.source, mount.target, mount.read_only or mount.kind == "image", mount.propagation)
                for mount in spec.mounts if mount.source != "..message-c"}  # fmt: skip

    assert places(again(*words)) == places(run(*words))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [("", None), ("size=64m", "64Mi"), ("size=4096", "4096"), ("size=1G", "1Gi"), ("size=50%", None)],
)
def test_a_tmpfs_is_a_directory_in_memory(size: str, wanted: str | None) -> None:
    _, volumes = described("--tmpfs", f"/t:{size}" if size else "/t", "i:1")
    (volume,) = volumes.values()
    assert volume["emptyDir"] == {"medium": "Memory", **({"sizeLimit": wanted} if wanted else {})}


def test_a_secret_in_two_places_is_two_files() -> None:
    found, volumes = described("--secret", "s,target=/a/one", "--secret", "s,target=/b/two", "i:1")
    for mount in found["volumeMounts"]:
        (item,) = volumes[mount["name"]]["secret"]["items"]
        assert item["path"] == mount["subPath"]


def test_what_the_image_says_is_left_out() -> None:
    words = [
        "--entrypoint",
        "/entry",
        "-e",
        "LANG=C",
        "-e",
        "container=oci",
        "-w",
        "/srv",
        "-u",
        "9",
        "--stop-signal",
        "SIGUSR1",
        "i:1",
        "serve",
    ]
    assert described(*words, image=IMAGE)[0] == {"name": "c", "image": "i:1"}


def test_a_health_check_is_a_liveness_probe() -> None:
    found, _ = described(
        "--health-cmd",
        "curl x",
        "--health-interval",
        "5s",
        "--health-retries",
        "4",
        "--health-start-period",
        "7s",
        "i:1",
    )
    assert found["livenessProbe"] == {
        "exec": {"command": ["/bin/sh", "-c", "curl x"]}, "initialDelaySeconds": 7, "periodSeconds": 5, "timeoutSeconds": 30,
        "failureThreshold": 4,
    }  # fmt: skip
    assert "livenessProbe" not in described("--no-healthcheck", "i:1")[0]


def test_what_kubernetes_has_no_word_for_is_named() -> None:
    missing: list[str] = []
    described(
        "--umask",
        "077",
        "--tz",
        "UTC",
        "--group-add",
        "5",
        "--log-driver",
        "none",
        "--name",
        "n",
        "i:1",
        missing=missing,
    )
    assert sorted(missing) == ["more groups of n", "the log driver of n", "the time zone of n", "the umask of n"]


@pytest.mark.parametrize(
    ("policies", "wanted"), [(["no"], "Never"), (["on-failure:3"], "OnFailure"), (["always"], None), (["always", "no"], None)]
)  # fmt: skip
def test_one_restart_policy_is_the_pods(policies: list[str], wanted: str | None) -> None:
    missing: list[str] = []
    found = describe_pod_spec("p", PodSpec(), [run("--restart", policy, "i:1") for policy in policies], missing)
    assert found.get("restartPolicy") == wanted
    assert bool(missing) == (len(policies) > 1)
