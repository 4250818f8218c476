"""Pull: a reference becomes endpoints, a manifest, layers side by side, and at last a name."""

from __future__ import annotations

import os

from pycman.digest import digest_bytes
from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError
from pycman.images.catalogue import add_image, find_image
from pycman.images.manifest import ACCEPTED, Index, diff_ids, parse_manifest
from pycman.images.platform import Platform, choose_entry, parse_platform
from pycman.images.policy import check_policy
from pycman.images.short_names import candidates
from pycman.images.store import LayerSource, store_layers
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.registry.auth import Credentials
from pycman.registry.client import Client, ClientOptions
from pycman.registry.credentials import find_credentials
from pycman.registry.endpoints import endpoints_of
from pycman.spec.image_reference import parse_image_reference
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pycman.images.manifest import Manifest
    from pycman.spec.image_reference import ImageReference
    from pycman.state.leases import Lease
    from pycman.state.session import Session

    class Progress(Protocol):
        """Is told what a pull or push is doing; called from several threads."""

        def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
            """Tell how far a layer is: downloading, extracting, done, exists, uploading, pushed, mounted."""

        def message(self, text: str) -> None:
            """Tell a line."""


_CONFIG_BYTES = 8 << 20


class PullOptions(Record):
    """What `pull` takes. `tls_verify` None is what registries.conf says; `creds` is "user:password"."""

    policy: str = "always"
    all_tags: bool = False
    platform: str = ""
    arch: str = ""
    os: str = ""
    variant: str = ""
    authfile: str = ""
    creds: str = ""
    tls_verify: bool | None = None
    cert_dir: str = ""
    retry: int = 3
    retry_delay_s: float = 0.0


def pull_image(session: Session, name: str, options: PullOptions, *, progress: Progress | None = None) -> list[str]:
    """Pull an image, or with `all_tags` every tag of its repository; return image ids (hex).

    Raises InvalidInput, NotFound, Unauthenticated, Denied, Unavailable, TimedOut, Corrupt, NoSpace.
    """
    if options.policy not in ("always", "missing", "never", "newer", "ifnotpresent"):
        raise InvalidInput("not a pull policy", subject=options.policy, hint="use always, missing, never or newer")
    reference = parse_image_reference(name)
    session.enter_namespaces()
    session.paths.prepare()
    if options.policy in ("missing", "never") and not options.all_tags:
        found = find_image(session, name)
        if found is not None:
            return [found.id]
        if options.policy == "never":
            raise NotFound("no such image", subject=name)
    if options.all_tags:
        if reference.tag or reference.digest:
            raise InvalidInput("--all-tags takes a name without a tag", subject=name)
        return _pull_all(session, reference, options, progress)
    return [_pull_first(session, reference.with_default_tag(), options, progress)]


def _pull_all(
    session: Session, reference: ImageReference, options: PullOptions, progress: Progress | None
) -> list[str]:
    full = candidates(session, reference)[0]
    tags = client_for(session, full, options, pulling=True)[0].tags()
    if not tags:
        raise NotFound("the repository has no tags", subject=str(full))
    return list(dict.fromkeys(_pull_first(session, full.replace(tag=tag), options, progress) for tag in tags))


def _pull_first(session: Session, reference: ImageReference, options: PullOptions, progress: Progress | None) -> str:
    """Pull from the first place that has it; what all others said is told if none does."""
    errors: list[PycmanError] = []
    for full in candidates(session, reference):
        check_policy(session, full)
        for client in client_for(session, full, options, pulling=True):
            if progress is not None:
                progress.message(f"Trying to pull {full}...")
            try:
                return _pull(session, full, client, options, progress)
            except PycmanError as error:
                errors.append(error)
    best = next((error for error in errors if not isinstance(error, NotFound)), errors[0])
    events.append(
        session.db, "image", "pull-error", str(reference), name=str(reference), attributes={"error": str(best)}
    )
    raise best


