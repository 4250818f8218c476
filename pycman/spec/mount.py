"""What a container sees mounted: volumes, binds, tmpfs, images, secrets, devices."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:")


class Mount(Record):
    """One mount. `kind` is bind, volume, tmpfs, image, devpts, ramfs, mqueue or glob; of a pod's member also pod.

    `source` is a host path (bind, glob), a volume's name ("" for an anonymous volume), an image reference, or the name of
    one of the pod's own volumes (pod). Of an infra container: held, a tmpfs for the pod's members.
    `options` are mount(8) words as given: "ro", "rbind", "z", "U", "idmap", "size=64m", "nosuid", "copy", ...
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
    """-v semantics: a missing host directory is made (docker) instead of refused (--mount type=bind); so is a `subpath`."""
    from_image: bool = False
    """It comes from the image's VOLUME, so an anonymous volume goes with the container under --rm or rm -v."""


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
    """Say whether `--device` names a device of CDI: VENDOR/CLASS=NAME."""
    kind, equals, name = text.partition("=")
    vendor, slash, class_ = kind.partition("/")
    return bool(equals and slash) and all(part and _WORD.issuperset(part) for part in (vendor, class_, name))
