"""Whether a signature's identity is the one a requirement accepts (containers-policy.json(5), `signedIdentity`). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.image_reference import DEFAULT_DOMAIN, parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.policy_requirements import SignedIdentity
    from pycman.spec.image_reference import ImageReference


def accepts(identity: SignedIdentity, image: ImageReference | None, signed: str) -> bool:
    """Say whether a signature that names `signed` is accepted for `image`; None is an image without a name of its own.

    `image` is a full reference with a tag or a digest; of one with both, the digest counts.
    """
    claimed = _parse(signed)
    if claimed is None:
        return False
    if identity.kind in ("exactReference", "exactRepository"):
        expected = _parse(identity.reference)
        if expected is None:
            return False
        if identity.kind == "exactRepository":
            return claimed.repository == expected.repository
        return _is_exact(claimed, expected)
    if image is None:
        return False
    expected = _lower(image.replace(tag="") if image.digest else image)
    if identity.kind == "matchExact":
        return _is_exact(claimed, expected)
    if identity.kind == "matchRepository":
        return claimed.repository == expected.repository
    if identity.kind == "remapIdentity":
        remapped = _remap(expected, identity)
        return remapped is not None and _is_in_repository_or_exact(claimed, remapped)
    return identity.kind == "matchRepoDigestOrExact" and _is_in_repository_or_exact(claimed, expected)


def _is_exact(claimed: ImageReference, expected: ImageReference) -> bool:
    """Say whether both are the same; a name alone, without tag and digest, says too little to be that."""
    return bool(claimed.tag or claimed.digest) and bool(expected.tag or expected.digest) and claimed == expected


def _is_in_repository_or_exact(claimed: ImageReference, expected: ImageReference) -> bool:
    """Compare all of it for an image that is asked for by its tag; of one by digest, which is verified apart, the repository."""
    if expected.digest:
        return bool(claimed.tag or claimed.digest) and claimed.repository == expected.repository
    return _is_exact(claimed, expected)


def _remap(expected: ImageReference, identity: SignedIdentity) -> ImageReference | None:
    """Return the reference with the signed prefix in place of its own, if it has that; None if that gives no reference."""
    prefix = _lower_prefix(identity.prefix)
    name = expected.repository
    if name != prefix and not name.startswith(f"{prefix}/"):
        return expected
    return _parse(identity.signed_prefix + str(expected)[len(prefix) :])


def _parse(text: str) -> ImageReference | None:
    """Return the full reference of a text as docker would complete it, without a default tag; None if it is none."""
    if "://" in text:
        return None
    try:
        reference = parse_image_reference(text)
    except InvalidInput:
        return None
    return _lower(reference if reference.domain else reference.with_domain(DEFAULT_DOMAIN))


def _lower(reference: ImageReference) -> ImageReference:
    return reference.replace(domain=reference.domain.lower())


def _lower_prefix(prefix: str) -> str:
    host, slash, rest = prefix.partition("/")
    return f"{host.lower()}{slash}{rest}"
