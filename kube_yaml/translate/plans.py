"""What documents become before anything is done: values that can be printed, compared and tested without root."""

from __future__ import annotations

from pods.volumes import VolumeFile
from pycman.record import Record
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec
from pycman.spec.service import ServiceSpec
from pycman.volumes.catalogue import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ContainerPlan(Record):
    """A container of a pod: its name in the YAML, and its spec but for what only its image can tell.

    `gid_alone`: a group without a user keeps the image's user. `non_root`: refuse to run as uid 0 (or as a name).
    """

    name: str
    spec: ContainerSpec
    gid_alone: str = ""
    non_root: bool = False
    image_volumes: tuple[str, ...] = ()
    """Images whose VOLUMEs it sees, read-only."""
    where: str = ""
    """Where it stands, for errors: file, line and path."""


class FilesPlan(Record):
    """The files of one of a pod's volumes."""

    volume: str
    files: tuple[VolumeFile, ...]
    gid: int = -1


class HostPath(Record):
    """A path of the host that a pod mounts, and what it must be (Kubernetes' HostPathType; "" is not checked)."""

    path: str
    kind: str = ""
    where: str = ""


class PodPlan(Record):
    """A pod that shall be: all it is made of. Its hash (in `spec.owner`) is over all of this."""

    name: str
    spec: PodSpec
    containers: tuple[ContainerPlan, ...]
    files: tuple[FilesPlan, ...] = ()
    host_paths: tuple[HostPath, ...] = ()
    claims: tuple[str, ...] = ()
    claim_gid: int = -1
    """Group that volumes of claims are given to (fsGroup); -1 leaves them."""
    credentials: Mapping[str, str] = {}
    """USER:PASSWORD by registry, of its imagePullSecrets; for this play's pulls only, never kept."""
    images: Mapping[str, str] = {}
    """Images that volumes are of, and when they are pulled."""
    waits: bool = False
    """It is started only once the pods before it are ready (StatefulSet)."""
    starts: bool = True


class ObjectPlan(Record):
    """An object as it is kept in the database: its JSON, and the hash by which a change is told from none."""

    kind: str
    namespace: str
    name: str
    hash: str
    manifest: str


class VolumePlan(Record):
    """A volume that a PersistentVolumeClaim (or a template of them) is."""

    spec: VolumeSpec
    import_source: str = ""
    has_document: bool = True
    """False: only a pod names it, so it is made but never taken down with the file."""


class SecretPlan(Record):
    """A secret: its entries as one JSON document, which is what the store keeps."""

    name: str
    namespace: str
    content: bytes
    immutable: bool = False


class Play(Record):
    """All that some documents ask for, in the order in which it is made."""

    name: str
    objects: tuple[ObjectPlan, ...] = ()
    secrets: tuple[SecretPlan, ...] = ()
    volumes: tuple[VolumePlan, ...] = ()
    services: tuple[ServiceSpec, ...] = ()
    pods: tuple[PodPlan, ...] = ()
    notes: tuple[str, ...] = ()
