"""The flags of `run` and `create` as a ContainerSpec."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.call import Call
from cli.parse import FlagTable, parse_flags
from cli.specs.container import container_spec
from cli.table import COMMANDS
from pycman.errors import InvalidInput, PycmanError, Unsupported
from pycman.spec.container import ContainerSpec
from pycman.spec.health import HealthCheck, RestartPolicy


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No variable of this machine speaks for a flag."""
    for name in ("PODMAN_USERNS", "DOCKER_DEFAULT_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def spec_of(*words: str) -> ContainerSpec:
    flags, arguments = parse_flags(FlagTable(COMMANDS["run"][3]), list(words), stop_at_first=True)
    return container_spec(Call("run", flags, arguments, {}, "pycman", ["run", *words]))


def test_without_flags_all_is_left_to_the_image_and_the_defaults() -> None:
    assert spec_of("busybox") == ContainerSpec(
        image="busybox", create_command=("pycman", "run", "busybox"), systemd="true"
    )


def test_what_follows_the_image_is_the_command_also_its_flags() -> None:
    spec = spec_of("--name", "a", "busybox", "ls", "--name", "b", "-it")
    assert (spec.name, spec.command, spec.terminal) == ("a", ("ls", "--name", "b", "-it"), False)


def test_switches_and_texts() -> None:
    spec = spec_of(
        "-it", "--rm", "-u", "1:2", "-w", "/w", "-h", "host", "--read-only", "--tz", "local", "--umask", "077", "x"
    )
    assert (spec.terminal, spec.stdin, spec.auto_remove, spec.user, spec.workdir) == (True, True, True, "1:2", "/w")
    assert (spec.hostname, spec.security.read_only, spec.timezone, spec.umask) == ("host", True, "local", "077")
    assert spec_of("--http-proxy=false", "x").http_proxy is False


def test_an_entrypoint_may_be_taken_away() -> None:
    assert spec_of("x").entrypoint is None
    assert spec_of("--entrypoint", "", "x").entrypoint == ("",)
    assert spec_of("--entrypoint", '["a","b"]', "x").entrypoint == ("a", "b")


def test_a_root_file_system_is_a_path(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec = spec_of("--rootfs", "dir", "ls")
    assert (spec.rootfs, spec.image) == (str(tmp_path / "dir"), "")


def test_platforms_may_be_given_in_parts_or_by_the_environment(monkeypatch) -> None:
    assert spec_of("--platform", "linux/arm64", "x").platform == "linux/arm64"
    assert spec_of("--arch", "arm", "--variant", "v7", "x").platform == "linux/arm/v7"
    monkeypatch.setenv("DOCKER_DEFAULT_PLATFORM", "linux/s390x")
    assert spec_of("x").platform == "linux/s390x"


@pytest.mark.parametrize(
    ("text", "policy"),
    [("always", RestartPolicy(name="always")), ("on-failure:3", RestartPolicy(name="on-failure", maximum_retries=3)),
     ("no", RestartPolicy(name="no")), ("", RestartPolicy(name="no"))],
)  # fmt: skip
def test_restart_policies(text: str, policy: RestartPolicy) -> None:
    assert spec_of("--restart", text, "x").restart == policy


def test_health_checks() -> None:
    assert spec_of("x").health is None
    assert spec_of("--no-healthcheck", "x").health == HealthCheck(test=("NONE",))
    assert spec_of(
        "--health-cmd", "true", "--health-interval", "5s", "--health-retries", "2", "x"
    ).health == HealthCheck(test=("CMD-SHELL", "true"), interval_ns=5 * 10**9, retries=2)
    assert spec_of("--health-cmd", '["CMD", "a", "b"]', "x").health == HealthCheck(test=("CMD", "a", "b"))
    kept = spec_of("--annotation", "run.oci.keep_original_groups=1", "x")
    assert (kept.group_add, dict(kept.annotations)) == (("keep-groups",), {})
    assert spec_of("--health-cmd", '["pg_isready -U me"]', "x").health == HealthCheck(
        test=("CMD-SHELL", "pg_isready -U me")
    )
    assert spec_of("--healthcheck-timeout", "1m", "x").health == HealthCheck(test=(), timeout_ns=60 * 10**9)


def test_variables_of_the_host_are_only_passed_on_where_asked(monkeypatch) -> None:
    monkeypatch.setenv("A_OF_THE_HOST", "1")
    assert spec_of("-e", "B=2", "x").env == {"B": "2"}
    assert spec_of("-e", "A_OF_THE_HOST", "x").env == {"A_OF_THE_HOST": "1"}
    assert spec_of("--env-host", "-e", "B=2", "x").env == {**os.environ, "B": "2"}


def test_secrets_for_files_and_for_the_environment_are_kept_apart() -> None:
    spec = spec_of("--secret", "a", "--secret", "b,type=env,target=B", "x")
    assert ([secret.name for secret in spec.secrets], [each.target for each in spec.secret_env]) == (["a"], ["B"])


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--rm", "--restart", "always", "x"), "--rm and --restart cannot be used together"),
        (("--restart", "often", "x"), "--restart often: not a restart policy"),
        (("--restart", "always:3", "x"), "--restart always:3: only on-failure takes a number of retries"),
        (("--restart", "on-failure:²", "x"), "--restart on-failure:²: only on-failure takes a number of retries"),
        (("--umask", "999", "x"), "--umask 999: not an octal number"),
        (("--pull", "often", "x"), "--pull often: not one of its values"),
        (("--image-volume", "keep", "x"), "--image-volume keep: not one of its values"),
        (("--cgroups", "maybe", "x"), "--cgroups maybe: not one of its values"),
        (
            ("--no-healthcheck", "--health-cmd", "true", "x"),
            "--no-healthcheck and --health-cmd cannot be used together",
        ),
        (("--health-interval", "soon", "x"), "--health-interval soon"),
        (("--log-driver", "syslog", "x"), "--log-driver syslog: not a log driver"),
        (("--log-opt", "colour=red", "x"), "--log-opt colour: not a log option"),
        (("--log-opt", "max-size=big", "x"), "--log-opt max-size big: not a size"),
        (("--oom-score-adj", "low", "x"), "--oom-score-adj low: not a whole number"),
        (("--shm-size", "some", "x"), "--shm-size some: not a size"),
        (("--systemd", "maybe", "x"), "--systemd maybe: not a mode of systemd"),
        (("--sdnotify", "always", "x"), "--sdnotify always: must be container, conmon, healthy or ignore"),
    ],
)
def test_wrong_values_are_one_error_that_names_the_flag(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        spec_of(*words)
    assert problem in str(wrong.value)


@pytest.mark.parametrize("flag", ["seccomp-policy=image", "isolation=hyperv"])
def test_values_that_would_have_an_effect_are_refused(flag: str) -> None:
    with pytest.raises(Unsupported, match="this value is not supported"):
        spec_of(f"--{flag}", "x")


STRANGE = ["", "²", "-1", "nan", ",", ":", "=", "a=b:c,d", "9" * 30, "é" * 300]


@pytest.mark.parametrize("flag", sorted(FlagTable(COMMANDS["run"][3]).kinds))
def test_no_value_of_any_flag_is_a_bug(flag: str) -> None:
    """Whatever stands behind a flag gives a spec or one of pycman's own errors."""
    for value in STRANGE:
        try:
            spec_of(f"--{flag}={value}", "x")
        except PycmanError as error:
            assert error.problem
