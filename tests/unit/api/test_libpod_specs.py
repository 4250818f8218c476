"""podman's specs as the engine's: every name that podman knows means something, is refused by its name, or is said to mean nothing."""

from __future__ import annotations

from typing import Any

import pytest

from api_server.http.request import Request
from api_server.libpod.spec.build import build_options, secrets_of
from api_server.libpod.spec.container import container_spec
from api_server.libpod.spec.durations import duration_ns
from api_server.libpod.spec.health import update_of
from api_server.libpod.spec.known import CONTAINER, POD, WITHOUT_MEANING
from api_server.libpod.spec.network import network_spec
from api_server.libpod.spec.pod import pod_spec
from api_server.libpod.spec.resources import update_rates
from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, PycmanError, Unsupported
from pycman.spec.container import NamespaceMode
from pycman.spec.id_map import IdRange
from pycman.spec.mount import Device, Mount, SecretUse
from pycman.spec.network import Subnet
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.resources import DeviceRate, Ulimit

MODE = {"nsmode": "host"}
SAMPLES: dict[str, Any] = {
    "name": "n", "pod": "p", "entrypoint": ["e"], "command": ["c"], "env_host": True, "httpproxy": True, "env": {"A": "b"},
    "terminal": True, "stdin": True, "labels": {"l": "v"}, "annotations": {"a": "b"}, "stop_signal": 2, "stop_timeout": 3, "timeout": 4,
    "log_configuration": {"driver": "none"}, "conmon_pid_file": "/x", "restart_policy": "always", "restart_tries": 3,
    "oci_runtime": "crun", "systemd": "always", "sdnotifyMode": "healthy", "pidns": MODE, "utsns": MODE, "hostname": "h",
    "hostusers": ["u"], "sysctl": {"net.a": "1"}, "remove": True, "removeImage": True, "containerCreateCommand": ["podman"],
    "timezone": "UTC", "dependencyContainers": ["d"], "secret_env": {"V": "s"}, "init_container_type": "once",
    "personality": {"domain": "LINUX32"}, "envmerge": ["A=${A}b"], "unsetenv": ["A"], "unsetenvall": True, "manage_password": False,
    "passwd_entry": "x", "group_entry": "x", "image": "other", "raw_image_name": "x", "image_os": "linux", "image_arch": "arm64",
    "image_variant": "v7", "rootfs": "/r", "rootfs_overlay": True, "rootfs_mapping": "idmap", "image_volume_mode": "ignore",
    "volumes_from": ["v"], "init": True, "init_path": "/i", "mounts": [{"destination": "/d", "source": "/s", "type": "bind"}],
    "volumes": [{"Name": "v", "Dest": "/d"}], "overlay_volumes": [{"source": "/s", "destination": "/d"}],
    "image_volumes": [{"Source": "i", "Destination": "/d"}], "artifact_volumes": [{"source": "a", "destination": "/d"}],
    "devices": [{"path": "/dev/fuse"}], "device_cgroup_rule": [{"allow": True, "type": "c", "major": 1, "minor": 3, "access": "r"}],
    "devices_from": ["c"], "host_device_list": [{"path": "/dev/x"}], "ipcns": MODE, "shm_size": 9, "shm_size_systemd": 9, "work_dir": "/w",
    "create_working_dir": True, "storage_opts": {"size": "1"}, "rootfs_propagation": "shared", "secrets": [{"Source": "s"}], "volatile": True,
    "chroot_directories": ["/c"], "privileged": True, "user": "u", "groups": ["g"], "cap_add": ["NET_ADMIN"], "cap_drop": ["ALL"],
    "selinux_opts": ["disable"], "apparmor_profile": "p", "seccomp_policy": "image", "seccomp_profile_path": "unconfined",
    "no_new_privileges": True, "userns": {"nsmode": "keep-id"}, "idmappings": {"UIDMap": [{"container_id": 0, "host_id": 9, "size": 1}]},
    "read_only_filesystem": True, "read_write_tmpfs": True, "label_nested": True, "umask": "0077", "procfs_opts": ["hidepid=2"],
    "mask": ["/m"], "unmask": ["ALL"], "cgroupns": MODE, "cgroups_mode": "disabled", "cgroup_parent": "/p", "netns": {"nsmode": "none"},
    "portmappings": [{"container_port": 80}], "publish_image_ports": True, "expose": {"80": "tcp"}, "networks": {"n": {}},
    "cni_networks": ["n"], "use_image_resolve_conf": True, "dns_server": ["1.2.3.4"], "dns_search": ["s"], "dns_option": ["o"],
    "use_image_hostname": True, "use_image_hosts": True, "base_hosts_file": "/etc/hosts", "hostadd": ["a:1.2.3.4"],
    "network_options": {"pasta": ["-T"]}, "intelRdt": {"closID": "x"}, "resource_limits": {"memory": {"limit": 9}},
    "r_limits": [{"type": "nofile", "soft": 1, "hard": 2}], "oom_score_adj": 5, "weightDevice": {"/dev/a": {"weight": 10}},
    "throttleReadBpsDevice": {"/dev/a": {"rate": 1}}, "throttleWriteBpsDevice": {"/dev/a": {"rate": 1}},
    "throttleReadIOPSDevice": {"/dev/a": {"rate": 1}}, "throttleWriteIOPSDevice": {"/dev/a": {"rate": 1}}, "unified": {"a": "b"},
    "healthconfig": {"Test": ["CMD", "x"]}, "health_check_on_failure_action": 2, "startupHealthConfig": {"Test": ["CMD", "x"]},
    "healthLogDestination": "/var/log", "healthMaxLogCount": 7, "healthMaxLogSize": 9,
}  # fmt: skip
"""A value that says something for every name in a SpecGenerator."""
OF_THE_POD = {"pod"}
"""What the caller of the translation reads."""


