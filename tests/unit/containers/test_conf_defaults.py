"""[containers] of containers.conf in a spec: what fills it in, what wins, and whom it is not for."""

from __future__ import annotations

import pytest

from pycman.config.containers_conf import ContainersConf
from pycman.containers.create.conf_defaults import default_sysctls, with_defaults
from pycman.containers.create.image_defaults import fill_in
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode, Security
from pycman.spec.mount import Device, Mount
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.resources import Resources, Ulimit


def conf(**values) -> ContainersConf:
    return ContainersConf(**values, given=tuple(values))


def filled(settings: ContainersConf, *, controllers=("pids",), **spec) -> ContainerSpec:
    return with_defaults(ContainerSpec(image="x", **spec), settings, controllers)


def test_without_a_file_only_the_pids_limit_is_set() -> None:
    spec = filled(ContainersConf())
    assert spec.resources == Resources(pids_limit=2048)
    assert spec.security == Security(privileged=False, read_only=False)
    assert (spec.init, spec.no_hosts, spec.env_host, spec.http_proxy) == (False, False, False, True)
    assert (spec.cgroups, spec.image_volumes, spec.umask, spec.timezone) == ("enabled", "anonymous", "", "")
    assert spec.oom_score_adj is None
    assert spec.shm_size_bytes is None


def test_the_pids_limit_needs_a_pids_controller() -> None:
    assert filled(ContainersConf(), controllers=()).resources.pids_limit is None
    assert filled(ContainersConf(), controllers=("memory",)).resources.pids_limit is None
    assert filled(ContainersConf(), cgroups="disabled").resources.pids_limit is None
    assert filled(conf(pids_limit=0)).resources.pids_limit is None
    assert filled(conf(pids_limit=-1)).resources.pids_limit is None
    assert filled(conf(pids_limit=7)).resources.pids_limit == 7
    assert filled(conf(pids_limit=7), resources=Resources(pids_limit=-1)).resources.pids_limit == -1


SWITCHES = [("init", "init"), ("no_hosts", "no_hosts"), ("env_host", "env_host")]


@pytest.mark.parametrize(("key", "field"), SWITCHES)
def test_a_boolean_of_the_file_holds_unless_a_flag_overrides_it(key, field) -> None:
    assert getattr(filled(conf(**{key: True})), field) is True
    assert getattr(filled(conf(**{key: True}), **{field: False}), field) is False
    assert getattr(filled(ContainersConf(), **{field: True}), field) is True


@pytest.mark.parametrize("key", ["privileged", "read_only"])
def test_privileged_and_read_only_are_such_booleans(key) -> None:
    assert getattr(filled(conf(**{key: True})).security, key) is True
    assert getattr(filled(conf(**{key: True}), security=Security(**{key: False})).security, key) is False


def test_proxy_variables_can_be_switched_off() -> None:
    assert filled(conf(http_proxy=False)).http_proxy is False
    assert filled(conf(http_proxy=False), http_proxy=True).http_proxy is True


def test_what_a_flag_names_wins_over_the_file() -> None:
    settings = conf(
        umask="0077", tz="UTC", shm_size="1m", oom_score_adj=5, apparmor_profile="mine", cgroups="no-conmon",
        init_path="/sbin/tini", log_size_max=100, image_volume_mode="bind",
    )  # fmt: skip
    spec = filled(settings)
    assert (spec.umask, spec.timezone, spec.shm_size_bytes, spec.oom_score_adj) == ("0077", "UTC", 1 << 20, 5)
    assert (spec.security.apparmor_profile, spec.cgroups, spec.init_path) == ("mine", "no-conmon", "/sbin/tini")
    assert (spec.log.max_size_bytes, spec.image_volumes) == (100, "anonymous")
    requested = {
        "umask": "0", "timezone": "local", "shm_size_bytes": 9, "oom_score_adj": 0, "cgroups": "enabled", "init_path": "/i",
        "security": Security(apparmor_profile="other", privileged=False, read_only=False),
        "log": LogConfig(max_size_bytes=7), "image_volumes": "ignore",
    }  # fmt: skip
    spec = filled(settings, **requested)
    assert {name: getattr(spec, name) for name in requested} == requested


def test_a_privileged_container_is_not_confined_by_apparmor() -> None:
    assert filled(conf(apparmor_profile="mine"), security=Security(privileged=True)).security.apparmor_profile == ""


def test_limits_and_pairs_are_merged_by_name() -> None:
    settings = conf(
        default_ulimits=("nofile=1:2", "core=0"), annotations=("a=1", "b=2"), cgroup_conf=("memory.high=1", "x=2")
    )
    spec = filled(
        settings,
        ulimits=(Ulimit(name="core", soft=5, hard=5),),
        annotations={"b": "3"},
        resources=Resources(unified={"x": "4"}),
    )
    assert {(ulimit.name, ulimit.soft, ulimit.hard) for ulimit in spec.ulimits} == {("nofile", 1, 2), ("core", 5, 5)}
    assert spec.annotations == {"a": "1", "b": "3"}
    assert spec.resources.unified == {"memory.high": "1", "x": "4"}
    assert filled(settings, ulimits=(Ulimit(name="host", soft=0, hard=0),)).ulimits == (
        Ulimit(name="host", soft=0, hard=0),
    )


