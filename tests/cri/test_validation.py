"""What the CRI's validation suite looks at: volumes, DNS, ports, sysctls, host namespaces, paths, seccomp, logs of terminals."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import code_of

SLEEP = ("sleep", "1000")


def run(server, container: str, *command: str) -> str:
    done = server.runtime("ExecSync", container_id=container, cmd=command, timeout=20)
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode()


def ended(server, container: str):
    deadline = time.monotonic() + 120
    while True:
        status = server.runtime("ContainerStatus", container_id=container).status
        if status.state == api.CONTAINER_EXITED:
            return status
        assert time.monotonic() < deadline
        time.sleep(0.02)


def with_security(server, *command: str, name: str = "c", **fields) -> api.ContainerConfig:
    linux = api.LinuxContainerConfig(
        security_context=api.LinuxContainerSecurityContext(
            namespace_options=fields.pop("options", api.NamespaceOption(pid=api.CONTAINER)), **fields
        )
    )
    return server.container(*command, name=name, linux=linux)


def test_name_servers_are_exactly_those_that_are_given(server) -> None:
    config = server.sandbox()
    config.dns_config.CopyFrom(api.DNSConfig(servers=["192.0.2.1"]))
    _, container = server.run(config, server.container(*SLEEP))
    assert run(server, container, "cat", "/etc/resolv.conf") == "nameserver 192.0.2.1\n"
    config = server.sandbox("none")
    config.dns_config.CopyFrom(api.DNSConfig())
    _, container = server.run(config, server.container(*SLEEP))
    assert run(server, container, "cat", "/etc/resolv.conf") == ""
    config = server.sandbox("hosts")
    config.ClearField("dns_config")
    _, container = server.run(config, server.container(*SLEEP))
    here = [
        line.split()[1] for line in Path("/etc/resolv.conf").read_text().splitlines() if line.startswith("nameserver")
    ]
    there = run(server, container, "cat", "/etc/resolv.conf")
    assert [line.split()[1] for line in there.splitlines() if line.startswith("nameserver")] == [
        each for each in here if not each.startswith(("127.", "::1"))
    ]


def test_sysctls_of_a_pod(server) -> None:
    config = server.sandbox()
    for key, value in (
        ("kernel.shm_rmid_forced", "1"), ("fs.mqueue.msg_max", "100"), ("net/ipv4/ip_local_port_range", "20000 30000"),
    ):  # fmt: skip
        config.linux.sysctls[key] = value
    _, container = server.run(config, server.container(*SLEEP))
    assert run(server, container, "cat", "/proc/sys/kernel/shm_rmid_forced").strip() == "1"
    assert run(server, container, "cat", "/proc/sys/fs/mqueue/msg_max").strip() == "100"
    assert run(server, container, "cat", "/proc/sys/net/ipv4/ip_local_port_range").split() == ["20000", "30000"]


@pytest.mark.parametrize(
    "name", ["vm.swappiness", "kernel.hostname", "net/../vm/swappiness", "kernel..x", "fs.file-max"]
)
def test_parameters_of_the_host_are_not_set_for_a_pod(server, name) -> None:
    before = Path("/proc/sys/vm/swappiness").read_text()
    config = server.sandbox()
    config.linux.sysctls[name] = "7"
    assert code_of(lambda: server.runtime("RunPodSandbox", config=config)) == grpc.StatusCode.INVALID_ARGUMENT
    assert Path("/proc/sys/vm/swappiness").read_text() == before
    assert not server.runtime("ListPodSandbox").items


def test_a_port_of_the_host_leads_to_the_pod(server) -> None:
    conflist = server.folder / "net.d/10-pods.conflist"
    network = json.loads(conflist.read_text())
    network["plugins"].append({"type": "portmap", "capabilities": {"portMappings": True}})
    conflist.write_text(json.dumps(network))
    config = server.sandbox()
    config.port_mappings.append(api.PortMapping(container_port=80, host_port=12080))
    config.port_mappings.append(api.PortMapping(container_port=81))
    command = ("sh", "-c", "mkdir /w; echo page > /w/index.html; exec httpd -f -p 80 -h /w")
    pod, _ = server.run(config, server.container(*command))
    machines = server.pycman.machines
    there = machines.run("sh", "-c", "ip -4 -o address show scope global | head -1").split()[3].partition("/")[0]
    page = subprocess.run(
        ["nsenter", f"--net={machines.here}", "curl", "-s", "--retry", "9", "--retry-connrefused", f"http://{there}:12080/"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert page.stdout == "page\n"
    server.runtime("StopPodSandbox", pod_sandbox_id=pod)
    machines.run("sh", "-c", "nft flush ruleset")


def test_volumes(server, tmp_path) -> None:
    real = tmp_path / "real"
    (real / "below").mkdir(parents=True)
    (real / "file").write_text("content")
    (tmp_path / "link").symlink_to(real)
    mounts = [
        api.Mount(host_path=str(real), container_path="/rw"),
        api.Mount(host_path=str(tmp_path / "link"), container_path="/link", readonly=True),
        api.Mount(host_path=str(tmp_path / "missing"), container_path="/missing"),
        api.Mount(host_path=str(real / "file"), container_path="/etc/one", readonly=True),
    ]
    _, container = server.run(server.sandbox(), server.container(*SLEEP, mounts=mounts))
    run(server, container, "touch", "/rw/new", "/missing/new")
    assert (real / "new").exists()
    assert (tmp_path / "missing/new").exists()
    assert run(server, container, "cat", "/link/file", "/etc/one") == "contentcontent"
    done = server.runtime("ExecSync", container_id=container, cmd=["touch", "/link/no"])
    assert b"Read-only" in done.stderr
    shown = server.runtime("ContainerStatus", container_id=container).status.mounts
    assert [(each.host_path, each.container_path) for each in shown][1] == (str(tmp_path / "link"), "/link")


@pytest.mark.parametrize("kind", ["PRIVATE", "HOST_TO_CONTAINER", "BIDIRECTIONAL"])
def test_mounts_propagate_as_asked_for(server, tmp_path, kind) -> None:
    source = tmp_path / "shared"
    source.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "own", source], check=True)
    subprocess.run(["mount", "--make-rshared", source], check=True)
    try:
        (source / "host").mkdir()
        (source / "inside").mkdir()
        mount = api.Mount(host_path=str(source), container_path="/s", propagation=f"PROPAGATION_{kind}")
        config = server.sandbox()
        config.linux.security_context.privileged = True
        linux = with_security(server, *SLEEP, privileged=True)
        linux.mounts.append(mount)
        _, container = server.run(config, linux)
        subprocess.run(["mount", "-t", "tmpfs", "own", source / "host"], check=True)
        (source / "host/seen").touch()
        run(server, container, "mount", "-t", "tmpfs", "own", "/s/inside")
        run(server, container, "touch", "/s/inside/seen")
        inside = run(server, container, "ls", "/s/host")
        assert ("seen" in inside) == (kind != "PRIVATE")
        assert (source / "inside/seen").exists() == (kind == "BIDIRECTIONAL")
        server.runtime("StopContainer", container_id=container, timeout=0)
    finally:
        for path in (source / "inside", source / "host", source):
            subprocess.run(["umount", "-l", path], check=False, capture_output=True)


def test_a_part_of_an_image_that_is_not_there_is_told_at_create(server) -> None:
    config = server.sandbox()
    pod = server.runtime("RunPodSandbox", config=config).pod_sandbox_id
    for part, name in (("bin", "there"), ("nosuch/part", "missing")):
        mount = api.Mount(
            image=api.ImageSpec(image="localhost/busybox:1"), image_sub_path=part, container_path="/part", readonly=True
        )
        made = server.container("ls", "/part/busybox", name=name, mounts=[mount])
        create = lambda: server.runtime("CreateContainer", pod_sandbox_id=pod, config=made, sandbox_config=config)  # noqa: E731, B023
        if name == "missing":
            assert code_of(create) == grpc.StatusCode.NOT_FOUND
        else:
            container = create().container_id
            server.runtime("StartContainer", container_id=container)
            assert ended(server, container).exit_code == 0


def test_mounts_are_read_only_all_the_way_down(server, tmp_path) -> None:
    source = tmp_path / "top"
    source.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "own", source], check=True)
    try:
        (source / "sub").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "own", source / "sub"], check=True)
        mount = api.Mount(host_path=str(source), container_path="/m", readonly=True, recursive_read_only=True)
        _, container = server.run(server.sandbox(), server.container(*SLEEP, mounts=[mount]))
        done = server.runtime("ExecSync", container_id=container, cmd=["touch", "/m/sub/x"])
        assert b"Read-only" in done.stderr
        server.runtime("StopContainer", container_id=container, timeout=0)
    finally:
        for path in (source / "sub", source):
            subprocess.run(["umount", "-l", path], check=False)


def test_masked_and_read_only_paths_are_as_given(server) -> None:
    config = with_security(server, *SLEEP, masked_paths=["/data/from-image"], readonly_paths=["/tmp"])
    _, container = server.run(server.sandbox(), config)
    assert run(server, container, "cat", "/data/from-image") == ""
    done = server.runtime("ExecSync", container_id=container, cmd=["touch", "/tmp/x"])
    assert b"Read-only" in done.stderr
    assert run(server, container, "head", "-c", "1", "/proc/keys")  # what nobody asked to be masked


def test_namespaces_of_the_node(server) -> None:
    options = api.NamespaceOption(pid=api.NODE, ipc=api.NODE, network=api.NODE)
    config = server.sandbox(network="NODE")
    config.linux.security_context.namespace_options.CopyFrom(options)
    _, container = server.run(config, with_security(server, *SLEEP, options=options))
    for kind in ("pid", "ipc"):
        assert run(server, container, "readlink", f"/proc/self/ns/{kind}").strip() == str(
            Path(f"/proc/self/ns/{kind}").readlink()
        )
    assert run(server, container, "hostname").strip() == Path("/proc/sys/kernel/hostname").read_text().strip()


def test_containers_of_a_pod_share_its_pids_and_ipc(server) -> None:
    options = api.NamespaceOption(pid=api.POD)
    config = server.sandbox(pid="POD")
    pod, first = server.run(config, with_security(server, *SLEEP, options=options))
    second = with_security(server, "sleep", "2000", name="d", options=options)
    other = server.runtime("CreateContainer", pod_sandbox_id=pod, config=second, sandbox_config=config).container_id
    server.runtime("StartContainer", container_id=other)
    assert "sleep 2000" in run(server, first, "ps")
    target = api.NamespaceOption(pid=api.TARGET, target_id=first)
    third = with_security(server, *SLEEP, name="e", options=target)
    debug = server.runtime("CreateContainer", pod_sandbox_id=pod, config=third, sandbox_config=config).container_id
    server.runtime("StartContainer", container_id=debug)
    assert "sleep 2000" in run(server, debug, "ps")


def test_capabilities_added_and_dropped(server) -> None:
    capability = api.Capability(drop_capabilities=["ALL"], add_capabilities=["NET_ADMIN"])
    _, container = server.run(server.sandbox(), with_security(server, *SLEEP, capabilities=capability))
    status = run(server, container, "grep", "CapEff", "/proc/self/status")
    assert int(status.split()[1], 16) == 1 << 12


def test_privileged_containers_need_a_privileged_sandbox(server) -> None:
    config = server.sandbox()
    pod = server.runtime("RunPodSandbox", config=config).pod_sandbox_id
    wanted = with_security(server, *SLEEP, privileged=True)
    assert (
        code_of(lambda: server.runtime("CreateContainer", pod_sandbox_id=pod, config=wanted))
        == grpc.StatusCode.INVALID_ARGUMENT
    )
    config = server.sandbox("q")
    config.linux.security_context.privileged = True
    _, container = server.run(config, wanted)
    run(server, container, "ip", "link", "set", "lo", "mtu", "1400")
    run(server, container, "mount", "-t", "tmpfs", "own", "/tmp")


def test_new_privileges_and_read_only_roots(server) -> None:
    _, container = server.run(server.sandbox(), with_security(server, *SLEEP, no_new_privs=True, readonly_rootfs=True))
    assert run(server, container, "grep", "NoNewPrivs", "/proc/self/status").split()[1] == "1"
    done = server.runtime("ExecSync", container_id=container, cmd=["touch", "/x"])
    assert b"Read-only" in done.stderr


def test_seccomp_profiles(server, tmp_path) -> None:
    profile = tmp_path / "no-chmod.json"
    rule = {"names": ["chmod", "fchmodat", "fchmod"], "action": "SCMP_ACT_ERRNO"}
    profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}))
    own = api.SecurityProfile(profile_type=api.SecurityProfile.Localhost, localhost_ref=str(profile))
    pod, container = server.run(server.sandbox(), with_security(server, *SLEEP, seccomp=own))
    done = server.runtime("ExecSync", container_id=container, cmd=["chmod", "600", "/etc/passwd"])
    assert done.exit_code
    for name, wanted, mode in (("u", None, "0"), ("d", api.SecurityProfile(), "2")):
        config = with_security(server, *SLEEP, name=name, **({"seccomp": wanted} if wanted is not None else {}))
        made = server.runtime("CreateContainer", pod_sandbox_id=pod, config=config).container_id
        server.runtime("StartContainer", container_id=made)
        assert run(server, made, "grep", "Seccomp:", "/proc/1/status").split()[1] == mode
    missing = api.SecurityProfile(profile_type=api.SecurityProfile.Localhost, localhost_ref="/no/such.json")
    config = with_security(server, *SLEEP, name="m", seccomp=missing)

    def try_it() -> None:
        made = server.runtime("CreateContainer", pod_sandbox_id=pod, config=config).container_id
        server.runtime("StartContainer", container_id=made)

    code_of(try_it)


def test_a_profile_of_apparmor_that_is_not_there_is_told(server) -> None:
    pod = server.runtime("RunPodSandbox", config=server.sandbox()).pod_sandbox_id
    own = api.SecurityProfile(profile_type=api.SecurityProfile.Localhost, localhost_ref="no-such-profile")
    wanted = with_security(server, *SLEEP, apparmor=own)

    def try_it() -> None:
        made = server.runtime("CreateContainer", pod_sandbox_id=pod, config=wanted).container_id
        server.runtime("StartContainer", container_id=made)

    assert code_of(try_it) == grpc.StatusCode.UNIMPLEMENTED  # no AppArmor, or none with this profile
    usual = with_security(server, *SLEEP, name="d", apparmor=api.SecurityProfile())
    assert server.runtime("CreateContainer", pod_sandbox_id=pod, config=usual).container_id


def test_users_by_name(server) -> None:
    config = with_security(server, *SLEEP, run_as_username="worker")
    pod, container = server.run(server.sandbox(), config)
    assert run(server, container, "id", "-u").strip() == "1000"
    assert run(server, container, "id", "-G").split() == ["1000", "2000"]
    group = with_security(server, *SLEEP, name="d", run_as_group=api.Int64Value(value=5))
    assert (
        code_of(lambda: server.runtime("CreateContainer", pod_sandbox_id=pod, config=group))
        == grpc.StatusCode.INVALID_ARGUMENT
    )


@pytest.mark.parametrize(("policy", "wanted"), [("Merge", {"1000", "2000", "4000"}), ("Strict", {"1000", "4000"})])
def test_groups_of_the_image_by_policy(server, policy, wanted) -> None:
    config = with_security(
        server, *SLEEP, run_as_user=api.Int64Value(value=1000), run_as_group=api.Int64Value(value=1000),
        supplemental_groups=[4000], supplemental_groups_policy=policy,
    )  # fmt: skip
    _, container = server.run(server.sandbox(), config)
    assert set(run(server, container, "id", "-G").split()) == wanted
    told = server.runtime("ContainerStatus", container_id=container).status.user.linux.supplemental_groups
    assert {str(each) for each in told} == wanted


def test_logs_of_a_terminal_and_without_newline(server) -> None:
    _, container = server.run(server.sandbox(), server.container("sh", "-c", "printf hello; printf a >&2", tty=True))
    text = Path(ended(server, container).log_path).read_text()
    assert [line.split(" ", 3)[1] for line in text.splitlines()] == ["stdout"] * len(text.splitlines())
    _, container = server.run(server.sandbox("q"), server.container("printf", "partial"))
    line = Path(ended(server, container).log_path).read_text()
    assert line.split(" ", 3)[1:] == ["stdout", "P", "partial\n"]


def test_commands_arguments_and_directories(server) -> None:
    config = server.container(
        "sh", "-c", 'echo "$@ $GREETING $FROM_IMAGE"; pwd', "--", args=["one", "two"], working_dir="/data",
        envs=[api.KeyValue(key="GREETING", value=b"hi\xc3\xa9")],
    )  # fmt: skip
    _, container = server.run(server.sandbox(), config)
    lines = [line.split(" ", 3)[3] for line in Path(ended(server, container).log_path).read_text().splitlines()]
    assert lines == ["one two hié yes", "/data"]


def test_a_second_attempt_is_a_container_of_its_own(server) -> None:
    pod, first = server.run(server.sandbox(), server.container("true"))
    ended(server, first)
    again = server.container("true", log_path="c/1.log")
    again.metadata.attempt = 1
    second = server.runtime("CreateContainer", pod_sandbox_id=pod, config=again).container_id
    server.runtime("StartContainer", container_id=second)
    assert ended(server, second).metadata.attempt == 1
    assert {container.id for container in server.runtime("ListContainers").containers} == {first, second}


def test_a_shorter_stop_shortens_the_one_before(server) -> None:
    import threading

    _, container = server.run(
        server.sandbox(), server.container("sh", "-c", "trap '' TERM; while true; do sleep 1; done")
    )
    patient = threading.Thread(target=lambda: server.runtime("StopContainer", container_id=container, timeout=50))
    patient.start()
    time.sleep(0.2)
    server.runtime("StopContainer", container_id=container, timeout=0, deadline_s=20)
    patient.join(120)
    assert not patient.is_alive()
    assert server.runtime("ContainerStatus", container_id=container).status.exit_code == 137
