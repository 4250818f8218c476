"""PersistentVolumeClaims into volumes of the engine: by themselves, by podman's annotations, or a PersistentVolume of the host. Pure."""

from __future__ import annotations

from kube_yaml.read.names import in_namespace
from kube_yaml.translate.persistent_volumes import PersistentVolumes
from kube_yaml.translate.plans import VolumePlan
from pycman.volumes.volume import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document
    from kube_yaml.translate.standing import Standing

_PREFIX = "volume.podman.io/"


class Claims:
    """The volumes of a play's claims, by the names that they have in the engine."""

    def __init__(self, persistent: PersistentVolumes, annotations: Mapping[str, str]) -> None:
        """`annotations` (of --annotation) count for each claim."""
        self.volumes: dict[str, VolumePlan] = {}
        self._persistent = persistent
        self._annotations = annotations

    def add(self, namespace: str, claim_name: str, claim: Mapping[str, Any], *, is_document: bool = False) -> str:
        """Add the volume of a claim and return its name. Sizes and access modes mean nothing on one host without quotas."""
        name = in_namespace(namespace, claim_name)
        metadata = claim.get("metadata") or {}
        annotations = {**(metadata.get("annotations") or {}), **self._annotations}
        own = {key.partition("/")[2]: str(value) for key, value in annotations.items() if key.startswith(_PREFIX)}
        options = {key: own[key] for key in ("type", "device") if key in own}
        mount_options = [own["mount-options"]] if own.get("mount-options") else []
        mount_options += [f"{key}={own[key]}" for key in ("uid", "gid") if key in own]
        if mount_options:
            options["o"] = ",".join(mount_options)
        host_path = None if options else self._persistent.bind(namespace, claim_name, claim.get("spec") or {})
        if host_path is not None:
            options = {"type": "none", "o": "bind,nocopy", "device": host_path.path}
        self.volumes[name] = VolumePlan(
            spec=VolumeSpec(
                name=name,
                driver=own.get("driver", "local"),
                options=options,
                labels={str(key): str(value) for key, value in (metadata.get("labels") or {}).items()},
            ),
            import_source=own.get("import-source", ""),
            host_path=host_path,
            namespace=namespace,
            claim="" if is_document else claim_name,
        )
        return name

    def name_only(self, namespace: str, volume: str) -> None:
        """Add the volume of a claim that only a pod names, unless its document has added it."""
        claim = volume.removeprefix(in_namespace(namespace, ""))
        plan = VolumePlan(spec=VolumeSpec(name=volume), has_document=False, namespace=namespace, claim=claim)
        self.volumes.setdefault(volume, plan)


def claims_of(documents: Sequence[Document], standing: Standing, annotations: Mapping[str, str]) -> Claims:
    """Return the claims of documents; PersistentVolumes are those of the documents, and of earlier plays."""
    own = {document.name: document.value for document in documents if document.kind == "PersistentVolume"}
    before = [one for one in standing.persistent_volumes if (one.get("metadata") or {}).get("name") not in own]
    asked = [document for document in documents if document.kind == "PersistentVolumeClaim"]
    persistent = PersistentVolumes([*own.values(), *before], [document.value.get("spec") or {} for document in asked])
    claims = Claims(persistent, annotations)
    for document in asked:
        claims.add(document.namespace, document.name, document.value, is_document=True)
    return claims
