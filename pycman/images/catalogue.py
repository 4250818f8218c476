"""Names and images: find, list, add, tag, untag. SQL only: neither `json` nor `re` is imported for a listing.

An image is a config (its digest is the id) with one manifest and a stack of layers. A name belongs to one image at a
time: given to another, it leaves the first, which is dangling once it has none.
"""

from __future__ import annotations

import time

from pycman.digest import digest_bytes, hex_of
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.images import lookup
from pycman.images.image import Image, ImageLayer
from pycman.images.lookup import no_such
from pycman.jsontext import parse_json
from pycman.spec.image_reference import parse_image_reference
from pycman.state import events
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_UNPACKED = (
    "(SELECT SUM((SELECT MAX(size_bytes) FROM layers WHERE layers.chain_id = image_layers.chain_id))"
    " FROM image_layers WHERE image_id = images.id)"
)
_LISTED = (
    "SELECT id, manifest_digest, media_type, os, architecture, variant, image_created_at_ns, created_at_ns, parent_id,"
    " CASE WHEN json_valid(config) THEN json_extract(config, '$.config.Labels') END AS labels,"
    f" COALESCE({_UNPACKED}, size_bytes) AS size_bytes,"
    " (SELECT COUNT(*) FROM containers WHERE image_id = images.id) AS containers"
)
_NEWEST_FIRST = " ORDER BY image_created_at_ns DESC, created_at_ns DESC, id"


def find_image(session: Session, name: str) -> Image | None:
    """Return the image of that name, id or unique beginning of an id, with its config; None if there is none."""
    found = lookup.find_id(session, name)
    return None if found is None else image_of_id(session, found)


def get_image(session: Session, name: str) -> Image:
    """Return the image of that name or id. Raises NotFound, or InvalidInput if a short id fits several."""
    found = find_image(session, name)
    if found is None:
        raise no_such(name)
    return found


def image_of_id(session: Session, image_id: str) -> Image:
    """Return the image of a full id. Raises NotFound."""
    row = session.db.row(f"{_LISTED}, config FROM images WHERE id = ?", (image_id,))
    if row is None:
        raise no_such(image_id)
    digests = session.db.rows("SELECT repository, digest FROM image_digests WHERE image_id = ?", (image_id,))
    child = session.db.value("SELECT 1 FROM images WHERE parent_id = ? LIMIT 1", (image_id,))
    image = _image(
        row,
        names_of(session, image_id),
        [f"{digest['repository']}@{digest['digest']}" for digest in digests],
        intermediate=child is not None,
    )
    return image.replace(config_text=row["config"])


def list_images(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, name: str = ""
) -> list[Image]:
    """Return images, newest first; intermediate ones only with `all` (or when a filter asks for them).

    `name` limits to a repository, a reference or an id; the names of each image are then those that match.
    Raises InvalidInput for an unknown filter.
    """
    rows = session.db.rows(f"{_LISTED} FROM images{_NEWEST_FIRST}")
    names, digests = _all_names(session)
    parents = {row["parent_id"] for row in rows}
    found = [
        _image(row, names.get(row["id"], ()), digests.get(row["id"], ()), intermediate=row["id"] in parents)
        for row in rows
    ]
    wanted = [*filters, ("reference", name)] if name else list(filters)
    if not all and not any(key in ("intermediate", "id") for key, _ in filters):
        found = [each for each in found if not each.intermediate]
    if not wanted:
        return found
    from pycman.images.filters import select_images  # a plain listing does not need them

    return select_images(session, found, wanted)