def client_for(session: Session, full: ImageReference, options: PullOptions, *, pulling: bool) -> list[Client]:
    """Return a client for each endpoint of a full reference, in the order to be asked."""
    client_options = ClientOptions(
        tls_verify=options.tls_verify,
        cert_dir=options.cert_dir,
        retries=options.retry,
        retry_delay_s=options.retry_delay_s,
    )
    clients = []
    for endpoint in endpoints_of(full, registries_conf(session), pulling=pulling):
        if options.creds:
            username, _, password = options.creds.partition(":")
            credentials: Credentials | None = Credentials(username=username, password=password)
        else:
            host = full.domain if not endpoint.mirror else endpoint.host
            credentials = find_credentials(session, host, endpoint.path, authfile=options.authfile)
        clients.append(Client(endpoint, credentials, client_options, str(full)))
    return clients


def wanted_platform(options: PullOptions) -> Platform:
    """Return the platform that --platform, or --os, --arch and --variant, ask for."""
    machine = os.uname().machine
    if options.platform:
        return parse_platform(options.platform, machine=machine)
    host = parse_platform("", machine=machine)
    if options.arch:
        host = parse_platform(
            "/".join(filter(None, (options.os or "linux", options.arch, options.variant))), machine=machine
        )
    return host.replace(os=options.os) if options.os else host


def _pull(
    session: Session, full: ImageReference, client: Client, options: PullOptions, progress: Progress | None
) -> str:
    raw, media_type, digest = client.manifest(full.digest or full.tag, ACCEPTED)
    parsed = parse_manifest(raw, media_type, subject=str(full))
    digests = [digest]
    wanted = wanted_platform(options)
    while isinstance(parsed, Index):
        if len(digests) > 3:
            raise Corrupt("indexes within indexes without end", subject=str(full))
        entry = choose_entry(parsed.entries, wanted, subject=str(full)).descriptor
        raw, media_type, digest = client.manifest(entry.digest, ACCEPTED)
        parsed = parse_manifest(raw, media_type or entry.media_type, subject=str(full))
        digests.append(digest)
    with lease(session.db) as held:
        image_id = _store(
            session, full, client, parsed, held, digests, progress, wanted if options.platform or options.arch else None
        )
    events.append(session.db, "image", "pull", image_id, name=str(full))
    return image_id


def _store(
    session: Session,
    full: ImageReference,
    client: Client,
    manifest: Manifest,
    held: Lease,
    digests: list[str],
    progress: Progress | None,
    asked: Platform | None,
) -> str:
    config = _config(client, manifest)
    document = parse_json(config, subject=str(full))
    if asked is not None and document.get("architecture") not in (None, "", asked.architecture):
        have = f"{document.get('os', 'linux')}/{document['architecture']}"
        raise NotFound(f"no image for {asked} (it is for {have})", subject=str(full), hint="choose one with --platform")
    wanted = diff_ids(document, subject=str(full))
    if len(wanted) != len(manifest.layers):
        raise Corrupt(f"{len(manifest.layers)} layers but {len(wanted)} diff ids", subject=str(full))
    sources = [
        LayerSource(
            diff_id=diff_id,
            blob_digest=blob.digest,
            size_bytes=blob.size_bytes,
            media_type=blob.media_type,
            open=lambda offset=0, digest=blob.digest: client.blob(digest, offset),
            resumes=True,
        )
        for diff_id, blob in zip(wanted, manifest.layers, strict=True)
    ]
    layers = store_layers(session, sources, held, progress=progress)
    names = [str(full.replace(digest=""))] if full.tag else []
    return add_image(
        session,
        manifest=manifest.raw,
        media_type=manifest.media_type,
        config=config,
        layers=layers,
        names=names,
        digests=[(full.repository, digest) for digest in digests],
    )


def _config(client: Client, manifest: Manifest) -> bytes:
    if manifest.config.size_bytes > _CONFIG_BYTES:
        raise Corrupt("the config is too large", subject=manifest.config.digest)
    reader = client.blob(manifest.config.digest)
    data = b""
    while piece := reader.read(1 << 18):
        data += piece
        if len(data) > _CONFIG_BYTES:
            raise Corrupt("the config is too large", subject=manifest.config.digest)
    if digest_bytes(data) != manifest.config.digest:
        raise Corrupt("the content has another digest", subject=manifest.config.digest)
    return data
