"""Seccomp profiles: which file, what of it holds for a machine and a set of capabilities, and what pycman's own permits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pycman.errors import Corrupt, NotFound
from pycman.runtime import seccomp_profile
from pycman.runtime.defaults import CAPABILITIES, DEFAULT_CAPABILITIES
from pycman.runtime.seccomp import convert_seccomp
from pycman.runtime.seccomp_profile import OWN_PROFILE, default_profile, profile_path, read_profile
from pycman.spec.container import Security
from tools.seccomp_profile import text

AF_INET, AF_NETLINK, AF_ALG, AF_VSOCK, AUDIT = 2, 16, 38, 40, 9
OWN = json.loads(Path(OWN_PROFILE).read_text())


def converted(profile, capabilities=DEFAULT_CAPABILITIES, machine="x86_64", kernel=(6, 1)):
    return convert_seccomp(profile, machine=machine, capabilities=capabilities, kernel=kernel)


def answer(filtered, name: str, *arguments: int):
    """What a filter answers to a system call: ALLOW or an error's number. Every rule that matches says the same."""
    found = set()
    for rule in filtered["syscalls"]:
        if name in rule["names"] and all(_matches(condition, arguments) for condition in rule.get("args", ())):
            found.add("ALLOW" if rule["action"] == "SCMP_ACT_ALLOW" else rule["errnoRet"])
    assert len(found) <= 1, f"rules for {name}{arguments} contradict each other"
    return found.pop() if found else filtered["defaultErrnoRet"]


def _matches(condition, arguments) -> bool:
    value = arguments[condition["index"]]
    if condition["op"] == "SCMP_CMP_EQ":
        return value == condition["value"]
    assert condition["op"] == "SCMP_CMP_MASKED_EQ"
    return value & condition["value"] == condition["valueTwo"]


def test_the_file_is_what_its_table_says() -> None:
    assert Path(OWN_PROFILE).read_text(encoding="utf-8") == text()


@pytest.mark.parametrize(
    ("call", "without", "capability"),
    [
        (("unshare", 0x10000000), 1, "SYS_ADMIN"), (("mount",), 1, "SYS_ADMIN"), (("setns", 0, 0), 1, "SYS_ADMIN"),
        (("clone", 0x10000011), 38, "SYS_ADMIN"), (("clone3",), 38, "SYS_ADMIN"), (("keyctl",), 1, "SYS_ADMIN"),
        (("add_key",), 1, "SYS_ADMIN"), (("fsopen",), 1, "SYS_ADMIN"), (("bpf",), 1, "SYS_ADMIN"), (("bpf",), 1, "BPF"),
        (("perf_event_open",), 1, "PERFMON"), (("syslog",), 1, "SYSLOG"), (("open_by_handle_at",), 1, "DAC_READ_SEARCH"),
        (("reboot",), 1, "SYS_BOOT"), (("init_module",), 1, "SYS_MODULE"), (("iopl",), 1, "SYS_RAWIO"),
        (("settimeofday",), 1, "SYS_TIME"), (("acct",), 1, "SYS_PACCT"), (("pidfd_getfd",), 1, "SYS_PTRACE"),
        (("mbind",), 1, "SYS_NICE"), (("vhangup",), 1, "SYS_TTY_CONFIG"), (("socket", AF_NETLINK, 3, AUDIT), 22, "AUDIT_WRITE"),
    ],
    ids=str,
)  # fmt: skip
def test_a_capability_opens_its_system_calls(call, without, capability) -> None:
    assert answer(converted(OWN), *call) == without
    assert answer(converted(OWN, (*DEFAULT_CAPABILITIES, f"CAP_{capability}")), *call) == "ALLOW"
    assert answer(converted(OWN, CAPABILITIES), *call) == "ALLOW"


@pytest.mark.parametrize("capabilities", [DEFAULT_CAPABILITIES, (), CAPABILITIES], ids=["default", "none", "all"])
def test_what_no_capability_changes(capabilities) -> None:
    own = converted(OWN, capabilities)
    for name in ("openat", "futex", "execve", "ptrace", "getrandom", "landlock_create_ruleset", "epoll_pwait2"):
        assert answer(own, name) == "ALLOW"
    assert answer(own, "clone", 0x3D0F00) == answer(own, "clone", 0x11) == "ALLOW"
    for name in ("userfaultfd", "kexec_load", "swapon", "move_pages", "sysfs"):
        assert answer(own, name) == 1
    for name in ("io_uring_setup", "io_uring_enter", "io_uring_register", "invented_tomorrow"):
        assert answer(own, name) == 38
    assert answer(own, "personality", 0) == answer(own, "personality", 0xFFFFFFFF) == "ALLOW"
    assert answer(own, "personality", 0x0400000) == 38  # READ_IMPLIES_EXEC
    for family in (AF_ALG, AF_VSOCK):
        assert answer(own, "socket", family, 2, 0) == answer(own, "socket", family | 1 << 32, 2, 0) == 1


