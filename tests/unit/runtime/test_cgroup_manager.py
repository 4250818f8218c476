"""Which cgroup manager is chosen, and what is said of it."""

from __future__ import annotations

import pytest

from pycman.linux.cgroup.setup import CgroupSetup
from pycman.linux.cgroup.split import split_own_group
from pycman.runtime.cgroup_manager import NOT_DELEGATED, ON_V1, Surroundings, choose_manager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

ALL = ("cpuset", "cpu", "io", "memory", "pids")
V2 = CgroupSetup(kind="v2", controllers=ALL)
ROOT = Surroundings(setup=V2)
ALICE = Surroundings(setup=V2, rootless=True, delegated=("cpu", "memory", "pids"))
NO_SYSTEMD = "systemd does not run here"
V1 = Surroundings(setup=CgroupSetup(kind="v1", controllers=ALL), no_systemd="systemd is only used with cgroup v2")


@pytest.mark.parametrize(
    ("here", "wanted", "manager", "cgroups", "why"),
    [
        (ROOT, "", "systemd", "v2", "system bus"),
        (ROOT, "systemd", "systemd", "v2", "system bus"),
        (ROOT, "cgroupfs", "cgroupfs", "v2", "asked for"),
        (ROOT, "disabled", "disabled", "none", "--cgroup-manager=disabled"),
        (ROOT.replace(no_systemd=NO_SYSTEMD), "", "cgroupfs", "v2", NO_SYSTEMD),
        (ROOT.replace(no_systemd=NO_SYSTEMD), "systemd", "cgroupfs", "v2", NO_SYSTEMD),
        (V1, "systemd", "cgroupfs", "v1", "only used with cgroup v2"),
        (V1.replace(rootless=True), "", "disabled", "none", ON_V1),
        (ALICE, "", "systemd", "v2", "session bus"),
        (ALICE, "cgroupfs", "disabled", "none", "not by cgroupfs"),
        (ALICE.replace(no_systemd="no bus"), "", "disabled", "none", f"{NOT_DELEGATED}: no bus"),
        (ALICE.replace(delegated=()), "", "systemd", "v2", "session bus"),
        (ROOT.replace(own=("memory",)), "split", "cgroupfs", "v2", "split"),
        (ALICE.replace(own=("memory",)), "split", "cgroupfs", "v2", "split"),
        (ROOT, "split", "disabled", "none", "no cgroup of version 2"),
        (Surroundings(), "", "disabled", "none", "no cgroups are mounted"),
        (Surroundings(setup=CgroupSetup(kind="hybrid")), "", "disabled", "none", "crun refuses"),
    ],
)
def test_manager(here: Surroundings, wanted: str, manager: str, cgroups: str, why: str) -> None:
    chosen = choose_manager(wanted, "crun", here)
    assert (chosen.manager, chosen.cgroups) == (manager, cgroups)
    assert why in chosen.why


def test_controllers_are_those_that_limits_can_be_set_with() -> None:
    assert choose_manager("", "crun", ROOT).controllers == ALL
    assert choose_manager("", "crun", ALICE).controllers == ("cpu", "memory", "pids")
    assert choose_manager("split", "crun", ROOT.replace(own=("pids",))).controllers == ("pids",)
    assert choose_manager("", "runc", V1.replace(setup=CgroupSetup(kind="hybrid", controllers=ALL))).controllers == ALL


def test_own_group_is_split(tmp_path: Path) -> None:
    own = tmp_path / "web.service"
    own.mkdir()
    (own / "cgroup.procs").write_text("12\n34\n")
    (own / "cgroup.controllers").write_text("memory pids\n")
    split_own_group(root=str(tmp_path), group="/web.service")
    assert (own / "supervisor" / "cgroup.procs").read_text() == "34"  # a file of ours keeps the last write only
    assert (own / "cgroup.subtree_control").read_text() == "+pids"
    split_own_group(root=str(tmp_path), group="/web.service/supervisor")
    assert not (own / "supervisor" / "supervisor").exists()
