"""Pull: resolve a reference to registries, fetch manifest, config and layers, and insert the image with its name."""

from __future__ import annotations

import contextlib
import os

from pycman.digest import digest_bytes
from pycman.errors import Cancelled, Corrupt, Denied, InvalidInput, NotFound, PycmanError, Unsupported
from pycman.images.catalogue import add_image, find_image
from pycman.images.image_config import parse_image_config
from pycman.images.manifest import ACCEPTED, Index, check_image, diff_ids, parse_manifest
from pycman.images.platform import Platform, choose_entry, matches, parse_platform
from pycman.images.transfer.blob_places import remember
from pycman.images.transfer.fetch_layers import LayerSource, store_layers
from pycman.images.transfer.policy import check_policy_file, policy_of_reference
from pycman.images.transfer.registry_access import RegistryOptions, client_options_of, clients_of
from pycman.images.transfer.short_names import candidates, check_unambiguous, how_resolved
from pycman.images.transfer.start_timeout import more_time_to_start, tell_of_more_time
from pycman.plan import crash_point
from pycman.spec.image_file import parse_image_file
from pycman.spec.image_reference import ImageReference, parse_image_reference
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.images.image import Image
    from pycman.images.manifest import Manifest
    from pycman.images.transfer.policy import ImagePolicy
    from pycman.images.transfer.registry_access import Progress
    from pycman.registry.client import Client
    from pycman.state.session import Session

_MAX_CONFIG_BYTES = 8 << 20
_MAX_NESTING = 3
_POLICIES = ("always", "missing", "never", "newer", "ifnotpresent")
_OTHER_TRANSPORTS = ("docker-archive", "oci-archive", "oci", "dir", "docker-daemon", "containers-storage")


class PullOptions(RegistryOptions):
    """Options of `pull`. `platform` is "os/arch[/variant]"; `os`, `arch` and `variant` are its parts one by one."""

    policy: str = "always"
    all_tags: bool = False
    platform: str = ""
    arch: str = ""
    os: str = ""
    variant: str = ""


def pull_image(session: Session, name: str, options: PullOptions, *, progress: Progress | None = None) -> list[str]:
    """Pull an image, or with `all_tags` every tag of its repository, and return the image ids (hex).

    Raises InvalidInput, NotFound, Unauthenticated, Denied, Unavailable, TimedOut, Unsupported, Corrupt, NoSpace.
    """
    if options.policy not in _POLICIES:
        raise InvalidInput(
            "not a pull policy",
            subject=options.policy,
            hint="use always, missing, never or newer",
            code="not-a-pull-policy",
            facts={"policy": options.policy},
        )
    if options.platform and (options.arch or options.os or options.variant):
        raise InvalidInput(
            "--platform cannot be combined with --arch, --os and --variant",
            subject=options.platform,
            hint="leave them out",
        )
    file = parse_image_file(name)
    if file is not None:
        from pycman.images.archive.choose import load_file  # only where an image is named as a file

        return load_file(session, file, progress=progress, signature_policy=options.signature_policy)
    refuse_other_transports(name, "name a registry's image or a file")
    check_policy_file(options.signature_policy)
    reference = parse_image_reference(name)
    session.enter_namespaces()
    session.paths.prepare()
    if options.all_tags:
        if reference.tag or reference.digest:
            raise InvalidInput("--all-tags takes a name without a tag", subject=name)
        with more_time_to_start(session):
            return _pull_all(session, reference, options, progress)
    platform = wanted_platform(options)
    local = find_image(session, name, platform=platform) if options.policy != "always" else None
    if local is not None and not _is_for(local, options):
        local = None
    if options.policy == "never" and local is None:
        raise NotFound("no such image", subject=name, hint="pull it with another --policy", code="no-such-image")
    if local is not None and options.policy != "newer":
        return [local.id]
    try:
        with more_time_to_start(session):
            return [_pull_first(session, reference.with_default_tag(), options, progress, local=local)]
    except PycmanError as error:
        events.append(session.db, "image", "pull-error", "", name=name, attributes={"error": str(error)})
        if local is None:
            raise
        if isinstance(error, Denied):
            session.warnings.append(f"the local image is kept: {error}")
        return [local.id]  # newer: fall back to the local image if the registry is unreachable


def refuse_other_transports(name: str, hint: str) -> None:
    """Raise Unsupported for another transport than docker://, such as "oci-archive:FILE", which podman accepts here."""
    transport, colon, _ = name.partition(":")
    if colon and transport in _OTHER_TRANSPORTS:
        raise Unsupported(f"the transport {transport}: is not supported here", subject=name, hint=hint)


