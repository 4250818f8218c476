"""OCI hooks of the host for one container: which folders count, and what of it their conditions look at."""

from __future__ import annotations

import os

from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.runtime.bundle_input import BundleInput
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_DEFAULT_FOLDERS = ("/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d")


def hook_folders(session: Session, spec: ContainerSpec) -> tuple[str, ...]:
    """Return the folders of hooks: of --hooks-dir now or when the container was made, of containers.conf, or root's usual ones."""
    settings = containers_conf(session)
    asked = session.options.hooks_dirs or spec.hooks_dirs or settings.hooks_dir
    if asked or "hooks_dir" in settings.given or session.rootless:
        return asked
    return tuple(filter(os.path.isdir, _DEFAULT_FOLDERS))


def with_host_hooks(session: Session, inputs: BundleInput) -> BundleInput:
    """Return what a config.json is made of with the hooks of the host whose conditions hold, behind those of CDI devices.

    Raises NotFound (a folder that was named), Corrupt, Unsupported.
    """
    folders = hook_folders(session, inputs.spec)
    if not folders:
        return inputs
    from pycman.config.oci_hooks import hooks_by_stage, read_hooks  # only imported where there are folders of hooks

    found = hooks_by_stage(
        read_hooks(folders),
        command=inputs.argv[0] if inputs.argv else "",
        annotations=inputs.spec.annotations,
        has_bind_mounts=any(mount.kind == "bind" for mount in inputs.spec.mounts),
    )
    hooks: dict[str, tuple[Any, ...]] = dict(inputs.hooks)
    for stage, programs in found.items():
        hooks[stage] = (*hooks.get(stage, ()), *programs)
    return inputs.replace(hooks=hooks)
