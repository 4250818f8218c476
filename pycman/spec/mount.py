"""What a container sees mounted: volumes, binds, tmpfs, images, secrets, devices."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:")


class Mount(Record):
    """One mount. `kind` is bind, volume, tmpfs, image, devpts, ramfs, mqueue, glob or artifact; in a member of a pod also pod.

    `source` is a host path (bind, glob), a volume's name ("" for an anonymous volume), an image or artifact, or the name
    of one of the pod's own volumes (pod). An infra container may have mounts of kind "held": a tmpfs for the pod's
    members. `options` are those of mount(8) and of the engine as the user wrote them: "ro", "rbind", "z", "U", "idmap",
    "size=64m", ..., of an artifact which file: "title=…" or "digest=…", and its "name=…".
    """

    kind: str
    target: str
    source: str = ""
    read_only: bool = False
    options: tuple[str, ...] = ()
    propagation: str = ""
    subpath: str = ""
    volume_driver: str = ""
    volume_options: Mapping[str, str] = {}
    volume_labels: Mapping[str, str] = {}
    create_source: bool = False
    """Create a missing host directory or `subpath`, as -v does; without it (--mount type=bind) it is an error."""
    from_image: bool = False
    """Made for a VOLUME of the image: an anonymous volume is removed with the container by --rm or rm -v."""


class SecretUse(Record):
    """A secret given to a container: as a file (`kind` mount) at `target` below /run/secrets, or an env variable."""

    name: str
    kind: str = "mount"
    target: str = ""
    uid: int = 0
    gid: int = 0
    mode: int = 0o444


class Device(Record):
    """A device node given to a container. `permissions` is some of "rwm"."""

    host_path: str
    container_path: str
    permissions: str = "rwm"


def is_cdi_name(text: str) -> bool:
    """Say whether a value of `--device` names a CDI (Container Device Interface) device: VENDOR/CLASS=NAME."""
    kind, equals, name = text.partition("=")
    vendor, slash, class_ = kind.partition("/")
    return bool(equals and slash) and all(part and _NAME_CHARACTERS.issuperset(part) for part in (vendor, class_, name))