def spec_of(**fields: Any) -> Any:
    return container_spec({"image": "x", **fields})


def test_the_samples_are_of_all_names() -> None:
    assert {name.lower() for name in SAMPLES} == {name.lower() for name in CONTAINER}


@pytest.mark.parametrize("name", sorted(SAMPLES, key=str.lower))
def test_no_name_is_ignored_silently(name: str) -> None:
    plain = spec_of()
    try:
        changed = container_spec({"image": "x", name: SAMPLES[name]})
    except (Unsupported, InvalidInput) as refused:
        assert name.lower() in f"{refused.subject} {refused.problem}".lower(), refused
        return
    assert changed != plain or name in WITHOUT_MEANING or name in OF_THE_POD, name


def test_what_clients_of_podman_always_send_is_a_plain_container() -> None:
    ids = {"HostUIDMapping": True, "HostGIDMapping": True, "UIDMap": None, "GIDMap": None, "AutoUserNs": False,
           "AutoUserNsOpts": {"Size": 0, "InitialSize": 0, "PasswdFile": "", "GroupFile": ""}}  # fmt: skip
    spec = spec_of(
        env_host=False, httpproxy=True, terminal=False, stop_timeout=10, log_configuration={}, systemd="true", sdnotifyMode="container",
        pidns={}, utsns={}, remove=False, init_container_type="", unsetenvall=False, manage_password=True, raw_image_name="x",
        image_volume_mode="anonymous", init=False, ipcns={}, volatile=False, privileged=False, seccomp_policy="default", userns={},
        idmappings=ids, read_only_filesystem=False, read_write_tmpfs=False, umask="0022", cgroupns={}, netns={}, Networks=None,
        use_image_resolve_conf=False, use_image_hosts=False, healthLogDestination="local", healthMaxLogCount=5, healthMaxLogSize=500,
    )  # fmt: skip
    assert (spec.image, spec.stop_timeout_s, spec.umask, spec.http_proxy) == ("x", 10, "0022", True)
    assert spec.network == NetworkMode(kind="")
    assert not spec.security.read_only_dev


