"""Volumes of a pod, and their mounts (Kubernetes API reference, v1 Volume, VolumeMount)."""

from __future__ import annotations

import os

import pytest

from kube_yaml.quantity import format_cpu, page_size
from kube_yaml.translate.plans import HostPath
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.mount import Mount
from pycman.spec.pod import PodVolume
from tests.support.plays import pod_of

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: x, b: y}\n"


def pod_with(volume: str, mount: str = "mountPath: /v", *, pod: str = "", **options):
    return pod_of(
        f"volumes:\n- {{name: v, {volume}}}\n{pod}\ncontainers:\n- name: c\n  image: i:1\n"
        f"  volumeMounts:\n  - {{name: v, {mount}}}\n",
        **options,
    )


def mount_of(volume: str, mount: str = "mountPath: /v", **options) -> Mount:
    plan = pod_with(volume, mount, **options)
    return next(each for each in plan.containers[0].spec.mounts if each.source != "..message-c")


@pytest.mark.parametrize(
    ("volume", "wanted"),
    [
        ("emptyDir: {}", PodVolume(name="v", mode=0o777)),
        ("emptyDir: {medium: Memory}", PodVolume(name="v", memory=True, mode=0o777)),
        ("emptyDir: {medium: Memory, sizeLimit: 16Mi}", PodVolume(name="v", memory=True, size_bytes=16 << 20, mode=0o777)),
        ("emptyDir: {sizeLimit: 16Mi}", PodVolume(name="v", mode=0o777)),
    ],
)  # fmt: skip
def test_an_empty_directory_lives_as_long_as_its_pod(volume: str, wanted: PodVolume) -> None:
    plan = pod_with(volume)
    assert plan.spec.volumes[0] == wanted
    assert mount_of(volume) == Mount(kind="pod", source="v", target="/v")


def test_a_group_of_the_pod_owns_its_volumes() -> None:
    plan = pod_with("emptyDir: {}", pod="securityContext: {fsGroup: 2000}")
    assert plan.spec.volumes[0].gid == 2000
    assert plan.claim_gid == 2000
    assert plan.containers[0].spec.group_add == ("2000",)


def test_a_path_of_the_host_is_checked_as_its_type_says() -> None:
    plan = pod_with("hostPath: {path: /data, type: Directory}")
    assert plan.host_paths == (HostPath(path="/data", kind="Directory", where="volume v"),)
    mount = mount_of("hostPath: {path: /data/../etc}", "mountPath: /v, readOnly: true")
    assert (mount.kind, mount.source, mount.target, mount.read_only) == ("bind", "/etc", "/v", True)


def test_a_relative_path_of_the_host_begins_where_the_file_lies() -> None:
    assert mount_of("hostPath: {path: ./data}").source == os.path.abspath("data")


def test_a_claim_is_a_volume_of_its_name() -> None:
    plan = pod_with("persistentVolumeClaim: {claimName: data, readOnly: true}")
    assert plan.claims == ("data",)
    mount = mount_of("persistentVolumeClaim: {claimName: data, readOnly: true}")
    assert (mount.kind, mount.source, mount.read_only) == ("volume", "data", True)


def test_an_image_is_a_volume_that_nobody_writes() -> None:
    plan = pod_with("image: {reference: 'r.example/a:1', pullPolicy: Never}")
    assert plan.images == {"r.example/a:1": "never"}
    mount = mount_of("image: {reference: 'r.example/a:1'}")
    assert (mount.kind, mount.source, mount.read_only) == ("image", "r.example/a:1", True)


