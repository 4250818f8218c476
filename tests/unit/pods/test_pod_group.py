"""Where a pod's cgroup is, by whom it was asked for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pods.infra import manager_of, pod_cgroup
from pycman.errors import InvalidInput
from pycman.runtime.bundle_input import HostFacts
from pycman.spec.pod import PodSpec

ROOT = SimpleNamespace(rootless=False, user=SimpleNamespace(uid=0))
ALICE = SimpleNamespace(rootless=True, user=SimpleNamespace(uid=1000))
SLICE = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podab_1.slice"


@pytest.fixture
def by(monkeypatch):
    def set_manager(manager: str) -> None:
        facts = HostFacts(rootless=False, cgroups="v2", cgroup_manager=manager)
        monkeypatch.setattr("pods.infra.host_facts", lambda *_args, **_more: facts)
        monkeypatch.setattr("pods.infra.choose_runtime", lambda *_args: SimpleNamespace(program="crun"))

    return set_manager


def of_kubelet(parent: str) -> PodSpec:
    return PodSpec(name="p", managed_by="kubelet", cgroup_parent=parent)


@pytest.mark.parametrize("manager", ["systemd", "cgroupfs"])
def test_kubelets_parent_decides_whatever_the_hosts_manager_is(by, manager: str) -> None:
    by(manager)
    assert pod_cgroup(ROOT, "id", of_kubelet(SLICE)) == SLICE
    assert pod_cgroup(ROOT, "id", of_kubelet("/kubepods-burstable-podab_1.slice")) == SLICE
    assert pod_cgroup(ROOT, "id", of_kubelet("/kubepods/podab")) == "/kubepods/podab/pycman-pod-id"
    assert (manager_of(SLICE), manager_of("/kubepods/podab/pycman-pod-id"), manager_of("")) == (
        "systemd",
        "cgroupfs",
        "",
    )


def test_pods_of_users_are_slices_where_systemd_makes_them(by) -> None:
    by("systemd")
    assert pod_cgroup(ROOT, "id", PodSpec(name="p")) == "/machine.slice/machine-pycman_pod_id.slice"
    own = pod_cgroup(ROOT, "id", PodSpec(name="p", cgroup_parent="my-part.slice"))
    assert own == "/my.slice/my-part.slice/my-part-pycman_pod_id.slice"
    users = pod_cgroup(ALICE, "id", PodSpec(name="p"))
    assert users == "/user.slice/user-1000.slice/user@1000.service/user.slice/user-pycman_pod_id.slice"
    with pytest.raises(InvalidInput, match="not a slice"):
        pod_cgroup(ROOT, "id", PodSpec(name="p", cgroup_parent="/foo"))


def test_pods_of_users_are_paths_where_cgroupfs_makes_them(by) -> None:
    by("cgroupfs")
    assert pod_cgroup(ROOT, "id", PodSpec(name="p")) == "/pycman/pycman-pod-id"
    assert pod_cgroup(ALICE, "id", PodSpec(name="p")) == "/pycman-1000/pycman-pod-id"
    assert pod_cgroup(ROOT, "id", PodSpec(name="p", cgroup_parent="/foo")) == "/foo/pycman-pod-id"
    assert pod_cgroup(ROOT, "id", PodSpec(name="p", cgroup_parent="/foo", share_parent=False)) == "/foo"
