"""Names of cgroups and units: what podman's users, systemd and kubelets know them by."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.linux.cgroup.group import own_groups
from pycman.spec.cgroup_names import (
    check_slice,
    default_slice,
    is_own_of_pod,
    is_slice,
    manager_root,
    pod_slice,
    slice_name,
    slice_path,
)

KUBELET = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod8a_1.slice"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.slice", "a.slice"),
        ("a-b.slice", "a.slice/a-b.slice"),
        ("a-b-c.slice", "a.slice/a-b.slice/a-b-c.slice"),
        ("-.slice", ""),
        ("kubepods-burstable-pod8a_1.slice", KUBELET[1:]),
    ],
)
def test_each_dash_leads_one_slice_down(name: str, path: str) -> None:
    assert slice_path(name) == path


def test_parent_is_a_slice_by_name_or_path() -> None:
    assert is_slice("my.slice")
    assert is_slice(KUBELET)
    assert not is_slice("/pycman")
    assert not is_slice("")
    assert slice_name(KUBELET) == "kubepods-burstable-pod8a_1.slice"
    assert check_slice(KUBELET, "") == "kubepods-burstable-pod8a_1.slice"


@pytest.mark.parametrize(
    "parent",
    ["/pycman", "a", ".slice", "-a.slice", "a-.slice", "a--b.slice", "a b.slice", "ä.slice", "a" * 250 + ".slice"],
)
def test_what_systemd_would_refuse_is_told_by_its_flag(parent: str) -> None:
    with pytest.raises(InvalidInput, match="not a slice") as caught:
        check_slice(parent, f"--cgroup-parent {parent}")
    assert caught.value.subject == f"--cgroup-parent {parent}"


def test_pods_slice_is_below_its_parent() -> None:
    assert pod_slice("machine.slice", "abc") == "machine-pycman_pod_abc.slice"
    assert slice_path(pod_slice("a-b.slice", "abc")) == "a.slice/a-b.slice/a-b-pycman_pod_abc.slice"
    assert pod_slice("-.slice", "abc") == "pycman_pod_abc.slice"
    assert is_own_of_pod(f"/machine.slice/{pod_slice('machine.slice', 'abc')}", "abc")
    assert is_own_of_pod("/pycman/pycman-pod-abc", "abc")
    assert not is_own_of_pod(KUBELET, "abc")
    assert not is_own_of_pod("/x", "")


def test_users_units_are_below_the_users_manager() -> None:
    assert manager_root(1000, rootless=True) == "/user.slice/user-1000.slice/user@1000.service"
    assert manager_root(1000, rootless=False) == ""
    assert (default_slice(rootless=True), default_slice(rootless=False)) == ("user.slice", "machine.slice")


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/machine.slice/pycman-ab.scope/container", "/machine.slice/pycman-ab.scope"),
        ("/user.slice/u.service/user.slice/pycman-ab.scope", "/user.slice/u.service/user.slice/pycman-ab.scope"),
        ("/pycman/pycman-ab/init.scope", "/pycman/pycman-ab"),
        ("/system.slice/web.service/pycman-payload-ab", "/system.slice/web.service/pycman-payload-ab"),
        ("/machine.slice/pycman-conmon-ab.scope", ""),
        ("/machine.slice/pycman-abc.scope", ""),
    ],
)
def test_containers_cgroup_is_found_whoever_made_it(path: str, own: str) -> None:
    assert own_groups(f"0::{path}\n", "pycman-ab") == ({"": own} if own else {})
