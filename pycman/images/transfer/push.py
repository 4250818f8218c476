"""Push: blobs the registry lacks, then the manifest, byte for byte as it was pulled, so that digests stay."""

from __future__ import annotations

import contextlib
import functools
import io

from pycman.digest import digest_bytes
from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import add_digest, get_image
from pycman.images.lookup import find_by_name
from pycman.images.transfer.parallel import side_by_side
from pycman.images.transfer.pull import refuse_other_transports
from pycman.images.transfer.push_manifest import EndpointRequest, outgoing
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.record import Record
from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, parse_image_reference
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.settings import containers_conf
from pycman.storage.blobs import open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Descriptor
    from pycman.images.image import Image
    from pycman.images.transfer.push_manifest import Outgoing
    from pycman.images.transfer.registry_access import Progress
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

_MOUNT_TRIES = 3


class PushOptions(RegistryOptions):
    """What `push` takes; `format` "" keeps the image's own, `compression_format` "" what layers have (plain ones: gzip)."""

    all_tags: bool = False
    compression_format: str = ""
    compression_level: int = -1
    format: str = ""


class PushReport(Record):
    """Where it went: the full reference, the manifest's digest and size in bytes."""

    reference: str
    digest: str
    size_bytes: int


def push_image(
    session: Session, name: str, destination: str, options: PushOptions, *, progress: Progress | None = None
) -> PushReport:
    """Push an image to `destination` ("" is its own name), or with `all_tags` all tags of its repository here.

    Raises NotFound, InvalidInput, Unauthenticated, Denied, Unavailable, TimedOut, Unsupported.
    """
    refuse_other_transports(destination, "use pycman save -o FILE")
    session.enter_namespaces()
    if options.all_tags:
        if destination:
            raise InvalidInput("--all-tags takes no destination", subject=destination)
        return _push_all(session, name, options, progress)
    return _push(session, get_image(session, name), _target(session, name, destination), options, progress)


def _target(session: Session, name: str, destination: str) -> ImageReference:
    """Return where to push: the destination, else the name the image bears here."""
    if not destination:
        found = find_by_name(session, name)
        if found is None:
            raise InvalidInput("an image pushed by its id needs a destination", subject=name, hint="name one after it")
        destination = found[1]
        if destination.startswith(f"{LOCAL_DOMAIN}/") and not name.startswith(f"{LOCAL_DOMAIN}/"):
            hint = f"push it as in: pycman push {name} REGISTRY/{name}"
            raise InvalidInput("its name says no registry", subject=name, hint=hint)
    reference = parse_image_reference(destination)
    if not reference.domain:
        reference = reference.with_domain(DEFAULT_DOMAIN)
    return reference.replace(digest="").with_default_tag()


def _push_all(session: Session, name: str, options: PushOptions, progress: Progress | None) -> PushReport:
    reference = parse_image_reference(name)
    if reference.tag or reference.digest:
        raise InvalidInput("--all-tags takes a name without a tag", subject=name)
    full = reference if reference.domain else reference.with_domain(DEFAULT_DOMAIN)
    rows = session.db.rows(
        "SELECT name FROM image_names WHERE substr(name, 1, ?) = ? ORDER BY name",
        (len(str(full)) + 1, f"{full}:"),
    )
    if not rows:
        raise NotFound("no image here has such a name", subject=name)
    names = [str(row["name"]) for row in rows]
    return [_push(session, get_image(session, each), parse_image_reference(each), options, progress) for each in names][
        -1
    ]


def _push(
    session: Session, image: Image, target: ImageReference, options: PushOptions, progress: Progress | None
) -> PushReport:
    client = clients_of(session, target, options, pulling=False, progress=progress)[-1]
    conf = containers_conf(session)
    level = conf.compression_level if options.compression_level < 0 else options.compression_level
    wish = EndpointRequest(
        format=options.format, compression=options.compression_format or conf.compression_format, level=level
    )
    with contextlib.closing(client), lease(session.db) as held:
        held.add("image", image.id)
        going = outgoing(session, image, wish, held)
        _push_blobs(session, client, target, going, progress)
        client.put_manifest(target.tag, going.raw, going.media_type)
    digest = digest_bytes(going.raw)
    add_digest(session, image.id, target.repository, digest)
    events.append(session.db, "image", "push", image.id, name=str(target))
    return PushReport(reference=str(target), digest=digest, size_bytes=len(going.raw))


def _push_blobs(
    session: Session, client: Client, target: ImageReference, going: Outgoing, progress: Progress | None
) -> None:
    """Bring layers and config there, side by side; an image may name the same layer twice."""
    layers = {layer.digest: layer for layer in going.layers}
    jobs = [functools.partial(_push_layer, session, client, target, layer, progress) for layer in layers.values()]
    most = containers_conf(session).image_parallel_copies
    side_by_side([*jobs, functools.partial(_push_config, client, going.config)], client.halt, most=most)


def _push_config(client: Client, config: bytes) -> None:
    digest = digest_bytes(config)
    if not client.has_blob(digest):
        client.upload_blob(digest, len(config), lambda: io.BytesIO(config))


def _push_layer(
    session: Session, client: Client, target: ImageReference, layer: Descriptor, progress: Progress | None
) -> None:
    def tell(phase: str, sent: int) -> None:
        if progress is not None:
            progress.layer(layer.digest, layer.size_bytes, sent, phase)

    if client.has_blob(layer.digest):
        tell("exists", layer.size_bytes)
        return
    for path in _other_repositories(session, target, layer.digest):
        if client.mount_blob(layer.digest, path):
            tell("mounted", layer.size_bytes)
            return
    client.upload_blob(
        layer.digest, layer.size_bytes, lambda: open_blob(session, layer.digest), lambda sent: tell("uploading", sent)
    )
    tell("pushed", layer.size_bytes)


def _other_repositories(session: Session, target: ImageReference, digest: str) -> list[str]:
    """Return other repositories of the same registry from which, or to which, an image with this blob came."""
    prefix = f"{target.domain}/"
    rows = session.db.rows(
        "SELECT DISTINCT d.repository FROM image_digests d JOIN image_layers l ON l.image_id = d.image_id"
        " WHERE l.blob_digest = ? AND substr(d.repository, 1, ?) = ? AND d.repository != ? LIMIT ?",
        (digest, len(prefix), prefix, target.repository, _MOUNT_TRIES),
    )
    return [str(row["repository"])[len(prefix) :] for row in rows]
