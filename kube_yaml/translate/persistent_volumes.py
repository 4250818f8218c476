"""Which PersistentVolume is for which claim (Kubernetes, "Persistent Volumes", Binding): a directory of the host as a volume. Pure.

Only those with a path on this host count (hostPath, local). A claim gets the one it names (volumeName), else the one that names it
(claimRef), else the smallest free one of its storage class with its labels and at least its size; without any it is a volume by itself.
"""

from __future__ import annotations

from kube_yaml.quantity import parse_quantity
from kube_yaml.translate.plans import HostPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class PersistentVolumes:
    """The PersistentVolumes of a play, and the claims they are bound to."""

    def __init__(self, manifests: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> None:
        """`claims` are the specs of all claims: a volume that one of them names is for no other."""
        self._free = {
            str((manifest.get("metadata") or {})["name"]): manifest
            for manifest in manifests
            if _path_of(manifest) is not None
        }
        self._named = {str(claim["volumeName"]) for claim in claims if claim.get("volumeName")}

    def bind(self, namespace: str, name: str, claim: Mapping[str, Any]) -> HostPath | None:
        """Return the path of the volume that a claim is bound to, and bind it; None if there is none for it."""
        chosen = self._choose(namespace, name, claim)
        return None if chosen is None else _path_of(self._free.pop(chosen))

    def _choose(self, namespace: str, name: str, claim: Mapping[str, Any]) -> str | None:
        if claim.get("volumeName"):
            return str(claim["volumeName"]) if claim["volumeName"] in self._free else None
        for volume, manifest in self._free.items():
            reference = _spec(manifest).get("claimRef")
            if reference and (reference.get("namespace") or "default", reference.get("name")) == (namespace, name):
                return volume
        fitting = [
            (_size(_spec(manifest).get("capacity")), number, volume)
            for number, (volume, manifest) in enumerate(self._free.items())
            if volume not in self._named and not _spec(manifest).get("claimRef") and _fits(manifest, claim)
        ]
        return min(fitting)[2] if fitting else None


def _spec(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    return manifest.get("spec") or {}


def _path_of(manifest: Mapping[str, Any]) -> HostPath | None:
    source = _spec(manifest).get("hostPath") or _spec(manifest).get("local")
    if not source:
        return None
    name = str((manifest.get("metadata") or {}).get("name"))
    kind = str(source.get("type") or ("Directory" if _spec(manifest).get("local") else "DirectoryOrCreate"))
    return HostPath(path=str(source["path"]), kind=kind, where=f"PersistentVolume {name}")


def _fits(manifest: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
    spec = _spec(manifest)
    selector = claim.get("selector") or {}
    labels = {str(key): str(value) for key, value in ((manifest.get("metadata") or {}).get("labels") or {}).items()}
    wanted = (claim.get("resources") or {}).get("requests")
    return bool(
        (spec.get("storageClassName") or "") == (claim.get("storageClassName") or "")
        and _size(spec.get("capacity")) >= _size(wanted)
        and all(labels.get(key) == str(value) for key, value in (selector.get("matchLabels") or {}).items())
        and all(_meets(labels, requirement) for requirement in selector.get("matchExpressions") or ())
    )


def _meets(labels: Mapping[str, str], requirement: Mapping[str, Any]) -> bool:
    value = labels.get(str(requirement["key"]))
    values = [str(each) for each in requirement.get("values") or ()]
    operator = str(requirement["operator"])
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    return (value is not None) == (operator == "Exists")


def _size(amounts: Mapping[str, Any] | None) -> int:
    return parse_quantity(str((amounts or {}).get("storage", 0)))
