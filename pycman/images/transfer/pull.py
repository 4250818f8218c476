"""Pull: a reference becomes endpoints, a manifest, layers side by side, and at last a name."""

from __future__ import annotations

import contextlib
import os

from pycman.digest import digest_bytes
from pycman.errors import Cancelled, Corrupt, InvalidInput, NotFound, PycmanError, Unsupported
from pycman.images.catalogue import add_image, find_image
from pycman.images.image_config import parse_image_config
from pycman.images.manifest import ACCEPTED, Index, check_image, diff_ids, parse_manifest
from pycman.images.platform import Platform, choose_entry, matches, parse_platform
from pycman.images.transfer.fetch_layers import LayerSource, store_layers
from pycman.images.transfer.policy import check_policy
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.images.transfer.short_names import candidates, unambiguous
from pycman.plan import crash_point
from pycman.spec.image_reference import parse_image_reference
from pycman.state import events
from pycman.state.leases import lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.images.image import Image
    from pycman.images.manifest import Manifest
    from pycman.images.transfer.registry_access import Progress
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

_CONFIG_BYTES = 8 << 20
_DEEPEST_INDEX = 3
_POLICIES = ("always", "missing", "never", "newer", "ifnotpresent")
_OTHER_TRANSPORTS = ("docker-archive", "oci-archive", "oci", "dir", "docker-daemon", "containers-storage")


class PullOptions(RegistryOptions):
    """What `pull` takes. `platform` is "os/arch[/variant]"; `os`, `arch` and `variant` say the same in parts."""

    policy: str = "always"
    all_tags: bool = False
    platform: str = ""
    arch: str = ""
    os: str = ""
    variant: str = ""


def pull_image(session: Session, name: str, options: PullOptions, *, progress: Progress | None = None) -> list[str]:
    """Pull an image, or with `all_tags` every tag of its repository; return image ids (hex).

    Raises InvalidInput, NotFound, Unauthenticated, Denied, Unavailable, TimedOut, Unsupported, Corrupt, NoSpace.
    """
    if options.policy not in _POLICIES:
        raise InvalidInput("not a pull policy", subject=options.policy, hint="use always, missing, never or newer")
    if options.platform and (options.arch or options.os or options.variant):
        raise InvalidInput("--platform says it all", subject=options.platform, hint="leave out --arch, --os, --variant")
    refuse_other_transports(name, "use pycman load -i FILE")
    reference = parse_image_reference(name)
    session.enter_namespaces()
    session.paths.prepare()
    if options.all_tags:
        if reference.tag or reference.digest:
            raise InvalidInput("--all-tags takes a name without a tag", subject=name)
        return _pull_all(session, reference, options, progress)
    found = find_image(session, name) if options.policy != "always" else None
    if found is not None and not _is_for(found, options):
        found = None
    if options.policy == "never" and found is None:
        raise NotFound("no such image", subject=name, hint="pull it with another --policy")
    if found is not None and options.policy != "newer":
        return [found.id]
    try:
        return [_pull_first(session, reference.with_default_tag(), options, progress, known=found)]
    except PycmanError:
        if found is None:
            raise
        return [found.id]  # newer: what is here will do if nobody can be asked


def refuse_other_transports(name: str, hint: str) -> None:
    """Raise Unsupported for "oci-archive:FILE" and its kin, which podman takes here and pycman elsewhere."""
    transport, colon, _ = name.partition(":")
    if colon and transport in _OTHER_TRANSPORTS:
        raise Unsupported(f"the transport {transport}: is not taken here", subject=name, hint=hint)


def wanted_platform(options: PullOptions) -> Platform:
    """Return the platform that --platform, or --os, --arch and --variant, ask for. Raises InvalidInput."""
    machine = os.uname().machine
    if options.platform:
        return parse_platform(options.platform, machine=machine)
    if options.arch:
        parts = filter(None, (options.os or "linux", options.arch, options.variant))
        return parse_platform("/".join(parts), machine=machine)
    host = parse_platform("", machine=machine)
    return host.replace(os=options.os or host.os, variant=options.variant or host.variant)


def _is_for(image: Image, options: PullOptions) -> bool:
    """Say whether an image here will do for the platform asked for; without one, any will."""
    asked = options.platform or options.arch or options.os or options.variant
    return not asked or matches(wanted_platform(options), image.os, image.architecture, image.variant)


def _pull_all(
    session: Session, reference: ImageReference, options: PullOptions, progress: Progress | None
) -> list[str]:
    """Pull every tag there is an image for; what a tag has against it is a warning as long as another one works."""
    unambiguous(session, reference)
    full = candidates(session, reference)[0]
    with contextlib.closing(clients_of(session, full, options, pulling=True, progress=progress)[-1]) as client:
        tags = client.tags()
    if not tags:
        raise NotFound("the repository has no tags", subject=str(full))
    pulled: dict[str, None] = {}
    refused: list[PycmanError] = []
    for tag in tags:
        try:
            pulled[_pull_first(session, full.replace(tag=tag), options, progress)] = None
        except (NotFound, Unsupported) as error:
            refused.append(error)
    if not pulled:
        raise refused[0]
    session.warnings.extend(str(error) for error in refused)
    return list(pulled)


