"""What `update` makes of a spec: environment and health checks."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.spec.changes import Changes, changed_spec
from pycman.spec.container import ContainerSpec
from pycman.spec.health import HealthCheck
from pycman.spec.resources import Ulimit

CHECK = HealthCheck(test=("CMD", "true"), retries=5)
SPEC = ContainerSpec(env={"A": "1", "B": "2"}, health=CHECK)


def test_variables_are_set_and_unset() -> None:
    changed = changed_spec(SPEC, Changes(env={"A": "3", "C": "4"}, unset_env=("B", "none")))
    assert changed == SPEC.replace(env={"A": "3", "C": "4"})


def test_fields_of_a_check_change_and_the_others_stay() -> None:
    changed = changed_spec(SPEC, Changes(health={"interval_ns": 7}, on_failure="kill"))
    assert changed.health == CHECK.replace(interval_ns=7)
    assert changed.health_on_failure == "kill"
    assert changed_spec(SPEC, Changes()) == SPEC


def test_a_check_begins_with_a_command_and_ends_with_none() -> None:
    bare = SPEC.replace(health=None)
    assert changed_spec(bare, Changes(health={"test": ("CMD", "x")})).health == HealthCheck(test=("CMD", "x"))
    assert changed_spec(bare, Changes(startup_health={"test": ("CMD", "x")})).startup_health is not None
    with pytest.raises(InvalidInput, match="give --health-startup-cmd too"):
        changed_spec(SPEC, Changes(startup_health={"retries": 1}))
    assert changed_spec(SPEC, Changes(health={"test": ("NONE",)})).health is None
    assert changed_spec(SPEC.replace(startup_health=CHECK), Changes(no_health=True)) == SPEC.replace(
        health=HealthCheck(test=("NONE",))
    )
    with pytest.raises(InvalidInput, match="other --health flags"):
        changed_spec(SPEC, Changes(no_health=True, health={"retries": 1}))


@pytest.mark.parametrize("changes", [Changes(env={"A": "1"}), Changes()], ids=["env", "nothing"])
def test_only_changes_of_checks_begin_them_anew(changes: Changes) -> None:
    assert not changes.of_health
    assert changes.replace(no_health=True).of_health


def test_the_log_of_checks_changes_without_new_checks() -> None:
    changes = Changes(health_log={"max_count": 9})
    assert changed_spec(SPEC, changes).health_log == SPEC.health_log.replace(max_count=9)
    assert not changes.of_health


def test_ulimits_replace_those_of_their_names() -> None:
    old = SPEC.replace(ulimits=(Ulimit(name="nofile", soft=1, hard=2), Ulimit(name="nproc", soft=3, hard=4)))
    new = Ulimit(name="nofile", soft=5, hard=6)
    assert changed_spec(old, Changes(ulimits=(new,))).ulimits == (old.ulimits[1], new)
    host = Ulimit(name="host", soft=0, hard=0)
    at_host = changed_spec(old, Changes(ulimits=(host,)))
    assert at_host.ulimits == (host,)
    assert changed_spec(at_host, Changes(ulimits=(new,))).ulimits == (new,)