@pytest.mark.parametrize(
    ("volume", "wanted"),
    [
        ("configMap: {name: m}", {"a": (b"x", 0o644), "b": (b"y", 0o644)}),
        ("configMap: {name: m, defaultMode: 0400}", {"a": (b"x", 0o400), "b": (b"y", 0o400)}),
        ("configMap: {name: m, defaultMode: 256}", {"a": (b"x", 0o400), "b": (b"y", 0o400)}),
        ("configMap: {name: m, items: [{key: a, path: d/f}]}", {"d/f": (b"x", 0o644)}),
        ("configMap: {name: m, items: [{key: a, path: f, mode: 0600}]}", {"f": (b"x", 0o600)}),
        ("configMap: {name: absent, optional: true}", {}),
        ("downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}", {"name": (b"p", 0o644)}),
    ],
)  # fmt: skip
def test_files_have_their_content_and_mode(volume: str, wanted: dict) -> None:
    plan = pod_with(volume, others=MAP)
    assert {file.path: (file.content, file.mode) for file in plan.files[0].files} == wanted
    assert mount_of(volume, others=MAP).read_only


@pytest.mark.parametrize(
    ("mount", "field", "wanted"),
    [
        ("mountPath: /v", "propagation", ""),
        ("mountPath: /v, mountPropagation: None", "propagation", "rprivate"),
        ("mountPath: data/v", "target", "/data/v"),  # as a kubelet does
        ("mountPath: /v, mountPropagation: HostToContainer", "propagation", "rslave"),
        ("mountPath: /v, mountPropagation: Bidirectional", "propagation", "rshared"),
        ("mountPath: /v, readOnly: true", "read_only", True),
        ("mountPath: /v, readOnly: true, recursiveReadOnly: Enabled", "options", ("rro",)),
        ("mountPath: /v, subPath: a/b", "subpath", "a/b"),
        ("mountPath: /v, subPathExpr: d/$(NAME)", "subpath", "d/n"),
    ],
)  # fmt: skip
def test_a_mount_says_how_its_volume_is_seen(mount: str, field: str, wanted: object) -> None:
    plan = pod_of(
        "volumes: [{name: v, emptyDir: {}}]\ncontainers:\n- name: c\n  image: i:1\n"
        f"  env: [{{name: NAME, value: n}}]\n  volumeMounts:\n  - {{name: v, {mount}}}\n"
    )
    assert getattr(plan.containers[0].spec.mounts[0], field) == wanted


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/abs"])
def test_a_sub_path_that_an_expression_leads_out_of_its_volume_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        pod_of(
            "volumes: [{name: v, emptyDir: {}}]\ncontainers:\n- name: c\n  image: i:1\n"
            f"  env: [{{name: NAME, value: {path}}}]\n  volumeMounts: [{{name: v, mountPath: /v, subPathExpr: $(NAME)}}]\n"
        )
    assert "stay in its volume" in str(caught.value)


def test_volumes_of_other_types_are_refused() -> None:
    from kube_yaml.translate.files import FileReader
    from kube_yaml.translate.sources import Sources
    from kube_yaml.translate.volumes import Volumes

    volumes = Volumes("/", FileReader(Sources(), None, {}), -1)
    with pytest.raises(Unsupported, match="nfs"):
        volumes.read([{"name": "v", "nfs": {"server": "s"}}], {})


@pytest.mark.parametrize(
    ("resource", "wanted"), [("hugepages-2Mi", ("2MB", 2 << 20)), ("hugepages-1Gi", ("1GB", 1 << 30)), ("hugepages-64Ki", ("64KB", 64 << 10))]
)  # fmt: skip
def test_huge_pages_have_the_kernels_names(resource: str, wanted: tuple[str, int]) -> None:
    assert page_size(resource) == wanted


@pytest.mark.parametrize("resource", ["hugepages-", "hugepages-2M", "hugepages-x", "hugepages-0"])
def test_what_is_no_size_of_huge_pages_is_refused(resource: str) -> None:
    with pytest.raises(InvalidInput):
        page_size(resource)


@pytest.mark.parametrize(("millis", "text"), [(2000, "2"), (500, "500m"), (0, "0"), (1250, "1250m")])
def test_processors_are_written_as_kubernetes_does(millis: int, text: str) -> None:
    assert format_cpu(millis) == text
