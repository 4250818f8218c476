"""Health checks from flags."""

from __future__ import annotations

import pytest

from cli.specs.health import health_check, health_fields, health_log, startup_check, startup_fields
from pycman.containers.check_spec import check_health_log
from pycman.errors import InvalidInput
from pycman.spec.health import HealthCheck
from tests.support.calls import call_of


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("curl -f x", ("CMD-SHELL", "curl -f x")),
        ('["curl", "-f"]', ("CMD", "curl", "-f")),
        ('["curl -f x"]', ("CMD-SHELL", "curl -f x")),
        ('["CMD-SHELL", "a b"]', ("CMD-SHELL", "a b")),
        ("CMD echo hi", ("CMD", "echo", "hi")),
        ("none", ("NONE",)),
    ],
    ids=["text", "list", "list of one", "list with kind", "words with kind", "none"],
)
def test_a_command_is_for_the_shell_unless_it_is_a_list(text: str, test: tuple[str, ...]) -> None:
    call = call_of("--health-cmd", text, "image")
    found = health_check(call)
    assert found is not None and found.test == test


def test_only_what_is_given_is_a_field() -> None:
    call = call_of("--health-interval", "2s", "--health-startup-success", "2", "box", command="update")
    assert health_fields(call) == {"interval_ns": 2 * 10**9}
    assert startup_fields(call) == {"successes": 2}


def test_a_startup_check_needs_its_command() -> None:
    assert startup_check(call_of("--health-startup-retries", "2", "image")) is None
    found = startup_check(call_of("--health-startup-cmd", "x", "image"))
    assert found == HealthCheck(test=("CMD-SHELL", "x"), retries=0)


def test_the_log_of_checks_is_where_and_as_long_as_the_flags_say(tmp_path) -> None:
    found = health_log(call_of("--health-log-destination", str(tmp_path), "--health-max-log-count=0", "image"))
    assert (found.destination, found.max_count, found.is_directory) == (str(tmp_path), 0, True)
    check_health_log(found)
    for words, told in (
        (("--health-log-destination", str(tmp_path / "none")), "--health-log-destination .*/none: there is no such directory"),
        (("--health-max-log-size", "-1"), "--health-max-log-size -1: it is negative"),
        (("--health-max-log-count", "-1"), "--health-max-log-count -1: it is negative"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=told):
            check_health_log(health_log(call_of(*words, "image")))
