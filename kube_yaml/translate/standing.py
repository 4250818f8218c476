"""What exists already and a play keeps: addresses and ports of services, names of pods, persistent volumes. A value."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.service import ServiceSpec


class Standing(Record):
    """What the database has of earlier plays, as far as a play depends on it; `play/prepare.py` reads it."""

    addresses: Mapping[tuple[str, str], str] = {}
    """The virtual address of each Service of the play by namespace and name: its own, or a free one."""
    services: Mapping[tuple[str, str], ServiceSpec] = {}
    """All services by namespace and name."""
    pod_names: Mapping[tuple[str, str, str, int], str] = {}
    """The engine's names of pods by kind, namespace, name and number in their object."""
    persistent_volumes: tuple[dict[str, Any], ...] = ()
    """The manifests of PersistentVolumes that were played before."""
