"""Annotations by which OCI runtimes are steered: between the engine and its runtime only (crun(1), "Extensions"). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_STEERING = (
    "run.oci.", "org.systemd.property.", "module.wasm.image/", "io.katacontainers.", "dev.gvisor.", "io.containerd.runc.",
    "org.criu.", "io.kubernetes.cri.container-", "io.kubernetes.cri.sandbox-",
)  # fmt: skip

KEEP_GROUPS = "run.oci.keep_original_groups"
"""crun leaves the caller's supplementary groups to the container's first process (crun(1)); the engine's own, for --group-add."""

CRIU_CONFIG = "org.criu.config"
"""Path of a file of options for CRIU (criu(8)), which crun and runc hand over; a file that is not there is none."""


def steers_runtime(key: str) -> bool:
    """Say whether a runtime does something else for an annotation of this key: another seccomp filter, hooks, a unit's properties."""
    return key.lower().startswith(_STEERING)


def without_steering(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return annotations as a runtime may see them: those of users, YAML, kubelets and images never steer it."""
    return {key: value for key, value in annotations.items() if not steers_runtime(key)}
