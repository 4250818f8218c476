"""Artifacts from and to registries."""

from __future__ import annotations

import contextlib
import io

from pycman.errors import Corrupt, InvalidInput
from pycman.images.artifacts.artifact import parse_artifact
from pycman.images.artifacts.catalogue import get_artifact, put_artifact
from pycman.images.lookup import full_name
from pycman.images.manifest import ACCEPTED
from pycman.images.transfer.policy import check_policy_file, policy_of_reference
from pycman.images.transfer.pull import PullOptions, verify_signatures
from pycman.images.transfer.registry_access import clients_of
from pycman.spec.image_reference import DEFAULT_DOMAIN, parse_image_reference
from pycman.state import events
from pycman.state.leases import lease
from pycman.storage.blobs import open_blob, put_blob, read_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Descriptor
    from pycman.images.transfer.registry_access import Progress, RegistryOptions
    from pycman.registry.client import Client
    from pycman.state.session import Session

_CHUNK = 1 << 18


def pull_artifact(session: Session, name: str, options: PullOptions, *, progress: Progress | None = None) -> str:
    """Pull an artifact under its name and return its digest.

    Raises Unsupported (a container image), and the errors of `pull_image`.
    """
    check_policy_file(options.signature_policy)
    full = parse_image_reference(name.removeprefix("docker://")).with_default_tag()
    if not full.domain:
        full = full.with_domain(DEFAULT_DOMAIN)
    policy = policy_of_reference(session, full, options.signature_policy)
    session.enter_namespaces()
    session.paths.prepare()
    with (
        contextlib.closing(clients_of(session, full, options, pulling=True, progress=progress)[-1]) as client,
        lease(session.db) as leased,
    ):
        raw, media_type, _ = client.manifest(full.digest or full.tag, ACCEPTED)
        parsed = parse_artifact(raw, media_type, subject=str(full))
        if policy.wants_signatures:
            verify_signatures(session, full, client, options, policy, raw)
        for blob in (parsed.config, *parsed.layers):
            leased.add("blob", blob.digest)
            _fetch(session, client, blob, progress)
        digest = put_artifact(session, full_name(str(full)), raw, parsed)
    events.append(session.db, "artifact", "pull", digest, name=str(full))
    return digest


def _fetch(session: Session, client: Client, blob: Descriptor, progress: Progress | None) -> None:
    def report(received: int) -> None:
        if progress is not None:
            progress.layer(blob.digest, blob.size_bytes, received, "downloading")

    put_blob(
        session, client.blob(blob.digest), blob.digest, blob.size_bytes, media_type=blob.media_type, progress=report
    )
    if progress is not None:
        progress.layer(blob.digest, blob.size_bytes, blob.size_bytes, "done")


def push_artifact(
    session: Session, name: str, destination: str, options: RegistryOptions, *, progress: Progress | None = None
) -> str:
    """Push an artifact to its own name, or to `destination`; return its digest. Raises NotFound, and the errors of a push."""
    found = get_artifact(session, name)
    target = parse_image_reference((destination or found.name).removeprefix("docker://")).with_default_tag()
    if not destination and target.domain == "localhost":
        hint = f"push it as in: pycman artifact push {name} REGISTRY/{target.path}"
        raise InvalidInput("its name has no registry", subject=name, hint=hint)
    if not target.domain:
        target = target.with_domain(DEFAULT_DOMAIN)
    parsed = found.parsed
    with (
        contextlib.closing(clients_of(session, target, options, pulling=False, progress=progress)[-1]) as client,
        lease(session.db) as leased,
    ):
        for blob in {each.digest: each for each in (parsed.config, *parsed.layers)}.values():
            leased.add("blob", blob.digest)
            _upload(session, client, blob, progress)
        if target.digest and target.digest != found.digest:
            raise Corrupt("the artifact has another digest", subject=str(target), hint="push it under a tag")
        client.put_manifest(target.digest or target.tag, found.manifest, parsed.media_type)
    events.append(session.db, "artifact", "push", found.digest, name=str(target))
    return found.digest


def _upload(session: Session, client: Client, blob: Descriptor, progress: Progress | None) -> None:
    def report(sent: int, phase: str = "uploading") -> None:
        if progress is not None:
            progress.layer(blob.digest, blob.size_bytes, sent, phase)

    if client.has_blob(blob.digest):
        report(blob.size_bytes, "exists")
        return
    if blob.size_bytes < _CHUNK:
        data = read_blob(session, blob.digest)
        client.upload_blob(blob.digest, blob.size_bytes, lambda: io.BytesIO(data), report)
    else:
        client.upload_blob(blob.digest, blob.size_bytes, lambda: open_blob(session, blob.digest), report)
    report(blob.size_bytes, "pushed")
