"""Security contexts of pod and container into the engine's spec; the container's wins (v1 PodSecurityContext, SecurityContext). Pure."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, Unsupported
from pycman.linux.host_limits import has_apparmor
from pycman.record import Record
from pycman.spec.container import Security

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SELINUX = ("user", "role", "type", "level", "filetype")


class RunAs(Record):
    """The user and groups of a container.

    `user` is UID[:GID], or "" for the image's; without a GID the image's /etc/passwd decides. `gid_alone` is a GID to be combined with
    the image's user. `non_root`: refuse to run as uid 0.
    """

    user: str = ""
    gid_alone: str = ""
    groups: tuple[str, ...] = ()
    non_root: bool = False


def run_as_of(pod: Mapping[str, Any], own: Mapping[str, Any]) -> RunAs:
    """Return the user and groups of a container by the security context of its pod and its own."""
    user = _first(own, pod, "runAsUser")
    group = _first(own, pod, "runAsGroup")
    groups = [str(supplemental_group) for supplemental_group in pod.get("supplementalGroups") or ()]
    if pod.get("fsGroup") is not None:
        groups.append(str(pod["fsGroup"]))
    return RunAs(
        user="" if user is None else str(user) if group is None else f"{user}:{group}",
        gid_alone=str(group) if user is None and group is not None else "",
        groups=tuple(dict.fromkeys(groups)),
        non_root=bool(_first(own, pod, "runAsNonRoot")),
    )


def security_of(
    pod: Mapping[str, Any],
    own: Mapping[str, Any],
    *,
    profile_root: str,
    labels: tuple[str, ...] = (),
    tmpfs: bool = False,
) -> Security:
    """Return privileges and confinement of a container; `labels` are more SELinux options. `tmpfs`: /run, /tmp
    and /var/tmp are writable and in memory, as in podman.

    As in Kubernetes a privileged container has all capabilities and no seccomp profile, whatever else is asked for it.

    Raises InvalidInput (a seccomp profile outside `profile_root`), Unsupported (no AppArmor on this host).
    """
    capabilities = own.get("capabilities") or {}
    escalates = own.get("allowPrivilegeEscalation")
    privileged = bool(own.get("privileged"))
    profile = _seccomp(_first(own, pod, "seccompProfile"), profile_root)
    return Security(
        privileged=privileged,
        cap_add=tuple(str(name) for name in capabilities.get("add") or ()),
        cap_drop=() if privileged else tuple(str(name) for name in capabilities.get("drop") or ()),
        no_new_privileges=escalates is False,
        seccomp_profile="unconfined" if privileged else profile,
        apparmor_profile=_apparmor(_first(own, pod, "appArmorProfile")),
        label_options=label_options(_first(own, pod, "seLinuxOptions"), labels),
        unmask=("all",) if own.get("procMount") == "Unmasked" else (),
        read_only=own.get("readOnlyRootFilesystem"),
        read_only_tmpfs=tmpfs,
        writable_tmpfs=tmpfs,
    )


def _first(own: Mapping[str, Any], pod: Mapping[str, Any], name: str) -> Any:
    return own[name] if own.get(name) is not None else pod.get(name)


def _seccomp(profile: Mapping[str, Any] | None, root: str) -> str:
    """Return "unconfined", the path of a profile, or "" for the default profile, which a pod without a seccompProfile gets as in podman."""
    kind = (profile or {}).get("type", "RuntimeDefault")
    if kind == "Unconfined":
        return "unconfined"
    if kind != "Localhost" or profile is None:
        return ""
    name = str(profile.get("localhostProfile") or "")
    path = os.path.normpath(os.path.join(root, name))
    if not name or name.startswith("/") or not path.startswith(f"{os.path.normpath(root)}/"):
        raise InvalidInput(
            "a profile must lie below --seccomp-profile-root", subject=f"localhostProfile: {name or 'none'}"
        )
    return path


def _apparmor(profile: Mapping[str, Any] | None) -> str:
    kind = (profile or {}).get("type", "RuntimeDefault")
    if kind == "Unconfined":
        return "unconfined"
    if kind == "RuntimeDefault" or profile is None:
        return ""
    name = str(profile.get("localhostProfile") or "")
    if not has_apparmor():
        raise Unsupported("this host has no AppArmor", subject=f"localhostProfile: {name}")
    return name


def label_options(options: Mapping[str, Any] | None, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return a SELinuxOptions object as the engine's options ("type:container_t"), and those of `more` that it does not have."""
    labels = [f"{key}:{value}" for key, value in (options or {}).items() if key in _SELINUX and value]
    return (*labels, *(label for label in more if label not in labels))
