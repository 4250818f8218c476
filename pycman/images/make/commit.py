"""Make a new image from the changes of a container (`commit`), or from a tar of a file system (`import`).

    base config + overrides + --change ─▶ config ┐
    upper directory ─▶ diff tar ─▶ blob ─▶ layer ┴─▶ manifest ─▶ rows and name

Equal input at an equal time gives equal bytes, and so an equal id.
"""

from __future__ import annotations

import os
import time

from pycman.digest import Descriptor, digest_bytes
from pycman.errors import InvalidInput
from pycman.images import lookup
from pycman.images.catalogue import add_image, layers_of
from pycman.images.image import ImageLayer
from pycman.images.manifest import (
    DOCKER_CONFIG,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_MANIFEST,
    format_manifest,
    layer_media_type,
)
from pycman.images.platform import host_platform, parse_platform
from pycman.images.transfer.discard_unnamed import discard_on_error
from pycman.images.transfer.policy import policy_of_file
from pycman.jsontext import format_json
from pycman.linux.files import make_directory, remove_tree
from pycman.plan import crash_point
from pycman.record import Record
from pycman.spec.id_map import IdMap
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.settings import containers_conf
from pycman.state.times import format_rfc3339
from pycman.storage.archive_io import Pushback, read_head
from pycman.storage.copies import is_copy
from pycman.storage.diff import write_diff_tar, write_tree_tar
from pycman.storage.driver import choose_driver
from pycman.storage.layer_blobs import LayerWriter, pack_layer
from pycman.storage.layers import chain_of, ensure_image_layers, ensure_layer, layer_paths
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.digest import Readable
    from pycman.images.image import Image
    from pycman.state.leases import Lease
    from pycman.state.session import Session
    from pycman.storage.layer_blobs import PackedLayer

    Edit = Callable[[Mapping[str, Any], Sequence[str]], dict[str, Any]]

FORMATS = ("oci", "docker")
_INHERITED = ("architecture", "os", "variant", "os.version", "os.features", "author")


class CommitOptions(Record):
    """Options of `commit`. `changes` are Dockerfile instructions; the fields of `config` replace those of the image's
    "config" object before them.

    `pause` freezes the container meanwhile; `squash` makes one layer of the image's and the container's;
    `include_volumes` adds the content of its volumes; `created_by` is the text of the history entry.
    """

    reference: str = ""
    author: str = ""
    message: str = ""
    changes: tuple[str, ...] = ()
    pause: bool = False
    format: str = ""
    """oci or docker; "" is what containers.conf says."""
    squash: bool = False
    include_volumes: bool = False
    config: Mapping[str, Any] = {}
    created_by: str = ""


class ImportOptions(Record):
    """Options of `import`. `reference` "" gives no name; `platform` is "os/arch[/variant]", "" the host's.

    `signature_policy` is a file that holds in place of policy.json.
    """

    reference: str = ""
    message: str = ""
    changes: tuple[str, ...] = ()
    platform: str = ""
    format: str = "oci"
    source_name: str = "-"
    signature_policy: str = ""
    annotations: Mapping[str, str] = {}
    """Annotations of the manifest."""


def commit_layer(
    session: Session,
    base: Image | None,
    upper: str,
    options: CommitOptions,
    config_overrides: Mapping[str, Any],
    *,
    id_map: IdMap | None = None,
    edit: Edit | None = None,
) -> str:
    """Make an image of `base` and the changes in the directory `upper`, and return its id.

    `config_overrides` (the container's own command, env, …) replace fields of the base's "config" object. `id_map` is
    that of the files in `upper`; `edit` carries out `options.changes` on the config document. Raises InvalidInput, NoSpace.
    """
    options = options.replace(format=options.format or _default_format(session))
    _check(options.format, options.reference)
    document = _new_config(base, options.author)
    config = {**(document.get("config") or {}), **config_overrides, **options.config}
    document["config"] = {name: value for name, value in config.items() if value not in (None, "", [], {})}
    document = _edited(document, options.changes, edit)
    session.enter_namespaces()
    with discard_on_error(session), lease(session.db) as leased:
        below = [] if base is None else layers_of(session, base.id)
        if base is not None:
            leased.add("image", base.id)
        if options.squash:
            layer = _squash(session, leased, base, upper, id_map)
            below = []
        else:
            lowers = _lowers_of_copy(session, base, upper, id_map)
            layer = _store_changes(session, leased, below[-1].chain_id if below else "", upper, id_map, lowers)
        crash_point("commit:layer")
        step = {"created_by": options.created_by or _command_line(document), "comment": options.message}
        history = [] if options.squash else _history(base)
        image_id = _add(
            session,
            document,
            [*below, layer],
            [*history, step],
            options,
            parent_id=base.id if base is not None and not options.squash else "",
        )
    events.append(session.db, "image", "commit", image_id, name=options.reference)
    return image_id


