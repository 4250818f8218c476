"""SELinux labels of what a container mounts. Only imported for containers that have labels.

its root, images, layers above binds, /dev/shm    mounted with context=, whatever the files are labelled on the disk
files of the engine (/etc/hosts, secrets)         labelled before the runtime binds them
volumes                                           for all containers, unless somebody has labelled the volume
binds                                             with z for all containers, with Z for this one, else left alone
"""

from __future__ import annotations

import os

from pycman.linux.host_limits import has_selinux
from pycman.linux.selinux import label_of, relabel
from pycman.runtime.selinux import mount_option, shared_label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.runtime.bundle_input import RuntimeMount
    from pycman.spec.container import ContainerSpec
    from pycman.spec.mount import Mount
    from pycman.state.session import Session


def label_option(spec: ContainerSpec) -> str:
    """Return the option that gives a mount the container's label; "" if SELinux has been switched off since it was created."""
    return mount_option(spec.security) if has_selinux() else ""


def label_copies(spec: ContainerSpec, root: str) -> None:
    """Label a root file system of copied layers, which is no mount that could have a label of its own."""
    if has_selinux():
        relabel(root, spec.security.mount_label)


def label_bind(session: Session, spec: ContainerSpec, source: str, mount: Mount, *, in_build: bool) -> None:
    """Label the source of a bind, as z or Z asks for; a volume of the pod's, and what a build keeps, without being asked for.

    Raises InvalidInput for a directory of the host's system or a user's home, Denied.
    """
    private = "Z" in mount.options or (spec.pod_id and source.startswith(f"{session.paths.pod(spec.pod_id)}/"))
    shared = "z" in mount.options or (
        in_build and source.startswith((f"{session.paths.root}/", f"{session.paths.run_root}/"))
    )
    if not has_selinux() or not (private or shared):
        return
    label = spec.security.mount_label
    relabel(source, label if private else shared_label(label), homes=_homes(session))


def label_volume(spec: ContainerSpec, path: str, mount: Mount) -> None:
    """Label a volume as z or Z asks for, else for all containers at its first use: while it still has its folder's label."""
    if not has_selinux():
        return
    label = spec.security.mount_label
    if "Z" in mount.options:
        relabel(path, label)
    elif "z" in mount.options or label_of(path) == label_of(os.path.dirname(path)):
        relabel(path, shared_label(label))


def label_own_files(session: Session, spec: ContainerSpec, container_id: str, mounts: Iterable[RuntimeMount]) -> None:
    """Label what the engine has written for a container; what another container has, too, is for all."""
    if not has_selinux():
        return
    bundle = f"{session.paths.bundle(container_id)}/"
    for mount in mounts:
        if mount.kind == "bind" and mount.source.startswith(f"{session.paths.run_root}/"):
            label = spec.security.mount_label
            relabel(mount.source, label if mount.source.startswith(bundle) else shared_label(label))


def _homes(session: Session) -> tuple[str, ...]:
    sudo_user = os.environ.get("SUDO_USER", "")
    return (session.user.home, os.environ.get("HOME", ""), os.path.expanduser(f"~{sudo_user}") if sudo_user else "")