def test_a_name_that_podman_does_not_know_is_ignored_as_its_decoder_does() -> None:
    assert spec_of(static_mac="aa", lxc_config=[1], Odd={"a": 1}) == spec_of()


def test_names_are_found_whatever_their_case() -> None:
    assert spec_of(Terminal=True, NETWORKS={"n": {}}).network.attachments[0].name == "n"


def test_processes_files_and_devices() -> None:
    spec = spec_of(
        stop_signal=15,
        secrets=[{"Source": "s", "Target": "/t", "UID": 1, "GID": 2, "Mode": 0o400}],
        secret_env={"V": "s"},
        devices=[{"path": "/dev/fuse:/dev/f:r"}, {"path": "vendor.com/class=one"}],
        idmappings={"UIDMap": [{"container_id": 0, "host_id": 100, "size": 5}], "GIDMap": []},
        userns={"nsmode": "no-map"},
        pidns={"nsmode": "container", "value": "abc"},
        restart_policy="on-failure",
        restart_tries=4,
        entrypoint=[],
        procfs_opts=["hidepid=2", "x"],
    )
    assert (spec.stop_signal, spec.entrypoint) == ("SIGTERM", ())
    assert spec_of(stop_signal="SIGINT").stop_signal == "SIGINT"
    assert spec.secrets == (SecretUse(name="s", target="/t", uid=1, gid=2, mode=0o400),)
    assert spec.secret_env == (SecretUse(name="s", kind="env", target="V"),)
    assert spec.devices == (Device(host_path="/dev/fuse", container_path="/dev/f", permissions="r"),)
    assert spec.cdi_devices == ("vendor.com/class=one",)
    assert spec.id_map.uids == (IdRange(container_id=0, host_id=100, size=5),)
    assert (spec.user_mode.kind, spec.pid_mode) == ("nomap", NamespaceMode(kind="container", value="abc"))
    assert (spec.restart.name, spec.restart.maximum_retries) == ("on-failure", 4)
    assert spec.security.proc_options == "hidepid=2,x"


def test_mounts_of_all_kinds() -> None:
    spec = spec_of(
        mounts=[
            {"destination": "/b", "source": "/s", "type": "bind", "options": ["ro", "rbind", "z", "rslave"]},
            {"destination": "/t", "source": "tmpfs", "type": "tmpfs", "options": ["size=1m", "rprivate", "nosuid", "tmpcopyup"]},
        ],
        volumes=[{"Name": "v", "Dest": "/v", "Options": ["ro", "U"], "SubPath": "a"}, {"Name": "", "Dest": "/anon"}],
        overlay_volumes=[{"source": "/o", "destination": "/ov", "options": []}],
        image_volumes=[{"Source": "i", "Destination": "/i", "ReadWrite": True, "subPath": "etc"}],
    )  # fmt: skip
    assert spec.mounts == (
        Mount(kind="bind", source="/s", target="/b", read_only=True, options=("z",), propagation="rslave"),
        Mount(kind="tmpfs", target="/t", options=("size=1m", "nosuid", "tmpcopyup")),
        Mount(kind="volume", source="v", target="/v", read_only=True, options=("U",), subpath="a"),
        Mount(kind="volume", target="/anon"),
        Mount(kind="bind", source="/o", target="/ov", options=("O",)),
        Mount(kind="image", source="i", target="/i", options=("rw",), subpath="etc"),
    )


