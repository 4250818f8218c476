"""Containers whose first process is systemd: which they are, and what they get."""

from __future__ import annotations

import pytest

from pycman.containers.create.image_defaults import fill_in, runs_systemd
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount


@pytest.mark.parametrize(
    ("mode", "command", "answer"),
    [
        ("true", "/sbin/init", True),
        ("true", "/usr/lib/systemd/systemd", True),
        ("true", "systemd", True),
        ("true", "/init", False),
        ("always", "sleep", True),
        ("false", "/sbin/init", False),
        ("", "/sbin/init", False),
    ],
)
def test_the_command_decides_unless_always_is_said(mode: str, command: str, answer: bool) -> None:
    assert runs_systemd(mode, command) is answer


def _filled(spec: ContainerSpec, config: dict[str, object]) -> ContainerSpec:
    return fill_in(spec, config, default_env={}, host_env={}, stop_timeout_s=10)


def test_systemd_gets_memory_where_nothing_is_mounted_and_is_stopped_by_its_own_signal() -> None:
    own = Mount(kind="bind", source="/srv", target="/tmp")
    spec = ContainerSpec(image="i", command=("/sbin/init",), systemd="true", mounts=(own,))
    filled = _filled(spec, {"Volumes": {"/run": {}}})
    assert [(mount.kind, mount.target) for mount in filled.mounts] == [
        ("bind", "/tmp"), ("tmpfs", "/run"), ("tmpfs", "/run/lock"), ("tmpfs", "/var/log/journal"),
    ]  # fmt: skip
    assert (filled.stop_signal, filled.systemd) == ("SIGRTMIN+3", "always")
    sized = _filled(spec.replace(systemd_size_bytes=4096), {}).mounts
    assert ["size=4096" in mount.options for mount in sized] == [False, True, True, True]
    assert _filled(spec, {"StopSignal": "SIGUSR1"}).stop_signal == "SIGUSR1"


def test_other_containers_get_nothing_of_it() -> None:
    filled = _filled(ContainerSpec(image="i", command=("sleep",), systemd="true"), {})
    assert (filled.mounts, filled.stop_signal, filled.systemd) == ((), "SIGTERM", "")
