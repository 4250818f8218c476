"""Flags of `run` and `create` as the spec they ask for, and what is wrong with wrong ones (docker run's reference)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.specs.build import build_options
from cli.specs.container import container_spec, parse_restart
from cli.specs.pod import pod_spec
from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode
from pycman.spec.health import HealthCheck, RestartPolicy
from pycman.spec.id_map import IdMap, IdRange
from pycman.spec.resources import DeviceRate, Ulimit
from tests.support.calls import call_of

S = 10**9


def spec_of(*words: str, **options) -> ContainerSpec:
    return container_spec(call_of(*words, "i", **options))


def test_the_first_argument_is_the_image_and_the_rest_its_command() -> None:
    spec = container_spec(call_of("-it", "i:1", "sh", "-c", "--name", "x"))
    assert (spec.image, spec.command, spec.name) == ("i:1", ("sh", "-c", "--name", "x"), "")
    assert (spec.stdin, spec.terminal, spec.entrypoint) == (True, True, None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", ("",)), ("/bin/x", ("/bin/x",)), ("/bin/x -y", ("/bin/x -y",)), ('["/bin/x","-y"]', ("/bin/x", "-y")), ("[oops", ("[oops",))],
)  # fmt: skip
def test_an_entrypoint_is_one_word_or_a_list(text: str, wanted: tuple) -> None:
    assert spec_of("--entrypoint", text).entrypoint == wanted


@pytest.mark.parametrize(
    ("words", "field", "wanted"),
    [
        (["--memory", "64m"], "memory_bytes", 64 << 20),
        (["--memory-swap", "-1"], "memory_swap_bytes", -1),
        (["--memory-reservation", "1g"], "memory_reservation_bytes", 1 << 30),
        (["--memory-swappiness", "0"], "memory_swappiness", 0),
        (["--memory-swappiness", "-1"], "memory_swappiness", None),
        (["--cpus", "1.5"], "cpu_quota_us", 150_000),
        (["--cpu-shares", "512"], "cpu_shares", 512),
        (["--cpu-quota", "5000"], "cpu_quota_us", 5000),
        (["--cpuset-cpus", "0-3,5"], "cpuset_cpus", "0-3,5"),
        (["--pids-limit", "-1"], "pids_limit", -1),
        (["--device-read-bps", "/dev/sda:1mb"], "device_read_bps", (DeviceRate(path="/dev/sda", rate=1 << 20),)),
        (["--device-write-iops", "/dev/sda:100"], "device_write_iops", (DeviceRate(path="/dev/sda", rate=100),)),
        (["--cgroup-conf", "memory.high=1"], "unified", {"memory.high": "1"}),
        ([], "memory_bytes", None),
    ],
)
def test_limits_are_in_bytes_and_microseconds(words: list[str], field: str, wanted: object) -> None:
    assert getattr(spec_of(*words).resources, field) == wanted


@pytest.mark.parametrize(
    ("flag", "field", "text", "wanted"),
    [
        ("--pid", "pid_mode", "host", NamespaceMode(kind="host")),
        ("--ipc", "ipc_mode", "container:x", NamespaceMode(kind="container", value="x")),
        ("--ipc", "ipc_mode", "shareable", NamespaceMode(kind="shareable")),
        ("--uts", "uts_mode", "ns:/n", NamespaceMode(kind="path", value="/n")),
        ("--cgroupns", "cgroup_mode", "private", NamespaceMode(kind="private")),
        ("--userns", "user_mode", "keep-id:uid=1,gid=2", NamespaceMode(kind="keep-id", value="uid=1,gid=2")),
    ],
)
def test_namespaces_are_named_by_their_modes(flag: str, field: str, text: str, wanted: NamespaceMode) -> None:
    assert getattr(spec_of(flag, text), field) == wanted


@pytest.mark.parametrize(
    ("words", "field", "wanted"),
    [
        (["--privileged"], "privileged", True),
        (["--cap-add", "NET_ADMIN", "--cap-add", "SYS_TIME"], "cap_add", ("NET_ADMIN", "SYS_TIME")),
        (["--security-opt", "no-new-privileges"], "no_new_privileges", True),
        (["--security-opt", "no-new-privileges:true"], "no_new_privileges", True),
        (["--security-opt", "no-new-privileges=false"], "no_new_privileges", False),
        (["--security-opt", "seccomp=unconfined"], "seccomp_profile", "unconfined"),
        (["--security-opt", "apparmor=p"], "apparmor_profile", "p"),
        (["--security-opt", "label=disable", "--security-opt", "label:type:t"], "label_options", ("disable", "type:t")),
        (["--security-opt", "mask=/a:/b"], "mask", ("/a", "/b")),
        (["--security-opt", "unmask=ALL"], "unmask", ("ALL",)),
        (["--security-opt", "systempaths=unconfined"], "unmask", ("ALL",)),
        (["--security-opt", "proc-opts=hidepid=2"], "proc_options", "hidepid=2"),
        (["--read-only"], "read_only", True),
        (["--read-only", "--read-only-tmpfs=false"], "read_only_tmpfs", False),
    ],
)  # fmt: skip
def test_confinement_is_what_security_options_say(words: list[str], field: str, wanted: object) -> None:
    assert getattr(spec_of(*words).security, field) == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], None),
        (["--health-cmd", "curl -f x"], HealthCheck(test=("CMD-SHELL", "curl -f x"))),
        (["--health-cmd", '["curl","x"]'], HealthCheck(test=("CMD", "curl", "x"))),
        (["--health-cmd", '["CMD-SHELL","curl x"]'], HealthCheck(test=("CMD-SHELL", "curl x"))),
        (["--health-cmd", "none"], HealthCheck(test=("NONE",))),
        (["--no-healthcheck"], HealthCheck(test=("NONE",))),
        (["--health-interval", "5s", "--health-retries", "2"], HealthCheck(test=(), interval_ns=5 * S, retries=2)),
    ],
)
def test_a_health_check_is_a_shells_line_unless_it_is_a_list(words: list[str], wanted: HealthCheck | None) -> None:
    assert spec_of(*words).health == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", RestartPolicy()), ("no", RestartPolicy()), ("always", RestartPolicy(name="always")),
        ("unless-stopped", RestartPolicy(name="unless-stopped")), ("on-failure", RestartPolicy(name="on-failure")),
        ("on-failure:3", RestartPolicy(name="on-failure", maximum_retries=3)),
    ],
)  # fmt: skip
def test_restart_policies_are_dockers(text: str, wanted: RestartPolicy) -> None:
    assert parse_restart(text) == wanted


@pytest.mark.parametrize(
    "text", ["sometimes", "always:3", "on-failure:", "on-failure:x", "on-failure:-1", "on-failure:²"]
)
def test_what_is_no_restart_policy_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_restart(text)
    assert caught.value.subject == f"--restart {text}"


def test_variables_come_of_files_then_words_and_a_bare_name_is_the_callers(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MINE", "m")
    monkeypatch.setenv("MINE_TOO", "t")
    monkeypatch.delenv("ABSENT", raising=False)
    file = tmp_path / "env"
    file.write_text("# a comment\n\nA=file\r\nB=x=y \n  MINE\nABSENT\n")
    assert spec_of("--env-file", str(file), "-e", "A=word", "-e", "C=").env == {
        "A": "word",
        "B": "x=y ",
        "MINE": "m",
        "C": "",
    }
    assert spec_of("-e", "MINE*").env == {"MINE": "m", "MINE_TOO": "t"}


def test_labels_and_pairs_have_their_files_too(tmp_path: Path) -> None:
    file = tmp_path / "labels"
    file.write_text("a=file\nb\n")
    assert spec_of("--label-file", str(file), "-l", "a=word").labels == {"a": "word", "b": ""}
    assert spec_of("--sysctl", "a=1,b=2", "--sysctl", "c=1,2").sysctls == {"a": "1", "b": "2", "c": "1,2"}


def test_ids_are_mapped_in_ranges_and_limits_have_two_ends() -> None:
    spec = spec_of("--uidmap", "0:1000:10", "--gidmap", "5:6", "--ulimit", "nofile=10:20", "--ulimit", "nproc=7")
    assert spec.id_map == IdMap(
        uids=(IdRange(container_id=0, host_id=1000, size=10),), gids=(IdRange(container_id=5, host_id=6, size=1),)
    )
    assert spec.ulimits == (Ulimit(name="nofile", soft=10, hard=20), Ulimit(name="nproc", soft=7, hard=7))


def test_a_log_has_a_driver_a_path_and_a_size() -> None:
    log = spec_of(
        "--log-driver", "json-file", "--log-opt", "max-size=1m", "--log-opt", "tag=t", "--log-opt", "path=/l"
    ).log
    options = {"max-size": "1m", "tag": "t", "path": "/l", "driver": "json-file"}
    assert log == LogConfig(driver="k8s-file", path="/l", max_size_bytes=10**6, tag="t", options=options)
    assert spec_of().log == LogConfig()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ""), (["--platform", "linux/arm64/v8"], "linux/arm64/v8"), (["--arch", "arm64"], "linux/arm64"),
        (["--arch", "arm", "--variant", "v7"], "linux/arm/v7"), (["--os", "windows", "--arch", "amd64"], "windows/amd64"),
    ],
)  # fmt: skip
def test_a_platform_is_one_word_or_its_parts(words: list[str], wanted: str, monkeypatch) -> None:
    monkeypatch.delenv("DOCKER_DEFAULT_PLATFORM", raising=False)
    assert spec_of(*words).platform == wanted


def test_a_stop_timeout_of_zero_is_not_none() -> None:
    assert spec_of("--stop-timeout", "0").stop_timeout_s == 0
    assert spec_of().stop_timeout_s is None


@pytest.mark.parametrize(
    "words",
    [
        ["--memory", "lots"], ["--memory", "inf"], ["--memory-swappiness", "101"], ["--cpus", "some"], ["--cpus", "1", "--cpu-quota", "5"],
        ["--cpuset-cpus", "a"], ["--pids-limit", "x"], ["--device-read-bps", "sda:1"], ["--device-read-bps", "/dev/sda"],
        ["--pid", "shareable"], ["--ipc", "container:"], ["--uts", "ns:"], ["--userns", "some"], ["--uidmap", "0:1:0"],
        ["--uidmap", "a:b:c"], ["--uidmap", "0:1:²"], ["--uidmap", "1"], ["--security-opt", "colour=red"], ["--security-opt", "seccomp"],
        ["--restart", "often"], ["--rm", "--restart", "always"], ["--log-driver", "syslog"], ["--log-opt", "colour=red"],
        ["--log-opt", "max-size=big"], ["--umask", "99"], ["--umask", "00222"], ["--init-ctr", "twice"], ["--pull", "often"],
        ["--image-volume", "copy"], ["--cgroups", "some"], ["--health-on-failure", "cry"], ["--health-interval", "-1s"],
        ["--no-healthcheck", "--health-cmd", "x"], ["--env", "=x"], ["--env", "A B"], ["--label", "=x"], ["--sysctl", "a"],
        ["--ulimit", "nofile"], ["--ulimit", "colour=1"], ["--dns", "x"], ["--oom-score-adj", "x"], ["--expose", "x"],
        ["--shm-size", "x"], ["--env-file", "/nonexistent/env"], ["--label-file", "/nonexistent/labels"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_flag_is_one_line_that_names_it(words: list[str]) -> None:
    with pytest.raises(PycmanError) as caught:
        spec_of(*words)
    line = str(caught.value)
    assert "\n" not in line
    assert any(word.lstrip("-") in line for word in words if word.startswith("--"))


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"A=\xff\n")
    with pytest.raises(InvalidInput, match="UTF-8"):
        spec_of("--env-file", str(tmp_path / "env"))
    with pytest.raises(NotFound):
        spec_of("--env-file", str(tmp_path / "absent"))


@pytest.mark.parametrize("words", [("--creds", "me:hunter2"), ("--creds=me:hunter2",)])
def test_the_password_of_a_registry_is_not_kept_with_the_container(words: tuple[str, ...]) -> None:
    spec = spec_of(*words, "--label", "a=b")
    assert "hunter2" not in repr(spec)
    assert spec.create_command[:2] == ("pycman", "create")
    assert spec.create_command[-3:] == ("--label", "a=b", "i")


@pytest.mark.parametrize("program", ["docker", "podman"])
def test_ports_with_the_network_of_another_container(program: str, capsys) -> None:
    spec = container_spec(call_of("-p", "80:80", "-P", "--network", "container:web", "i", program=program))
    kept = program == "docker"  # the engine refuses them
    assert (bool(spec.ports), spec.publish_all) == (kept, kept)
    assert ('because "container" network namespace mode' in capsys.readouterr().err) is not kept


_HOSTS = (("--add-host", "a:192.0.2.1"), ("--hosts-file", "image"), ("--hosts-file", "none"), ("--hosts-file", "/etc/hosts"))  # fmt: skip


@pytest.mark.parametrize("flag", _HOSTS, ids=" ".join)
@pytest.mark.parametrize("command", ["run", "create", "pod create"])
def test_what_etc_hosts_has_is_refused_where_none_is_made(command: str, flag: tuple[str, str]) -> None:
    words = ["--no-hosts", *flag]
    with pytest.raises(InvalidInput) as refused:
        if command == "pod create":
            pod_spec(call_of(*words, command=command), "p")
        else:
            container_spec(call_of(*words, "i", command=command))
    assert str(refused.value) == f"{flag[0]}: it cannot be used with --no-hosts (leave one out)"


def test_a_build_without_etc_hosts_has_no_lines_for_it() -> None:
    with pytest.raises(InvalidInput, match="--add-host: it cannot be used with --no-hosts"):
        build_options(call_of("--no-hosts", "--add-host", "a:192.0.2.1", ".", command="build"))