def wanted_platform(options: PullOptions) -> Platform:
    """Return the platform of --platform, or of --os, --arch and --variant, else the host's. Raises InvalidInput."""
    machine = os.uname().machine
    if options.platform:
        return parse_platform(options.platform, machine=machine)
    if options.arch:
        parts = filter(None, (options.os or "linux", options.arch, options.variant))
        return parse_platform("/".join(parts), machine=machine)
    host = parse_platform("", machine=machine)
    return host.replace(os=options.os or host.os, variant=options.variant or host.variant)


def _is_for(image: Image, options: PullOptions) -> bool:
    """Say whether an image suits the requested platform; if none was requested, any does."""
    requested = options.platform or options.arch or options.os or options.variant
    return not requested or matches(wanted_platform(options), image.os, image.architecture, image.variant)


def _pull_all(
    session: Session, reference: ImageReference, options: PullOptions, progress: Progress | None
) -> list[str]:
    """Pull every tag; one that cannot be pulled is a warning, unless none can be."""
    check_unambiguous(session, reference)
    full = candidates(session, reference)[0]
    with contextlib.closing(clients_of(session, full, options, pulling=True, progress=progress)[-1]) as client:
        tags = [tag for tag in client.tags() if not _is_attachment(tag)]
    if not tags:
        raise NotFound("the repository has no tags", subject=str(full))
    pulled: dict[str, None] = {}
    errors: list[PycmanError] = []
    for tag in tags:
        try:
            pulled[_pull_first(session, full.replace(tag=tag), options, progress)] = None
        except (NotFound, Unsupported) as error:
            errors.append(error)
    if not pulled:
        raise errors[0]
    session.warnings.extend(str(error) for error in errors)
    return list(pulled)


def _is_attachment(tag: str) -> bool:
    """Say whether cosign made a tag, for what belongs to an image: ALGORITHM-HEX.sig, .att or .sbom."""
    digest, dot, kind = tag.partition(".")
    return bool(dot) and kind in ("sig", "att", "sbom") and digest.startswith("sha256-") and len(digest) == 71


def _pull_first(
    session: Session,
    reference: ImageReference,
    options: PullOptions,
    progress: Progress | None,
    *,
    local: Image | None = None,
) -> str:
    """Pull the first of the references that a short name may mean. If all fail, raise the most telling error."""
    check_unambiguous(session, reference)
    resolved = how_resolved(registries_conf(session), reference)
    if resolved and progress is not None and local is None:
        progress.message(resolved)
    errors: list[PycmanError] = []
    for full in candidates(session, reference):
        try:
            policy = policy_of_reference(session, full, options.signature_policy)
            return _pull_from_any(session, full, options, progress, local, policy)
        except Cancelled:
            raise
        except PycmanError as error:
            errors.append(error)
    raise next((error for error in errors if not isinstance(error, NotFound)), errors[0])


def _pull_from_any(
    session: Session,
    full: ImageReference,
    options: PullOptions,
    progress: Progress | None,
    local: Image | None,
    policy: ImagePolicy,
) -> str:
    """Try the mirrors, then the registry itself, whose error is raised with those of the mirrors as notes."""
    mirror_errors: list[str] = []
    clients = clients_of(session, full, options, pulling=True, progress=progress)
    for client in clients:
        try:
            with contextlib.closing(client):
                if local is not None and _is_same(client, full, local):
                    return local.id
                if progress is not None:
                    via = f" from {client.host}" if client is not clients[-1] else ""
                    progress.message(f"Trying to pull {full}{via}...")
                    tell_of_more_time(session, str(full), progress)
                return _pull(session, full, client, options, progress, policy)
        except Cancelled:
            raise
        except PycmanError as error:
            if client is clients[-1]:
                for line in mirror_errors:
                    error.add_note(line)
                raise
            mirror_errors.append(f"the mirror {client.host}: {error}")
    raise AssertionError("the registry itself is always tried")


def has_newer(session: Session, local: Image, name: str, options: RegistryOptions) -> bool:
    """Say whether a registry has another image by the name of a local one; nothing is pulled. Raises what asking a registry raises."""
    for full in candidates(session, parse_image_reference(name)):
        client = clients_of(session, full, options, pulling=True)[-1]
        with contextlib.closing(client):
            return not _is_same(client, full, local)
    return False


def _is_same(client: Client, full: ImageReference, local: Image) -> bool:
    """Say whether the registry's tag still means the local image (policy newer), by one HEAD request."""
    digest = client.manifest_digest(full.digest or full.tag, ACCEPTED)
    return bool(digest) and (digest == local.manifest_digest or f"{full.repository}@{digest}" in local.digests)


