"""Settings of containers.conf, storage.conf and policy.json, seen from inside real containers."""

from __future__ import annotations

import json

import pytest

IMAGE = "localhost/busybox:1"


@pytest.fixture
def with_conf(pycman):
    """Run a command with a containers.conf (and other files) of the test's own: its output, its status and what it says."""

    def run(text: str, *words: str, status: int = 0, stdin: str = "", **variables: str) -> tuple[str, str]:
        path = pycman.folder / "containers.conf"
        path.write_text(text)
        done = pycman.run(*words, stdin=stdin, env={"CONTAINERS_CONF": str(path), **variables})
        assert done.returncode == status, done.stderr.decode()
        return done.stdout.decode(), done.stderr.decode()

    return run


def test_hardening_is_seen_inside(with_conf, pycman) -> None:
    text = """[containers]
read_only = true
umask = "0077"
tz = "Asia/Tokyo"
no_hosts = true
init = true
default_ulimits = ["nofile=321:654"]
default_sysctls = ["net.ipv4.ip_default_ttl=33", "kernel.msgmax=9000"]
default_capabilities = ["CHOWN"]
dns_servers = ["192.0.2.53"]
dns_options = ["ndots:3"]
dns_searches = ["a.test"]
env = ["FROM_FILE=yes"]
shm_size = "2m"
"""
    script = (
        "umask; date +%Z; ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax;"
        " grep CapBnd /proc/self/status; cat /etc/resolv.conf; echo $FROM_FILE; cat /proc/1/cmdline | tr '\\0' ' '; echo;"
        " df -k /dev/shm | tail -1; touch /x; test -e /etc/hosts || echo no hosts"
    )
    out, said = with_conf(text, "run", "--rm", IMAGE, "sh", "-c", script)
    lines = out.splitlines()
    assert lines[:6] == ["0077", "JST", "321", "654", "33", "9000"]
    assert lines[6].split() == ["CapBnd:", "0000000000000001"]
    assert {"search a.test", "nameserver 192.0.2.53", "options ndots:3"} <= set(lines)
    assert "yes" in lines
    assert any(line.startswith("/dev/init -- sh") for line in lines)
    assert any(line.split()[:2] == ["tmpfs", "2048"] for line in lines)
    assert "touch: /x: Read-only file system" in said
    assert lines[-1] == "no hosts"
    assert "Warning" not in said


def test_flags_win_over_the_file(with_conf) -> None:
    text = '[containers]\nread_only = true\numask = "0077"\ntz = "Asia/Tokyo"\ninit = true\nno_hosts = true\n'
    text += 'default_ulimits = ["nofile=321:654"]\nenv = ["A=file"]\n'
    flags = [
        "--read-only=false",
        "--umask=022",
        "--tz=UTC",
        "--init=false",
        "--no-hosts=false",
        "--ulimit=nofile=100",
        "-eA=flag",
    ]
    script = "touch /x && umask; date +%Z; ulimit -n; echo $A; cat /proc/1/comm; grep -c localhost /etc/hosts"
    out, _ = with_conf(text, "run", "--rm", *flags, IMAGE, "sh", "-c", script)
    assert out.splitlines()[:5] == ["0022", "UTC", "100", "flag", "sh"]
    assert int(out.splitlines()[5]) > 0


def test_an_exec_has_the_containers_umask_and_inspect_tells_what_was_filled_in(with_conf, pycman) -> None:
    text = '[containers]\numask = "0077"\nannotations = ["from.file=1"]\nlog_size_max = 4096\noom_score_adj = 100\n'
    with_conf(text, "run", "-d", "--name", "c", "--annotation", "own=2", IMAGE, "sleep", "1000")
    assert pycman("exec", "c", "sh", "-c", "umask").strip() == "0077"
    found = json.loads(pycman("inspect", "c"))[0]
    assert found["Config"]["Umask"] == "0077"
    assert {"from.file": "1", "own": "2"}.items() <= found["Config"]["Annotations"].items()
    assert pycman("exec", "c", "cat", "/proc/1/oom_score_adj").strip() == "100"
    monitor = (pycman.folder / f"run/containers/{found['Id']}/conmon.pid").read_text().strip()
    with open(f"/proc/{monitor}/cmdline", "rb") as file:
        words = file.read().split(b"\0")
    assert words[words.index(b"--log-size-max") + 1] == b"4096"
    pycman("rm", "-f", "-t0", "c")