def _pull_first(
    session: Session,
    reference: ImageReference,
    options: PullOptions,
    progress: Progress | None,
    *,
    known: Image | None = None,
) -> str:
    """Pull from the first place that has it. If none does: what the registries say, not the mirrors before them."""
    unambiguous(session, reference)
    errors: list[PycmanError] = []
    for full in candidates(session, reference):
        check_policy(session, full)
        try:
            return _pull_from_any(session, full, options, progress, known)
        except Cancelled:
            raise
        except PycmanError as error:
            errors.append(error)
    best = next((error for error in errors if not isinstance(error, NotFound)), errors[0])
    events.append(
        session.db, "image", "pull-error", str(reference), name=str(reference), attributes={"error": str(best)}
    )
    raise best


def _pull_from_any(
    session: Session, full: ImageReference, options: PullOptions, progress: Progress | None, known: Image | None
) -> str:
    """Ask the mirrors and then the registry, whose word is the last; what mirrors said is noted on it."""
    said: list[str] = []
    clients = clients_of(session, full, options, pulling=True, progress=progress)
    for client in clients:
        if progress is not None:
            via = f" from {client.host}" if client is not clients[-1] else ""
            progress.message(f"Trying to pull {full}{via}...")
        try:
            with contextlib.closing(client):
                if known is not None and _is_same(client, full, known):
                    return known.id
                return _pull(session, full, client, options, progress)
        except Cancelled:
            raise
        except PycmanError as error:
            if client is clients[-1]:
                for line in said:
                    error.add_note(line)
                raise
            said.append(f"the mirror {client.host}: {error}")
    raise AssertionError("the registry itself is always asked")


def _is_same(client: Client, full: ImageReference, known: Image) -> bool:
    """Say whether a tag still leads to the image that is here (policy newer), by one request without a body."""
    digest = client.manifest_digest(full.digest or full.tag, ACCEPTED)
    return bool(digest) and (digest == known.manifest_digest or f"{full.repository}@{digest}" in known.digests)


def _pull(
    session: Session, full: ImageReference, client: Client, options: PullOptions, progress: Progress | None
) -> str:
    """Pull one image from one place: manifest (through indexes), config, layers, name."""
    wanted = wanted_platform(options)
    manifest, digests = _manifest(client, full, wanted)
    check_image(manifest, subject=str(full))
    with lease(session.db) as held:
        config = _config(client, manifest)
        document = parse_image_config(config, subject=str(full))
        _check_platform(session, full, document, wanted, asked=bool(options.platform or options.arch or options.os))
        layers = store_layers(
            session, _sources(client, manifest, document, full), held, progress=progress, halt=client.halt
        )
        crash_point("pull:layers")
        image_id = add_image(
            session,
            manifest=manifest.raw,
            media_type=manifest.media_type,
            config=config,
            layers=layers,
            names=[str(full.replace(digest=""))] if full.tag and not full.digest else [],
            digests=[(full.repository, digest) for digest in digests],
        )
    events.append(session.db, "image", "pull", image_id, name=str(full))
    return image_id


def _manifest(client: Client, full: ImageReference, wanted: Platform) -> tuple[Manifest, list[str]]:
    """Return the manifest for a platform, and the digests it is known by there: of the indexes and its own."""
    raw, media_type, digest = client.manifest(full.digest or full.tag, ACCEPTED)
    parsed = parse_manifest(raw, media_type, subject=str(full))
    digests = [full.digest or digest]
    while isinstance(parsed, Index):
        if len(digests) > _DEEPEST_INDEX:
            raise Corrupt("indexes within indexes without end", subject=str(full))
        entry = choose_entry(parsed.entries, wanted, subject=str(full)).descriptor
        raw, media_type, digest = client.manifest(entry.digest, ACCEPTED)
        if len(raw) != entry.size_bytes:
            raise Corrupt(f"{len(raw)} bytes instead of {entry.size_bytes}", subject=entry.digest)
        parsed = parse_manifest(raw, media_type or entry.media_type, subject=str(full))
        digests.append(entry.digest)
    return parsed, digests


def _check_platform(
    session: Session, full: ImageReference, config: dict[str, Any], wanted: Platform, *, asked: bool
) -> None:
    """Refuse an image that is not for the platform asked for; without one, warn of an image for another machine."""
    have = Platform(
        os=str(config.get("os") or "linux"),
        architecture=str(config.get("architecture") or wanted.architecture),
        variant=str(config.get("variant") or ""),
    )
    if matches(wanted, have.os, have.architecture, have.variant):
        return
    if asked:
        raise NotFound(
            f"no image for {wanted} (it is for {have})", subject=str(full), hint="choose another with --platform"
        )
    session.warnings.append(f"{full} is for {have}, and this machine is {wanted}")


def _sources(client: Client, manifest: Manifest, config: dict[str, Any], full: ImageReference) -> list[LayerSource]:
    wanted = diff_ids(config, subject=str(full))
    if len(wanted) != len(manifest.layers):
        raise Corrupt(f"{len(manifest.layers)} layers but {len(wanted)} diff ids", subject=str(full))
    return [
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


def _config(client: Client, manifest: Manifest) -> bytes:
    """Return the config, verified: it is small, and its digest is the image's id."""
    wanted = manifest.config
    if wanted.size_bytes > _CONFIG_BYTES:
        raise Corrupt(f"a config of {wanted.size_bytes} bytes is too large", subject=wanted.digest)
    reader = client.blob(wanted.digest)
    data = b""
    while len(data) <= wanted.size_bytes and (piece := reader.read(1 << 18)):
        data += piece
    if len(data) != wanted.size_bytes:
        raise Corrupt(f"not the {wanted.size_bytes} bytes its descriptor promises", subject=wanted.digest)
    if digest_bytes(data) != wanted.digest:
        raise Corrupt(f"the content has digest {digest_bytes(data)}", subject=wanted.digest)
    return data
