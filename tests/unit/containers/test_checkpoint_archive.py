"""An archive of a checkpoint may be a stranger's: only what counts is kept, and its description becomes a spec of our own."""

from __future__ import annotations

import io
import json
import os
import tarfile

import pytest

from pycman.containers.checkpoint.addresses import with_addresses
from pycman.containers.checkpoint.archive.config import config_dump
from pycman.containers.checkpoint.archive.create import ImportOptions, _delete
from pycman.containers.checkpoint.archive.read import open_directory, unpack_archive
from pycman.containers.checkpoint.archive.translate import translate
from pycman.containers.checkpoint.imported import Checkpoint
from pycman.containers.checkpoint.options import RestoreOptions
from pycman.containers.checkpoint.place import Named, place_of
from pycman.errors import Corrupt, InvalidInput, PycmanError, Unsupported
from pycman.spec.container import ContainerSpec, NamespaceMode, Security
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping
from pycman.volumes.catalogue import create_volume, find_volume
from pycman.volumes.volume import VolumeSpec
from tests.support.sessions import open_session

CONFIG = {
    "id": "a" * 64, "name": "web", "rootfsImageName": "docker.io/library/busybox:latest", "labels": {"a": "b"}, "user": "1000",
    "namedVolumes": [{"volumeName": "v", "dest": "/data", "options": ["ro"]}], "stopSignal": 15, "stopTimeout": 10,
    "newNetworks": {"podman": {"static_ips": ["10.88.0.5"], "static_mac": "92:d0:c6:0a:29:38", "aliases": ["w"]}},
    "newPortMappings": [{"host_ip": "", "container_port": 80, "host_port": 8080, "range": 1, "protocol": "tcp"}],
    "networkMode": "bridge", "restart_policy": "always", "runtime": "runc",
}  # fmt: skip
SPEC = {
    "process": {
        "args": ["top", "-b"], "cwd": "/", "env": ["PATH=/bin", "HOSTNAME=x", "A=1"], "terminal": True,
        "capabilities": {"bounding": ["CAP_CHOWN"]},
    },
    "hostname": "web",
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/etc/hosts", "type": "bind", "source": "/run/x/hosts", "options": ["bind"]},
        {"destination": "/scratch", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m"]},
        {"destination": "/srv", "type": "bind", "source": "/srv/data", "options": ["rbind", "ro", "z", "U", "idmap"]},
        {"destination": "/data", "type": "bind", "source": "/var/lib/volumes/v"},
    ],
    "annotations": {
        "mine": "1", "io.podman.annotations.autoremove": "TRUE", "run.oci.hooks.stdout": "/x", "org.criu.config": "/evil",
    },
    "hooks": {"prestart": [{"path": "/bin/evil"}]},
    "linux": {
        "namespaces": [{"type": kind} for kind in ("mount", "network", "pid", "ipc", "uts", "cgroup")],
        "seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}, "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"],
        "resources": {"memory": {"limit": 1 << 26}, "pids": {"limit": 100}},
        "sysctl": {"net.ipv4.ip_unprivileged_port_start": "0", "net.core.somaxconn": "128"},
    },
}  # fmt: skip


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


def translated(config=None, spec=None):
    return translate({**CONFIG, **(config or {})}, {**SPEC, **(spec or {})}, subject="a.tar")


