"""What a container asks to be kept from, on a host that cannot keep it from that: refused when it is created. Pure."""

from __future__ import annotations

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.bundle_input import HostFacts
    from pycman.spec.container import ContainerSpec


def check_confinement(spec: ContainerSpec, host: HostFacts) -> None:
    """Raise Unsupported for a restriction in `spec` that would be taken without effect.

    Limits of memory, processes and the like are not among them: where a host has no cgroups for them there is a warning.
    """
    for device in spec.devices:
        if (
            not {"r", "w"} <= set(device.permissions)
            and not spec.security.privileged
            and not _has_device_rules(spec, host)
        ):
            raise Unsupported(
                "without a cgroup of its own a container cannot be kept to these permissions",
                subject=f"--device {device.host_path}:{device.container_path}:{device.permissions}",
                hint="leave the permissions out, or the device",
            )
    if spec.security.proc_options and host.rootless and spec.pid_mode.kind == "host":
        raise Unsupported(
            "with the host's processes an ordinary user's container has the host's /proc",
            subject=f"proc-opts={spec.security.proc_options}",
            hint="leave out --pid=host",
        )


def _has_device_rules(spec: ContainerSpec, host: HostFacts) -> bool:
    """Say whether the runtime can set device rules: as root, with a cgroup (v2's need CAP_SYS_ADMIN of the host)."""
    return host.cgroups != "none" and spec.cgroups != "disabled" and not host.rootless