def test_networks_and_ports() -> None:
    entry = {
        "static_ips": ["10.1.2.3", "fd00::1"],
        "static_mac": "aa-bb-cc-dd-ee-ff",
        "aliases": ["q"],
        "interface_name": "x0",
    }
    spec = spec_of(
        netns={"nsmode": "bridge"},
        Networks={"n": entry},
        portmappings=[{"container_port": 80, "host_port": 8080, "range": 2, "protocol": "tcp,udp", "host_ip": "127.0.0.1"}],
        expose={"53": "udp"},
        use_image_hosts=False,
    )  # fmt: skip
    attachment = NetworkAttachment(
        name="n", aliases=("q",), ipv4="10.1.2.3", ipv6="fd00::1", mac_address="aa:bb:cc:dd:ee:ff", interface_name="x0"
    )
    assert spec.network == NetworkMode(kind="bridge", attachments=(attachment,))
    assert len(spec.ports) == 4
    assert spec.ports[3] == PortMapping(container_port=81, host_port=8081, host_ip="127.0.0.1", protocol="udp")
    assert (spec.expose, spec.no_hosts) == (("53/udp",), False)
    assert spec_of(cni_networks=[None, "m"]).network.attachments == (NetworkAttachment(name="m"),)
    assert spec_of(cni_networks=[None]).network == NetworkMode(kind="")
    assert spec_of(netns={"nsmode": "pasta"}, network_options={"pasta": ["-T", "1"]}).network == NetworkMode(
        kind="pasta", value="-T,1"
    )


def test_health_checks_without_a_type_are_commands() -> None:
    assert spec_of(healthconfig={"Test": ["true", "x"]}).health.test == ("CMD", "true", "x")
    assert spec_of(healthconfig={"Test": ["CMD-SHELL curl x || exit"]}).health.test == ("CMD-SHELL", "curl x || exit")
    assert spec_of(healthconfig={"Test": ["NONE"]}).health.test == ("NONE",)
    startup = spec_of(startupHealthConfig={"Test": ["CMD", "x"], "Successes": 2}).startup_health
    assert (startup.test, startup.successes) == (("CMD", "x"), 2)


def test_names_of_one_host_are_entries_of_their_own() -> None:
    assert spec_of(hostadd=["a b;c:1.2.3.4", "d:5.6.7.8"]).extra_hosts == (
        "a:1.2.3.4",
        "b:1.2.3.4",
        "c:1.2.3.4",
        "d:5.6.7.8",
    )


