"""The files of docs/kubernetes-node.md: each is there, is what the others expect, and names nothing that does not exist."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cri_server.config import CriConfig
from cri_server.metrics.table import descriptors
from tests.support.plays import play_of

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples/cri"
MANIFESTS = sorted((EXAMPLES / "cluster/manifests").glob("*.yaml"))
OWN_METRICS = {
    "pycman_cri_operations_total", "pycman_cri_operations_errors_total", "pycman_cri_operations_duration_seconds_bucket",
    "pycman_cri_operations_duration_seconds_sum", "pycman_cri_operations_duration_seconds_count", "process_resident_memory_bytes",
    "process_open_fds", "process_cpu_seconds_total",
}  # fmt: skip


def test_every_file_that_the_page_names_is_there() -> None:
    text = (ROOT / "docs/kubernetes-node.md").read_text()
    named = set(re.findall(r"examples/[\w./-]*\w", text))
    assert {"examples/cri/kubelet.yaml", "examples/cri/grafana-dashboard.json"} <= named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    "path", [EXAMPLES / "kubelet.yaml", EXAMPLES / "cluster/kubelet.yaml"], ids=["alone", "cluster"]
)
def test_a_kubelet_asks_the_servers_socket(path) -> None:
    found = yaml.safe_load(path.read_text())
    assert found["kind"] == "KubeletConfiguration"
    assert found["containerRuntimeEndpoint"] == found["imageServiceEndpoint"] == CriConfig().listen
    assert found["staticPodPath"] == "/etc/kubernetes/manifests"


@pytest.mark.parametrize("path", [*MANIFESTS, EXAMPLES / "static-web.yaml"], ids=lambda path: path.stem)
def test_a_static_pod_is_one_that_can_be_played(path) -> None:
    (pod,) = play_of(path.read_text()).pods
    (container,) = pod.containers
    assert ":" in container.spec.image.rpartition("/")[2]
    command = container.spec.entrypoint or container.spec.command
    assert command


def options(name: str) -> dict[str, str]:
    manifest = yaml.safe_load((EXAMPLES / f"cluster/manifests/{name}.yaml").read_text())
    words = manifest["spec"]["containers"][0]["command"][1:]
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}


def test_the_control_plane_agrees_with_itself() -> None:
    api, controllers, etcd = options("kube-apiserver"), options("kube-controller-manager"), options("etcd")
    assert api["--etcd-servers"] == etcd["--listen-client-urls"]
    assert api["--service-cluster-ip-range"] == controllers["--service-cluster-ip-range"]
    network = json.loads((EXAMPLES / "network.conflist").read_text())
    subnet = re.search(r'"subnet": "([\d.]+)/', json.dumps(network))
    assert subnet
    first, bits = controllers["--cluster-cidr"].split("/")
    mask = (0xFFFFFFFF << (32 - int(bits))) & 0xFFFFFFFF
    number = [int.from_bytes(bytes(int(part) for part in text.split(".")), "big") for text in (first, subnet[1])]
    assert number[0] & mask == number[1] & mask


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_every_file_of_a_manifest_is_made_by_the_script_and_mounted(tmp_path) -> None:
    script = EXAMPLES / "cluster/certificates.sh"
    top = tmp_path / "kubernetes"
    done = subprocess.run(["sh", str(script), "192.0.2.10", str(top)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        manifest = yaml.safe_load((EXAMPLES / f"cluster/manifests/{name}.yaml").read_text())
        mounts = [mount["mountPath"] for mount in manifest["spec"]["containers"][0]["volumeMounts"]]
        for value in options(name).values():
            if value.startswith("/etc/kubernetes/"):
                assert (top / value.removeprefix("/etc/kubernetes/")).is_file(), value
                assert any(value == mount or value.startswith(f"{mount}/") for mount in mounts), value
    checked = [
        "openssl",
        "verify",
        "-CAfile",
        f"{top}/pki/ca.crt",
        f"{top}/pki/apiserver.crt",
        f"{top}/pki/kubelet.crt",
    ]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0
    assert (
        yaml.safe_load((top / "admin.conf").read_text())["clusters"][0]["cluster"]["server"]
        == "https://192.0.2.10:6443"
    )
    assert os.stat(top / "pki/ca.key").st_mode & 0o077 == 0
    before = (top / "pki/ca.key").read_text()
    assert subprocess.run(["sh", str(script), "192.0.2.10", str(top)], check=False).returncode == 0
    assert (top / "pki/ca.key").read_text() == before


def test_every_metric_of_the_dashboard_is_one_that_is_served() -> None:
    dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {name for text in expressions for name in re.findall(r"\b(?:pycman|process|container)_\w+", text)}
    assert len(named) > 10
    served = OWN_METRICS | {descriptor.name for descriptor in descriptors()}
    assert named - served == set()
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_own_metrics_are_those_that_the_server_registers() -> None:
    text = (ROOT / "cri_server/metrics/operations.py").read_text()
    for name in ("pycman_cri_operations", "pycman_cri_operations_errors", "pycman_cri_operations_duration_seconds"):
        assert f'"{name}"' in text


@pytest.mark.parametrize(
    "path", [EXAMPLES / "kubelet.service", EXAMPLES / "cluster/kubelet.service"], ids=["alone", "cluster"]
)
def test_a_unit_of_a_kubelet_starts_after_the_server_and_leaves_pods_alone(path) -> None:
    text = path.read_text()
    assert "After=pycman-cri.service" in text
    assert "KillMode=process" in text
    assert "--config=/etc/kubernetes/kubelet.yaml" in text


def test_prometheus_asks_where_the_settings_say() -> None:
    jobs = yaml.safe_load((EXAMPLES / "prometheus.yaml").read_text())["scrape_configs"]
    assert [job["job_name"] for job in jobs] == ["pycman-cri", "kubelet"]
    assert jobs[0]["static_configs"][0]["targets"] == ["127.0.0.1:9095"]
