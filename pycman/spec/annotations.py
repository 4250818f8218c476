"""Annotations by which OCI runtimes are steered: between the engine and its runtime only (crun(1), "Extensions"). Pure."""

from __future__ import annotations

from pycman.spec.signals import signal_number

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

_LONGEST_STOP_S = 1 << 32


def scope_annotations(stop_signal: str, stop_timeout_s: int | None) -> dict[str, str]:
    """Return annotations by which crun and runc set properties of the container's scope, as GVariant text, as podman does.

    A host that goes down ends the container as `stop` does and does not wait 90 s for one that takes no SIGTERM; a scope that has
    failed leaves no unit behind (systemd.kill(5), systemd.unit(5)).
    """
    found = {"org.systemd.property.CollectMode": "'inactive-or-failed'"}
    if stop_signal:
        found["org.systemd.property.KillSignal"] = str(signal_number(stop_signal))
    if stop_timeout_s is not None and 0 <= stop_timeout_s <= _LONGEST_STOP_S:
        found["org.systemd.property.TimeoutStopUSec"] = f"uint64 {max(1, stop_timeout_s) * 1_000_000}"  # 0 is no limit
    return found


def steers_runtime(key: str) -> bool:
    """Say whether a runtime does something else for an annotation of this key: another seccomp filter, hooks, a unit's properties."""
    return key.lower().startswith(_STEERING)


def without_steering(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return annotations as a runtime may see them: those of users, YAML, kubelets and images never steer it."""
    return {key: value for key, value in annotations.items() if not steers_runtime(key)}