def test_a_log_does_not_grow_beyond_its_size(with_conf, pycman) -> None:
    script = "i=0; while [ $i -lt 400 ]; do echo line number $i of many; i=$((i+1)); done"
    with_conf("[containers]\nlog_size_max = 4096\n", "run", "--name", "c", IMAGE, "sh", "-c", script)
    container_id = json.loads(pycman("inspect", "c"))[0]["Id"]
    assert 0 < (pycman.folder / f"root/containers/{container_id}/ctr.log").stat().st_size <= 4096
    pycman("rm", "c")


def test_processes_are_limited_where_the_host_can_and_nothing_is_said_where_it_cannot(with_conf, pycman) -> None:
    groups = "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; true"
    can = json.loads(pycman("info", "--format", "json"))["Host"]["CgroupControllers"]
    for text, limit in (
        ("", "2048"),
        ("[containers]\npids_limit = 77\n", "77"),
        ("[containers]\npids_limit = 0\n", "max"),
    ):
        out, said = with_conf(text, "run", "--rm", IMAGE, "sh", "-c", groups)
        if "pids" in can:
            assert out.split() == [limit]
            assert said == ""
        else:
            assert ("limits are ignored" in said) == bool(text)  # only what somebody asked for is missed
    if "pids" in can:
        out, _ = with_conf("", "run", "--rm", "--pids-limit=-1", IMAGE, "sh", "-c", groups)
        assert out.split() == ["max"]


def test_the_seccomp_profile_of_the_file_forbids_a_call_unless_a_flag_names_another(with_conf, pycman) -> None:
    rules = [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]
    profile = pycman.folder / "no-mkdir.json"
    profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}))
    text = f'[containers]\nseccomp_profile = "{profile}"\n'
    _, said = with_conf(text, "run", "--rm", IMAGE, "mkdir", "/new", status=1)
    assert "Function not implemented" in said
    with_conf(text, "run", "--rm", "--security-opt", "seccomp=unconfined", IMAGE, "mkdir", "/new")
    gone = text.replace("no-mkdir", "gone")
    _, said = with_conf(gone, "run", "--rm", IMAGE, "true", status=125)
    assert said.startswith("Error: no such seccomp profile: ")
    assert "containers.conf" in said
    assert pycman("ps", "-aq") == ""


def test_no_capabilities_at_all_is_what_an_empty_list_means(with_conf) -> None:
    out, _ = with_conf(
        "[containers]\ndefault_capabilities = []\n", "run", "--rm", IMAGE, "grep", "CapBnd", "/proc/self/status"
    )
    assert out.split()[1] == "0" * 16
    text = '[containers]\ndefault_capabilities = ["NO_SUCH"]\n'
    _, said = with_conf(text, "run", "--rm", IMAGE, "true", status=125)
    assert said.startswith("Error: ")
    assert "NO_SUCH" in said
    assert "default_capabilities" in said


def test_a_parameter_of_the_host_is_refused_in_one_line(with_conf, pycman) -> None:
    text = '[containers]\ndefault_sysctls = ["vm.swappiness=1"]\n'
    _, said = with_conf(text, "run", "--rm", IMAGE, "true", status=125)
    assert len(said.splitlines()) == 1
    assert "vm.swappiness" in said
    assert pycman("ps", "-aq") == ""


def test_apparmor_is_warned_of_where_there_is_none_and_refused_if_a_flag_asks_for_it(with_conf, pycman) -> None:
    if json.loads(pycman("info", "--format", "json"))["Host"]["Security"]["ApparmorEnabled"]:
        return  # such a host confines: tests/conformance sees to that
    _, said = with_conf('[containers]\napparmor_profile = "mine"\n', "run", "--rm", IMAGE, "true")
    assert said.count("Warning: ") == 1
    assert "mine" in said
    error = pycman.fails("run", "--rm", "--security-opt", "apparmor=mine", IMAGE, "true", status=125)
    assert "no AppArmor" in error


