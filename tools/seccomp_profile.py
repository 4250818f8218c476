"""Write pycman/runtime/default_seccomp.json, the system call filter of a container on a host without a profile of its own:
`python -m tools.seccomp_profile [--check]`.

The form is containers-common's (seccomp.json(5)). What is permitted follows docker's default: a container without CAP_SYS_ADMIN makes no
namespaces and no mounts. The errors follow podman's: EPERM for a known system call that is forbidden, ENOSYS for one that nobody
has judged, so that programs fall back to an older one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE = Path(__file__).resolve().parent.parent / "pycman" / "runtime" / "default_seccomp.json"

EPERM, EINVAL, ENOSYS = 1, 22, 38
_ERRORS = {EPERM: "EPERM", EINVAL: "EINVAL", ENOSYS: "ENOSYS"}

ALWAYS = {
    "files by name": """
        access chdir chmod chown chown32 creat faccessat faccessat2 fchmodat fchmodat2 fchownat file_getattr file_setattr
        fstatat64 futimesat getcwd lchown lchown32 link linkat lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at
        newfstatat open openat openat2 readlink readlinkat rename renameat renameat2 rmdir stat stat64 statx symlink
        symlinkat truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes
        """,
    "open files": """
        _llseek cachestat close close_range copy_file_range dup dup2 dup3 fadvise64 fadvise64_64 fallocate fchdir fchmod fchown
        fchown32 fcntl fcntl64 fdatasync flock fstat fstat64 fsync ftruncate ftruncate64 getdents getdents64 ioctl lseek
        pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readdir readv sendfile sendfile64 splice
        sync sync_file_range syncfs tee vmsplice write writev
        """,
    "file systems and extended attributes": """
        fgetxattr flistxattr fremovexattr fsetxattr fstatfs fstatfs64 getxattr getxattrat lgetxattr listmount listxattr
        listxattrat llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat statfs statfs64 statmount
        """,
    "waiting for files": """
        _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
        eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
        io_pgetevents io_pgetevents_time64 io_setup io_submit poll ppoll ppoll_time64 pselect6 pselect6_time64 select
        """,
    "memory": """
        brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect
        mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages
        """,
    "processes and threads": """
        execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list
        get_thread_area getcpu getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid gettid ioprio_get
        ioprio_set landlock_add_rule landlock_create_ruleset landlock_restrict_self pidfd_open prctl prlimit64 restart_syscall
        rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
        sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler
        sched_yield seccomp set_robust_list set_thread_area set_tid_address setpgid setpriority setrlimit setsid sysinfo
        ugetrlimit uname uretprobe vfork wait4 waitid waitpid
        """,
    "users, groups and capabilities": """
        capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid
        getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid
        setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32
        """,
    "signals": """
        kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
        rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaction sigaltstack signal signalfd signalfd4 sigpending
        sigprocmask sigreturn sigsuspend tgkill tkill
        """,
    "time": """
        adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
        clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
        timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
        timerfd_gettime64 timerfd_settime timerfd_settime64 times
        """,
    "sockets": """
        accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
        send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
        """,
    "messages between processes": """
        ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
        msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget
        """,
    "random numbers": "getrandom",
}
"""What every container may call, by subject."""

BY_CAPABILITY = {
    ("CAP_SYS_ADMIN",): """
        add_key fanotify_init fsconfig fsmount fsopen fspick keyctl lookup_dcookie lsm_get_self_attr lsm_list_modules
        lsm_set_self_attr mount mount_setattr move_mount open_tree open_tree_attr pivot_root quotactl quotactl_fd request_key
        setdomainname sethostname setns umount umount2 unshare
        """,
    ("CAP_SYS_ADMIN", "CAP_BPF"): "bpf",
    ("CAP_SYS_ADMIN", "CAP_PERFMON"): "perf_event_open",
    ("CAP_SYS_ADMIN", "CAP_SYSLOG"): "syslog",
    ("CAP_DAC_READ_SEARCH",): "open_by_handle_at",
    ("CAP_SYS_BOOT",): "reboot",
    ("CAP_SYS_CHROOT",): "chroot",
    ("CAP_SYS_MODULE",): "delete_module finit_module init_module query_module",
    ("CAP_SYS_NICE",): "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
    ("CAP_SYS_PACCT",): "acct",
    ("CAP_SYS_PTRACE",): "kcmp pidfd_getfd process_madvise",
    ("CAP_SYS_RAWIO",): "ioperm iopl",
    ("CAP_SYS_TIME",): "clock_settime clock_settime64 settimeofday stime",
    ("CAP_SYS_TTY_CONFIG",): "vhangup",
}
"""What needs one of several capabilities, and is EPERM without any of them (capabilities(7))."""

NEVER = """
    bdflush kexec_file_load kexec_load migrate_pages move_pages nfsservctl nice oldfstat oldlstat oldolduname oldstat olduname
    pciconfig_iobase pciconfig_read pciconfig_write sgetmask ssetmask swapoff swapon syscall sysfs uselib userfaultfd ustat vm86
    vm86old
    """
"""Obsolete, or the whole machine's; EPERM with any capability. io_uring is in no list: ENOSYS, after which libraries go on without it."""

BY_ARCHITECTURE = {
    ("amd64", "x32"): "arch_prctl",
    ("amd64", "x32", "x86"): "modify_ldt",
    ("arm", "arm64"): "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2",
    ("ppc64le",): "swapcontext sync_file_range2",
    ("riscv64",): "riscv_flush_icache riscv_hwprobe",
    ("s390", "s390x"): "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr",
}