def test_limits() -> None:
    spec = spec_of(
        resource_limits={
            "cpu": {"quota": 50000, "period": 100000, "cpus": "0"}, "memory": {"limit": 9, "swap": 18, "swappiness": -1},
            "pids": {"limit": 7}, "blockIO": {"weight": 10}, "hugepageLimits": [{"pageSize": "2MB", "limit": 4}],
            "devices": [{"allow": True, "type": "c", "major": 1, "access": "r"}],
        },
        device_cgroup_rule=[{"allow": True, "type": "b", "major": 8, "minor": 1, "access": "rw"}],
        throttleReadBpsDevice={"/dev/a": {"major": 0, "minor": 0, "rate": 5}},
        r_limits=[{"type": "RLIMIT_NOFILE", "soft": 10, "hard": -1}, {"type": "nproc", "soft": (1 << 64) - 1, "hard": (1 << 64) - 1}],
        unified={"memory.high": "9"},
    )  # fmt: skip
    limits = spec.resources
    assert (limits.cpu_quota_us, limits.memory_bytes, limits.memory_swap_bytes, limits.memory_swappiness) == (
        50000,
        9,
        18,
        None,
    )
    assert (limits.pids_limit, limits.blkio_weight, limits.huge_pages) == (7, 10, {"2MB": 4})
    assert limits.device_cgroup_rules == ("b 8:1 rw", "c 1:* r")
    assert limits.device_read_bps == (DeviceRate(path="/dev/a", rate=5),)
    assert limits.unified == {"memory.high": "9"}
    assert spec.ulimits == (Ulimit(name="nofile", soft=10, hard=-1), Ulimit(name="nproc", soft=-1, hard=-1))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"image": ""}, "image"),
        ({"terminal": "yes"}, "terminal"),
        ({"command": [1]}, "command"),
        ({"mounts": [{"destination": "../x", "type": "bind", "source": "/s"}]}, "destination"),
        ({"mounts": [{"destination": "/x", "type": "npipe", "source": "/s"}]}, "npipe"),
        ({"mounts": [{"destination": "/x", "source": "s"}]}, "source"),
        ({"mounts": [{"destination": "/x", "source": "/s", "options": ["odd"]}]}, "odd"),
        ({"mounts": ["x"]}, "mounts"),
        ({"volumes": [{"Name": "v", "Dest": "d"}]}, "Dest"),
        ({"netns": {"nsmode": "odd"}}, "odd"),
        ({"netns": {"nsmode": "none"}, "networks": {"n": {}}}, "networks"),
        ({"networks": {"n": {"static_ips": ["1.2.3"]}}}, "static_ips"),
        ({"networks": {"n": {"static_mac": "zz"}}}, "static_mac"),
        ({"networks": {"n": {"interface_name": "../../x"}}}, "interface_name"),
        ({"networks": {"n": {"odd": 1}}}, "odd"),
        ({"portmappings": [{"container_port": 0}]}, "container_port"),
        ({"portmappings": [{"container_port": 80, "range": 70000}]}, "container_port"),
        ({"portmappings": [{"container_port": 80, "protocol": "icmp"}]}, "protocol"),
        ({"r_limits": [{"type": "odd", "soft": 1, "hard": 1}]}, "odd"),
        ({"resource_limits": {"memory": {"limit": -5}}}, "memory"),
        ({"resource_limits": {"rdma": {"a": 1}}}, "rdma"),
        ({"idmappings": {"UIDMap": [{"container_id": 0, "host_id": 0, "size": 1 << 32}]}}, "UIDMap"),
        ({"idmappings": {"AutoUserNsOpts": {"Size": 9}}}, "AutoUserNsOpts"),
        ({"annotations": {"run.oci.hooks.stderr": "/x"}}, "annotations"),
        ({"log_configuration": {"driver": "passthrough"}}, "passthrough"),
        ({"log_configuration": {"driver": "syslog"}}, "syslog"),
        ({"stop_signal": 99}, "signal"),
        ({"stop_timeout": -1}, "stop_timeout"),
        ({"umask": "99999"}, "umask"),
        ({"unmask": ["x"]}, "unmask"),
        ({"remove": True, "restart_policy": "always"}, "remove"),
        ({"secrets": [{"Source": "s", "Mode": 1 << 20}]}, "secrets"),
        ({"device_cgroup_rule": [{"allow": False, "type": "c"}]}, "allow"),
        ({"health_check_on_failure_action": 5}, "health_check_on_failure_action"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises((InvalidInput, Unsupported)) as refused:
        container_spec({"image": "x", **fields})
    assert named.lower() in str(refused.value).lower()


POD_SAMPLES: dict[str, Any] = {
    "name": "n", "hostname": "h", "exit_policy": "stop", "labels": {"a": "b"}, "no_infra": True, "infra_conmon_pid_file": "/x",
    "infra_command": ["c"], "infra_image": "i", "infra_name": "n", "ipcns": MODE, "shared_namespaces": ["pid"], "restart_policy": "always",
    "share_parent": False, "pod_create_command": ["podman"], "pidns": MODE, "userns": {"nsmode": "keep-id"}, "utsns": MODE,
    "pod_devices": ["/dev/fuse"], "sysctl": {"a": "b"}, "netns": MODE, "portmappings": [{"container_port": 80}], "networks": {"n": {}},
    "cni_networks": ["n"], "no_manage_resolv_conf": True, "dns_server": ["1.2.3.4"], "dns_search": ["s"], "dns_option": ["o"],
    "no_manage_hostname": True, "no_manage_hosts": True, "hostadd": ["a:1.2.3.4"], "hostsFile": "/x", "network_options": {"pasta": ["-T"]},
    "mounts": [{"destination": "/d", "source": "/s"}], "volumes": [{"Name": "v", "Dest": "/d"}],
    "overlay_volumes": [{"source": "/s", "destination": "/d"}], "image_volumes": [{"Source": "i", "Destination": "/d"}],
    "volumes_from": ["v"], "shm_size": 9, "shm_size_systemd": 9, "cgroup_parent": "/p", "serviceContainerID": "x",
    "resource_limits": {"cpu": {"quota": 9}}, "security_opt": ["label=disable"],
    "idmappings": {"GIDMap": [{"container_id": 0, "host_id": 9, "size": 1}]}, "devices": ["/dev/fuse"],
    "device_read_bps": [{"Path": "/x"}], "weightDevice": {"/dev/a": {"weight": 10}},
    **{f"throttle{which}Device": {"/dev/a": {"rate": 1}} for which in ("ReadBps", "WriteBps", "ReadIOPS", "WriteIOPS")},
    "restart_tries": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(POD_SAMPLES, key=str.lower))
def test_no_name_of_a_pod_is_ignored_silently(name: str) -> None:
    assert {each.lower() for each in POD_SAMPLES} == {each.lower() for each in POD}
    try:
        changed = pod_spec({name: POD_SAMPLES[name]})
    except (Unsupported, InvalidInput) as refused:
        assert name.lower() in f"{refused.subject} {refused.problem}".lower(), refused
        return
    assert changed != pod_spec({}) or name == "restart_tries", name  # which belongs to a policy


def test_a_pod() -> None:
    spec = pod_spec(
        {"name": "p", "exit_policy": "continue", "ipcns": {"nsmode": "private"}, "shared_namespaces": ["ipc", "network"],
         "restart_policy": "on-failure", "restart_tries": 2, "portmappings": [{"host_ip": "", "container_port": 80, "host_port": 80}]}
    )  # fmt: skip
    assert (spec.name, spec.share, spec.restart and spec.restart.maximum_retries) == ("p", ("ipc", "net"), 2)
    assert pod_spec({"no_infra": True, "shared_namespaces": []}).share == ()
    with pytest.raises(InvalidInput, match="mnt"):
        pod_spec({"shared_namespaces": ["mnt"]})


def test_a_network() -> None:
    spec = network_spec(
        {"name": "n", "subnets": [{"subnet": "10.9.0.0/24", "gateway": "10.9.0.1", "lease_range": {"start_ip": "10.9.0.5"}}],
         "network_interface": "b0", "dns_enabled": True, "ipam_options": {"driver": "host-local"}, "network_dns_servers": ["1.1.1.1"],
         "routes": [{"destination": "10.0.0.0/8", "gateway": "10.9.0.2"}], "id": "", "created": "0001-01-01T00:00:00Z"}
    )  # fmt: skip
    assert spec.subnets == (Subnet(subnet="10.9.0.0/24", gateway="10.9.0.1", range_start="10.9.0.5"),)
    assert (spec.interface, spec.dns_enabled, spec.dns_servers, spec.ipam_driver) == (
        "b0",
        True,
        ("1.1.1.1",),
        "host-local",
    )
    for wrong in ({"subnets": [{"subnet": "x", "odd": 1}]}, {"ipam_options": {"odd": "1"}}, {"subnets": "x"}):
        with pytest.raises(PycmanError):
            network_spec(wrong)


def build(*query: tuple[str, str]) -> Any:
    return build_options(Request(method="POST", path="/build", query=query, libpod=True), {})


def test_a_build() -> None:
    options = build(
        ("output", "a"), ("t", "a"), ("t", "b:1"), ("dockerfile", '["/tmp/Containerfile","sub/F"]'), ("buildargs", '{"A":"1"}'),
        ("labels", '["l=v"]'), ("networkmode", "1"), ("pullpolicy", "always"), ("layers", "0"), ("platform", "linux/amd64,linux/arm64"),
        ("outputformat", "application/vnd.docker.distribution.manifest.v2+json"), ("additionalbuildcontexts", "q=image:x"),
        ("ulimits", '["nofile=1:2"]'), ("seccomp", "/usr/share/containers/seccomp.json"), ("isolation", "0"), ("shmsize", "67108864"),
    )  # fmt: skip
    assert (options.tags, options.dockerfiles) == (("a", "b:1"), ("tmp/Containerfile", "sub/F"))
    assert (options.build_args, options.labels, options.run.network.kind) == ({"A": "1"}, {"l": "v"}, "none")
    assert (options.pull, options.layers, options.format) == ("always", False, "docker")
    assert (options.platforms, options.contexts) == (("linux/amd64", "linux/arm64"), {"q": "docker-image://x"})
    assert options.files_inside
    assert build().tags == ()
    assert build(("platform", "/")).platforms == ()  # podman 4.3 for none
    for wrong in (("osfeature", "x"), ("remote", "/etc"), ("additionalbuildcontexts", "q=localpath:/etc"), ("buildargs", "[1]"),
                  ("dockerfile", "[]x"), ("dockerfile", "-"), ("layers", "x"), ("networkmode", "")):  # fmt: skip
        if wrong[1]:
            with pytest.raises((InvalidInput, Unsupported)):
                build(wrong)


def test_secrets_of_a_build_are_files_at_the_top_of_the_context() -> None:
    def secrets(text: str) -> Any:
        return secrets_of(Request(method="POST", path="/build", query=(("secrets", text),), libpod=True))

    assert secrets('["id=s,src=podman-build-secret1", "id=t,type=env,src=x"]') == [
        ("s", "podman-build-secret1"),
        ("t", "x"),
    ]
    assert secrets("null") == []
    for wrong in ('["id=s,src=../x"]', '["id=s,src=/etc/shadow"]', '["id=s"]', '["src=x"]', '["id=s,src=.."]', "[1]"):
        with pytest.raises(InvalidInput):
            secrets(wrong)


def test_an_update() -> None:
    changes = update_of(
        Fields(
            {"health_cmd": '["CMD", "x"]', "health_interval": "1m30s", "health_retries": 0, "health_on_failure": "kill"}
        )
    )
    assert changes == {"health": {"test": ("CMD", "x"), "interval_ns": 90 * 10**9, "retries": 0}, "on_failure": "kill"}
    assert update_of(Fields({"health_cmd": "curl -f x"}))["health"]["test"] == ("CMD-SHELL", "curl -f x")
    assert update_of(Fields({})) == {}
    rates = update_rates(Fields({"DeviceReadBPs": [{"Path": "/dev/a", "Rate": 5}]}))
    assert rates == {"device_read_bps": (DeviceRate(path="/dev/a", rate=5),)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1m30s", 90 * 10**9), ("250ms", 250 * 10**6), ("1.5h", 5400 * 10**9), ("0", 0), (".5s", 5 * 10**8)],
)
def test_durations(text: str, wanted: int) -> None:
    assert duration_ns(text, "x") == wanted


@pytest.mark.parametrize("text", ["", "5", "m", "1d", "1s ", "-1s", "9" * 40 + "s"], ids=range(7))
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InvalidInput):
        duration_ns(text, "x")


def test_logs_checks_and_pid_files_are_those_of_the_command_line() -> None:
    spec = spec_of(
        log_configuration={"driver": "journald"}, conmon_pid_file="/run/x.pid", healthMaxLogCount=0, healthLogDestination="events_logger",
        artifact_volumes=[{"source": "a", "destination": "/d", "title": "f"}], personality={"domain": "LINUX32"},
    )  # fmt: skip
    assert (spec.log.driver, spec.conmon_pid_file, spec.personality) == ("journald", "/run/x.pid", "LINUX32")
    assert (spec.health_log.max_count, spec.health_log.max_size, spec.health_log.destination) == (
        0,
        500,
        "events_logger",
    )
    assert spec.mounts[0] == Mount(kind="artifact", source="a", target="/d", options=("title=f",))
    for name, value in (
        ("conmon_pid_file", "x.pid"), ("healthLogDestination", "nosuch"), ("base_hosts_file", "hosts"), ("envmerge", ["=x"]),
        ("personality", {"domain": "BSD"}), ("artifact_volumes", [{"destination": "/d"}]),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=name):
            spec_of(**{name: value})
