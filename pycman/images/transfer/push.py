"""Push: upload the blobs the registry lacks, then the manifest, byte for byte as pulled, so that its digest is the
same.
"""

from __future__ import annotations

import contextlib
import functools
import io

from pycman.digest import digest_bytes
from pycman.errors import InvalidInput, NotFound, PycmanError, Unavailable
from pycman.images.catalogue import add_digest, get_image
from pycman.images.lookup import find_by_name
from pycman.images.transfer.blob_places import forget, is_known, other_repositories, remember
from pycman.images.transfer.parallel import run_parallel
from pycman.images.transfer.policy import check_policy_file
from pycman.images.transfer.pull import refuse_other_transports
from pycman.images.transfer.push_manifest import PushFormat, prepare_content
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.record import Record
from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, parse_image_reference
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.settings import containers_conf
from pycman.storage.blobs import open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.digest import Descriptor
    from pycman.images.image import Image
    from pycman.images.signatures.signer import Signer, Stored
    from pycman.images.transfer.push_manifest import PushContent
    from pycman.images.transfer.registry_access import Progress
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


class PushOptions(RegistryOptions):
    """Options of `push`; `format` "" keeps the image's own, `compression_format` "" that of each layer (gzip if it has
    none). `all_tags` is for `push_named`. `sign_by` names a key of GPG, `sign_by_sigstore_private_key` is a key file of cosign's,
    `sign_by_sigstore` a file that names one; `sign_passphrase` None
    leaves the question to gpg.
    """

    all_tags: bool = False
    compression_format: str = ""
    compression_level: int = -1
    format: str = ""
    sign_by: str = ""
    sign_by_sigstore: str = ""
    sign_by_sigstore_private_key: str = ""
    sign_passphrase: str | None = None


class PushReport(Record):
    """The result of a push: the full reference, the manifest's digest and its size in bytes."""

    reference: str
    digest: str
    size_bytes: int


def push_image(
    session: Session, name: str, destination: str, options: PushOptions, *, progress: Progress | None = None
) -> PushReport:
    """Push an image to `destination` ("" is its own name).

    Raises NotFound, InvalidInput, Unauthenticated, Denied, Unavailable, TimedOut, Unsupported.
    """
    refuse_other_transports(destination, "use pycman save -o FILE")
    check_policy_file(
        options.signature_policy
    )  # what is pushed is this user's own: the policy lets it out, as podman's
    signers = _signers(options)
    session.enter_namespaces()
    return _push(session, get_image(session, name), _target(session, name, destination), options, progress, signers)


def _signers(options: PushOptions) -> Sequence[Signer]:
    if not (options.sign_by or options.sign_by_sigstore_private_key or options.sign_by_sigstore):
        return ()
    from pycman.images.signatures.sign import open_signers  # only to sign

    return open_signers(
        options.sign_by, options.sign_by_sigstore_private_key, options.sign_passphrase, options.sign_by_sigstore
    )


def _target(session: Session, name: str, destination: str) -> ImageReference:
    """Return the reference to push to: the destination, else the full name of the image. Raises InvalidInput."""
    if not destination:
        match = find_by_name(session, name)
        if match is None:
            raise InvalidInput("an image pushed by its id needs a destination", subject=name, hint="add a destination")
        destination = match[1]
        if destination.startswith(f"{LOCAL_DOMAIN}/") and not name.startswith(f"{LOCAL_DOMAIN}/"):
            hint = f"push it as in: pycman push {name} REGISTRY/{name}"
            raise InvalidInput("its name has no registry", subject=name, hint=hint)
    reference = parse_image_reference(destination)
    if not reference.domain:
        reference = reference.with_domain(DEFAULT_DOMAIN)
    return reference.replace(digest="").with_default_tag()