TRACING = "process_vm_readv process_vm_writev ptrace"
"""Before Linux 4.8 a traced process could change a system call after the filter had seen it (seccomp(2)): CAP_SYS_PTRACE then."""

PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
"""personality(2): Linux and Linux 32 bit, each also with UNAME26, and the question which one it is."""

NEW_NAMESPACES = 0x7E020000
"""All CLONE_NEW… flags of clone(2) but CLONE_NEWTIME, which is of clone3 only."""

AF_NETLINK, AF_ALG, AF_VSOCK, NETLINK_AUDIT = 16, 38, 40, 9

ARCHITECTURES = {
    "X86_64": "X86 X32", "AARCH64": "ARM", "MIPS64": "MIPS MIPS64N32", "MIPS64N32": "MIPS MIPS64",
    "MIPSEL64": "MIPSEL MIPSEL64N32", "MIPSEL64N32": "MIPSEL MIPSEL64", "S390X": "S390", "RISCV64": "", "PPC64LE": "",
}  # fmt: skip
"""Each architecture with those whose programs its kernel runs too."""


def profile() -> dict[str, Any]:
    """Return the profile."""
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": ENOSYS,
        "defaultErrno": _ERRORS[ENOSYS],
        "archMap": [
            {"architecture": f"SCMP_ARCH_{name}", "subArchitectures": [f"SCMP_ARCH_{sub}" for sub in others.split()]}
            for name, others in ARCHITECTURES.items()
        ],
        "syscalls": _rules(),
    }


def _rules() -> list[dict[str, Any]]:
    rules = [_allow(names.split(), comment=subject) for subject, names in ALWAYS.items()]
    rules.append(_forbid(NEVER.split(), EPERM))
    rules += [_allow(names.split(), includes={"arches": list(arches)}) for arches, names in BY_ARCHITECTURE.items()]
    for capabilities, names in BY_CAPABILITY.items():
        rules += [_allow(names.split(), includes={"caps": [capability]}) for capability in capabilities]
        rules.append(_forbid(names.split(), EPERM, excludes={"caps": list(capabilities)}))
    rules.append(_allow(TRACING.split(), includes={"minKernel": "4.8"}))
    rules.append(_allow(TRACING.split(), includes={"caps": ["CAP_SYS_PTRACE"]}, excludes={"minKernel": "4.8"}))
    rules += [_allow(["personality"], args=[_equal(0, value)]) for value in PERSONALITIES]
    return rules + _cloning() + _sockets()


def _cloning() -> list[dict[str, Any]]:
    """Return the rules for clone without new namespaces. Its flags are the second argument on s390. Those of clone3 lie in memory, where no filter sees them."""
    admin = ["CAP_SYS_ADMIN"]
    z_series = ["s390", "s390x"]
    return [
        _allow(["clone", "clone3"], includes={"caps": admin}),
        _allow(["clone"], args=[_masked(0, NEW_NAMESPACES, 0)], excludes={"caps": admin, "arches": z_series}),
        _allow(
            ["clone"], args=[_masked(1, NEW_NAMESPACES, 0)], includes={"arches": z_series}, excludes={"caps": admin}
        ),
        _forbid(["clone3"], ENOSYS, excludes={"caps": admin}),
    ]


def _sockets() -> list[dict[str, Any]]:
    """Return the rules for all families but AF_ALG and AF_VSOCK, which no namespace confines; auditing with CAP_AUDIT_WRITE only.

    The kernel takes the lower 32 bits of an argument, so these rules compare no others; a range is a few masks.
    """
    word = 0xFFFFFFFF
    families = [
        (0, word & ~15), (17, word), (18, word & ~1), (20, word & ~3), (24, word & ~7), (32, word & ~3), (36, word & ~1),
        (39, word), (41, word), (42, word & ~1), (44, word & ~3),
    ]  # fmt: skip
    netlink, audit = _masked(0, word, AF_NETLINK), _masked(2, word, NETLINK_AUDIT)
    caps = {"caps": ["CAP_AUDIT_WRITE"]}
    rules = [_allow(["socket"], args=[_masked(0, mask, value)]) for value, mask in families]
    rules.append(_allow(["socket"], args=[netlink], includes=caps))
    rules += [
        _allow(["socket"], args=[netlink, _masked(2, mask, value)], excludes=caps)
        for value, mask in [(0, word & ~7), (8, word), (10, word & ~1), (12, word & ~3), (16, word & ~15)]
    ]
    rules.append(_forbid(["socket"], EINVAL, args=[netlink, audit], excludes=caps))
    return rules + [_forbid(["socket"], EPERM, args=[_masked(0, word, family)]) for family in (AF_ALG, AF_VSOCK)]


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}


def _masked(index: int, mask: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}


def _allow(names: list[str], **conditions: Any) -> dict[str, Any]:
    return {"names": sorted(names), "action": "SCMP_ACT_ALLOW", **conditions}


def _forbid(names: list[str], error: int, **conditions: Any) -> dict[str, Any]:
    names = sorted(names)
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": error, "errno": _ERRORS[error], **conditions}


def text() -> str:
    """Return the file, a rule a line."""
    document = profile()
    rules = ",\n".join(f"    {json.dumps(rule)}" for rule in document.pop("syscalls"))
    head = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in document.items())
    return f'{{\n{head},\n  "syscalls": [\n{rules}\n  ]\n}}\n'


def main() -> int:
    """Write the file, or with --check say whether it is what it should be."""
    if "--check" in sys.argv[1:]:
        return int(FILE.read_text(encoding="utf-8") != text())
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
