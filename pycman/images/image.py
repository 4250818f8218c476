"""Images as values: an image of the catalogue, its layers, and the report of a removal."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class ImageLayer(Record):
    """One layer of an image: digests of the stack up to it (`chain_id`), of its tar (`diff_id`) and of its blob."""

    chain_id: str
    diff_id: str
    blob_digest: str
    blob_media_type: str
    blob_size_bytes: int


class Image(Record):
    """One image. `id` is 64 hex digits; times are ns since 1970: when it was created, and when it was added to the
    store.

    `digests` are "repository@digest"; `size_bytes` is that of its unpacked layers; `containers` counts the containers
    that use it. An `intermediate` image has no name and is the parent of another image. `config_text` is the config
    document as received, "{}" in listings. A manifest list (`is_list`) has no layers, platform or config of its own.
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
    in_list: bool = False
    """Whether a manifest list of the store has it."""

    @property
    def is_list(self) -> bool:
        """Say whether it is a manifest list: several images, one for each platform."""
        return self.media_type.endswith((".index.v1+json", ".manifest.list.v2+json"))

    @property
    def config(self) -> dict[str, Any]:
        """Return the config document (image-spec, config.md), parsed at each call.

        Raises Corrupt for one that an older version stored.
        """
        from pycman.images.image_config import parse_image_config  # listings do without

        return parse_image_config(self.config_text, subject=f"image {self.id[:12]}")

    @property
    def dangling(self) -> bool:
        """Say whether the image has no name, is not the parent of another image and in no manifest list."""
        return not (self.names or self.intermediate or self.in_list)


class RemoveReport(Record):
    """The result of a removal: the names and the image ids (hex) that were removed."""

    untagged: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
