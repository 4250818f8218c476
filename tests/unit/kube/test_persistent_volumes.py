"""PersistentVolumes of directories of the host and the claims that get them (Kubernetes, "Persistent Volumes", Binding)."""

from __future__ import annotations

import pytest

from kube_yaml.check.fields import check
from kube_yaml.read.documents import read_documents
from kube_yaml.translate.standing import Standing
from tests.support.plays import play_of


def volume(name: str, spec: str = "", *, labels: str = "", size: str = "1Gi", path: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"
        f"spec: {{capacity: {{storage: {size}}}, hostPath: {{path: {path or '/data/' + name}}}{spec}}}\n---\n"
    )


def claim(spec: str = "", *, name: str = "c", size: str = "1Gi") -> str:
    return (
        f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n"
        f"spec: {{resources: {{requests: {{storage: {size}}}}}{spec}}}\n---\n"
    )


def devices(text: str, **options) -> list[str]:
    return [plan.spec.options.get("device", "") for plan in play_of(text, **options).volumes]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (volume("a") + claim(), ["/data/a"]),
        (volume("a", ", storageClassName: manual") + claim(", storageClassName: manual"), ["/data/a"]),
        (volume("a", ", storageClassName: manual") + claim(), [""]),
        (volume("a") + volume("b") + claim(", volumeName: b"), ["/data/b"]),
        (volume("a") + claim(", volumeName: pvc-of-a-cluster"), [""]),
        (volume("a") + claim() + claim(", volumeName: a", name="d"), ["", "/data/a"]),
        (volume("a") + volume("b", ", claimRef: {name: c, namespace: default}") + claim(), ["/data/b"]),
        (volume("a", ", claimRef: {name: other}") + claim(), [""]),
        (volume("a", size="1Gi") + claim(size="2Gi"), [""]),
        (volume("a", size="3Gi") + volume("b", size="2Gi") + claim(size="2Gi"), ["/data/b"]),
        (volume("a") + claim() + claim(name="d"), ["/data/a", ""]),
        (volume("a", labels="disk: x") + volume("b", labels="disk: y") + claim(", selector: {matchLabels: {disk: y}}"), ["/data/b"]),
        (volume("a", labels="disk: x") + claim(", selector: {matchExpressions: [{key: disk, operator: NotIn, values: [x]}]}"), [""]),
        (volume("a", labels="disk: x") + claim(", selector: {matchExpressions: [{key: disk, operator: Exists}]}"), ["/data/a"]),
        (volume("a").replace("hostPath", "local") + claim(), ["/data/a"]),
        (volume("a").replace("hostPath: {path: /data/a}", "nfs: {server: s, path: /x}") + claim(), [""]),
    ],
)  # fmt: skip
def test_a_claim_gets_the_volume_that_is_for_it(text: str, wanted: list[str]) -> None:
    assert devices(text) == wanted


def test_a_volume_of_an_earlier_play_is_there_and_one_of_the_file_replaces_it() -> None:
    earlier = [document.value for document in read_documents(volume("a", path="/old"), file="f")]
    assert devices(claim(", volumeName: a"), standing=Standing(persistent_volumes=tuple(earlier))) == ["/old"]
    both = volume("a") + claim(", volumeName: a")
    assert devices(both, standing=Standing(persistent_volumes=tuple(earlier))) == ["/data/a"]


def test_claims_of_a_stateful_set_get_volumes_too() -> None:
    text = (
        volume("a", ", claimRef: {name: www-web-1}")
        + """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i:1, volumeMounts: [{name: www, mountPath: /w}]}]}}
  volumeClaimTemplates: [{metadata: {name: www}}]
"""
    )
    assert devices(text) == ["", "/data/a"]


def test_the_directory_is_made_where_the_type_allows_it_and_is_bound() -> None:
    plan = play_of(volume("a") + claim()).volumes[0]
    assert (plan.host_path.path, plan.host_path.kind) == ("/data/a", "DirectoryOrCreate")
    assert plan.spec.options == {"type": "none", "o": "bind,nocopy", "device": "/data/a"}


def test_an_annotation_of_podman_wins() -> None:
    text = claim().replace(
        "{name: c}", "{name: c, annotations: {volume.podman.io/device: tmpfs, volume.podman.io/type: tmpfs}}"
    )
    assert play_of(volume("a") + text).volumes[0].spec.options == {"type": "tmpfs", "device": "tmpfs"}


@pytest.mark.parametrize(
    "text", [volume("a", path="x"), volume("a").replace("path: /data/a", "path: /a, type: Socket")]
)
def test_what_no_claim_can_be_is_refused(text: str) -> None:
    assert len(check(read_documents(text, file="f")).problems) == 1


def test_a_claim_without_a_document_is_one_of_the_pods_namespace() -> None:
    pod = """
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: prod}
spec:
  containers: [{name: c, image: i:1, volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
"""
    assert [plan.spec.name for plan in play_of(pod).volumes] == ["prod-data"]
    assert [plan.spec.name for plan in play_of(pod.replace(", namespace: prod", "")).volumes] == ["data"]
