"""What podman's `kube generate` writes otherwise: the time, capabilities, and in `command` what `args` mean."""

from __future__ import annotations

from pycman.images.catalogue import find_image
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pycman.state.session import Session

_S = 10**9


def as_podman(session: Session, objects: Iterable[dict[str, Any]], *, now_ns: int) -> None:
    """Change generated objects to podman's shape, in place."""
    for value in objects:
        metadata = value["metadata"]
        labels = {key: metadata.pop(key) for key in ("labels", "annotations") if key in metadata}
        metadata["creationTimestamp"] = format_rfc3339(now_ns // _S * _S)
        metadata |= labels
        spec = value.get("spec") or {}
        template = (spec.get("template") or {}).get("spec") or spec
        for container in (*template.get("initContainers", ()), *template.get("containers", ())):
            if "args" in container and "command" not in container and not _has_entry_point(session, container["image"]):
                words = container.pop("args")
                rest = {key: container.pop(key) for key in list(container) if key not in ("name", "image")}
                container |= {"command": words, **rest}
            _name_capabilities(container)


def _name_capabilities(container: dict[str, Any]) -> None:
    """Write capabilities as podman does: CAP_CHOWN, not CHOWN."""
    capabilities = (container.get("securityContext") or {}).get("capabilities") or {}
    for key, names in capabilities.items():
        capabilities[key] = [name if name in ("ALL", "all") else f"CAP_{name}" for name in names]


def _has_entry_point(session: Session, name: str) -> bool:
    image = find_image(session, name)
    return image is None or bool((image.config.get("config") or {}).get("Entrypoint"))