def add_image(
    session: Session,
    *,
    manifest: bytes,
    media_type: str,
    config: bytes,
    layers: Sequence[ImageLayer],
    names: Iterable[str] = (),
    digests: Sequence[tuple[str, str]] = (),
    parent_id: str = "",
    keep_manifest: bool = False,
) -> str:
    """Make an image known under its names in one transaction and return its id.

    Its layers and blobs are here already, held by the caller's lease. Names are full references; they leave the images
    that had them. If the same config is known, the new manifest takes the place of the old one, unless
    `keep_manifest` (a manifest of our own making must not replace one that was received). Raises Corrupt.
    """
    from pycman.images.image_config import parse_image_config  # listings do without

    image_id = hex_of(digest_bytes(config))
    manifest_text, config_text = _text(manifest, image_id), _text(config, image_id)
    facts = parse_image_config(config_text, subject=f"image {image_id[:12]}")
    with session.db.transaction():
        known = session.db.value("SELECT 1 FROM images WHERE id = ?", (image_id,)) is not None
        if not known or not keep_manifest:
            if not known:
                _insert(session, image_id, config_text, facts)
            session.db.change(
                "UPDATE images SET manifest = ?, manifest_digest = ?, media_type = ? WHERE id = ?",
                (manifest_text, digest_bytes(manifest), media_type, image_id),
            )
            _write_layers(session, image_id, layers)
        if parent_id:
            session.db.change("UPDATE images SET parent_id = ? WHERE id = ? AND parent_id = ''", (parent_id, image_id))
        for repository, digest in digests:
            add_digest(session, image_id, repository, digest)
        for name in names:
            set_name(session, image_id, lookup.full_name(name))
    return image_id


def add_digest(session: Session, image_id: str, repository: str, digest: str) -> None:
    """Remember that an image was pulled or pushed as repository@digest."""
    session.db.change("INSERT OR IGNORE INTO image_digests VALUES (?, ?, ?)", (repository, digest, image_id))


def tag_image(session: Session, name: str, new_names: Sequence[str]) -> None:
    """Give an image more names; a name another image had moves. Raises NotFound, InvalidInput."""
    wanted = [lookup.local_name(each) for each in new_names]
    with session.db.transaction():
        image_id = get_id(session, name)
        for each in wanted:
            set_name(session, image_id, each)
            events.append(session.db, "image", "tag", image_id, name=each, image=each)


def untag_image(session: Session, name: str, names: Sequence[str] = ()) -> None:
    """Take names from an image: `names`, or all. Raises NotFound if it does not bear one of them."""
    with session.db.transaction():
        image_id = get_id(session, name)
        borne = names_of(session, image_id)
        wanted = [_borne(session, image_id, each) for each in names] if names else borne
        for each in wanted:
            session.db.change("DELETE FROM image_names WHERE name = ?", (each,))
            events.append(session.db, "image", "untag", image_id, name=each, image=each)


def get_id(session: Session, name: str) -> str:
    """Return the id that `name` means. Raises NotFound, or InvalidInput if a short id fits several."""
    found = lookup.find_id(session, name)
    if found is None:
        raise no_such(name)
    return found


def names_of(session: Session, image_id: str) -> list[str]:
    """Return the names of an image, oldest first."""
    rows = session.db.rows("SELECT name FROM image_names WHERE image_id = ? ORDER BY created_at_ns, name", (image_id,))
    return [row["name"] for row in rows]


def layers_of(session: Session, image_id: str) -> list[ImageLayer]:
    """Return the layers of an image, bottom first."""
    rows = session.db.rows("SELECT * FROM image_layers WHERE image_id = ? ORDER BY position", (image_id,))
    return [ImageLayer(**{field: row[field] for field in ImageLayer._fields}) for row in rows]


def read_documents(session: Session, image_id: str) -> tuple[bytes, bytes]:
    """Return manifest and config of an image, byte for byte as they came. Raises NotFound."""
    row = session.db.row("SELECT manifest, config FROM images WHERE id = ?", (image_id,))
    if row is None:
        raise no_such(image_id)
    return row["manifest"].encode(), row["config"].encode()