def _push(
    session: Session,
    image: Image,
    target: ImageReference,
    options: PushOptions,
    progress: Progress | None,
    signers: Sequence[Signer],
) -> PushReport:
    for signer in signers:
        signer.check_place(session, target)
    client = clients_of(session, target, options, pulling=False, progress=progress)[-1]
    conf = containers_conf(session)
    level = conf.compression_level if options.compression_level < 0 else options.compression_level
    compression = options.compression_format or conf.compression_format
    if compression == "zstd:chunked":
        session.warnings.append("zstd:chunked is pushed as zstd, without an index of the files in it")
        compression = "zstd"
    push_format = PushFormat(format=options.format, compression=compression, level=level)
    with contextlib.closing(client), session.db.waiting_together(), lease(session.db) as leased:
        leased.add("image", image.id)
        content = prepare_content(session, image, push_format, leased)
        signatures = [signer.make(session, target, content.raw) for signer in signers]
        push_content(session, client, target.tag, content, progress)
        _store(signatures, client, str(target))
        digest = digest_bytes(content.raw)
        if any(name.rpartition(":")[0] == target.repository for name in image.names):
            add_digest(session, image.id, target.repository, digest)
        events.append(session.db, "image", "push", image.id, name=str(target))
    return PushReport(reference=str(target), digest=digest, size_bytes=len(content.raw))


def _store(signatures: Sequence[Stored], client: Client, subject: str) -> None:
    for signature in signatures:
        try:
            signature.store(client)
        except PycmanError as error:
            problem = f"it is pushed, but its signature is not stored: {error.describe()}"
            raise type(error)(problem, subject=subject, hint=error.hint) from error


def push_content(
    session: Session, client: Client, reference: str, content: PushContent, progress: Progress | None
) -> None:
    """Push layers and config, several at a time, and then the manifest under a tag or digest; an equal layer is pushed once.

    A registry that has mounted layers and knows nothing of them afterwards is sent them.
    """
    mounted = _push_blobs(session, client, content, progress)
    try:
        client.put_manifest(reference, content.raw, content.media_type)
    except (NotFound, Unavailable):
        if not mounted:
            raise
        for layer, place in mounted:
            forget(session, client, layer.digest, place)
        jobs = [functools.partial(_upload, session, client, layer, progress) for layer, _ in mounted]
        run_parallel(jobs, client.halt, most=containers_conf(session).image_parallel_copies)
        client.put_manifest(reference, content.raw, content.media_type)
    remember(session, client, [layer.digest for layer in content.layers])


def _push_blobs(
    session: Session, client: Client, content: PushContent, progress: Progress | None
) -> list[tuple[Descriptor, str]]:
    """Push layers and config; return the layers that the registry says it has mounted, each with the repository it was mounted from."""
    layers = list({layer.digest: layer for layer in content.layers}.values())
    jobs = [functools.partial(_push_layer, session, client, layer, progress) for layer in layers]
    config = functools.partial(_push_config, client, content.config)
    done = run_parallel([*jobs, config], client.halt, most=containers_conf(session).image_parallel_copies)
    return [(layer, place) for layer, place in zip(layers, done, strict=False) if place]


def _push_config(client: Client, config: bytes) -> str:
    digest = digest_bytes(config)
    if not client.has_blob(digest):
        client.upload_blob(digest, len(config), lambda: io.BytesIO(config))
    return ""


def _push_layer(session: Session, client: Client, layer: Descriptor, progress: Progress | None) -> str:
    """Have the registry have a layer; return the repository from which it says to have mounted it, "" if it has not.

    The registry is asked first for what is likely: it is one request for a layer that is there, or in another repository.
    """
    places = other_repositories(session, client, layer.digest)
    asked_first = not places or is_known(session, client, layer.digest)
    if asked_first and client.has_blob(layer.digest):
        _report(progress, layer, "exists", layer.size_bytes)
        return ""
    for place in places:
        if client.mount_blob(layer.digest, place):
            _report(progress, layer, "mounted", layer.size_bytes)
            return place
        forget(session, client, layer.digest, place)
    if not asked_first and client.has_blob(layer.digest):
        _report(progress, layer, "exists", layer.size_bytes)
        return ""
    _upload(session, client, layer, progress)
    return ""


def _upload(session: Session, client: Client, layer: Descriptor, progress: Progress | None) -> None:
    client.upload_blob(
        layer.digest,
        layer.size_bytes,
        lambda: open_blob(session, layer.digest),
        lambda sent: _report(progress, layer, "uploading", sent),
    )
    _report(progress, layer, "pushed", layer.size_bytes)


def _report(progress: Progress | None, layer: Descriptor, phase: str, sent: int) -> None:
    if progress is not None:
        progress.layer(layer.digest, layer.size_bytes, sent, phase)
