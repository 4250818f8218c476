"""An image found in an archive: its small documents are read and checked, its layers are still where they were."""

from __future__ import annotations

from pycman.digest import digest_bytes
from pycman.errors import Corrupt
from pycman.images.archive.members import read_member
from pycman.images.image_config import parse_image_config
from pycman.images.manifest import LIMIT_BYTES, diff_ids
from pycman.images.transfer.fetch_layers import LayerSource
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.digest import Readable
    from pycman.images.archive.members import Members
    from pycman.images.manifest import Manifest


class ArchiveImage(Record):
    """One image. `manifest` is None where the archive has none of its own (docker-archive); names are full."""

    config: bytes
    layers: tuple[LayerSource, ...]
    manifest: Manifest | None = None
    names: tuple[str, ...] = ()


def image_of_manifest(
    members: Members, manifest: Manifest, name_of: Callable[[str], str], names: tuple[str, ...] = ()
) -> ArchiveImage:
    """Return the image of a manifest whose blobs are the members `name_of(digest)`. Raises Corrupt."""
    digest = manifest.config.digest
    config = read_verified(members, name_of(digest), digest)
    wanted = diff_ids_of(config, len(manifest.layers), digest)
    sources = tuple(
        LayerSource(
            diff_id=diff_id,
            blob_digest=blob.digest,
            size_bytes=blob.size_bytes,
            media_type=blob.media_type,
            open=opener(members, name_of(blob.digest)),
        )
        for diff_id, blob in zip(wanted, manifest.layers, strict=True)
    )
    return ArchiveImage(config=config, layers=sources, manifest=manifest, names=names)


def opener(members: Members, name: str) -> Callable[..., Readable]:
    """Return what opens a member when a layer is to be read; an offset asked for is not given."""
    return lambda _offset=0: members.open(name)


def read_verified(members: Members, name: str, digest: str) -> bytes:
    """Return a small member whose bytes have `digest`. Raises Corrupt."""
    data = read_member(members, name, LIMIT_BYTES)
    found = digest_bytes(data)
    if digest.startswith("sha256:") and found != digest:
        raise Corrupt(f"the content has digest {found}", subject=digest)
    return data


def diff_ids_of(config: bytes, count: int, subject: str) -> tuple[str, ...]:
    """Return the diff ids of a config, of which there must be `count`. Raises Corrupt."""
    document = parse_image_config(config, subject=subject)
    wanted = diff_ids(document, subject=subject)
    if len(wanted) != count:
        raise Corrupt(f"{count} layers but {len(wanted)} diff ids", subject=subject)
    return wanted
