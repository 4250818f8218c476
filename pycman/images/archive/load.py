"""Images of an archive into the store, every digest checked; layers side by side, names last."""

from __future__ import annotations

import os

from pycman.digest import Descriptor, digest_bytes, hex_of
from pycman.errors import Corrupt, InvalidInput
from pycman.images.archive.members import open_members, read_member
from pycman.images.catalogue import add_image
from pycman.images.lookup import local_name
from pycman.images.manifest import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    LIMIT_BYTES,
    Index,
    Manifest,
    diff_ids,
    format_manifest,
    parse_manifest,
)
from pycman.images.platform import choose_entry, host_platform
from pycman.images.store import LayerSource, store_layers
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.spec.image_reference import normalize_reference
from pycman.state import events
from pycman.state.leases import lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from pycman.digest import Readable
    from pycman.images.archive.members import Members
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_REFERENCE = "org.opencontainers.image.ref.name"
_FULL_NAME = "io.containerd.image.name"


class LoadReport(Record):
    """What came in: full names, and the ids of images that have none."""

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def load_images(session: Session, source: BinaryIO | str, *, progress: Any = None) -> LoadReport:
    """Load all images of an archive or directory. Raises NotFound, InvalidInput (no image archive), Corrupt, NoSpace.

    After an error no image of the archive is named here, and what was unpacked is garbage for the next clean-up.
    """
    session.enter_namespaces()
    session.paths.prepare()
    members = open_members(source, session.paths.tmp)
    subject = source if isinstance(source, str) else "standard input"
    try:
        with lease(session.db) as held:
            if members.has("manifest.json"):
                found = _load_docker(session, members, held, progress)
            elif members.has("index.json"):
                found = _load_oci(session, members, held, progress)
            else:
                hint = "use pycman import for a plain file system tar"
                raise InvalidInput("neither a docker nor an OCI image archive", subject=subject, hint=hint)
    finally:
        members.close()
    for image_id, names in found:
        events.append(session.db, "image", "loadfromarchive", image_id, name=names[0] if names else "")
    return LoadReport(
        names=tuple(name for _, names in found for name in names),
        ids=tuple(image_id for image_id, names in found if not names),
    )


# -- docker-archive and docker-dir --------------------------------------------------------------------------------------


def _load_docker(session: Session, members: Members, held: Lease, progress: Any) -> list[tuple[str, tuple[str, ...]]]:
    entries = parse_json(read_member(members, "manifest.json", LIMIT_BYTES), subject="manifest.json")
    if isinstance(entries, dict):
        manifest = parse_manifest(read_member(members, "manifest.json", LIMIT_BYTES))
        if isinstance(manifest, Index):
            raise InvalidInput("a directory with an index is not supported", subject="manifest.json")
        return [_load_manifest(session, manifest, lambda digest: members.open(hex_of(digest)), held, (), progress)]
    if not isinstance(entries, list) or not entries:
        raise Corrupt("it names no image", subject="manifest.json")
    return [_load_docker_image(session, members, entry, held, progress) for entry in entries]


def _load_docker_image(
    session: Session, members: Members, entry: dict[str, Any], held: Lease, progress: Any
) -> tuple[str, tuple[str, ...]]:
    try:
        config_name, layer_names = str(entry["Config"]), [str(name) for name in entry["Layers"] or ()]
        tags = tuple(str(normalize_reference(tag)) for tag in entry.get("RepoTags") or ())
    except (KeyError, TypeError) as error:
        raise Corrupt(f"an entry lacks {error}", subject="manifest.json") from error
    config = read_member(members, config_name, LIMIT_BYTES)
    wanted = diff_ids(parse_json(config, subject=config_name), subject=config_name)
    if len(wanted) != len(layer_names):
        raise Corrupt(f"{len(layer_names)} layers but {len(wanted)} diff ids", subject=config_name)
    sources = [
        LayerSource(diff_id=diff_id, open=_opener(members, name))
        for diff_id, name in zip(wanted, layer_names, strict=True)
    ]
    layers = store_layers(session, sources, held, progress=progress)
    layers = [layer.replace(blob_media_type=DOCKER_LAYER + _suffix(layer, layer.diff_id)) for layer in layers]
    manifest = format_manifest(
        DOCKER_MANIFEST,
        Descriptor(media_type=DOCKER_CONFIG, digest=digest_bytes(config), size_bytes=len(config)),
        [
            Descriptor(media_type=layer.blob_media_type, digest=layer.blob_digest, size_bytes=layer.blob_size_bytes)
            for layer in layers
        ],
    )
    image_id = add_image(
        session, manifest=manifest, media_type=DOCKER_MANIFEST, config=config, layers=layers, names=tags
    )
    return image_id, tags