def _pull(
    session: Session,
    full: ImageReference,
    client: Client,
    options: PullOptions,
    progress: Progress | None,
    policy: ImagePolicy,
) -> str:
    """Pull one image from one registry or mirror: manifest (through indexes), signatures, config, layers, names."""
    platform = wanted_platform(options)
    manifest, digests = fetch_manifest(client, full, platform)
    if policy.wants_signatures:
        verify_signatures(session, full, client, options, policy, manifest.raw)
    check_image(manifest, subject=str(full))
    with session.db.waiting_together(), lease(session.db) as leased:
        config = _config(client, manifest)
        document = parse_image_config(config, subject=str(full))
        _check_platform(
            session, full, document, platform, requested=bool(options.platform or options.arch or options.os)
        )
        layers = store_layers(
            session, _sources(client, manifest, document, full), leased, progress=progress, halt=client.halt
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
        remember(session, client, [layer.digest for layer in manifest.layers])
        events.append(session.db, "image", "pull", image_id, name=str(full))
    return image_id


def fetch_manifest(client: Client, full: ImageReference, platform: Platform) -> tuple[Manifest, list[str]]:
    """Return the manifest for a platform, and the digests that lead to it: of the indexes and its own.

    Raises NotFound (also: none for this platform), Corrupt, and the client's other errors.
    """
    raw, media_type, digest = client.manifest(full.digest or full.tag, ACCEPTED)
    parsed = parse_manifest(raw, media_type, subject=str(full))
    digests = [full.digest or digest]
    while isinstance(parsed, Index):
        if len(digests) > _MAX_NESTING:
            raise Corrupt("indexes are nested too deeply", subject=str(full))
        entry = choose_entry(parsed.entries, platform, subject=str(full)).descriptor
        raw, media_type, digest = client.manifest(entry.digest, ACCEPTED)
        if len(raw) != entry.size_bytes:
            raise Corrupt(f"{len(raw)} bytes instead of {entry.size_bytes}", subject=entry.digest)
        parsed = parse_manifest(raw, media_type or entry.media_type, subject=str(full))
        digests.append(entry.digest)
    return parsed, digests


def verify_signatures(
    session: Session, full: ImageReference, client: Client, options: PullOptions, policy: ImagePolicy, manifest: bytes
) -> None:
    """Raise Denied unless the manifest has the signatures that the policy wants for this name, wherever it came from."""
    from pycman.images.signatures.sources import RegistrySignatures  # only where a policy wants signatures
    from pycman.images.signatures.verify import SignedImage  # the same

    place = ImageReference(domain=client.login_host, path=client.path, tag=full.tag, digest=full.digest)
    source = RegistrySignatures(session, client, place, digest_bytes(manifest), client_options_of(session, options))
    policy.verify(session, SignedImage(subject=str(full), manifest=manifest, reference=full), source)


def _check_platform(
    session: Session, full: ImageReference, config: dict[str, Any], platform: Platform, *, requested: bool
) -> None:
    """Raise NotFound if the image is not for the requested platform; if none was requested, only warn."""
    actual = Platform(
        os=str(config.get("os") or "linux"),
        architecture=str(config.get("architecture") or platform.architecture),
        variant=str(config.get("variant") or ""),
    )
    if matches(platform, actual.os, actual.architecture, actual.variant):
        return
    if requested:
        raise NotFound(
            f"no image for {platform} (it is for {actual})", subject=str(full), hint="choose another with --platform"
        )
    session.warnings.append(f"{full} is for {actual}, and this machine is {platform}")


def _sources(client: Client, manifest: Manifest, config: dict[str, Any], full: ImageReference) -> list[LayerSource]:
    ids = diff_ids(config, subject=str(full))
    if len(ids) != len(manifest.layers):
        raise Corrupt(f"{len(manifest.layers)} layers but {len(ids)} diff ids", subject=str(full))
    return [
        LayerSource(
            diff_id=diff_id,
            blob_digest=blob.digest,
            size_bytes=blob.size_bytes,
            media_type=blob.media_type,
            open=lambda offset=0, digest=blob.digest: client.blob(digest, offset),
            resumes=True,
        )
        for diff_id, blob in zip(ids, manifest.layers, strict=True)
    ]


def _config(client: Client, manifest: Manifest) -> bytes:
    """Fetch the config, whose digest is the image's id, and verify its size and digest. Raises Corrupt."""
    descriptor = manifest.config
    if descriptor.size_bytes > _MAX_CONFIG_BYTES:
        raise Corrupt(f"a config of {descriptor.size_bytes} bytes is too large", subject=descriptor.digest)
    reader = client.blob(descriptor.digest)
    data = b""
    while len(data) <= descriptor.size_bytes and (chunk := reader.read(1 << 18)):
        data += chunk
    if len(data) != descriptor.size_bytes:
        raise Corrupt(
            f"it does not have the {descriptor.size_bytes} bytes of its descriptor", subject=descriptor.digest
        )
    if digest_bytes(data) != descriptor.digest:
        raise Corrupt(f"the content has digest {digest_bytes(data)}", subject=descriptor.digest)
    return data
