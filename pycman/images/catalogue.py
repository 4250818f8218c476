"""Names ↔ images: find, list, add, tag, untag. SQL only; a config is parsed when somebody looks into it."""

from __future__ import annotations

import time

from pycman.errors import InvalidInput, NotFound
from pycman.images.filters import matches_all
from pycman.images.lookup import find_by_name, find_id, local_name, no_such
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session


class ImageLayer(Record):
    """One layer of an image: where it stands in the stack, and the blob it came as."""

    chain_id: str
    diff_id: str
    blob_digest: str
    blob_media_type: str = ""
    blob_size_bytes: int = 0


class Image(Record):
    """One image. `names` are in full; `digests` are "domain/path@digest"; `config` is the config blob parsed."""

    id: str
    names: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    manifest_digest: str = ""
    media_type: str = ""
    os: str = ""
    architecture: str = ""
    variant: str = ""
    size_bytes: int = 0
    image_created_at_ns: int = 0
    created_at_ns: int = 0
    parent_id: str = ""
    labels: Mapping[str, str] = {}
    config_text: str = "{}"

    @property
    def config(self) -> dict[str, Any]:
        """Return the whole config document (image-spec, config.md)."""
        return parse_json(self.config_text, subject=self.id[:12])  # type: ignore[no-any-return]

    @property
    def dangling(self) -> bool:
        """Say whether nothing names it."""
        return not self.names


_COLUMNS = (
    "id, manifest_digest, media_type, os, architecture, variant, size_bytes, image_created_at_ns, created_at_ns,"
    " parent_id, json_extract(config, '$.config.Labels') AS labels"
)


def find_image(session: Session, text: str) -> Image | None:
    """Return the image of that name or id, or None. Raises InvalidInput if a short id fits several."""
    found = find_id(session, text)
    return None if found is None else image_of_id(session, found)


def get_image(session: Session, text: str) -> Image:
    """Return the image of that name or id. Raises NotFound."""
    found = find_image(session, text)
    if found is None:
        raise no_such(text)
    return found


def image_of_id(session: Session, image_id: str) -> Image:
    """Return the image of a full id. Raises NotFound."""
    row = session.db.row(f"SELECT {_COLUMNS}, config FROM images WHERE id = ?", (image_id,))
    if row is None:
        raise NotFound("no such image", subject=image_id[:12])
    names = [each["name"] for each in session.db.rows(_NAMES + " WHERE image_id = ? ORDER BY name", (image_id,))]
    digests = [
        f"{each['repository']}@{each['digest']}"
        for each in session.db.rows(
            "SELECT repository, digest FROM image_digests WHERE image_id = ? ORDER BY 1, 2", (image_id,)
        )
    ]
    return _image(row, names, digests).replace(config_text=row["config"])


_NAMES = "SELECT name, image_id FROM image_names"


def list_images(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, name: str = ""
) -> list[Image]:
    """Return images, newest first; without `all` no intermediate ones (dangling parents of others).

    `name` limits to a repository ("alpine") or one name ("alpine:3"). Raises InvalidInput for an unknown filter.
    """
    names: dict[str, list[str]] = {}
    for row in session.db.rows(_NAMES + " ORDER BY name"):
        names.setdefault(row["image_id"], []).append(row["name"])
    digests: dict[str, list[str]] = {}
    for row in session.db.rows("SELECT image_id, repository, digest FROM image_digests ORDER BY repository, digest"):
        digests.setdefault(row["image_id"], []).append(f"{row['repository']}@{row['digest']}")
    rows = session.db.rows(f"SELECT {_COLUMNS} FROM images ORDER BY image_created_at_ns DESC, created_at_ns DESC")
    images = [_image(row, names.get(row["id"], []), digests.get(row["id"], [])) for row in rows]
    if not all:
        parents = {image.parent_id for image in images}
        images = [image for image in images if image.names or image.id not in parents]
    if name:
        images = _limit_to(session, images, name)
    return [image for image in images if matches_all(session, image, filters)] if filters else images


def _limit_to(session: Session, images: list[Image], text: str) -> list[Image]:
    """Keep what a repository or name means, and only those names."""
    exact = find_by_name(session, text) if ":" in text.rpartition("/")[2] or "@" in text else None
    if exact is not None:
        return [
            image.replace(names=tuple(n for n in image.names if n == exact[1]) or image.names)
            for image in images
            if image.id == exact[0]
        ]
    repositories = {text, f"docker.io/{text}", f"docker.io/library/{text}", f"localhost/{text}"}
    kept = []
    for image in images:
        names = tuple(
            n for n in image.names if n.rpartition(":")[0] in repositories or n.rpartition(":")[0].endswith("/" + text)
        )
        if names:
            kept.append(image.replace(names=names))
    return kept


