"""inspect: every name that scripts use, with values of the right type."""

from __future__ import annotations

import pytest

from pycman.errors import NotFound
from pycman.spec.container import LogConfig, Security
from pycman.spec.health import HealthCheck, RestartPolicy
from pycman.spec.mount import Mount
from pycman.spec.resources import Resources, Ulimit
from tests.support.engines import IMAGE, create, run

TOP = """Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath Name RestartCount Driver MountLabel
ProcessLabel AppArmorProfile ExecIDs GraphDriver Mounts Config HostConfig NetworkSettings LogPath Platform ImageDigest
ImageName Rootfs Pod StaticDir OCIConfigPath OCIRuntime ConmonPidFile PidFile EffectiveCaps BoundingCaps Dependencies
Namespace IsInfra IsService KubeExitCodePropagation lockNumber UseImageHosts UseImageHostname"""
STATE = """Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt Health OciVersion
ConmonPid CgroupPath Checkpointed CheckpointedAt RestoredAt StoppedByUser"""
CONFIG = """Hostname Domainname User AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Env Cmd Image Volumes
WorkingDir Entrypoint OnBuild Labels StopSignal StopTimeout Healthcheck ExposedPorts Shell ArgsEscaped NetworkDisabled
MacAddress Annotations CreateCommand Umask Timezone SystemdMode Secrets Timeout Passwd sdNotifyMode StartupHealthCheck
HealthcheckOnFailureAction HealthLogDestination"""
HOST_CONFIG = """Binds ContainerIDFile LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumeDriver
VolumesFrom Annotations CapAdd CapDrop Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup Links OomScoreAdj
PidMode Privileged PublishAllPorts ReadonlyRootfs SecurityOpt Tmpfs UTSMode UsernsMode ShmSize Runtime ConsoleSize
Isolation CpuShares Memory NanoCpus CgroupParent BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps
BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus CpusetMems
Devices KernelMemory MemoryReservation MemorySwap MemorySwappiness OomKillDisable PidsLimit Ulimits CpuCount CpuPercent
IOMaximumIOps IOMaximumBandwidth Init CgroupnsMode StorageOpt Sysctls Mounts MaskedPaths ReadonlyPaths DeviceCgroupRules
DeviceRequests CgroupMode CgroupManager Cgroups CgroupConf IDMappings AutoRemoveImage HostsFile IntelRdtClosID"""
NETWORK = """Bridge SandboxID SandboxKey HairpinMode LinkLocalIPv6Address LinkLocalIPv6PrefixLen Ports
SecondaryIPAddresses SecondaryIPv6Addresses EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen IPAddress
IPPrefixLen IPv6Gateway MacAddress Networks"""
MOUNT = "Type Name Source Destination Driver Mode RW Propagation Options SubPath"


def test_every_name_of_docker_and_podman_is_there(engine):
    run(engine, name="box", mounts=(Mount(kind="volume", source="v", target="/data"),))
    found = engine.containers.inspect("box")
    for part, names in (
        (found, TOP),
        (found["State"], STATE),
        (found["Config"], CONFIG),
        (found["HostConfig"], HOST_CONFIG),
        (found["NetworkSettings"], NETWORK),
        (found["Mounts"][0], MOUNT),
        (found["GraphDriver"]["Data"], "LowerDir UpperDir MergedDir WorkDir"),
    ):
        assert set(names.split()) - set(part) == set()


IMAGE_FIELDS = """Id RepoTags RepoDigests Parent Comment Created DockerVersion Author Config Architecture Variant Os OsVersion Size
VirtualSize GraphDriver RootFS Metadata Digest Version Labels Annotations ManifestType User History NamesHistory Healthcheck"""
IMAGE_CONFIG = """Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env Cmd Healthcheck
ArgsEscaped Image Volumes WorkingDir Entrypoint OnBuild Labels StopSignal StopTimeout Shell"""
VOLUME_FIELDS = """Name Driver Mountpoint CreatedAt Status Labels Scope Options UID GID Anonymous MountCount NeedsCopyUp NeedsChown Timeout
StorageID LockNumber"""
NETWORK_FIELDS = """Name Id Created Scope Driver EnableIPv4 EnableIPv6 IPAM Internal Attachable Ingress ConfigFrom ConfigOnly Containers Options
Labels name id driver network_interface created subnets routes ipv6_enabled internal dns_enabled network_dns_servers labels options
ipam_options containers"""


