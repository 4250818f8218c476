"""Which kernel parameters belong to a namespace, and may be set for it (runtime-spec, config-linux.md, "Sysctl"). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_IPC = frozenset(
    ("kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
     "kernel/shm_rmid_forced")
)  # fmt: skip

_UTS = ("kernel/domainname", "kernel/hostname")


def sysctl_path(name: str) -> str:
    """Return the path below /proc/sys of "net.ipv4.ip_forward" or "net/ipv4/conf/eth0.1/forwarding" (sysctl(8)). Raises InvalidInput."""
    dot, slash = name.find("."), name.find("/")
    with_dots = slash < 0 or 0 <= dot < slash
    parts = name.translate(str.maketrans("./", "/.")).split("/") if with_dots else name.split("/")
    if not all(parts) or any(part in (".", "..") for part in parts):
        raise InvalidInput("not the name of a kernel parameter", subject=f"sysctl {name}")
    return "/".join(parts)


def namespace_of(name: str) -> str:
    """Return the kind of namespace a parameter belongs to: ipc, net or uts; "" for one of the host. Raises InvalidInput."""
    path = sysctl_path(name)
    if path in _IPC or path.startswith("fs/mqueue/"):
        return "ipc"
    return "uts" if path in _UTS else "net" if path.startswith("net/") else ""


def check_sysctls(sysctls: Mapping[str, str], namespaces: Collection[str]) -> None:
    """Raise InvalidInput for a parameter that belongs to none of `namespaces` ("net", "ipc"): it would be set on the host."""
    for name in sysctls:
        owner = namespace_of(name)
        if owner in ("", "uts"):  # hostname and domainname have fields of their own in the pod and container specs
            raise InvalidInput("it is the host's, and no namespace has one of its own", subject=f"sysctl {name}")
        if owner not in namespaces:
            raise InvalidInput(
                f"the pod shares the host's {owner} namespace, for which it would be set", subject=f"sysctl {name}"
            )