def _all_names(session: Session) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    names: dict[str, list[str]] = {}
    digests: dict[str, list[str]] = {}
    for row in session.db.rows("SELECT name, image_id FROM image_names ORDER BY created_at_ns, name"):
        names.setdefault(row["image_id"], []).append(row["name"])
    for row in session.db.rows("SELECT repository, digest, image_id FROM image_digests"):
        digests.setdefault(row["image_id"], []).append(f"{row['repository']}@{row['digest']}")
    return names, digests


def _image(row: Any, names: Sequence[str], digests: Sequence[str], *, intermediate: bool) -> Image:
    own = [f"{name.rpartition(':')[0]}@{row['manifest_digest']}" for name in names]
    labels = _labels(row["labels"])
    return Image(
        id=row["id"],
        names=tuple(names),
        digests=tuple(dict.fromkeys([*digests, *own])),
        manifest_digest=row["manifest_digest"],
        media_type=row["media_type"],
        os=row["os"],
        architecture=row["architecture"],
        variant=row["variant"],
        size_bytes=row["size_bytes"],
        created_at_ns=row["image_created_at_ns"],
        added_at_ns=row["created_at_ns"],
        labels=labels,
        parent_id=row["parent_id"],
        containers=row["containers"],
        intermediate=intermediate and not names,
    )


def _labels(text: object) -> dict[str, str]:
    """Return labels as the database has them; none of an image whose labels are no texts (it came in before such were refused)."""
    try:
        found = parse_json(text) if isinstance(text, str) else {}
    except Corrupt:
        return {}
    return found if isinstance(found, dict) and all(isinstance(each, str) for each in found.values()) else {}


def _text(data: bytes, image_id: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Corrupt("its manifest or config is not UTF-8", subject=image_id[:12]) from None


def _insert(session: Session, image_id: str, config: str, facts: Mapping[str, Any]) -> None:
    variant = str(facts.get("variant") or "")
    session.db.change(
        "INSERT INTO images (id, manifest_digest, media_type, manifest, config, os, architecture, variant,"
        " image_created_at_ns, created_at_ns) VALUES (?, '', '', '', ?, ?, ?, ?, ?, ?)",
        (
            image_id, config, str(facts.get("os") or "linux"), str(facts.get("architecture") or ""), variant,
            _created_at_ns(facts), time.time_ns(),
        ),
    )  # fmt: skip


def _write_layers(session: Session, image_id: str, layers: Sequence[ImageLayer]) -> None:
    session.db.change("DELETE FROM image_layers WHERE image_id = ?", (image_id,))
    for position, layer in enumerate(layers):
        session.db.change(
            "INSERT INTO image_layers (image_id, position, chain_id, diff_id, blob_digest, blob_media_type,"
            " blob_size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                image_id, position, layer.chain_id, layer.diff_id, layer.blob_digest, layer.blob_media_type,
                layer.blob_size_bytes,
            ),
        )  # fmt: skip
    session.db.change(
        f"UPDATE images SET size_bytes = COALESCE({_UNPACKED}, ?) WHERE id = ?",
        (sum(each.blob_size_bytes for each in layers), image_id),
    )


def _created_at_ns(config: Mapping[str, Any]) -> int:
    text = config.get("created")
    if not isinstance(text, str) or text.startswith("0001-"):
        return 0
    try:
        return parse_time_ns(text)
    except InvalidInput:  # a date nobody can read is no reason to refuse an image
        return 0


def set_name(session: Session, image_id: str, name: str) -> None:
    """Point a full name to an image, taking it from whichever had it."""
    session.db.change(
        "INSERT INTO image_names (name, image_id, created_at_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id",
        (name, image_id, time.time_ns()),
    )


def _borne(session: Session, image_id: str, text: str) -> str:
    parse_image_reference(text)
    found = lookup.find_by_name(session, text)
    if found is None or found[0] != image_id or "@" in found[1]:
        raise NotFound("the image does not bear the name", subject=text)
    return found[1]
