"""What is refused before a container is made."""

from __future__ import annotations

import pytest

from pycman.containers.bundle.process_env import full_hostname
from pycman.containers.bundle.time_zone import zone_file
from pycman.containers.check_spec import check_spec
from pycman.containers.create.image_defaults import fill_in
from pycman.errors import InvalidInput, NotFound
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode
from pycman.spec.port import PortMapping
from pycman.spec.resources import Resources, Ulimit

SPEC = ContainerSpec(image="i")


@pytest.mark.parametrize("signal", ["TERM", "SIGTERM", "sigterm", "15", "RTMIN+3", "SIGRTMAX-2", "SIGRTMIN", "CLD"])
def test_stop_signals(signal: str) -> None:
    check_spec(SPEC.replace(stop_signal=signal))


@pytest.mark.parametrize("signal", ["NOPE", "SIGNOPE", "0", "99", "RTMIN+31", "-1"])
def test_what_is_no_stop_signal(signal: str) -> None:
    with pytest.raises(InvalidInput, match="invalid signal") as caught:
        check_spec(SPEC.replace(stop_signal=signal))
    assert caught.value.subject.startswith("--stop-signal")


@pytest.mark.parametrize(("signal", "wanted"), [("SIGQUIT", "SIGQUIT"), ("NOPE", "SIGTERM"), ("", "SIGTERM")])
def test_an_image_with_a_wrong_stop_signal_still_runs(signal: str, wanted: str) -> None:
    config = {"Cmd": ["sh"], "StopSignal": signal}
    assert fill_in(SPEC, config, default_env={}, host_env={}, stop_timeout_s=10).stop_signal == wanted


def test_the_callers_groups_are_kept_alone() -> None:
    check_spec(SPEC.replace(group_add=("keep-groups",)))
    with pytest.raises(InvalidInput, match="keep-groups"):
        check_spec(SPEC.replace(group_add=("keep-groups", "audio")))


def test_zones_are_files_of_rules(tmp_path, monkeypatch) -> None:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe/Berlin").write_bytes(b"TZif2")
    (tmp_path / "zone.tab").write_bytes(b"# text")
    monkeypatch.setattr("pycman.containers.bundle.time_zone._ZONES", str(tmp_path))
    assert zone_file("Europe/Berlin") == f"{tmp_path}/Europe/Berlin"
    assert (zone_file(""), zone_file("local") in ("", "/etc/localtime")) == ("", True)
    for zone in ("Europe", "zone.tab", "Mars/Base", "../etc/passwd", "/etc/passwd", "Europe/../zone.tab"):
        with pytest.raises(NotFound, match="no such time zone"):
            zone_file(zone)


def test_the_kernels_host_name_is_the_full_one() -> None:
    assert full_hostname(SPEC, "web") == "web"
    assert full_hostname(SPEC.replace(domainname="example.com"), "web") == "web.example.com"
    assert full_hostname(SPEC.replace(domainname="x", uts_mode=NamespaceMode(kind="host")), "web") == "web"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"timeout_s": 1 << 31}, "--timeout"),
        ({"timeout_s": -1}, "--timeout"),
        ({"shm_size_bytes": -5}, "--shm-size"),
        ({"stop_timeout_s": 1 << 64}, "--stop-timeout"),
        ({"log": LogConfig(max_size_bytes=1 << 63)}, "max-size"),
        ({"ulimits": (Ulimit(name="nofile", soft=1, hard=1 << 64),)}, "--ulimit nofile"),
        ({"resources": Resources(cpu_shares=1 << 70)}, "--cpu-shares"),
        ({"resources": Resources(huge_pages={"2MB": 1 << 63})}, "huge pages of 2MB"),
        ({"ports": (PortMapping(container_port=80, host_port=65535, range_size=100),)}, "-p 65535:80"),
        ({"ports": (PortMapping(container_port=65535, range_size=2),)}, "-p 0:65535"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers_that_nothing_below_can_take(changes: dict, named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_spec(SPEC.replace(**changes))
    assert named in caught.value.subject


def test_numbers_at_the_end_of_their_range() -> None:
    port = PortMapping(container_port=1, host_port=65534, range_size=2)
    limits = Resources(memory_bytes=(1 << 63) - 1, cpu_quota_us=-1)
    check_spec(SPEC.replace(timeout_s=(1 << 31) - 1, ports=(port,), resources=limits))
