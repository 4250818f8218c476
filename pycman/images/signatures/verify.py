"""Whether an image has the signatures that policy.json asks for: every requirement must be met, by one signature each.

The digest in a signature must be that of the manifest whose layers are then fetched: of an index, the chosen image's own,
as for containers/image.
"""

from __future__ import annotations

from pycman.config.policy_requirements import ACCEPT, REJECT, SIGNED_BY, SIGSTORE_SIGNED
from pycman.digest import new_hash
from pycman.errors import Denied, InvalidInput, PolicyRefused, PycmanError, Unavailable, Unsupported
from pycman.images.signatures.blob import SIGSTORE_MEDIA_TYPE, GpgMessage, SigstoreSignature, parse_signature
from pycman.images.signatures.identity import accepts
from pycman.images.signatures.keys import read_keys
from pycman.images.signatures.payload import GPG_TYPE, SIGSTORE_TYPE, parse_payload
from pycman.record import Record
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.config.policy_requirements import Keys, Requirement
    from pycman.images.signatures.sources import SignatureSource
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

_MOST_REASONS = 3


class SignedImage(Record):
    """What a signature is held against: the manifest's bytes, and the full reference; None is an image without a name."""

    subject: str
    manifest: bytes
    reference: ImageReference | None = None


def check_signatures(
    session: Session, requirements: Sequence[Requirement], image: SignedImage, source: SignatureSource, *, policy: str
) -> None:
    """Raise PolicyRefused unless every requirement is met; `policy` is the file they are from.

    Raises InvalidInput (keys that cannot be read), Unsupported (a requirement that cannot be checked), and the source's errors.
    """
    if not requirements:
        raise PolicyRefused(f"{policy} has no requirement for it", subject=image.subject)
    for requirement in requirements:
        if requirement.kind == ACCEPT:
            continue
        if requirement.kind == REJECT:
            raise PolicyRefused(f"{policy} rejects it", subject=image.subject)
        if requirement.unsupported or requirement.keys is None:
            raise Unsupported(
                f"{policy} requires {requirement.unsupported}, which cannot be checked", subject=image.subject
            )
        _check(session, requirement, image, source, policy)


def _check(
    session: Session, requirement: Requirement, image: SignedImage, source: SignatureSource, policy: str
) -> None:
    """Raise PolicyRefused with the reasons against each signature, unless one is accepted."""
    reasons: list[str] = []
    sigstore = requirement.kind == SIGSTORE_SIGNED
    found = _of_kind(source, reasons, sigstore=sigstore)
    if found:
        if requirement.kind == SIGNED_BY:
            accepted = _any_message(session, requirement, image, found, reasons)
        else:
            accepted = _any_sigstore(requirement, image, found, reasons)
        if accepted:
            return
    if not reasons:
        reasons.append(source.missing(sigstore=sigstore))
    told = list(dict.fromkeys(reasons))[:_MOST_REASONS]
    raise PolicyRefused(
        f"{policy} requires a signature ({requirement.kind}) and none is accepted: {'; '.join(told)}",
        subject=image.subject,
        hint="take it from who signs it, or change the policy if you trust it",
    )


def _of_kind(source: SignatureSource, reasons: list[str], *, sigstore: bool) -> list[GpgMessage | SigstoreSignature]:
    """Return the signatures of one kind; reasons are added for those that cannot be read."""
    found: list[GpgMessage | SigstoreSignature] = []
    for raw in source.stored():
        try:
            signature = parse_signature(raw)
        except PycmanError as error:
            reasons.append(error.problem)
            continue
        if isinstance(signature, SigstoreSignature) is sigstore:
            found.append(signature)
    if sigstore:
        found += source.attached()
    return found


def _any_message(
    session: Session,
    requirement: Requirement,
    image: SignedImage,
    messages: Sequence[GpgMessage | SigstoreSignature],
    reasons: list[str],
) -> bool:
    from pycman.images.signatures.gpg import Keyring  # only for signedBy

    assert requirement.keys is not None
    try:
        keyring = Keyring(scratch_path(session, "gpg"), read_keys(requirement.keys))
    except InvalidInput as error:
        raise InvalidInput(error.problem, subject=_name_of(requirement.keys), hint="correct policy.json") from error
    with keyring:

        def check(message: GpgMessage | SigstoreSignature) -> None:
            assert isinstance(message, GpgMessage)
            _check_payload(keyring.verify(message.raw), GPG_TYPE, requirement, image)

        return _first_accepted(messages, check, reasons)


def _any_sigstore(
    requirement: Requirement,
    image: SignedImage,
    signatures: Sequence[GpgMessage | SigstoreSignature],
    reasons: list[str],
) -> bool:
    try:
        from pycman.images.signatures.sigstore import SigstoreKeys  # 60 ms (cryptography): only for sigstoreSigned
    except ImportError as error:
        hint = "install the Python package cryptography"
        raise Unavailable(str(error), subject=image.subject, hint=hint) from error
    assert requirement.keys is not None
    keys = SigstoreKeys(_each(requirement.keys), None if requirement.rekor is None else _each(requirement.rekor))

    def check(signature: GpgMessage | SigstoreSignature) -> None:
        assert isinstance(signature, SigstoreSignature)
        if signature.media_type != SIGSTORE_MEDIA_TYPE:
            raise Denied("it is not a signature of an image")
        keys.check(signature)
        _check_payload(signature.payload, SIGSTORE_TYPE, requirement, image)

    return _first_accepted(signatures, check, reasons)


def _first_accepted(
    signatures: Sequence[GpgMessage | SigstoreSignature],
    check: Callable[[GpgMessage | SigstoreSignature], None],
    reasons: list[str],
) -> bool:
    for signature in signatures:
        try:
            check(signature)
        except PycmanError as error:
            reasons.append(error.problem)
        else:
            return True
    return False


def _check_payload(raw: bytes, kind: str, requirement: Requirement, image: SignedImage) -> None:
    """Raise Corrupt or Denied unless a verified payload is about this manifest and names it as the requirement wants."""
    payload = parse_payload(raw, kind)
    algorithm = payload.manifest_digest.partition(":")[0]
    hashed = new_hash(algorithm)
    hashed.update(image.manifest)
    if payload.manifest_digest != f"{algorithm}:{hashed.hexdigest()}":
        raise Denied("it is a signature of another image")
    if not accepts(requirement.identity, image.reference, payload.reference):
        raise Denied(f"it is signed as {payload.reference[:200]!r}, which {requirement.identity.kind} does not accept")


def _each(keys: Keys) -> list[tuple[str, bytes]]:
    """Return each key's name for messages, and its bytes."""
    return list(zip(keys.paths or [keys.field] * len(keys.data), read_keys(keys), strict=True))


def _name_of(keys: Keys) -> str:
    return ", ".join(keys.paths) or keys.field