def _image(row: Mapping[str, Any], names: Sequence[str], digests: Sequence[str]) -> Image:
    return Image(
        id=row["id"],
        names=tuple(names),
        digests=tuple(digests),
        manifest_digest=row["manifest_digest"],
        media_type=row["media_type"],
        os=row["os"],
        architecture=row["architecture"],
        variant=row["variant"],
        size_bytes=row["size_bytes"],
        image_created_at_ns=row["image_created_at_ns"],
        created_at_ns=row["created_at_ns"],
        parent_id=row["parent_id"],
        labels=parse_json(row["labels"]) if row["labels"] else {},
    )


def layers_of(session: Session, image_id: str) -> list[ImageLayer]:
    """Return an image's layers, bottom first."""
    rows = session.db.rows("SELECT * FROM image_layers WHERE image_id = ? ORDER BY position", (image_id,))
    return [ImageLayer(**{field: row[field] for field in ImageLayer._fields}) for row in rows]


def add_image(
    session: Session,
    *,
    manifest: bytes,
    media_type: str,
    config: bytes,
    layers: Sequence[ImageLayer],
    names: Sequence[str] = (),
    digests: Sequence[tuple[str, str]] = (),
    parent_id: str = "",
) -> str:
    """Make an image known in one transaction and return its id; its layers are ready by now.

    `names` (in full) move to it. An image that is here already keeps its rows, but takes the newer manifest.
    """
    from pycman.digest import digest_bytes  # listing never hashes

    document = parse_json(config, subject="image config")
    image_id = digest_bytes(config)[7:]
    now = time.time_ns()
    created = _created_ns(str(document.get("created") or ""))
    chains = [layer.chain_id for layer in layers]
    marks = ",".join("?" * len(chains))
    with session.db.transaction():
        size = session.db.value(
            f"SELECT coalesce(sum(size_bytes), 0) FROM layers WHERE id_map = '' AND chain_id IN ({marks})", chains
        )
        session.db.change(
            "INSERT INTO images (id, manifest_digest, media_type, manifest, config, os, architecture, variant, size_bytes,"
            " image_created_at_ns, created_at_ns, parent_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE"
            " SET manifest_digest = excluded.manifest_digest, media_type = excluded.media_type, manifest = excluded.manifest",
            (
                image_id, digest_bytes(manifest), media_type, manifest.decode(), config.decode(),
                document.get("os") or "linux", document.get("architecture") or "", document.get("variant") or "",
                size, created, now, parent_id,
            ),
        )  # fmt: skip
        session.db.change("DELETE FROM image_layers WHERE image_id = ?", (image_id,))
        for position, layer in enumerate(layers):
            session.db.change(
                "INSERT INTO image_layers VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    image_id, position, layer.chain_id, layer.diff_id, layer.blob_digest, layer.blob_media_type,
                    layer.blob_size_bytes,
                ),
            )  # fmt: skip
        for name in names:
            set_name(session, name, image_id)
        for repository, digest in digests:
            session.db.change("INSERT OR IGNORE INTO image_digests VALUES (?, ?, ?)", (repository, digest, image_id))
    return image_id


def _created_ns(text: str) -> int:
    if not text:
        return 0
    from pycman.state.times import parse_time_ns

    try:
        return parse_time_ns(text)
    except InvalidInput:
        return 0


def set_name(session: Session, name: str, image_id: str) -> None:
    """Point a full name to an image, taking it from whoever had it."""
    session.db.change("INSERT OR REPLACE INTO image_names VALUES (?, ?, ?)", (name, image_id, time.time_ns()))


def tag_image(session: Session, text: str, new_names: Sequence[str]) -> None:
    """Give an image more names; a short one goes to localhost, unless the source's own registry is docker.io.

    Raises NotFound, InvalidInput.
    """
    image = get_image(session, text)
    full = [local_name(name) for name in new_names]
    with session.db.transaction():
        for name in full:
            set_name(session, name, image.id)
            events.append(session.db, "image", "tag", image.id, name=name)


def untag_image(session: Session, text: str, names: Sequence[str] = ()) -> None:
    """Take names from an image: `names`, or all of them. Raises NotFound if one is not its."""
    image = get_image(session, text)
    wanted = []
    for name in names:
        found = find_by_name(session, name)
        if found is None or found[0] != image.id:
            raise NotFound("the image has no such name", subject=name)
        wanted.append(found[1])
    with session.db.transaction():
        for name in wanted or image.names:
            session.db.change("DELETE FROM image_names WHERE name = ?", (name,))
            events.append(session.db, "image", "untag", image.id, name=name)