def test_a_description_of_podmans_becomes_a_spec() -> None:
    found = translated()
    spec = found.spec
    assert (found.id, found.in_pod, spec.name, spec.image) == (
        "a" * 64,
        False,
        "web",
        "docker.io/library/busybox:latest",
    )
    assert (spec.command, spec.env, spec.user, spec.terminal) == (
        ("top", "-b"),
        {"PATH": "/bin", "A": "1"},
        "1000",
        True,
    )
    assert spec.network.attachments == (
        NetworkAttachment(name="podman", aliases=("w",), ipv4="10.88.0.5", mac_address="92:d0:c6:0a:29:38"),
    )
    assert spec.ports == (PortMapping(container_port=80, host_port=8080),)
    assert (spec.security.cap_drop, spec.security.cap_add, spec.security.privileged) == (
        ("ALL",),
        ("CAP_CHOWN",),
        False,
    )
    assert (spec.resources.memory_bytes, spec.resources.pids_limit) == (1 << 26, 100)
    assert spec.sysctls == {"net.core.somaxconn": "128"}
    assert (spec.restart.name, spec.stop_timeout_s, spec.oci_runtime) == ("always", 10, "runc")


def test_what_steers_an_engine_or_its_runtime_is_left_out() -> None:
    found = translated()
    assert found.spec.annotations == {"mine": "1"}
    assert "evil" not in json.dumps(found.spec.to_dict())
    assert translated(config={"runtime": "/tmp/evil"}).spec.oci_runtime == ""
    assert translated(config={"id": "../../x"}).id == ""
    assert not translated(config={"logPath": "/etc/passwd", "rootfs": "/", "conmonPidFile": "/x"}).spec.rootfs


def test_mounts_are_the_users_and_paths_of_this_host_are_told() -> None:
    found = translated()
    assert found.spec.mounts == (
        Mount(kind="volume", source="v", target="/data", options=("ro",), read_only=True),
        Mount(kind="tmpfs", target="/scratch", options=("size=1m",)),
        Mount(kind="bind", source="/srv/data", target="/srv", options=("rbind", "ro"), read_only=True),
    )
    assert found.warnings == ("the checkpoint mounts /srv/data of this host at /srv",)


def test_privileges_and_namespaces_of_the_host_are_never_silent() -> None:
    found = translated(config={"privileged": True})
    assert found.spec.security.privileged is True
    assert "privileged" in found.warnings[-1]
    linux = {**SPEC["linux"], "namespaces": [{"type": "mount"}]}
    spec = translated(spec={"linux": linux}).spec
    assert (spec.network.kind, spec.pid_mode, spec.ipc_mode.kind) == ("host", NamespaceMode(kind="host"), "host")


@pytest.mark.parametrize(
    ("config", "spec", "kind"),
    [
        ({"name": "../x"}, {}, InvalidInput),
        ({"name": 5}, {}, Corrupt),
        ({"labels": ["a"]}, {}, Corrupt),
        ({"stopTimeout": 1 << 70}, {}, Corrupt),
        ({"stopTimeout": True}, {}, Corrupt),
        ({"namedVolumes": [{"volumeName": "../../etc", "dest": "/x"}]}, {}, InvalidInput),
        ({"namedVolumes": ["x"]}, {}, Corrupt),
        ({"newNetworks": {"../x": {}}}, {}, InvalidInput),
        ({"restart_policy": "whenever"}, {}, InvalidInput),
        ({"dependencies": ["b"]}, {}, Unsupported),
        ({"rootfsImageName": "", "rootfs": "/"}, {}, Unsupported),
        ({}, {"process": {"args": ["a\0b"]}}, Corrupt),
        ({}, {"process": {"capabilities": {"bounding": ["CAP_NONE"]}}}, InvalidInput),
        ({}, {"mounts": [{"destination": "/x", "type": "bind", "source": "relative"}]}, InvalidInput),
        ({}, {"mounts": [{"destination": "/x", "type": "ext4", "source": "/dev/sda"}]}, Unsupported),
        ({}, {"linux": {"namespaces": [{"type": "user"}]}}, Unsupported),
        ({}, {"linux": []}, Corrupt),
    ],
    ids=lambda value: None if isinstance(value, type) else (next(iter(value), "-")),
)
def test_a_hostile_description_is_refused(config, spec, kind) -> None:
    with pytest.raises(kind):
        translated(config, spec)