def test_every_name_of_the_other_objects_is_there(engine):
    create(engine, name="box", mounts=(Mount(kind="volume", source="v", target="/data"),))
    image = engine.images.inspect(IMAGE)
    volume, network = engine.volumes.inspect("v"), engine.networks.inspect("podman")
    for part, names in (
        (image, IMAGE_FIELDS),
        (image["Config"], IMAGE_CONFIG),
        (image["RootFS"], "Type Layers"),
        (volume, VOLUME_FIELDS),
        (network, NETWORK_FIELDS),
    ):
        assert set(names.split()) - set(part) == set()
    assert engine.containers.inspect("box")["Image"] == image["Id"]


def test_a_running_container(engine):
    container = run(engine, "sleep", "77", name="box", labels={"a": "b"}, env={"X": "1"}, user="web")
    found = engine.containers.inspect(container[:12])
    assert (found["Id"], found["Name"], found["Path"], found["Args"]) == (container, "box", "sleep", ["77"])
    assert (found["ImageName"], found["Config"]["Image"], found["Driver"]) == (
        IMAGE,
        IMAGE,
        found["GraphDriver"]["Name"],
    )
    state = found["State"]
    assert (state["Status"], state["Running"], state["ExitCode"], state["Error"]) == ("running", True, 0, "")
    assert state["Pid"] > 1
    assert state["StartedAt"] > found["Created"]
    assert state["FinishedAt"] == "0001-01-01T00:00:00Z"
    assert found["Config"]["Labels"] == {"a": "b"}
    assert "X=1" in found["Config"]["Env"]
    assert found["EffectiveCaps"] == []
    assert "CAP_CHOWN" in found["BoundingCaps"]
    with open(found["OCIConfigPath"], encoding="utf-8") as file:
        assert '"sleep"' in file.read()
    assert "SizeRw" not in found
    assert engine.containers.inspect("box", size=True)["SizeRootFs"] > 100_000


def test_what_was_asked_for_comes_back(engine):
    create(
        engine,
        name="box",
        resources=Resources(memory_bytes=64 << 20, cpu_quota_us=150_000, cpu_period_us=100_000, pids_limit=9),
        ulimits=(Ulimit(name="nofile", soft=100, hard=200),),
        security=Security(cap_add=("NET_ADMIN",), cap_drop=("CHOWN",), read_only=True, no_new_privileges=True),
        restart=RestartPolicy(name="on-failure", maximum_retries=3),
        health=HealthCheck(test=("CMD", "true"), retries=5),
        mounts=(
            Mount(kind="tmpfs", target="/scratch", options=("size=1m",)),
            Mount(kind="bind", source="/etc", target="/host", read_only=True),
        ),
        hostname="h",
        log=LogConfig(driver="none"),
    )
    found = engine.containers.inspect("box")
    host = found["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (64 << 20, 1_500_000_000, 9)
    assert host["MemorySwap"] == 128 << 20
    assert host["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]
    assert (host["CapAdd"], host["CapDrop"], host["ReadonlyRootfs"]) == (["CAP_NET_ADMIN"], ["CAP_CHOWN"], True)
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
    assert host["Tmpfs"] == {"/scratch": "size=1m"}
    assert host["Binds"] == ["/etc:/host:ro"]
    assert [(mount["Type"], mount["RW"]) for mount in found["Mounts"]] == [("bind", False)]
    assert found["Config"]["Healthcheck"]["Retries"] == 5
    assert found["State"]["Health"]["Log"] == []
    assert found["Config"]["Hostname"] == "h"
    assert (found["State"]["Status"], found["State"]["Pid"], found["LogPath"]) == ("created", 0, "")


def test_an_ended_container_keeps_how_it_ended(engine):
    container = run(engine, "sh", "-c", "exit 3")
    engine.containers.wait(container)
    engine.containers.cleanup(container)
    state = engine.containers.inspect(container)["State"]
    assert (state["Status"], state["ExitCode"], state["Running"], state["Pid"]) == ("exited", 3, False, 0)
    assert state["FinishedAt"] >= state["StartedAt"]


def test_no_such_container(engine):
    with pytest.raises(NotFound):
        engine.containers.inspect("nobody")