def _edited(document: dict[str, Any], changes: Sequence[str], edit: Edit | None) -> dict[str, Any]:
    if not changes:
        return document
    if edit is None:
        raise AssertionError("instructions need one who reads them: pycman.build.plan.config_changes")
    return edit(document, changes)


def import_tar(session: Session, source: Readable, options: ImportOptions, edit: Edit | None = None) -> str:
    """Make an image of one layer from a tar of a file system, compressed or not, and return its id.

    `edit` carries out `options.changes` on the config document.

    Raises InvalidInput (reference, change), Corrupt (not a tar, or truncated), NoSpace, Denied (policy.json).
    """
    _check(options.format, options.reference)
    platform = parse_platform(options.platform, machine=os.uname().machine)
    document: dict[str, Any] = {"architecture": platform.architecture, "os": platform.os, "config": {}}
    if platform.variant:
        document["variant"] = platform.variant
    document = _edited(document, options.changes, edit)
    policy = policy_of_file(session, "tarball", "", options.signature_policy)
    session.enter_namespaces()
    session.paths.prepare()
    if policy.wants_signatures:
        from pycman.images.signatures.sources import NoSignatures  # only where a policy wants signatures
        from pycman.images.signatures.verify import SignedImage  # the same

        policy.verify(session, SignedImage(subject=options.source_name, manifest=b""), NoSignatures("tarball"))
    with discard_on_error(session), lease(session.db) as leased:
        head = read_head(source)
        if not head:
            raise InvalidInput("it is empty", subject=options.source_name, hint="name a tar of a file system")
        packed = pack_layer(session, Pushback(source, head), lambda digest: leased.add("blob", digest))
        layer = _unpack(session, leased, packed, "")
        crash_point("import:layer")
        comment = options.message or f"Imported from {options.source_name}"
        image_id = _add(session, document, [layer], [{"comment": comment}], options)
    events.append(session.db, "image", "import", image_id, name=options.reference)
    return image_id


def _default_format(session: Session) -> str:
    return "oci" if containers_conf(session).image_default_format in ("", "oci") else "docker"


def _check(kind: str, reference: str) -> None:
    if kind not in FORMATS:
        raise InvalidInput("not an image format", subject=kind, hint=f"use {' or '.join(FORMATS)}")
    if reference:
        lookup.local_name(reference)


def _new_config(base: Image | None, author: str) -> dict[str, Any]:
    """Return the config document to start from: the base's, without its history, dates and comment."""
    if base is None:
        host = host_platform(os.uname().machine)
        config: dict[str, Any] = {"architecture": host.architecture, "os": host.os}
        if host.variant:
            config["variant"] = host.variant
    else:
        document = base.config
        config = {name: document[name] for name in _INHERITED if document.get(name)}
        config["config"] = dict(document.get("config") or {})
    if author:
        config["author"] = author
    return config


def _command_line(document: Mapping[str, Any]) -> str:
    arguments = [*(document["config"].get("Entrypoint") or ()), *(document["config"].get("Cmd") or ())]
    return " ".join(str(argument) for argument in arguments)


def _history(base: Image | None) -> list[dict[str, Any]]:
    return [] if base is None else list(base.config.get("history") or ())


