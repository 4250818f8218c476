"""Handlers of podman's API by the names in its table of routes."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MODULES = frozenset((
    "artifacts", "build", "checkpoints", "containers", "files", "images", "internal", "kube", "manifests", "networks", "pods", "secrets", "system",
    "transfer", "volumes",
))  # fmt: skip


def handler(name: str) -> Callable[..., Any]:
    """Return the function with the name libpod.MODULE.FUNCTION."""
    _, module, function = name.split(".")
    if module not in _MODULES:
        raise KeyError(name)
    found: Callable[..., Any] = getattr(importlib.import_module(f"api_server.libpod.verbs.{module}"), function)
    return found
