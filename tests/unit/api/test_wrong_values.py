"""Bodies of clients with a value of the wrong kind in every place: a refusal that names it, whatever it is."""

from __future__ import annotations

from typing import Any

import pytest

from api_server.libpod.spec.container import container_spec as libpod_container
from api_server.libpod.spec.network import network_spec as libpod_network
from api_server.libpod.spec.pod import pod_spec as libpod_pod
from api_server.translate.container import container_spec
from api_server.translate.networking import network_spec
from pycman.containers.check_spec import check_spec
from pycman.errors import PycmanError
from tests.support.wrong_values import wrong

DOCKER_CONTAINER: dict[str, Any] = {
    "Hostname": "h",
    "Domainname": "d",
    "User": "u",
    "AttachStdin": False,
    "AttachStdout": True,
    "AttachStderr": True,
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Env": ["A=b", "C"],
    "Cmd": ["sh"],
    "Entrypoint": ["/e"],
    "Image": "busybox",
    "Labels": {"a": "b"},
    "WorkingDir": "/w",
    "StopSignal": "SIGTERM",
    "StopTimeout": 5,
    "NetworkDisabled": False,
    "MacAddress": "",
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/v": {}},
    "Healthcheck": {
        "Test": ["CMD", "a"],
        "Interval": 1000000000,
        "Timeout": 1000000000,
        "Retries": 3,
        "StartPeriod": 0,
        "StartInterval": 1000000000,
    },
    "HostConfig": {
        "Binds": ["v:/v:ro"],
        "ContainerIDFile": "",
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}},
        "NetworkMode": "bridge",
        "PortBindings": {"80/tcp": [{"HostIp": "1.2.3.4", "HostPort": "8080"}]},
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
        "AutoRemove": False,
        "VolumesFrom": ["x:ro"],
        "CapAdd": ["NET_ADMIN"],
        "CapDrop": ["ALL"],
        "CgroupnsMode": "private",
        "Dns": ["1.1.1.1"],
        "DnsOptions": ["ndots:1"],
        "DnsSearch": ["a"],
        "ExtraHosts": ["a:1.2.3.4"],
        "GroupAdd": ["1"],
        "IpcMode": "private",
        "Cgroup": "",
        "Links": ["a:b"],
        "OomScoreAdj": 5,
        "PidMode": "",
        "Privileged": False,
        "PublishAllPorts": False,
        "ReadonlyRootfs": False,
        "SecurityOpt": ["no-new-privileges"],
        "Tmpfs": {"/t": "size=1m"},
        "UTSMode": "",
        "UsernsMode": "",
        "ShmSize": 65536000,
        "Sysctls": {"net.core.somaxconn": "1"},
        "Runtime": "crun",
        "Isolation": "default",
        "CpuShares": 5,
        "Memory": 67108864,
        "NanoCpus": 1000000000,
        "CgroupParent": "/x",
        "BlkioWeight": 100,
        "BlkioWeightDevice": [{"Path": "/dev/x", "Weight": 100}],
        "BlkioDeviceReadBps": [{"Path": "/dev/x", "Rate": 100}],
        "CpuPeriod": 0,
        "CpuQuota": 0,
        "CpusetCpus": "0",
        "CpusetMems": "0",
        "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}],
        "DeviceCgroupRules": ["c 1:3 rwm"],
        "DeviceRequests": [{"Driver": "cdi", "DeviceIDs": ["a.b/c=d"]}, {"Count": 1, "Capabilities": [["gpu"]]}],
        "MemoryReservation": 33554432,
        "MemorySwap": 134217728,
        "MemorySwappiness": 5,
        "OomKillDisable": False,
        "PidsLimit": 100,
        "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
        "Mounts": [
            {
                "Type": "bind",
                "Source": "/a",
                "Target": "/b",
                "ReadOnly": True,
                "Consistency": "default",
                "BindOptions": {"Propagation": "rprivate", "NonRecursive": False, "CreateMountpoint": True},
            },
            {
                "Type": "volume",
                "Source": "a",
                "Target": "/c",
                "VolumeOptions": {
                    "NoCopy": True,
                    "Labels": {"a": "b"},
                    "Subpath": "x",
                    "DriverConfig": {"Name": "local", "Options": {"o": "x"}},
                },
            },
            {
                "Type": "tmpfs",
                "Target": "/d",
                "TmpfsOptions": {"SizeBytes": 1000, "Mode": 511, "Options": [["noexec"]]},
            },
            {"Type": "image", "Source": "busybox", "Target": "/i", "ImageOptions": {"Subpath": "x"}},
        ],
        "MaskedPaths": ["/a"],
        "ReadonlyPaths": ["/b"],
        "Annotations": {"a": "b"},
        "Init": True,
    },
    "NetworkingConfig": {
        "EndpointsConfig": {
            "n": {
                "IPAMConfig": {"IPv4Address": "10.1.2.3", "IPv6Address": "fd00::1"},
                "Links": ["a:b"],
                "Aliases": ["x"],
                "MacAddress": "02:00:00:00:00:01",
                "DriverOpts": {"a": "b"},
                "GwPriority": 1,
            }
        }
    },
}
DOCKER_NETWORK: dict[str, Any] = {
    "Name": "n",
    "Driver": "bridge",
    "Internal": False,
    "Attachable": True,
    "Ingress": False,
    "EnableIPv6": True,
    "EnableIPv4": True,
    "CheckDuplicate": True,
    "Scope": "local",
    "ConfigOnly": False,
    "Options": {"com.docker.network.bridge.name": "br0", "com.docker.network.driver.mtu": "1400"},
    "Labels": {"a": "b"},
    "IPAM": {
        "Driver": "default",
        "Options": {},
        "Config": [
            {
                "Subnet": "10.5.0.0/24",
                "IPRange": "10.5.0.0/25",
                "Gateway": "10.5.0.1",
                "AuxiliaryAddresses": {"a": "10.5.0.3"},
            }
        ],
    },
}
LIBPOD_CONTAINER: dict[str, Any] = {
    "name": "n",
    "image": "busybox",
    "command": ["sh"],
    "entrypoint": ["x"],
    "env": {"A": "b"},
    "labels": {"a": "b"},
    "annotations": {"a": "b"},
    "terminal": False,
    "stdin": True,
    "hostname": "h",
    "user": "u",
    "groups": ["1"],
    "work_dir": "/w",
    "umask": "0022",
    "timezone": "UTC",
    "stop_signal": 15,
    "stop_timeout": 5,
    "restart_policy": "on-failure",
    "restart_tries": 3,
    "log_configuration": {"driver": "k8s-file", "path": "", "size": 10, "options": {"tag": "x"}},
    "netns": {"nsmode": "bridge", "value": ""},
    "pidns": {"nsmode": "private"},
    "ipcns": {"nsmode": "host"},
    "utsns": {"nsmode": "private"},
    "userns": {"nsmode": "auto", "value": "size=5"},
    "cgroupns": {"nsmode": "private"},
    "idmappings": {
        "UIDMap": [{"container_id": 0, "host_id": 1, "size": 1}],
        "GIDMap": [{"container_id": 0, "host_id": 1, "size": 1}],
        "HostUIDMapping": False,
    },
    "privileged": False,
    "cap_add": ["A"],
    "cap_drop": ["ALL"],
    "no_new_privileges": True,
    "seccomp_profile_path": "/x",
    "selinux_opts": ["disable"],
    "apparmor_profile": "x",
    "mounts": [
        {"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m"]},
        {"destination": "/b", "type": "bind", "source": "/a", "options": ["ro"]},
    ],
    "volumes": [{"Name": "v", "Dest": "/v", "Options": ["ro"], "SubPath": "x", "IsAnonymous": False}],
    "overlay_volumes": [{"destination": "/o", "source": "/s", "options": ["x"]}],
    "image_volumes": [{"Destination": "/i", "Source": "busybox", "ReadWrite": False, "subPath": "x"}],
    "devices": [{"path": "/dev/null"}],
    "device_cgroup_rule": [{"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"}],
    "shm_size": 100000,
    "portmappings": [{"container_port": 80, "host_port": 8080, "host_ip": "1.2.3.4", "protocol": "tcp", "range": 2}],
    "expose": {"80": "tcp"},
    "publish_image_ports": False,
    "networks": {
        "n": {
            "static_ips": ["10.1.2.3"],
            "aliases": ["a"],
            "interface_name": "eth0",
            "static_mac": "02:00:00:00:00:01",
            "options": {"a": "b"},
        }
    },
    "network_options": {"slirp4netns": ["x=y"]},
    "dns_server": ["1.1.1.1"],
    "dns_search": ["a"],
    "dns_option": ["x"],
    "hostadd": ["a:1.2.3.4"],
    "resource_limits": {
        "memory": {"limit": 100000000, "reservation": 5, "swap": 200000000, "swappiness": 5, "disableOOMKiller": False},
        "cpu": {"shares": 5, "quota": 1000, "period": 1000, "cpus": "0", "mems": "0"},
        "pids": {"limit": 5},
        "blockIO": {"weight": 5},
        "hugepageLimits": [{"pageSize": "2MB", "limit": 5}],
        "devices": [{"allow": True, "type": "c"}],
    },
    "weightDevice": {"/dev/x": {"weight": 5}},
    "throttleReadBpsDevice": {"/dev/x": {"rate": 5}},
    "unified": {"memory.high": "1"},
    "r_limits": [{"type": "RLIMIT_NOFILE", "hard": 5, "soft": 5}],
    "oom_score_adj": 5,
    "sysctl": {"a": "b"},
    "healthconfig": {"Test": ["CMD", "a"], "Interval": 1000000000, "Timeout": 5, "Retries": 3},
    "startupHealthConfig": {"Test": ["CMD", "a"], "Successes": 1},
    "health_check_on_failure_action": 1,
    "secrets": [{"Source": "s", "Target": "t", "UID": 1, "GID": 1, "Mode": 292}],
    "secret_env": {"A": "s"},
    "pod": "",
    "rootfs": "",
    "systemd": "true",
    "sdnotifyMode": "container",
    "init": True,
    "remove": True,
    "timeout": 5,
    "image_os": "linux",
    "image_arch": "amd64",
    "unsetenv": ["A"],
    "mask": ["/a"],
    "unmask": ["/b"],
    "procfs_opts": ["x"],
    "cgroup_parent": "/x",
    "cgroups_mode": "enabled",
    "volumes_from": ["x"],
    "chroot_directories": ["/x"],
    "dependencyContainers": ["x"],
    "passwd_entry": "x",
    "group_entry": "y",
    "personality": {"domain": "LINUX"},
    "intelRdt": {},
    "artifact_volumes": [{"source": "a", "destination": "/a", "title": "t", "digest": "", "name": "n"}],
}
LIBPOD_POD: dict[str, Any] = {
    "name": "p",
    "hostname": "h",
    "labels": {"a": "b"},
    "infra_image": "x",
    "infra_command": ["a"],
    "no_infra": False,
    "shared_namespaces": ["net"],
    "portmappings": [{"container_port": 80, "host_port": 8080, "host_ip": "1.2.3.4", "protocol": "tcp", "range": 2}],
    "netns": {"nsmode": "bridge", "value": ""},
    "Networks": {
        "n": {
            "static_ips": ["10.1.2.3"],
            "aliases": ["a"],
            "interface_name": "eth0",
            "static_mac": "02:00:00:00:00:01",
            "options": {"a": "b"},
        }
    },
    "dns_server": ["1.1.1.1"],
    "hostadd": ["a:1.2.3.4"],
    "cgroup_parent": "/x",
    "resource_limits": {
        "memory": {"limit": 100000000, "reservation": 5, "swap": 200000000, "swappiness": 5, "disableOOMKiller": False},
        "cpu": {"shares": 5, "quota": 1000, "period": 1000, "cpus": "0", "mems": "0"},
        "pids": {"limit": 5},
        "blockIO": {"weight": 5},
        "hugepageLimits": [{"pageSize": "2MB", "limit": 5}],
        "devices": [{"allow": True, "type": "c"}],
    },
    "volumes": [{"Name": "v", "Dest": "/v", "Options": ["ro"], "SubPath": "x", "IsAnonymous": False}],
    "mounts": [
        {"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m"]},
        {"destination": "/b", "type": "bind", "source": "/a", "options": ["ro"]},
    ],
    "userns": {"nsmode": "auto", "value": "size=5"},
    "pidns": {"nsmode": "private"},
    "exit_policy": "stop",
    "restart_policy": "always",
    "security_opt": ["x"],
    "sysctl": {"a": "b"},
    "share_parent": True,
    "shm_size": 5,
    "pod_devices": ["/dev/null"],
    "cpu_period": 5,
    "cpu_quota": 5,
    "restart_tries": 2,
}
LIBPOD_NETWORK: dict[str, Any] = {
    "name": "n",
    "driver": "bridge",
    "network_interface": "x",
    "subnets": [
        {"subnet": "10.1.0.0/24", "gateway": "10.1.0.1", "lease_range": {"start_ip": "10.1.0.5", "end_ip": "10.1.0.9"}}
    ],
    "routes": [{"destination": "10.2.0.0/24", "gateway": "10.1.0.1", "metric": 5}],
    "ipv6_enabled": True,
    "internal": False,
    "dns_enabled": True,
    "labels": {"a": "b"},
    "options": {"mtu": "1400", "vlan": "5"},
    "ipam_options": {"driver": "host-local"},
    "network_dns_servers": ["1.1.1.1"],
}


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (DOCKER_CONTAINER, lambda body: check_spec(container_spec(body, "n", ""))),
        (DOCKER_NETWORK, network_spec),
        (LIBPOD_NETWORK, libpod_network),
        *(({key: value}, libpod_pod) for key, value in LIBPOD_POD.items()),
        *(
            ({key: value, "image": "i"}, lambda body: check_spec(libpod_container(body)))
            for key, value in LIBPOD_CONTAINER.items()
        ),
    ],
    ids=["docker-container", "docker-network", "libpod-network", *map("pod-{}".format, LIBPOD_POD), *LIBPOD_CONTAINER],
)
def test_values_of_the_wrong_kind_are_refused_or_taken(body, read) -> None:
    fallen = []
    for what, changed in wrong(body):
        try:
            read(changed)
        except PycmanError as error:
            if "\n" in str(error):
                fallen.append(f"{what}: two lines")
        except Exception as error:  # noqa: BLE001 - whatever it is, a client must not see it
            fallen.append(f"{what}: {type(error).__name__}: {error}"[:300])
    assert not fallen, fallen[:5]