@pytest.mark.parametrize("capabilities", [DEFAULT_CAPABILITIES, CAPABILITIES], ids=["default", "all"])
def test_every_other_socket_is_permitted_however_its_numbers_are_written(capabilities) -> None:
    own = converted(OWN, capabilities)
    for family in set(range(48)) - {AF_ALG, AF_VSOCK}:
        assert answer(own, "socket", family, 2, 0) == answer(own, "socket", family | 7 << 32, 2, 0) == "ALLOW"
    for protocol in set(range(32)) - {AUDIT}:
        assert answer(own, "socket", AF_NETLINK, 3, protocol) == "ALLOW"
    if capabilities is DEFAULT_CAPABILITIES:
        assert answer(own, "socket", AF_NETLINK | 1 << 40, 3, AUDIT | 1 << 40) == 22


def test_conditions_of_machine_and_kernel() -> None:
    assert answer(converted(OWN, kernel=(4, 7)), "ptrace") == 38
    assert answer(converted(OWN, (*DEFAULT_CAPABILITIES, "CAP_SYS_PTRACE"), kernel=(4, 7)), "ptrace") == "ALLOW"
    assert answer(converted(OWN, machine="s390x"), "clone", 0, 0x10000000) == 38
    assert answer(converted(OWN, machine="s390x"), "clone", 0x10000000, 0) == "ALLOW"
    assert answer(converted(OWN), "arch_prctl") == "ALLOW" != answer(converted(OWN, machine="aarch64"), "arch_prctl")
    assert converted(OWN)["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    assert converted(OWN, machine="riscv64")["architectures"] == ["SCMP_ARCH_RISCV64"]


def test_it_permits_no_less_than_programs_need_and_no_more_than_the_hosts(monkeypatch) -> None:
    host = Path("/usr/share/containers/seccomp.json")
    if not host.exists():
        return  # compared wherever containers-common is installed
    ours = {name for rule in converted(OWN)["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    theirs = converted(json.loads(host.read_text()))
    allowed = {name for rule in theirs["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    gated = {name for rule in OWN["syscalls"] if rule.get("excludes", {}).get("caps") for name in rule["names"]}
    assert allowed - ours - gated <= {"syscall", "timerfd", "sync_file_range2"}  # no system calls of this machine


@pytest.mark.parametrize(
    ("rule", "told"),
    [({"errno": "EACCES"}, 13), ({"errno": "EACCES", "errnoRet": 1}, 13), ({"errnoRet": 1}, 1), ({"errno": "5"}, 5)],
)
def test_an_error_is_a_name_or_a_number(rule, told) -> None:
    profile = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO", **rule}],
    }
    assert converted(profile)["syscalls"][0]["errnoRet"] == told
    assert converted({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 1}) == {
        "architectures": ["SCMP_ARCH_X86_64"], "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "7", '{"defaultAction": "allow"}', '{"defaultAction": ["SCMP_ACT_ALLOW"]}',
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": 5}', '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": ["mount"]}',
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"]}]}',
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO"}]}',
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [7], "action": "SCMP_ACT_ERRNO"}]}',
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errno": "EX"}]}',
        '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "x"}}]}',
        "[" * 100_000, " " * (4 << 20) + "{}",
    ],
    ids=lambda text: text[:60],
)  # fmt: skip
def test_what_is_no_profile_is_refused_in_one_line(text, tmp_path) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(Corrupt) as raised:
        read_profile(str(path), ())
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_who_decides(monkeypatch, tmp_path) -> None:
    mine, configured, administrators = (str(tmp_path / name) for name in ("mine", "configured", "etc"))
    for path in (mine, configured, administrators):
        Path(path).write_text("{}")
    monkeypatch.setattr(seccomp_profile, "_DEFAULTS", (administrators, OWN_PROFILE))
    assert profile_path(Security(), "") == administrators
    assert profile_path(Security(), configured) == configured
    assert profile_path(Security(seccomp_profile=mine), configured) == mine
    assert (
        profile_path(Security(), "unconfined") == profile_path(Security(seccomp_profile="unconfined"), configured) == ""
    )
    assert profile_path(Security(privileged=True), configured) == profile_path(Security(privileged=True), "") == ""
    assert profile_path(Security(privileged=True, seccomp_profile=mine), "") == mine
    Path(administrators).unlink()
    assert profile_path(Security(), "") == default_profile() == OWN_PROFILE


@pytest.mark.parametrize("name", ["/nonexistent", "/", "/dev/null"])
def test_a_named_profile_that_cannot_be_had_is_refused(name) -> None:
    with pytest.raises(NotFound, match="no such seccomp profile"):
        profile_path(Security(seccomp_profile=name), "")
    with pytest.raises(NotFound, match=r"containers\.conf"):
        profile_path(Security(), name)
