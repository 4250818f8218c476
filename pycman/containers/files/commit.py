"""`commit`: make an image of a container's root file system and settings."""

from __future__ import annotations

import contextlib
import os

from pycman.containers import states
from pycman.containers.bundle.cgroup_path import present_path
from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.change.pause import pause_container, unpause_container
from pycman.containers.events import append_event
from pycman.errors import Unsupported
from pycman.images.catalogue import image_of_id
from pycman.images.make.commit import commit_layer
from pycman.jsontext import parse_json
from pycman.spec.id_map import IdMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pycman.images.make.commit import CommitOptions, Edit
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def commit_container(session: Session, name: str, options: CommitOptions, edit: Edit | None = None) -> str:
    """Make an image of a container: its image's layers, its writable layer as one more, its settings.

    Return the image's id. `edit` carries out `options.changes` on the config document. With `options.pause` a running container is frozen meanwhile. Raises NotFound, InvalidInput,
    Unsupported (`--rootfs`).
    """
    session.enter_namespaces()
    row = get_row(session, name)
    spec = spec_of(row).readable
    if spec.rootfs:
        raise Unsupported("it was created with --rootfs, so it has no layers", subject=name, hint="use pycman export")
    base = image_of_id(session, row["image_id"]) if row["image_id"] else None
    with _frozen(session, row) if options.pause else contextlib.nullcontext():
        image_id = commit_layer(
            session,
            base,
            session.paths.upper(row["id"]),
            options,
            config_of(spec),
            id_map=IdMap.from_dict(parse_json(row["id_map"])),
            edit=edit,
        )
    append_event(session, row, "commit", image_id=image_id)
    return image_id


@contextlib.contextmanager
def _frozen(session: Session, row: Mapping[str, Any]) -> Iterator[None]:
    """Freeze a running container for the block; without a freezer it keeps running, as podman does it."""
    if states.state_of(session, row) != states.RUNNING or not present_path(row):
        yield
        return
    pause_container(session, row["id"])
    try:
        yield
    finally:
        unpause_container(session, row["id"])


def config_of(spec: ContainerSpec) -> dict[str, Any]:
    """Return a container's settings as the "config" object of an image (image-spec, config.md). Pure."""
    volumes: dict[str, Any] = {mount.target: {} for mount in spec.mounts if mount.kind == "volume"}
    env = {name: value for name, value in spec.env.items() if name not in ("container", "HOME", "HOSTNAME", "TERM")}
    return {
        "User": spec.user,
        "ExposedPorts": {port if "/" in port else f"{port}/tcp": {} for port in spec.expose},
        "Env": [f"{name}={value}" for name, value in env.items()],
        "Entrypoint": list(spec.entrypoint or ()),
        "Cmd": list(spec.command),
        "Volumes": volumes,
        "WorkingDir": spec.workdir if os.path.normpath(spec.workdir or "/") != "/" else "",
        "Labels": dict(spec.labels),
        "StopSignal": "" if spec.stop_signal in ("", "SIGTERM") else spec.stop_signal,
    }
