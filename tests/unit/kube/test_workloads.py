"""Workloads as pods (Kubernetes API reference, apps/v1 and batch/v1), and the other parts of a play."""

from __future__ import annotations

import json

import pytest

from kube_yaml.translate.plans import Play
from kube_yaml.translate.standing import Standing
from pycman.spec.pod import PodOwner
from tests.support.plays import play_of

TEMPLATE = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: 'i:1'}]}}"
SELECTED = f"selector: {{matchLabels: {{app: web}}}}\n  {TEMPLATE}"
JOB = TEMPLATE.replace("spec: {containers", "spec: {restartPolicy: Never, containers")


def workload(kind: str, spec: str, *, more: str = "", name: str = "web", **options) -> Play:
    group = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    return play_of(f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}{more}}}\nspec:\n  {spec}\n", **options)


def names(play: Play) -> list[str]:
    return [pod.name for pod in play.pods]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
@pytest.mark.parametrize(
    ("replicas", "wanted"),
    [("", ["web-pod"]), ("replicas: 1", ["web-pod"]), ("replicas: 0", []), ("replicas: 2", ["web-pod-0", "web-pod-1"])],
)  # fmt: skip
def test_replicas_are_as_many_pods_and_one_by_default(kind: str, replicas: str, wanted: list[str]) -> None:
    assert names(workload(kind, f"{SELECTED}\n  {replicas}")) == wanted


def test_a_daemon_set_has_one_pod_on_the_one_node() -> None:
    play = workload("DaemonSet", SELECTED)
    assert names(play) == ["web-pod"]
    assert play.pods[0].spec.owner.kind == "DaemonSet"


def test_each_pod_knows_its_object_and_its_number() -> None:
    play = workload("Deployment", f"{SELECTED}\n  replicas: 2", more=", namespace: n")
    assert names(play) == ["n-web-pod-0", "n-web-pod-1"]
    owners = [pod.spec.owner for pod in play.pods]
    wanted = [PodOwner(kind="Deployment", namespace="n", name="web", number=number) for number in (0, 1)]
    assert [owner.replace(hash="") for owner in owners] == wanted


def test_the_same_file_gives_the_same_hash_and_a_changed_image_another() -> None:
    first, again = (workload("Deployment", SELECTED).pods[0].spec.owner.hash for _ in range(2))
    other = workload("Deployment", SELECTED.replace("i:1", "i:2")).pods[0].spec.owner.hash
    assert first == again != other


SET = f"""serviceName: nginx
  replicas: 2
  {SELECTED}
  volumeClaimTemplates:
  - metadata: {{name: www, labels: {{a: b}}}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"""


def test_pods_of_a_stateful_set_have_stable_names_and_claims() -> None:
    play = workload(
        "StatefulSet", SET.replace("image: 'i:1'", "image: 'i:1', volumeMounts: [{name: www, mountPath: /w}]")
    )
    assert names(play) == ["web-0", "web-1"]
    assert [pod.spec.hostname for pod in play.pods] == ["web-0", "web-1"]
    assert [pod.claims for pod in play.pods] == [("www-web-0",), ("www-web-1",)]
    assert [(volume.spec.name, dict(volume.spec.labels)) for volume in play.volumes] == [
        ("www-web-0", {"a": "b"}), ("www-web-1", {"a": "b"}),
    ]  # fmt: skip
    assert play.pods[1].containers[0].spec.mounts[0].source == "www-web-1"


def test_the_ordinals_of_a_stateful_set_begin_where_it_says() -> None:
    text = SET.replace("image: 'i:1'", "image: 'i:1', volumeMounts: [{name: www, mountPath: /w}]")
    play = workload("StatefulSet", f"{text}\n  ordinals: {{start: 3}}")
    assert names(play) == ["web-3", "web-4"]
    assert [pod.claims for pod in play.pods] == [("www-web-3",), ("www-web-4",)]
    assert play.pods[0].spec.labels["apps.kubernetes.io/pod-index"] == "3"


def test_pods_of_a_stateful_set_are_labelled_with_name_and_index() -> None:
    labels = [dict(pod.spec.labels) for pod in workload("StatefulSet", SET).pods]
    assert labels == [
        {
            "app": "web",
            "statefulset.kubernetes.io/pod-name": f"web-{number}",
            "apps.kubernetes.io/pod-index": str(number),
        }
        for number in (0, 1)
    ]


def test_pods_of_a_stateful_set_answer_by_service_and_namespace() -> None:
    play = workload("StatefulSet", SET, more=", namespace: n")
    assert [pod.spec.hostname for pod in play.pods] == ["web-0", "web-1"]
    assert "web-0.nginx.n.svc.cluster.local" in play.pods[0].spec.network.attachments[0].aliases
    assert [pod.claims for pod in play.pods] == [("n-www-web-0",), ("n-www-web-1",)]


@pytest.mark.parametrize(("policy", "waits"), [("", True), ("OrderedReady", True), ("Parallel", False)])
def test_pods_of_a_stateful_set_wait_for_those_before_unless_parallel(policy: str, waits: bool) -> None:
    text = SET + (f"  podManagementPolicy: {policy}\n" if policy else "")
    assert [pod.waits for pod in workload("StatefulSet", text).pods] == [waits, waits]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("", [True]),
        ("completions: 3\n  parallelism: 2", [True, True, False]),
        ("completions: 2", [True, False]),
        ("completions: 2\n  parallelism: 5", [True, True]),
        ("completions: 2\n  parallelism: 0", [False, False]),
        ("parallelism: 3", [True, True, True]),  # a work queue: all take from it
        ("suspend: true", [False]),
    ],
)  # fmt: skip
def test_a_job_starts_as_many_pods_at_once_as_it_may(fields: str, wanted: list[bool]) -> None:
    assert [pod.starts for pod in workload("Job", f"{JOB}\n  {fields}", name="sum").pods] == wanted


