"""/run/.containerenv, by which programs know that they are in a container (systemd-detect-virt, toolbox, distrobox, ansible)."""

from __future__ import annotations

import os

from pycman.jsontext import format_json
from pycman.linux.folder import Folder
from pycman.runtime.bundle_input import RuntimeMount
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec

PATH = "/run/.containerenv"


def containerenv_mount(
    bundle: str, row: Mapping[str, Any], spec: ContainerSpec, mounts: Sequence[RuntimeMount], *, rootless: bool
) -> list[RuntimeMount]:
    """Write the file into the bundle and return its bind; none where the container has something of its own there, as in podman."""
    if spec.is_infra or any(
        mount.target == PATH or (mount.target == "/run" and mount.kind != "tmpfs") for mount in mounts
    ):
        return []
    with Folder(bundle, 0o700) as folder:
        path = folder.write(os.path.basename(PATH), containerenv_text(row, spec, rootless=rootless), mode=0o644)
    return [RuntimeMount(kind="bind", source=path, target=PATH, options=("bind", "rprivate", "ro", "nosuid", "nodev"))]


def containerenv_text(row: Mapping[str, Any], spec: ContainerSpec, *, rootless: bool) -> str:
    """Return the file: empty unless the container is privileged, as it says what others need not know. A shell can read it. Pure.

    The engine's name begins with podman, which is what programs that read it look for.
    """
    if not spec.security.privileged:
        return ""
    values = {
        "engine": f"podman-pycman-{__version__}",
        "name": row["name"],
        "id": row["id"],
        "image": row["image_name"],
        "imageid": row["image_id"].removeprefix("sha256:"),
    }
    lines = [f"{key}={_quoted(str(value))}" for key, value in values.items()]
    return "\n".join([*lines, f"rootless={int(rootless)}", ""])


def _quoted(value: str) -> str:
    """Return a value as a shell reads it back: JSON's quotes, and what a shell would expand is escaped."""
    return format_json(value).replace("$", "\\$").replace("`", "\\`")
