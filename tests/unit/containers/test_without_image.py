"""A spec without what its image said: another image can say it anew (auto-update)."""

from __future__ import annotations

import pytest

from pycman.containers.create.image_defaults import fill_in
from pycman.containers.create.without_image import without_image
from pycman.spec.container import ContainerSpec
from pycman.spec.health import HealthCheck

OLD = {
    "Entrypoint": ["/old"], "Cmd": ["a"], "Env": ["VERSION=1", "PATH=/bin"], "Labels": {"v": "1"}, "User": "old", "WorkingDir": "/old",
    "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGQUIT", "Volumes": {"/data": {}}, "Healthcheck": {"Test": ["CMD", "old"]},
}  # fmt: skip
NEW = {"Cmd": ["b"], "Env": ["VERSION=2"], "Labels": {"v": "2"}}


def filled(spec: ContainerSpec, config: dict) -> ContainerSpec:
    return fill_in(spec, config, default_env={}, host_env={}, stop_timeout_s=10)


def test_what_the_old_image_said_the_new_one_says_anew() -> None:
    spec = filled(without_image(filled(ContainerSpec(image="i"), OLD), OLD), NEW)
    fresh = filled(ContainerSpec(image="i"), NEW)
    assert spec.replace(env={}) == fresh.replace(env={})
    assert spec.env["VERSION"] == "2"


@pytest.mark.parametrize(
    "own",
    [
        {"entrypoint": ("/mine",)}, {"command": ("mine",)}, {"user": "mine"}, {"workdir": "/mine"}, {"stop_signal": "INT"},
        {"health": HealthCheck(test=("CMD", "mine"))},
    ],
    ids=lambda own: next(iter(own)),
)  # fmt: skip
def test_what_the_user_said_stays(own: dict) -> None:
    spec = without_image(filled(ContainerSpec(image="i", env={"A": "1"}, **own), OLD), OLD)
    assert {name: getattr(spec, name) for name in own} == own
    assert spec.env["A"] == "1"
