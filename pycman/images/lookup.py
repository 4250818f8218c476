"""From what a user types to the id of an image in this store: names first, then ids (pure SQL; no registry is asked).

64 hex digits, sha256:HEX      an id, or (with the prefix) also a unique beginning of one
domain/path[:tag][@digest]     exactly that name
path[:tag][@digest]            localhost/path, then docker.io/[library/]path, then the search registries in order
hex digits                     the unique id that begins so
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


def find_id(session: Session, text: str) -> str | None:
    """Return the id of the image that `text` means, or None. Raises InvalidInput if a short id fits several."""
    bare = text.removeprefix("sha256:")
    is_hex = bool(bare) and len(bare) <= _ID_LENGTH and _HEX.issuperset(bare)
    if len(bare) == _ID_LENGTH or bare != text:
        return _by_prefix(session, bare, text) if is_hex else None
    found = find_by_name(session, text)
    if found is None and is_hex:
        return _by_prefix(session, bare, text)
    return None if found is None else found[0]


def find_by_name(session: Session, text: str) -> tuple[str, str] | None:
    """Return (image id, the full name it has here) if `text` is a name of an image, else None.

    A reference by digest has no name: the second part is then "domain/path@digest".
    """
    try:
        wanted = parse_image_reference(text)
    except InvalidInput:
        return None
    for candidate in _candidates(session, wanted):
        found = _by_digest(session, candidate) if candidate.digest else _by_exact_name(session, str(candidate))
        if found is not None:
            name = f"{candidate.repository}@{candidate.digest}" if candidate.digest else str(candidate)
            return found, name
    return None


def is_id(text: str) -> bool:
    """Say whether `text` can only be meant as an image id (so that no registry needs to be asked)."""
    bare = text.removeprefix("sha256:")
    return (len(bare) == _ID_LENGTH or bare != text) and _HEX.issuperset(bare)


def local_name(text: str) -> str:
    """Return a new name in full: a short one goes to localhost, no tag is latest. Raises InvalidInput."""
    reference = parse_image_reference(text)
    if reference.digest:
        raise InvalidInput("a new name cannot hold a digest", subject=text, hint="leave out the part from the @ on")
    return full_name(text)


def full_name(text: str) -> str:
    """Return the name under which a reference is kept: localhost if it has no domain, latest without tag, no digest."""
    reference = parse_image_reference(text).replace(digest="")
    if not reference.domain:
        reference = reference.with_domain(LOCAL_DOMAIN)
    return str(reference.with_default_tag())


def no_such(text: str) -> NotFound:
    """Return the error for a text that means no image here; text that could be no image at all says why."""
    if not is_id(text):
        parse_image_reference(text)  # a malformed reference is told as such
    return NotFound("no such image", subject=text, hint="pycman images lists them, pycman pull gets one")


def _candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    wanted = reference.with_default_tag()
    if wanted.domain:
        return [wanted]
    near = [wanted.with_domain(LOCAL_DOMAIN), wanted.with_domain(DEFAULT_DOMAIN)]
    if session.db.value("SELECT 1 FROM image_names WHERE name LIKE ? LIMIT 1", (f"%/{wanted.path}:%",)) is None and (
        not wanted.digest
    ):
        return near  # nowhere such a path: settings need not be read
    from pycman.images.transfer.short_names import local_candidates  # settings are read only for names from elsewhere

    for each in local_candidates(session, reference):
        full = each.with_default_tag()
        if full not in near:
            near.append(full)
    return near


def _by_exact_name(session: Session, name: str) -> str | None:
    found = session.db.value("SELECT image_id FROM image_names WHERE name = ?", (name,))
    return None if found is None else str(found)


def _by_digest(session: Session, reference: ImageReference) -> str | None:
    repository, digest = reference.repository, reference.digest
    found = session.db.value(
        "SELECT image_id FROM image_digests WHERE repository = ? AND digest = ? LIMIT 1", (repository, digest)
    )
    if found is None:
        found = session.db.value(
            "SELECT images.id FROM images JOIN image_names ON image_id = images.id"
            " WHERE manifest_digest = ? AND substr(name, 1, ?) = ? LIMIT 1",
            (digest, len(repository) + 1, repository + ":"),
        )
    return None if found is None else str(found)


def _by_prefix(session: Session, prefix: str, text: str) -> str | None:
    if not prefix:
        return None
    rows = session.db.rows("SELECT id FROM images WHERE id >= ? AND id < ? LIMIT 2", (prefix, prefix + "g"))
    if len(rows) > 1:
        raise InvalidInput("more than one image has an id that begins so", subject=text, hint="write more of it")
    if rows:
        return str(rows[0]["id"])
    if len(prefix) == _ID_LENGTH:  # sha256:… may also be the digest of a manifest
        found = session.db.value("SELECT id FROM images WHERE manifest_digest = ?", (f"sha256:{prefix}",))
        return None if found is None else str(found)
    return None