def test_mounts_and_devices_of_the_same_place_are_the_containers_own() -> None:
    settings = conf(
        volumes=("/a:/data:ro", "/b:/other"), mounts=("type=tmpfs,target=/other", "type=tmpfs,target=/t"),
        devices=("/dev/null:/dev/x", "/dev/zero", "vendor.com/class=one"),
    )  # fmt: skip
    own = Mount(kind="volume", source="v", target="/data/")
    spec = filled(settings, mounts=(own,), devices=(Device(host_path="/dev/full", container_path="/dev/x"),))
    assert [(mount.kind, mount.target) for mount in spec.mounts] == [
        ("volume", "/data/"),
        ("tmpfs", "/other"),
        ("tmpfs", "/t"),
    ]
    assert [(device.host_path, device.container_path) for device in spec.devices] == [
        ("/dev/full", "/dev/x"),
        ("/dev/zero", "/dev/zero"),
    ]
    assert spec.cdi_devices == ("vendor.com/class=one",)


def test_name_servers_are_not_set_in_anothers_network() -> None:
    settings = conf(dns_servers=("9.9.9.9",), dns_searches=("a.test",), dns_options=("ndots:3",))
    spec = filled(settings)
    assert (spec.dns, spec.dns_search, spec.dns_options) == (("9.9.9.9",), ("a.test",), ("ndots:3",))
    assert filled(settings, dns=("1.1.1.1",)).dns == ("1.1.1.1",)
    assert filled(settings, network=NetworkMode(kind="container", value="c")).dns == ()
    assert filled(settings, dns_exact=True).dns == ()


def test_namespaces_are_those_of_the_file_unless_named() -> None:
    settings = conf(cgroupns="host", ipcns="none", pidns="host", utsns="host", userns="auto:size=5")
    spec = filled(settings, ipc_mode=NamespaceMode(kind="private"))
    kinds = (spec.cgroup_mode.kind, spec.ipc_mode.kind, spec.pid_mode.kind, spec.uts_mode.kind)
    assert kinds == ("host", "private", "host", "host")
    assert spec.user_mode == NamespaceMode(kind="auto", value="size=5")
    assert filled(settings, pod_id="p").user_mode.kind == ""
    assert filled(settings, hostname="own").uts_mode.kind == ""


def test_published_ports_are_bound_to_the_addresses_of_the_file() -> None:
    settings = conf(default_host_ips=("127.0.0.1", "::1"))
    ports = (
        PortMapping(container_port=80, host_port=8080),
        PortMapping(container_port=81, host_port=81, host_ip="10.0.0.1"),
    )
    spec = filled(settings, ports=ports)
    assert [(port.host_ip, port.container_port) for port in spec.ports] == [
        ("127.0.0.1", 80),
        ("::1", 80),
        ("10.0.0.1", 81),
    ]


def test_a_log_driver_of_the_flag_wins() -> None:
    assert filled(conf(log_driver="none")).log.driver == "none"
    assert filled(conf(log_driver="none"), log=LogConfig(options={"driver": "k8s-file"})).log.driver == "k8s-file"
    assert filled(conf(log_driver="journald")).log.driver == "journald"


def test_a_container_of_a_kubelet_takes_nothing() -> None:
    settings = conf(
        read_only=True, umask="0077", pids_limit=5, dns_servers=("9.9.9.9",), default_sysctls=("net.a=1",), init=True
    )
    spec = filled(settings, conf_defaults=False)
    assert spec == filled(ContainersConf(), conf_defaults=False)
    assert spec.resources.pids_limit is None
    assert default_sysctls(spec, settings) == {}


def test_an_infra_container_takes_what_concerns_its_namespaces() -> None:
    settings = conf(dns_servers=("9.9.9.9",), no_hosts=True, shm_size="1m", read_only=True, pids_limit=5, init=True)
    spec = filled(settings, is_infra=True)
    assert (spec.dns, spec.no_hosts, spec.shm_size_bytes) == (("9.9.9.9",), True, 1 << 20)
    assert (spec.security.read_only, spec.resources.pids_limit, spec.init) == (False, None, False)


def test_sysctls_are_set_only_in_the_containers_own_namespaces() -> None:
    settings = conf(default_sysctls=("net.ipv4.ip_forward=0", "kernel.msgmax=1", "kernel.domainname=d", "vm.x=1"))

    def names(**spec) -> set[str]:
        return set(default_sysctls(ContainerSpec(image="x", **spec), settings))

    bridge = {"network": NetworkMode(kind="bridge")}
    assert names(**bridge) == {"net.ipv4.ip_forward", "kernel.msgmax", "kernel.domainname", "vm.x"}
    assert names(network=NetworkMode(kind="host")) == {"kernel.msgmax", "kernel.domainname", "vm.x"}
    assert "kernel.msgmax" not in names(**bridge, ipc_mode=NamespaceMode(kind="container", value="c"))
    assert "kernel.domainname" not in names(**bridge, uts_mode=NamespaceMode(kind="host"))
    spec = ContainerSpec(image="x", sysctls={"kernel.msgmax": "7"}, **bridge)
    assert default_sysctls(spec, settings)["kernel.msgmax"] == "7"


def test_the_callers_variables_come_below_the_images() -> None:
    spec = filled(conf(env_host=True), command=("true",), env={"C": "flag"})
    image = {"Env": ["B=image"]}
    found = fill_in(
        spec,
        image,
        default_env={"A": "file", "D": "file"},
        host_env={"A": "host", "B": "host", "C": "host"},
        stop_timeout_s=10,
    )
    assert {name: found.env[name] for name in "ABCD"} == {"A": "host", "B": "image", "C": "flag", "D": "file"}
