"""What documents are translated into: values that can be printed, compared and tested without root.

Play ─┬─ ObjectPlan …   rows of kube_objects
├─ SecretPlan, VolumePlan, ServiceSpec …
└─ PodPlan … ─┬─ ContainerPlan …
├─ FilesPlan …  (config maps, secrets, downward API)
└─ HostPath …
"""

from __future__ import annotations

from pods.volumes import VolumeFile
from pycman.record import Record
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec
from pycman.spec.service import ServiceSpec
from pycman.volumes.volume import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ContainerPlan(Record):
    """A container of a pod: its name in the YAML, and its spec, which `play/image_facts.py` completes.

    `gid_alone`: a runAsGroup without a user, to be combined with the image's user. `non_root`: refuse uid 0 and user names.
    """

    name: str
    spec: ContainerSpec
    gid_alone: str = ""
    non_root: bool = False
    image_volumes: tuple[str, ...] = ()
    """Images whose VOLUMEs are mounted read-only."""
    where: str = ""
    """Its place, for errors: file, line and path."""
    warnings: tuple[str, ...] = ()
    """Keys of config maps and secrets that cannot be variables, each as one sentence."""


class FilesPlan(Record):
    """The files of one volume of a pod; `gid` is their group, -1 for the default."""

    volume: str
    files: tuple[VolumeFile, ...]
    gid: int = -1


class HostPath(Record):
    """A path of the host that a pod mounts, and its HostPathType in `kind` ("" is only checked to exist)."""

    path: str
    kind: str = ""
    where: str = ""


class PodPlan(Record):
    """A pod to create, with everything in it. `spec.owner` has its object, and the hash of all but the files."""

    name: str
    spec: PodSpec
    containers: tuple[ContainerPlan, ...]
    files: tuple[FilesPlan, ...] = ()
    host_paths: tuple[HostPath, ...] = ()
    claims: tuple[str, ...] = ()
    claim_gid: int = -1
    """The group that gets the volumes of claims (fsGroup); -1 leaves them unchanged."""
    credentials: Mapping[str, str] = {}
    """USER:PASSWORD by registry, of its imagePullSecrets; for the pulls of this play only, never stored."""
    images: Mapping[str, str] = {}
    """The pull policy of each image that a volume shows, by reference."""
    waits: bool = False
    """Start it only when the pods before it are ready (StatefulSet)."""
    warnings: tuple[str, ...] = ()
    """What the pod does without, each as one sentence."""
    starts: bool = True
    """False: a later pod of a Job, which `play/jobs.py` starts."""


class ObjectPlan(Record):
    """An object as it is stored: its JSON in `manifest`, and the hash by which a later play sees whether it changed.

    The manifest of a Secret has no data.
    """

    kind: str
    namespace: str
    name: str
    hash: str
    manifest: str


class VolumePlan(Record):
    """The volume of a PersistentVolumeClaim, of a volumeClaimTemplate, or of a claim name without a document."""

    spec: VolumeSpec
    import_source: str = ""
    has_document: bool = True
    """False: only a pod names it."""
    namespace: str = "default"
    claim: str = ""
    """The name of a claim that has no document of its own: a pod names it, or a volumeClaimTemplate."""
    host_path: HostPath | None = None
    """The directory of the host that the volume is: that of a PersistentVolume."""


class SecretPlan(Record):
    """A secret: `content` is one JSON object with all its entries, as the secret store keeps it."""

    name: str
    namespace: str
    content: bytes


class Play(Record):
    """Everything that documents ask for, in the order of creation."""

    name: str
    objects: tuple[ObjectPlan, ...] = ()
    secrets: tuple[SecretPlan, ...] = ()
    volumes: tuple[VolumePlan, ...] = ()
    services: tuple[ServiceSpec, ...] = ()
    pods: tuple[PodPlan, ...] = ()
    warnings: tuple[str, ...] = ()
    """What is played although it may not be meant so, each as one sentence."""