def _lowers_of_copy(session: Session, base: Image | None, upper: str, id_map: IdMap | None) -> list[str]:
    """Return the layers to compare `upper` with if the copies driver made it, because it has all files of the image
    then.
    """
    if base is None or not is_copy(upper):
        return []
    return layer_paths(session, ensure_image_layers(session, base.id, id_map))


def _store_changes(
    session: Session, leased: Lease, parent: str, upper: str, id_map: IdMap | None, lowers: Sequence[str]
) -> ImageLayer:
    """Pack the changes into a blob, and unpack that as a new layer."""
    with LayerWriter(session) as writer:
        write_diff_tar(upper, writer, id_map=id_map, lowers=lowers)
        packed = writer.commit(lambda digest: leased.add("blob", digest))
    return _unpack(session, leased, packed, parent)


def _squash(session: Session, leased: Lease, base: Image | None, upper: str, id_map: IdMap | None) -> ImageLayer:
    """Pack the whole merged tree into one blob, and unpack that as a layer without parent."""
    driver = choose_driver(session)
    names = ensure_image_layers(session, base.id, id_map) if base is not None else ()
    merged = scratch_path(session, "squash")
    make_directory(merged)
    try:
        below = [] if is_copy(upper) else layer_paths(session, names)
        driver.mount([upper, *below], "", "", merged)
        try:
            with LayerWriter(session) as writer:
                write_tree_tar(merged, writer, id_map=id_map)
                packed = writer.commit(lambda digest: leased.add("blob", digest))
        finally:
            driver.unmount(merged)
    finally:
        remove_tree(merged)
    return _unpack(session, leased, packed, "")


def _unpack(session: Session, leased: Lease, packed: PackedLayer, parent: str) -> ImageLayer:
    chain = chain_of(parent, packed.diff_id)
    leased.add("layer", chain)
    crash_point("commit:blob")
    layer = ensure_layer(session, diff_id=packed.diff_id, parent_chain_id=parent, blob_digest=packed.digest)
    return ImageLayer(
        chain_id=layer.chain_id,
        diff_id=packed.diff_id,
        blob_digest=packed.digest,
        blob_media_type=packed.media_type,
        blob_size_bytes=packed.size_bytes,
    )


def _add(
    session: Session,
    document: Mapping[str, Any],
    layers: Sequence[ImageLayer],
    history: Sequence[Mapping[str, Any]],
    options: CommitOptions | ImportOptions,
    *,
    parent_id: str = "",
) -> str:
    """Write config and manifest, and insert the image's rows."""
    docker = options.format == "docker"
    layers = [layer.replace(blob_media_type=layer_media_type(layer.blob_media_type, docker=docker)) for layer in layers]
    config = _config_bytes(document, layers, history, comment=options.message if docker else "")
    config_type = DOCKER_CONFIG if docker else OCI_CONFIG
    media_type = DOCKER_MANIFEST if docker else OCI_MANIFEST
    manifest = format_manifest(
        media_type,
        Descriptor(media_type=config_type, digest=digest_bytes(config), size_bytes=len(config)),
        [
            Descriptor(media_type=layer.blob_media_type, digest=layer.blob_digest, size_bytes=layer.blob_size_bytes)
            for layer in layers
        ],
        options.annotations if isinstance(options, ImportOptions) else None,
    )
    crash_point("commit:before-names")
    return add_image(
        session,
        manifest=manifest,
        media_type=media_type,
        config=config,
        layers=layers,
        names=[lookup.local_name(options.reference)] if options.reference else (),
        parent_id=parent_id,
    )


def _config_bytes(
    document: Mapping[str, Any], layers: Sequence[ImageLayer], history: Sequence[Mapping[str, Any]], *, comment: str
) -> bytes:
    """Return the config document with date, diff ids and history as JSON; the last history entry gets the date too."""
    created = format_rfc3339(time.time_ns())
    last = {"created": created, **{name: value for name, value in history[-1].items() if value}}
    config = {
        "created": created,
        **document,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [*history[:-1], last],
    }
    if comment:
        config["comment"] = comment
    return format_json(config).encode()
