"""An image of an archive: its manifest and config are read and verified, its layers not read yet."""

from __future__ import annotations

from pycman.digest import new_hash
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
    """One image. `manifest` is None if the archive has none (docker-archive); `names` are full references."""

    config: bytes
    layers: tuple[LayerSource, ...]
    manifest: Manifest | None = None
    names: tuple[str, ...] = ()


def image_of_manifest(
    members: Members, manifest: Manifest, name_of: Callable[[str], str], names: tuple[str, ...] = ()
) -> ArchiveImage:
    """Return the image of a manifest; the blob of a digest is the member `name_of(digest)`. Raises Corrupt."""
    digest = manifest.config.digest
    config = read_verified(members, name_of(digest), digest)
    ids = diff_ids_of(config, len(manifest.layers), digest)
    sources = tuple(
        LayerSource(
            diff_id=diff_id,
            blob_digest=blob.digest,
            size_bytes=blob.size_bytes,
            media_type=blob.media_type,
            open=opener(members, name_of(blob.digest)),
        )
        for diff_id, blob in zip(ids, manifest.layers, strict=True)
    )
    return ArchiveImage(config=config, layers=sources, manifest=manifest, names=names)


def opener(members: Members, name: str) -> Callable[..., Readable]:
    """Return the `open` of a LayerSource for a member; it always reads from the beginning."""
    return lambda _offset=0: members.open(name)


def read_verified(members: Members, name: str, digest: str) -> bytes:
    """Return the bytes of a small member, which must have `digest`. Raises Corrupt."""
    data = read_member(members, name, LIMIT_BYTES)
    algorithm = digest.partition(":")[0]
    hashed = new_hash(algorithm)
    hashed.update(data)
    actual = f"{algorithm}:{hashed.hexdigest()}"
    if actual != digest:
        raise Corrupt(f"the content has digest {actual}", subject=digest)
    return data


def diff_ids_of(config: bytes, count: int, subject: str) -> tuple[str, ...]:
    """Return the diff ids of a config. Raises Corrupt unless there are `count`."""
    ids = diff_ids(parse_image_config(config, subject=subject), subject=subject)
    if len(ids) != count:
        raise Corrupt(f"{count} layers but {len(ids)} diff ids", subject=subject)
    return ids
