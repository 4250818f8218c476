"""A container's spec without what came from its image, so that another image can say it anew: the reverse of `image_defaults.py`. Pure.

A value that the user gave and that is the image's own counts as the image's.
"""

from __future__ import annotations

from pycman.containers.create.image_defaults import fill_in
from pycman.spec.container import ContainerSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def without_image(spec: ContainerSpec, image_config: Mapping[str, Any]) -> ContainerSpec:
    """Return `spec` as `fill_in` may have had it before it filled in `image_config` (the image's "config" object)."""
    image_env = dict(str(entry).partition("=")[::2] for entry in image_config.get("Env") or ())
    has_own_entrypoint = tuple(spec.entrypoint or ()) != tuple(image_config.get("Entrypoint") or ())
    has_own_command = has_own_entrypoint or spec.command != tuple(image_config.get("Cmd") or ())
    empty = fill_in(
        ContainerSpec(command=("x",), http_proxy=False), image_config, default_env={}, host_env={}, stop_timeout_s=0
    )
    exposed = frozenset(image_config.get("ExposedPorts") or ())
    labels = image_config.get("Labels") or {}
    return spec.replace(
        entrypoint=spec.entrypoint if has_own_entrypoint else None,
        command=spec.command if has_own_command else (),
        env={name: value for name, value in spec.env.items() if image_env.get(name) != value},
        labels={name: value for name, value in spec.labels.items() if labels.get(name) != value},
        user="" if spec.user == empty.user else spec.user,
        workdir="" if spec.workdir == empty.workdir else spec.workdir,
        expose=tuple(port for port in spec.expose if port not in exposed),
        stop_signal="" if spec.stop_signal == empty.stop_signal else spec.stop_signal,
        mounts=tuple(mount for mount in spec.mounts if not mount.from_image),
        health=None if spec.health == empty.health else spec.health,
    )
