"""Resolve a user's reference to the id of an image in this store: names first, then ids (SQL only, no registry).

64 hex digits, sha256:HEX      an id, or after sha256: also a unique prefix of one
domain/path[:tag][@digest]     exactly that name
path[:tag][@digest]            localhost/path, then docker.io/[library/]path, then the search registries in order
hex digits                     the only id with this prefix
containers-storage:…           one of these
"""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

_HEX = frozenset("0123456789abcdef")
_ID_LENGTH = 64
STORED = "containers-storage:"
"""The transport that names an image of the store itself, as podman's commands take it (containers-transports(5))."""


def find_id(session: Session, text: str) -> str | None:
    """Return the id of the image that `text` means, or None. Raises InvalidInput if several ids have this prefix."""
    text = text.removeprefix(STORED)
    bare = text.removeprefix("sha256:")
    is_hex = bool(bare) and len(bare) <= _ID_LENGTH and _HEX.issuperset(bare)
    if len(bare) == _ID_LENGTH or bare != text:
        return _by_prefix(session, bare, text) if is_hex else None
    match = find_by_name(session, text)
    if match is None and is_hex:
        return _by_prefix(session, bare, text)
    return None if match is None else match[0]


def find_by_name(session: Session, text: str) -> tuple[str, str] | None:
    """Return (image id, full name) if `text` is a name of an image, else None.

    For a reference with a digest, "domain/path@digest" takes the place of the full name.
    """
    try:
        reference = parse_image_reference(text.removeprefix(STORED))
    except InvalidInput:
        return None
    for candidate in _candidates(session, reference):
        image_id = _by_digest(session, candidate) if candidate.digest else _by_exact_name(session, str(candidate))
        if image_id is not None:
            name = f"{candidate.repository}@{candidate.digest}" if candidate.digest else str(candidate)
            return image_id, name
    return None


def is_id(text: str) -> bool:
    """Say whether `text` can only be an image id, so that no registry needs to be queried."""
    bare = text.removeprefix("sha256:")
    return (len(bare) == _ID_LENGTH or bare != text) and _HEX.issuperset(bare)


def local_name(text: str) -> str:
    """Return the full form of a new name: domain localhost and tag latest by default. Raises InvalidInput."""
    reference = parse_image_reference(text)
    if reference.digest:
        raise InvalidInput("a new name cannot have a digest", subject=text, hint="leave out the part from the @ on")
    return full_name(text)


def full_name(text: str) -> str:
    """Return the name under which a reference is stored: domain localhost and tag latest by default, without digest."""
    reference = parse_image_reference(text).replace(digest="")
    if not reference.domain:
        reference = reference.with_domain(LOCAL_DOMAIN)
    return str(reference.with_default_tag())


def no_such(text: str) -> NotFound:
    """Return the error for a reference that no image has. Raises InvalidInput if it is malformed."""
    if not is_id(text):
        parse_image_reference(text.removeprefix(STORED))  # raises InvalidInput for a malformed reference
    return NotFound(
        "no such image", subject=text, hint="pycman images lists them, pycman pull gets one", code="no-such-image"
    )


def _candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    full = reference.with_default_tag()
    if full.domain:
        return [full]
    candidates = [full.with_domain(LOCAL_DOMAIN), full.with_domain(DEFAULT_DOMAIN)]
    if session.db.value("SELECT 1 FROM image_names WHERE name LIKE ? LIMIT 1", (f"%/{full.path}:%",)) is None and (
        not full.digest
    ):
        return candidates  # no image has this path: skip reading registries.conf
    from pycman.images.transfer.short_names import local_candidates  # only imported for short names of other registries

    for local_candidate in local_candidates(session, reference):
        candidate = local_candidate.with_default_tag()
        if candidate not in candidates:
            candidates.append(candidate)
    return candidates


def _by_exact_name(session: Session, name: str) -> str | None:
    image_id = session.db.value("SELECT image_id FROM image_names WHERE name = ?", (name,))
    return None if image_id is None else str(image_id)


def _by_digest(session: Session, reference: ImageReference) -> str | None:
    repository, digest = reference.repository, reference.digest
    image_id = session.db.value(
        "SELECT image_id FROM image_digests WHERE repository = ? AND digest = ? LIMIT 1", (repository, digest)
    )
    if image_id is None:
        image_id = session.db.value(
            "SELECT images.id FROM images JOIN image_names ON image_id = images.id"
            " WHERE manifest_digest = ? AND substr(name, 1, ?) = ? LIMIT 1",
            (digest, len(repository) + 1, repository + ":"),
        )
    return None if image_id is None else str(image_id)


def _by_prefix(session: Session, prefix: str, text: str) -> str | None:
    if not prefix:
        return None
    rows = session.db.rows("SELECT id FROM images WHERE id >= ? AND id < ? LIMIT 2", (prefix, prefix + "g"))
    if len(rows) > 1:
        raise InvalidInput("more than one image has an id with this prefix", subject=text, hint="use a longer prefix")
    if rows:
        return str(rows[0]["id"])
    if len(prefix) == _ID_LENGTH:  # sha256:HEX may also be the digest of a manifest
        image_id = session.db.value("SELECT id FROM images WHERE manifest_digest = ?", (f"sha256:{prefix}",))
        return None if image_id is None else str(image_id)
    return None