def _suffix(layer: Any, diff_id: str) -> str:
    return "" if layer.blob_digest == diff_id else ".gzip"


def _opener(members: Members, name: str) -> Any:
    return lambda _offset=0: members.open(name)


# -- OCI ------------------------------------------------------------------------------------------------------------------


def _load_oci(session: Session, members: Members, held: Lease, progress: Any) -> list[tuple[str, tuple[str, ...]]]:
    index = parse_manifest(read_member(members, "index.json", LIMIT_BYTES), subject="index.json")
    if not isinstance(index, Index) or not index.entries:
        raise Corrupt("it names no image", subject="index.json")
    found = []
    for entry in index.entries:
        annotations = entry.descriptor.annotations
        named = annotations.get(_FULL_NAME) or annotations.get(_REFERENCE) or ""
        manifest = _oci_manifest(members, entry.descriptor)
        if manifest is None:
            continue
        names = (_oci_name(named),) if named else ()

        def open_blob(digest: str) -> Readable:
            return members.open(_blob_name(digest))

        found.append(_load_manifest(session, manifest, open_blob, held, names, progress))
    return found


def _oci_name(text: str) -> str:
    """Return a full name: containerd's is one; a bare tag ("latest") names nothing but itself."""
    return str(normalize_reference(text)) if "/" in text or ":" in text else local_name(text)


def _oci_manifest(members: Members, descriptor: Descriptor) -> Manifest | None:
    raw = read_member(members, _blob_name(descriptor.digest), LIMIT_BYTES)
    if digest_bytes(raw) != descriptor.digest:
        raise Corrupt("the content has another digest", subject=descriptor.digest)
    parsed = parse_manifest(raw, descriptor.media_type, subject=descriptor.digest)
    if isinstance(parsed, Manifest):
        return parsed
    chosen = choose_entry(parsed.entries, host_platform(os.uname().machine), subject=descriptor.digest)
    return _oci_manifest(members, chosen.descriptor)


def _blob_name(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"


def _load_manifest(
    session: Session, manifest: Manifest, open_blob: Any, held: Lease, names: tuple[str, ...], progress: Any
) -> tuple[str, tuple[str, ...]]:
    reader = open_blob(manifest.config.digest)
    config = b""
    while piece := reader.read(LIMIT_BYTES):
        config += piece
        if len(config) > LIMIT_BYTES:
            raise Corrupt("the config is too large", subject=manifest.config.digest)
    if digest_bytes(config) != manifest.config.digest:
        raise Corrupt("the content has another digest", subject=manifest.config.digest)
    wanted = diff_ids(parse_json(config, subject=manifest.config.digest), subject=manifest.config.digest)
    if len(wanted) != len(manifest.layers):
        raise Corrupt(f"{len(manifest.layers)} layers but {len(wanted)} diff ids", subject=manifest.config.digest)
    sources = [
        LayerSource(
            diff_id=diff_id,
            blob_digest=blob.digest,
            size_bytes=blob.size_bytes,
            media_type=blob.media_type,
            open=lambda _offset=0, digest=blob.digest: open_blob(digest),
        )
        for diff_id, blob in zip(wanted, manifest.layers, strict=True)
    ]
    layers = store_layers(session, sources, held, progress=progress)
    image_id = add_image(
        session, manifest=manifest.raw, media_type=manifest.media_type, config=config, layers=layers, names=names
    )
    return image_id, names
