"""Seccomp profiles."""

from __future__ import annotations

from pycman.jsontext import parse_json
from pycman.runtime.seccomp import convert_seccomp
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    profile = parse_json(data)
    for machine in ("x86_64", "s390x", "unknown"):
        convert_seccomp(profile, machine=machine, capabilities=("CAP_CHOWN",), kernel=(6, 1))


TARGET = Target(
    run=run,
    seeds=(
        (b'{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}], '
        b'"syscalls": [{"names": ["a"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}], "includes": {"caps": ["CAP_CHOWN"], "arches": ["amd64"], '
        b'"minKernel": "4.8"}, "excludes": {"caps": ["CAP_KILL"], "minKernel": "5.1"}}, {"name": "b", "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 1}]}'),
    ),
    words=(b"null", b"[]", b"{}", b"5", b'"x"', b'"includes"', b'"excludes"', b'"minKernel"', b'"flags"', b'"listenerPath"', b'"architectures"', b'"SCMP_ACT_NOTIFY"', b"true"),
    longest=4000,
)  # fmt: skip