def test_what_is_written_can_be_read_again() -> None:
    spec = ContainerSpec(
        image="busybox", name="web", command=("top",), labels={"a": "b"}, mounts=(Mount(kind="volume", source="v", target="/v"),),
        network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n", ipv4="10.1.0.2"),)),
        ports=(PortMapping(container_port=80, host_port=80, protocol="udp", range_size=3),), security=Security(privileged=True),
    )  # fmt: skip
    row = {
        "id": "b" * 64,
        "name": "web",
        "pod_id": "",
        "image_name": "busybox",
        "image_id": "c" * 64,
        "created_at_ns": 1,
        "oci_runtime": "crun",
    }
    found = translate(json.loads(json.dumps(config_dump(row, spec, infra_id=""))), SPEC, subject="a").spec
    assert (found.image, found.name, found.labels, found.ports) == ("busybox", "web", {"a": "b"}, spec.ports)
    assert found.mounts[0] == spec.mounts[0]
    assert found.network.attachments[0].ipv4 == "10.1.0.2"
    assert found.security.privileged is True


def test_a_container_of_another_ones_namespaces_depends_on_it() -> None:
    row = {
        "id": "b" * 64,
        "name": "x",
        "pod_id": "p",
        "image_name": "i",
        "image_id": "c",
        "created_at_ns": 1,
        "oci_runtime": "",
    }
    spec = ContainerSpec(image="i", network=NetworkMode(kind="container", value="infra"))
    assert "dependencies" not in config_dump(row, spec, infra_id="infra")
    assert config_dump(row, spec, infra_id="")["dependencies"] == ["infra"]


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    output.seek(0)
    return output


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644):
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, mode
    return member, data


def test_only_regular_files_with_names_that_count_are_kept(session) -> None:
    source = archive(
        entry("config.dump", json.dumps(CONFIG).encode(), mode=0o4777), entry("spec.dump", json.dumps(SPEC).encode()),
        entry("evil.sh", b"x"), entry("network.status", kind=tarfile.SYMTYPE, target="/etc/passwd"),
        entry("checkpoint/", kind=tarfile.DIRTYPE, mode=0o777), entry("checkpoint/inventory.img", b"i"),
        entry("checkpoint/parent", kind=tarfile.SYMTYPE, target="/etc"), entry("checkpoint/sub/", kind=tarfile.DIRTYPE),
        entry("checkpoint/sub/file", b"x"), entry("checkpoint/fifo", kind=tarfile.FIFOTYPE),
        entry("rootfs-diff.tar", kind=tarfile.DIRTYPE), entry("volumes", kind=tarfile.SYMTYPE, target="/var"),
        entry("dev", kind=tarfile.CHRTYPE),
    )  # fmt: skip
    directory = unpack_archive(session, source, "a.tar")
    found = sorted(
        os.path.relpath(os.path.join(top, name), directory) for top, _, names in os.walk(directory) for name in names
    )
    assert found == ["checkpoint/inventory.img", "config.dump", "spec.dump"]
    assert os.listdir(f"{directory}/checkpoint") == ["inventory.img"]
    assert os.stat(f"{directory}/config.dump").st_mode & 0o7777 == 0o600
    assert open_directory(directory, "a.tar").config["name"] == "web"


@pytest.mark.parametrize(
    "member",
    [
        entry("../outside", b"x"),
        entry("checkpoint/../../outside", b"x"),
        entry("a/", kind=tarfile.SYMTYPE, target="/tmp"),
    ],
    ids=["parent", "inner-parent", "link"],
)
def test_an_entry_that_leads_out_leaves_nothing(session, member) -> None:
    try:
        directory = unpack_archive(session, archive(member), "a.tar")
    except PycmanError:
        assert os.listdir(session.paths.tmp) == []
    else:
        assert os.listdir(directory) == []
    assert not os.path.exists(f"{session.paths.root}/outside")


