"""Make an image of a stage: its config and manifest, the rows, and the names in the same transaction.

Equal layers, config, history and times give equal bytes, and so an equal id.
"""

from __future__ import annotations

from pycman.digest import Descriptor, digest_bytes
from pycman.images.catalogue import add_image
from pycman.images.manifest import (
    DOCKER_CONFIG,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_MANIFEST,
    format_manifest,
    layer_media_type,
)
from pycman.jsontext import format_json
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.build.options import BuildOptions
    from pycman.build.stack import StageState
    from pycman.state.session import Session


class WrittenImage(Record):
    """An image in the store: its id, and what its manifest and config are called by."""

    id: str
    manifest_digest: str
    manifest_bytes: int
    config_digest: str
    media_type: str


def write_image(
    session: Session, state: StageState, options: BuildOptions, names: Sequence[str], *, parent_id: str = ""
) -> WrittenImage:
    """Insert the image of a finished stage with `names` (full references). Its layers are leased by the caller."""
    docker = options.format == "docker"
    config = _config_bytes(state, options)
    media_type = DOCKER_MANIFEST if docker else OCI_MANIFEST
    layers = [
        layer.replace(blob_media_type=layer_media_type(layer.blob_media_type, docker=docker))
        for layer in state.stack.layers
    ]
    config_digest = digest_bytes(config)
    manifest = format_manifest(
        media_type,
        Descriptor(media_type=DOCKER_CONFIG if docker else OCI_CONFIG, digest=config_digest, size_bytes=len(config)),
        [
            Descriptor(media_type=layer.blob_media_type, digest=layer.blob_digest, size_bytes=layer.blob_size_bytes)
            for layer in layers
        ],
        {} if docker else options.annotations,
    )
    crash_point("build:before-names")
    image_id = add_image(
        session,
        manifest=manifest,
        media_type=media_type,
        config=config,
        layers=layers,
        names=names,
        parent_id=parent_id,
    )
    return WrittenImage(
        id=image_id,
        manifest_digest=digest_bytes(manifest),
        manifest_bytes=len(manifest),
        config_digest=config_digest,
        media_type=media_type,
    )


def remove_unnamed(session: Session, image_id: str) -> None:
    """Remove the rows of an image that was only written for an archive, unless another command has named it meanwhile."""
    session.db.change(
        "DELETE FROM images WHERE id = ? AND NOT EXISTS (SELECT 1 FROM image_names WHERE image_id = images.id)"
        " AND NOT EXISTS (SELECT 1 FROM containers WHERE image_id = images.id)",
        (image_id,),
    )


def _config_bytes(state: StageState, options: BuildOptions) -> bytes:
    """Return the image's config document (image-spec, config.md) as JSON."""
    created_at_ns = state.created_at_ns if options.timestamp_s is None else options.timestamp_s * 10**9
    document: dict[str, Any] = {"created": format_rfc3339(created_at_ns) if created_at_ns else "1970-01-01T00:00:00Z"}
    document.update({name: value for name, value in state.config.items() if name not in _OURS})
    document["config"] = dict(document.get("config") or {})
    document["rootfs"] = {"type": "layers", "diff_ids": [layer.diff_id for layer in state.stack.layers]}
    if not options.omit_history:
        document["history"] = list(state.history)
    return format_json(document).encode()


_OURS = frozenset(("created", "rootfs", "history", "id", "container", "container_config", "docker_version", "parent"))
"""Fields of a base's config that belong to the base alone, or are written anew."""