def test_pods_of_a_job_bear_its_name() -> None:
    (pod,) = workload("Job", JOB, name="sum").pods
    assert pod.name == "sum-pod"
    assert pod.spec.labels["batch.kubernetes.io/job-name"] == pod.spec.labels["job-name"] == "sum"
    assert "JOB_COMPLETION_INDEX" not in pod.containers[0].spec.env


def test_pods_of_an_indexed_job_know_their_index() -> None:
    pods = workload("Job", f"{JOB}\n  completions: 2\n  completionMode: Indexed", name="sum").pods
    for number, pod in enumerate(pods):
        assert pod.containers[0].spec.env["JOB_COMPLETION_INDEX"] == str(number)
        assert pod.spec.annotations["batch.kubernetes.io/job-completion-index"] == str(number)
        assert pod.spec.labels["batch.kubernetes.io/job-completion-index"] == str(number)
        assert pod.spec.hostname == f"sum-{number}"


def test_the_deadline_of_a_job_is_that_of_its_pods() -> None:
    (pod,) = workload("Job", f"{JOB}\n  activeDeadlineSeconds: 60", name="sum").pods
    assert pod.containers[0].spec.deadline_s == 60


CRON = f"schedule: '* * * * *'\n  jobTemplate:\n    spec:\n      completions: 2\n      {JOB}"


def test_a_cron_job_is_its_job_once_where_that_is_asked_for() -> None:
    assert names(workload("CronJob", CRON, name="sum", run_cron_jobs=True)) == ["sum-pod-0", "sum-pod-1"]
    assert names(workload("CronJob", CRON, name="sum")) == []


def test_annotations_of_a_workload_are_its_pods_and_the_templates_win() -> None:
    text = SELECTED.replace("labels: {app: web}}", "labels: {app: web}, annotations: {a: template}}", 1)
    play = workload("Deployment", text, more=", annotations: {a: workload, b: workload}")
    assert dict(play.pods[0].spec.annotations) == {"a": "template", "b": "workload"}


def test_secrets_are_one_document_of_texts() -> None:
    play = play_of(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: n}\ndata: {a: eA==}\nstringData: {b: y}\nimmutable: true"
    )
    (secret,) = play.secrets
    assert (secret.name, secret.namespace) == ("n-s", "n")
    assert json.loads(secret.content) == {"a": "x", "b": "y"}


def test_what_is_kept_of_a_secret_is_not_what_it_hides() -> None:
    (kept,) = play_of("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {b: hidden}").objects
    assert "hidden" not in kept.manifest
    (other,) = play_of("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {b: changed}").objects
    assert other.hash != kept.hash


def test_annotations_of_a_claim_are_options_of_its_volume() -> None:
    (volume,) = play_of("""
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          name: data
          annotations:
            volume.podman.io/type: tmpfs
            volume.podman.io/device: tmpfs
            volume.podman.io/mount-options: size=1m
            volume.podman.io/uid: "5"
            volume.podman.io/import-source: /tmp/x.tar
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
    """).volumes
    assert (volume.spec.name, volume.spec.driver, volume.import_source) == ("data", "local", "/tmp/x.tar")
    assert dict(volume.spec.options) == {"type": "tmpfs", "device": "tmpfs", "o": "size=1m,uid=5"}
    assert volume.has_document


def test_a_claim_without_a_document_is_a_volume_that_stays() -> None:
    play = play_of(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"
        "  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n  containers: [{name: c, image: 'i:1'}]\n"
    )
    assert [(volume.spec.name, volume.has_document) for volume in play.volumes] == [("data", False)]


def test_a_runtime_class_names_the_runtime_of_its_pods() -> None:
    play = play_of(
        "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: sandboxed}\nhandler: runsc\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        "spec: {runtimeClassName: sandboxed, containers: [{name: c, image: 'i:1'}]}\n"
    )
    assert play.pods[0].spec.oci_runtime == play.pods[0].containers[0].spec.oci_runtime == "runsc"


def test_what_is_made_first_does_not_hang_on_the_order_of_the_file() -> None:
    play = play_of("""
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec: {containers: [{name: c, image: 'i:1', env: [{name: A, valueFrom: {configMapKeyRef: {name: m, key: a}}}]}]}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: m}
        data: {a: x}
    """)
    assert play.pods[0].containers[0].spec.env == {"A": "x"}
    assert [(each.kind, each.name) for each in play.objects] == [("Pod", "p"), ("ConfigMap", "m")]


@pytest.mark.parametrize(
    ("before", "replicas", "wanted"),
    [
        (["n-web-pod"], 2, ["n-web-pod", "n-web-pod-1"]),
        (["n-web-pod-0", "n-web-pod-1"], 1, ["n-web-pod-0"]),
        (["n-web-pod", "n-web-pod-1"], 3, ["n-web-pod", "n-web-pod-1", "n-web-pod-2"]),
    ],
)
def test_more_or_less_replicas_keep_the_pods_that_are_there(
    before: list[str], replicas: int, wanted: list[str]
) -> None:
    names_before = {("Deployment", "n", "web", number): name for number, name in enumerate(before)}
    standing = Standing(pod_names=names_before)
    play = workload("Deployment", f"{SELECTED}\n  replicas: {replicas}", more=", namespace: n", standing=standing)
    assert names(play) == wanted
    if before[0] == "n-web-pod":
        assert play.pods[0] == workload("Deployment", SELECTED, more=", namespace: n").pods[0]
