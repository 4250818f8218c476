from __future__ import annotations

import pytest

from pycman.containers.create.image_defaults import DEFAULT_PATH, fill_in
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec
from pycman.spec.health import HealthCheck
from pycman.spec.mount import Mount


def completed(spec: ContainerSpec, image: dict | None = None, host: dict | None = None) -> ContainerSpec:
    return fill_in(spec, image or {}, default_env={}, host_env=host or {}, stop_timeout_s=10)


def test_the_image_gives_entrypoint_and_command() -> None:
    spec_of_run = completed(ContainerSpec(image="x"), {"Entrypoint": ["/e"], "Cmd": ["a", "b"]})
    assert (spec_of_run.entrypoint, spec_of_run.command) == (("/e",), ("a", "b"))


def test_arguments_after_the_image_replace_only_its_command() -> None:
    spec_of_run = completed(ContainerSpec(image="x", command=("c",)), {"Entrypoint": ["/e"], "Cmd": ["a", "b"]})
    assert (spec_of_run.entrypoint, spec_of_run.command) == (("/e",), ("c",))


def test_an_entrypoint_of_the_users_drops_the_images_command() -> None:
    spec_of_run = completed(ContainerSpec(image="x", entrypoint=("/mine",)), {"Entrypoint": ["/e"], "Cmd": ["a"]})
    assert (spec_of_run.entrypoint, spec_of_run.command) == (("/mine",), ())


def test_an_empty_entrypoint_clears_the_images() -> None:
    spec_of_run = completed(ContainerSpec(image="x", entrypoint=("",), command=("sh",)), {"Entrypoint": ["/e"]})
    assert (spec_of_run.entrypoint, spec_of_run.command) == ((), ("sh",))


def test_nothing_to_run_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no command"):
        completed(ContainerSpec(image="x"))


def test_env_is_layered_engine_image_user() -> None:
    spec_of_run = completed(
        ContainerSpec(image="x", command=("c",), env={"B": "user"}, unset_env=("C",)),
        {"Env": ["A=image", "B=image", "C=1"]},
    )
    assert spec_of_run.env == {"PATH": DEFAULT_PATH, "container": "podman", "A": "image", "B": "user"}


def test_proxies_of_the_host_go_in_unless_refused() -> None:
    host = {"http_proxy": "http://p", "HTTPS_PROXY": "http://q", "HOME": "/root"}
    assert completed(ContainerSpec(image="x", command=("c",)), host=host).env["HTTPS_PROXY"] == "http://q"
    assert "http_proxy" not in completed(ContainerSpec(image="x", command=("c",), http_proxy=False), host=host).env


def test_a_mount_of_the_users_replaces_the_images_volume() -> None:
    own = Mount(kind="bind", source="/src", target="/data/")
    spec_of_run = completed(
        ContainerSpec(image="x", command=("c",), mounts=(own,)), {"Volumes": {"/data": {}, "/more": {}}}
    )
    assert [(mount.kind, mount.target) for mount in spec_of_run.mounts] == [("bind", "/data/"), ("volume", "/more")]


def test_health_flags_override_single_values_of_the_images_check() -> None:
    image = {"Healthcheck": {"Test": ["CMD", "true"], "Interval": 5, "Retries": 9}}
    spec_of_run = completed(ContainerSpec(image="x", command=("c",), health=HealthCheck(test=(), retries=2)), image)
    assert spec_of_run.health == HealthCheck(test=("CMD", "true"), interval_ns=5, retries=2)


def test_health_none_switches_the_images_check_off() -> None:
    image = {"Healthcheck": {"Test": ["CMD", "true"]}}
    spec = completed(ContainerSpec(image="x", command=("c",), health=HealthCheck(test=("NONE",))), image)
    assert spec.health is not None and spec.health.is_off and not spec.has_check


def test_a_volume_of_an_image_that_is_no_absolute_path_is_below_the_root() -> None:
    spec = completed(ContainerSpec(image="x", command=("c",)), {"Volumes": {"['/a',": {}, "/b": {}}})
    assert [mount.target for mount in spec.mounts] == ["/['/a',", "/b"]


def test_proxies_of_the_host_win_over_the_images_and_lose_to_the_users() -> None:
    config = {"Env": ["http_proxy=http://built-behind"]}
    host = {"http_proxy": "http://here"}
    assert completed(ContainerSpec(image="x", command=("c",)), config, host=host).env["http_proxy"] == "http://here"
    own = ContainerSpec(image="x", command=("c",), env={"http_proxy": "http://own"})
    assert completed(own, config, host=host).env["http_proxy"] == "http://own"
    step = fill_in(
        ContainerSpec(image="x", command=("c",)),
        config,
        default_env={},
        host_env=host,
        stop_timeout_s=10,
        in_build=True,
    )
    assert step.env["http_proxy"] == "http://built-behind", "ENV of the Dockerfile holds in its RUN"


def test_a_variable_is_made_of_those_of_the_image() -> None:
    merge = {"PATH": "${PATH}:/more", "hello": "$nosuch-earth", "odd": "a$ $1"}
    spec = ContainerSpec(image="x", command=("c",), env={"own": "1"}, env_merge=merge)
    env = completed(spec, {"Env": ["PATH=/bin", "own=0"]}).env
    assert (env["PATH"], env["hello"], env["odd"], env["own"]) == ("/bin:/more", "-earth", "a$ $1", "1")
