"""The rows of images and their names: find, list, add, tag, untag.

SQL only: a listing imports neither `json` nor `re`.
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from pycman.images.platform import Platform
    from pycman.state.session import Session

_UNPACKED = (
    "(SELECT SUM((SELECT MAX(size_bytes) FROM layers WHERE layers.chain_id = image_layers.chain_id))"
    " FROM image_layers WHERE image_id = images.id)"
)
_LISTED = (
    "SELECT id, manifest_digest, media_type, os, architecture, variant, image_created_at_ns, created_at_ns, parent_id,"
    " CASE WHEN json_valid(config) THEN json_extract(config, '$.config.Labels') END AS labels,"
    f" COALESCE({_UNPACKED}, size_bytes) AS size_bytes,"
    " (SELECT COUNT(*) FROM containers WHERE image_id = images.id) AS containers,"
    " EXISTS (SELECT 1 FROM list_entries WHERE list_entries.image_id = images.id) AS in_list"
)
_NEWEST_FIRST = " ORDER BY image_created_at_ns DESC, created_at_ns DESC, id"


def find_image(session: Session, name: str, *, platform: Platform | None = None) -> Image | None:
    """Return the image with a name, an id or a unique prefix of an id, with its config; None if there is none.

    A manifest list stands for its image for `platform`, this machine's if None. So whoever reads layers or a config
    never meets a list; `find_named` is for those to whom a list is a thing of its own.
    """
    found = find_named(session, name)
    if found is None or not found.is_list:
        return found
    from pycman.images.instances import instance_id  # only for manifest lists

    image_id = instance_id(session, found.id, platform)
    return None if image_id is None else _existing(session, image_id)


def find_named(session: Session, name: str) -> Image | None:
    """Return what has a name, an id or a unique prefix of an id: an image, or a manifest list. None if there is none."""
    image_id = lookup.find_id(session, name)
    return None if image_id is None else _existing(session, image_id)


def _existing(session: Session, image_id: str) -> Image | None:
    try:
        return image_of_id(session, image_id)
    except NotFound:  # removed since the name was looked up
        return None


def get_image(session: Session, name: str) -> Image:
    """Return the image with a name or id; of a manifest list its image for this machine.

    Raises NotFound, InvalidInput (several ids have this prefix).
    """
    image = find_image(session, name)
    if image is None and find_named(session, name) is not None:
        hint = "pycman manifest inspect shows what it has"
        raise NotFound("the manifest list has no image for this machine in the store", subject=name, hint=hint)
    if image is None:
        raise no_such(name)
    return image


def get_named(session: Session, name: str) -> Image:
    """Return the image or manifest list with a name or id. Raises NotFound, InvalidInput (several ids have this prefix)."""
    found = find_named(session, name)
    if found is None:
        raise no_such(name)
    return found


def image_of_id(session: Session, image_id: str) -> Image:
    """Return the image with a full id. Raises NotFound."""
    row = session.db.row(f"{_LISTED}, config FROM images WHERE id = ?", (image_id,))
    if row is None:
        raise no_such(image_id)
    digests = session.db.rows("SELECT repository, digest FROM image_digests WHERE image_id = ?", (image_id,))
    child = session.db.value("SELECT 1 FROM images WHERE parent_id = ? AND id != parent_id LIMIT 1", (image_id,))
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
    """Return images, newest first; intermediate ones only with `all` or if a filter asks for them.

    `name` is a repository, a reference or an id that must match; the images then have only their matching names.
    Raises InvalidInput for an unknown filter.
    """
    rows = session.db.rows(f"{_LISTED} FROM images{_NEWEST_FIRST}")
    names, digests = _all_names(session)
    parents = {row["parent_id"] for row in rows if row["parent_id"] != row["id"]}  # rows of older versions
    images = [
        _image(row, names.get(row["id"], ()), digests.get(row["id"], ()), intermediate=row["id"] in parents)
        for row in rows
    ]
    conditions = [*filters, ("reference", name)] if name else list(filters)
    if not all and not any(key in ("intermediate", "id") for key, _ in filters):
        images = [image for image in images if not image.intermediate]
    if not conditions:
        return images
    from pycman.images.filters import select_images  # only imported for listings with filters

    return select_images(session, images, conditions)


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
    """Insert an image and its names in one transaction and return its id.

    The caller has stored its layers and blobs, under a lease. Names are full references; they are taken from the images
    that had them. If the store has the same config, the new manifest replaces the old one, unless `keep_manifest` (a
    manifest that pycman made must not replace a received one). Raises Corrupt.
    """
    from pycman.images.image_config import parse_image_config  # listings do without

    image_id = hex_of(digest_bytes(config))
    manifest_text, config_text = _text(manifest, image_id), _text(config, image_id)
    document = parse_image_config(config_text, subject=f"image {image_id[:12]}")
    with session.db.transaction():
        exists = session.db.value("SELECT 1 FROM images WHERE id = ?", (image_id,)) is not None
        if not exists or not keep_manifest:
            if not exists:
                _insert(session, image_id, config_text, document)
            session.db.change(
                "UPDATE images SET manifest = ?, manifest_digest = ?, media_type = ? WHERE id = ?",
                (manifest_text, digest_bytes(manifest), media_type, image_id),
            )
            _write_layers(session, image_id, layers)
        if parent_id and not _descends(session, parent_id, image_id):
            session.db.change("UPDATE images SET parent_id = ? WHERE id = ? AND parent_id = ''", (parent_id, image_id))
        for repository, digest in digests:
            add_digest(session, image_id, repository, digest)
        for name in names:
            set_name(session, image_id, lookup.full_name(name))
    return image_id


def _descends(session: Session, image_id: str, ancestor_id: str) -> bool:
    """Say whether an image is another or was made of it: a build that changes nothing gives its base, which is not its own parent."""
    seen: set[str] = set()
    while image_id and image_id not in seen:
        if image_id == ancestor_id:
            return True
        seen.add(image_id)
        image_id = session.db.value("SELECT parent_id FROM images WHERE id = ?", (image_id,)) or ""
    return False


def add_digest(session: Session, image_id: str, repository: str, digest: str) -> None:
    """Record that an image was pulled or pushed as repository@digest."""
    session.db.change("INSERT OR IGNORE INTO image_digests VALUES (?, ?, ?)", (repository, digest, image_id))


def remove_digests(session: Session, image_id: str, repository: str, digest: str = "") -> None:
    """Remove the references by digest that an image has in a repository, or the one with `digest`."""
    for row in session.db.rows(
        "SELECT digest FROM image_digests WHERE image_id = ? AND repository = ?", (image_id, repository)
    ):
        if digest in ("", row["digest"]):
            session.db.change(
                "DELETE FROM image_digests WHERE image_id = ? AND repository = ? AND digest = ?",
                (image_id, repository, row["digest"]),
            )
            name = f"{repository}@{row['digest']}"
            events.append(session.db, "image", "untag", image_id, name=name, image=name)


def tag_image(session: Session, name: str, new_names: Sequence[str]) -> None:
    """Add names to an image; a name of another image is taken from it. Raises NotFound, InvalidInput."""
    full_names = [(lookup.local_name(new_name), new_name) for new_name in new_names]
    with session.db.transaction():
        image_id = get_id(session, name)
        for full_name, typed in full_names:
            set_name(session, image_id, full_name)
            attributes = {events.GIVEN: typed}
            events.append(session.db, "image", "tag", image_id, name=full_name, image=full_name, attributes=attributes)


def untag_image(session: Session, name: str, names: Sequence[str] = ()) -> None:
    """Remove `names` from an image, or all of its names. Raises NotFound, also if it does not have one of them."""
    with session.db.transaction():
        image_id = get_id(session, name)
        removed = [_own_name(session, image_id, text) for text in names] if names else names_of(session, image_id)
        for full_name in removed:
            if "@" in full_name:
                remove_digests(session, image_id, *full_name.split("@"))
                continue
            session.db.change("DELETE FROM image_names WHERE name = ?", (full_name,))
            events.append(session.db, "image", "untag", image_id, name=full_name, image=full_name)


def get_id(session: Session, name: str) -> str:
    """Return the id of the image with a name or id. Raises NotFound, InvalidInput (several ids have this prefix)."""
    image_id = lookup.find_id(session, name)
    if image_id is None:
        raise no_such(name)
    return image_id


def names_of(session: Session, image_id: str) -> list[str]:
    """Return the names of an image, oldest first."""
    rows = session.db.rows("SELECT name FROM image_names WHERE image_id = ? ORDER BY created_at_ns, name", (image_id,))
    return [row["name"] for row in rows]


def layers_of(session: Session, image_id: str) -> list[ImageLayer]:
    """Return the layers of an image, bottom first."""
    rows = session.db.rows("SELECT * FROM image_layers WHERE image_id = ? ORDER BY position", (image_id,))
    return [ImageLayer(**{field: row[field] for field in ImageLayer._fields}) for row in rows]


def read_documents(session: Session, image_id: str) -> tuple[bytes, bytes]:
    """Return (manifest, config) of an image, byte for byte as received. Raises NotFound."""
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
        in_list=bool(row["in_list"]),
    )


def _labels(text: object) -> dict[str, str]:
    """Return the labels in a column; {} if they are not strings (of an image stored by a version that allowed that)."""
    try:
        labels = parse_json(text) if isinstance(text, str) else {}
    except Corrupt:
        return {}
    return labels if isinstance(labels, dict) and all(isinstance(value, str) for value in labels.values()) else {}


def _text(data: bytes, image_id: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Corrupt("its manifest or config is not UTF-8", subject=image_id[:12]) from None


def _insert(session: Session, image_id: str, config: str, document: Mapping[str, Any]) -> None:
    variant = str(document.get("variant") or "")
    session.db.change(
        "INSERT INTO images (id, manifest_digest, media_type, manifest, config, os, architecture, variant,"
        " image_created_at_ns, created_at_ns) VALUES (?, '', '', '', ?, ?, ?, ?, ?, ?)",
        (
            image_id, config, str(document.get("os") or "linux"), str(document.get("architecture") or ""), variant,
            created_at_ns(document), time.time_ns(),
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
        (sum(layer.blob_size_bytes for layer in layers), image_id),
    )


def created_at_ns(document: Mapping[str, Any]) -> int:
    """Return the `created` time of a config or history entry in ns since 1970; 0 if it is missing or invalid."""
    text = document.get("created")
    if not isinstance(text, str) or text.startswith("0001-"):
        return 0
    from pycman.state.times import parse_time_ns  # listings do without

    try:
        return parse_time_ns(text)
    except InvalidInput:  # an image with an invalid date is still usable
        return 0


def set_name(session: Session, image_id: str, name: str) -> None:
    """Give a full name to an image, taking it from the image that had it."""
    session.db.change(
        "INSERT INTO image_names (name, image_id, created_at_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id",
        (name, image_id, time.time_ns()),
    )


def _own_name(session: Session, image_id: str, text: str) -> str:
    """Return the full name or reference by digest that `text` means, which must be one of the image's own. Raises NotFound."""
    parse_image_reference(text)
    match = lookup.find_by_name(session, text)
    known = match is not None and match[0] == image_id
    if known and match is not None and "@" in match[1]:
        repository, _, digest = match[1].partition("@")
        known = (
            session.db.value(
                "SELECT 1 FROM image_digests WHERE image_id = ? AND repository = ? AND digest = ?",
                (image_id, repository, digest),
            )
            is not None
        )
    if match is None or not known:
        raise NotFound("the image does not have the name", subject=text, code="no-such-image-name")
    return match[1]
