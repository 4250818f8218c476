"""Sign an image that is in a registry already: with a key of GPG, for a lookaside storage."""

from __future__ import annotations

import contextlib

from pycman.images.catalogue import get_image, read_documents
from pycman.images.lookup import STORED
from pycman.images.manifest import ACCEPTED, Index, parse_manifest
from pycman.images.signatures.gpg_signer import GpgSigner
from pycman.images.transfer.pull import PullOptions, fetch_manifest, wanted_platform
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.images.transfer.short_names import candidates, check_unambiguous
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


class SignOptions(RegistryOptions):
    """Options of `image sign`. `directory` "" is the lookaside storage of registries.d; `all` signs every image of an index."""

    sign_by: str
    directory: str = ""
    sign_passphrase: str | None = None
    all: bool = False


def sign_image(session: Session, name: str, options: SignOptions) -> None:
    """Sign the manifest that a reference means: of an index the one for this host, or all. The image is not pulled.

    "containers-storage:NAME" is the image of the store, whose manifest is signed as it is there.

    Raises NotFound, InvalidInput (the name), Denied (the key), and what fetching a manifest raises.
    """
    image = get_image(session, name) if name.startswith(STORED) else None
    reference = parse_image_reference(name.removeprefix(STORED)).with_default_tag()
    check_unambiguous(session, reference)
    full = candidates(session, reference)[0]
    session.enter_namespaces()
    session.paths.prepare()
    signer = GpgSigner(options.sign_by, options.sign_passphrase, options.directory)
    target = full.replace(digest="") if full.tag else full
    signer.check_place(session, target)
    if image is not None:
        signer.make(session, target, read_documents(session, image.id)[0]).store()
        return
    with contextlib.closing(clients_of(session, full, options, pulling=True)[-1]) as client:
        manifests = _all(client, full) if options.all else [_for_this_host(client, full)]
        for manifest in manifests:
            signer.make(session, target, manifest).store(client)


def _for_this_host(client: Client, full: ImageReference) -> bytes:
    return fetch_manifest(client, full, wanted_platform(PullOptions()))[0].raw


def _all(client: Client, full: ImageReference) -> list[bytes]:
    """Return the manifest, or the index and the manifests that it lists."""
    raw, media_type, _ = client.manifest(full.digest or full.tag, ACCEPTED)
    parsed = parse_manifest(raw, media_type, subject=str(full))
    if not isinstance(parsed, Index):
        return [raw]
    return [raw, *(client.manifest(entry.descriptor.digest, ACCEPTED)[0] for entry in parsed.entries)]
