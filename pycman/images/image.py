"""Images as values: what the catalogue returns and what removal reports."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class ImageLayer(Record):
    """One layer of an image: the digest of its tar (`diff_id`), of the stack up to it, and of the blob it came as."""

    chain_id: str
    diff_id: str
    blob_digest: str
    blob_media_type: str
    blob_size_bytes: int


class Image(Record):
    """One image. `id` is 64 hex digits; times are ns since 1970: of its making, and of its coming into this store.

    `digests` are "repository@digest"; `size_bytes` is that of its unpacked layers; `containers` counts those made of
    it. `intermediate` is an image without name from which another one here was made. `config_text` is the whole config
    document as received, "{}" in listings.
    """

    id: str
    names: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    manifest_digest: str = ""
    media_type: str = ""
    os: str = "linux"
    architecture: str = ""
    variant: str = ""
    size_bytes: int = 0
    created_at_ns: int = 0
    added_at_ns: int = 0
    labels: Mapping[str, str] = {}
    config_text: str = "{}"
    parent_id: str = ""
    containers: int = 0
    intermediate: bool = False

    @property
    def config(self) -> dict[str, Any]:
        """Return the config document (image-spec, config.md), parsed anew at each call.

        Raises Corrupt for one that an older version let in.
        """
        from pycman.images.image_config import parse_image_config  # listings do without

        return parse_image_config(self.config_text, subject=f"image {self.id[:12]}")

    @property
    def dangling(self) -> bool:
        """Say whether it has no name and no other image here was made from it."""
        return not self.names and not self.intermediate


class RemoveReport(Record):
    """What a removal did: names taken away, and ids (hex) of images that are gone."""

    untagged: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