def test_hosts_begin_with_the_file_that_is_named(with_conf, pycman) -> None:
    base = pycman.folder / "hosts"
    base.write_text("192.0.2.9 from.the.file\n")
    text = f'[containers]\nbase_hosts_file = "{base}"\nhost_containers_internal_ip = "192.0.2.1"\n'
    out, _ = with_conf(text, "run", "--rm", IMAGE, "cat", "/etc/hosts")
    assert out.splitlines()[0] == "192.0.2.9 from.the.file"
    assert "127.0.0.1\tlocalhost" in out
    assert "192.0.2.1\thost.containers.internal" in out
    out, _ = with_conf(text, "run", "--rm", "--hosts-file", "none", IMAGE, "cat", "/etc/hosts")
    assert "from.the.file" not in out
    base.unlink()
    _, said = with_conf(text, "run", "--rm", IMAGE, "true", status=125)
    assert "base_hosts_file" in said
    _, said = with_conf(text, "run", "--rm", "--hosts-file", str(base), IMAGE, "true", status=125)
    assert f"no such file: --hosts-file {base}" in said


def test_volumes_mounts_and_devices_of_the_file_are_there(with_conf, pycman) -> None:
    folder = pycman.folder / "shared"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("from the host")
    text = f'[containers]\nvolumes = ["{folder}:/data:ro"]\nmounts = ["type=tmpfs,target=/scratch,tmpfs-size=1m"]\n'
    out, said = with_conf(
        text,
        "run",
        "--rm",
        IMAGE,
        "sh",
        "-c",
        "cat /data/file; grep -c ' /scratch tmpfs' /proc/mounts; touch /data/x; true",
    )
    assert out.startswith("from the host1")
    assert "Read-only" in said


def test_a_pod_of_yaml_takes_what_it_does_not_say_itself(with_conf, pycman) -> None:
    text = '[containers]\nread_only = true\numask = "0077"\ndefault_ulimits = ["nofile=321:654"]\n'
    script = "umask; ulimit -n; touch /x || echo read-only"
    yaml = """apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  restartPolicy: Never
  containers:
  - {name: a, image: IMAGE, command: [sh, -c, "SCRIPT"]}
  - {name: b, image: IMAGE, command: [sh, -c, "SCRIPT"], securityContext: {readOnlyRootFilesystem: false}}
""".replace("IMAGE", IMAGE).replace("SCRIPT", script)
    with_conf(text, "kube", "play", "-", stdin=yaml)
    pycman("wait", "p-a", "p-b")
    first, second = pycman("logs", "p-a").splitlines(), pycman("logs", "p-b").splitlines()
    assert first[:2] == second[:2] == ["0077", "321"]
    assert "read-only" in first
    assert "read-only" not in second
    pycman("kube", "down", "-", stdin=yaml)


def test_conmon_and_the_runtime_are_called_as_the_file_says(with_conf, pycman) -> None:
    monitor = pycman.folder / "my-conmon"
    monitor.write_text(f'#!/bin/sh\necho "$FROM_FILE" "$@" >>{pycman.folder}/called\nexec conmon "$@"\n')
    monitor.chmod(0o755)
    text = f'[engine]\nconmon_path = ["/nowhere/conmon", "{monitor}"]\nconmon_env_vars = ["FROM_FILE=yes"]\nno_pivot_root = true\n'
    with_conf(text + "[containers]\nkeyring = false\n", "run", "--rm", IMAGE, "true")
    words = (pycman.folder / "called").read_text().split()
    assert words[0] == "yes"
    assert {"--no-pivot", "--no-new-keyring"} <= set(words)
    for name in ("crun", "runc"):
        flags = f'[engine.runtimes_flags]\n{name} = ["no-such-flag"]\n'
        _, said = with_conf(flags, "--runtime", name, "run", "--rm", "--network=none", IMAGE, "true", status=125)
        assert "no-such-flag" in said or "unrecognized option" in said or "conmon" in said


