"""The process object, of a container's first process and of those that exec adds."""

from __future__ import annotations

import pytest

from pycman.runtime.bundle_input import HostFacts
from pycman.runtime.process import ProcessInput, process_object, user_object
from pycman.spec.container import ContainerSpec, Security
from pycman.spec.resources import Ulimit

HOST = HostFacts(
    rootless=False, cgroups="none", bounding=("CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"), hard_limits={"nofile": 5000, "nproc": 900},
    default_capabilities=("CAP_CHOWN", "CAP_KILL"), apparmor=True, own_oom_score_adj=10,
)  # fmt: skip


def made(spec: ContainerSpec, **changes):
    values = {"argv": ("true",), "env": {"A": "1"}, "cwd": "/", "uid": 0, "gid": 0, **changes}
    return process_object(ProcessInput(spec=spec, host=HOST, **values))


def test_limits_confinement_and_umask_are_those_of_the_container() -> None:
    security = Security(no_new_privileges=True, apparmor_profile="mine", cap_drop=("KILL",))
    spec = ContainerSpec(
        security=security, ulimits=(Ulimit(name="core", soft=1, hard=-1),), umask="0077", oom_score_adj=300
    )
    process = made(spec, terminal=False)
    assert process["noNewPrivileges"] is True
    assert process["apparmorProfile"] == "mine"
    assert process["capabilities"]["bounding"] == ["CAP_CHOWN"]
    assert process["user"]["umask"] == 0o077
    assert process["oomScoreAdj"] == 300
    assert {limit["type"]: limit["hard"] for limit in process["rlimits"]} == {
        "RLIMIT_CORE": (1 << 64) - 1, "RLIMIT_NOFILE": 5000, "RLIMIT_NPROC": 900,
    }  # fmt: skip


def test_a_privileged_process_has_all_there_is_in_a_container_that_has_not() -> None:
    spec = ContainerSpec(security=Security(cap_drop=("ALL",)))
    assert made(spec)["capabilities"]["bounding"] == []
    assert made(spec, privileged=True)["capabilities"]["effective"] == ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"]


@pytest.mark.parametrize(
    ("terminal", "size", "told"),
    [(True, (24, 80), {"height": 24, "width": 80}), (True, (0, 80), None), (False, (24, 80), None)],
)
def test_the_size_is_that_of_a_terminal_that_has_one(terminal, size, told) -> None:
    process = made(ContainerSpec(), terminal=terminal, console_size=size)
    assert process["terminal"] is terminal
    assert process.get("consoleSize") == told


def test_the_first_group_is_among_the_additional_ones_as_a_set_group_id_program_would_lose_it() -> None:
    assert user_object(1000, 1000, ())["additionalGids"] == [1000]
    assert user_object(1000, 5, (7, 5))["additionalGids"] == [5, 7]