def test_an_archive_of_something_else_is_told(session) -> None:
    directory = unpack_archive(session, archive(entry("config.dump", b"{}")), "a.tar")
    with pytest.raises(InvalidInput, match="not a checkpoint"):
        open_directory(directory, "a.tar")
    with open(f"{directory}/spec.dump", "w") as file:
        file.write("[]")
    with pytest.raises(Corrupt):
        open_directory(directory, "a.tar")
    with pytest.raises(PycmanError):
        unpack_archive(session, io.BytesIO(b"no tar at all" * 100), "a.tar")


def test_deleted_files_are_deleted_below_the_root_only(tmp_path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/x").touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").touch()
    (root / "link").symlink_to(tmp_path / "outside")
    _delete(str(root), "/etc/x", "a.tar")
    _delete(str(root), "/link/file", "a.tar")
    _delete(str(root), "/etc/../../outside/file", "a.tar")
    assert not (root / "etc/x").exists()
    assert (tmp_path / "outside/file").exists()
    for path in ("/", "/etc/..", "", "/a\0b"):
        with pytest.raises(Corrupt):
            _delete(str(root), path, "a.tar")


def test_addresses_of_a_status_file_are_asked_for_again() -> None:
    spec = ContainerSpec(
        network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n"), NetworkAttachment(name="m")))
    )
    status = {
        "n": {"interfaces": {"eth0": {"subnets": [{"ipnet": "10.1.0.2/16"}, {"ipnet": "fd00::2/64"}], "mac_address": "02:42:0a:01:00:02"}}},
        "m": {"interfaces": {"eth1": {"subnets": [{"ipnet": "nonsense"}, 5], "mac_address": "ff:ff:ff:ff:ff:ff"}}},
    }  # fmt: skip
    n, m = with_addresses(spec, status, address=True, mac=True).network.attachments
    assert (n.ipv4, n.ipv6, n.mac_address) == ("10.1.0.2", "fd00::2", "02:42:0a:01:00:02")
    assert (m.ipv4, m.ipv6, m.mac_address) == ("", "", "")
    static = spec.replace(
        network=NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="n", ipv4="10.1.0.9"),))
    )
    assert with_addresses(static, status, address=True, mac=False).network.attachments[0].ipv4 == "10.1.0.9"
    assert with_addresses(static, status, address=False, mac=False).network.attachments[0] == NetworkAttachment(
        name="n"
    )


def test_names_of_checkpoints_lead_nowhere_else(session) -> None:
    assert place_of(session, "c", Named(name="one")) == f"{session.paths.container('c')}/checkpoints/one"
    assert place_of(session, "c", Named(name="one", directory="/srv/cp")) == "/srv/cp/one"
    for named in (Named(name="../x"), Named(name="a/b"), Named(name=".."), Named(name="a", directory="relative")):
        with pytest.raises(InvalidInput):
            place_of(session, "c", named)


@pytest.mark.parametrize("volumes", [True, False], ids=["its-volumes", "volumes-that-were-here"])
def test_a_restore_that_fails_leaves_no_volume_that_it_made(session, tmp_path, monkeypatch, volumes: bool) -> None:
    def create(session, *_arguments, **_options) -> str:
        create_volume(session, VolumeSpec(name="v"))
        return "a" * 64

    def fail(*_arguments) -> None:
        raise Unsupported("CRIU does not know this kernel")

    monkeypatch.setattr("pycman.containers.checkpoint.imported.create_from_archive", create)
    monkeypatch.setattr("pycman.containers.checkpoint.imported.restore_container", fail)
    members = (entry("config.dump", json.dumps(CONFIG).encode()), entry("spec.dump", json.dumps(SPEC).encode()))
    with Checkpoint(session, archive=archive(*members), subject="a.tar") as checkpoint, pytest.raises(Unsupported):
        checkpoint.restore(checkpoint.container.spec, RestoreOptions(), ImportOptions(volumes=volumes))
    assert (find_volume(session, "v") is None) == volumes