def test_an_unknown_key_is_named_by_the_first_command_only_and_by_info_always(with_conf, pycman) -> None:
    text = "[engine]\nnonsense = 1\nnum_locks = 5\n"
    _, said = with_conf(text, "run", "--rm", IMAGE, "true")
    assert said.count("Warning: ") == 2
    assert f"{pycman.folder}/containers.conf: unknown key nonsense in [engine]" in said
    done = pycman.run("run", "--rm", IMAGE, "true", env={"CONTAINERS_CONF": f"{pycman.folder}/containers.conf"})
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(
        pycman.run("info", "--format=json", env={"CONTAINERS_CONF": f"{pycman.folder}/containers.conf"}).stdout
    )
    assert f"{pycman.folder}/containers.conf" in found["Settings"]["Files"]
    assert any("num_locks" in each for each in found["Settings"]["WithoutEffect"])


def test_a_broken_file_stops_a_container_with_one_line(with_conf, pycman) -> None:
    _, said = with_conf("[containers]\nread_only = 1\n", "run", "--rm", IMAGE, "true", status=125)
    assert said == f"Error: {pycman.folder}/containers.conf:2: read_only must be true or false (correct the file)\n"


def test_mount_options_of_storage_conf_hold_or_the_container_does_not_run(with_conf, pycman) -> None:
    path = pycman.folder / "storage.conf"
    path.write_text('[storage]\ndriver = "overlay"\n[storage.options.overlay]\nmountopt = "nodev,nosuid,metacopy=on"\n')
    for name in ("crun", "runc"):
        words = ("--runtime", name, "run", "--rm", "--network=none", IMAGE, "cat", "/proc/mounts")
        done = pycman.run(*words, env={"CONTAINERS_STORAGE_CONF": str(path)})
        mounted = [line.split() for line in done.stdout.decode().splitlines()]
        options = [words[3].split(",") for words in mounted if words[1] == "/"]
        if done.returncode == 0:
            assert "nosuid" in options[0]
        else:
            assert f"{name} drops nosuid" in done.stderr.decode()
    assert pycman("ps", "-aq") == ""


def test_a_store_that_the_shared_file_names_is_not_used(with_conf, pycman) -> None:
    path = pycman.folder / "storage.conf"
    path.write_text('[storage]\ngraphroot = "/big/disk"\n')
    _, said = with_conf("", "run", "--rm", IMAGE, "true", CONTAINERS_STORAGE_CONF=str(path))
    assert said.count("Warning: ") == 1
    assert "/etc/pycman/storage.conf" in said


def test_an_image_that_the_policy_rejects_is_not_loaded(pycman, busybox_archive) -> None:
    folder = pycman.folder / ".config/containers"
    folder.mkdir(parents=True)
    for kind in ("reject", "signedBy"):
        policy = {
            "default": [{"type": kind}],
            "transports": {"docker-archive": {"/ok": [{"type": "insecureAcceptAnything"}]}},
        }
        (folder / "policy.json").write_text(json.dumps(policy))
        error = pycman.fails("load", "-i", str(busybox_archive))
        assert "policy.json" in error
    (folder / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
    pycman("load", "-q", "-i", str(busybox_archive))


def test_a_secret_is_not_kept_in_a_file_where_another_driver_is_asked_for(with_conf) -> None:
    _, said = with_conf('[secrets]\ndriver = "pass"\n', "secret", "create", "s", "-", stdin="x", status=1)
    assert "no such secret driver" in said
    with_conf('[secrets]\ndriver = "pass"\n', "secret", "create", "--driver=file", "s", "-", stdin="x")
    with_conf("", "secret", "rm", "s")


def test_a_module_is_read_for_one_command_and_privileged_holds_for_what_exec_runs(pycman) -> None:
    module = pycman.folder / "module.conf"
    module.write_text('[containers]\nprivileged = true\nannotations = ["from=module"]\n')
    pycman("run", "-d", "--name", "plain", IMAGE, "sleep", "99")
    capabilities = ("exec", "plain", "grep", "CapBnd", "/proc/self/status")
    assert pycman(*capabilities) != pycman("--module", str(module), *capabilities)
    pycman("--module", str(module), "create", "--name", "other", IMAGE, "true")
    shown = pycman("inspect", "--format", '{{index .Config.Annotations "from"}} {{.HostConfig.Privileged}}', "other")
    assert shown.split() == ["module", "true"]
