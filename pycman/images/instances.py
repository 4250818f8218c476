"""The image of a manifest list for one platform: what running, mounting or saving a list means (image-spec, image-index.md)."""

from __future__ import annotations

import os

from pycman.images.manifest import DOCKER_INDEX, OCI_INDEX
from pycman.images.platform import host_platform, matches, variant_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.platform import Platform
    from pycman.state.session import Session

INDEX_TYPES = (OCI_INDEX, DOCKER_INDEX)


def instance_id(session: Session, list_id: str, platform: Platform | None = None) -> str | None:
    """Return the id of the image that a list has for a platform (None: this machine's), or None.

    Only images of the store count. Of several the one with the highest variant is chosen, then the first.
    """
    wanted = platform or host_platform(os.uname().machine)
    rows = session.db.rows(
        "SELECT images.id, os, architecture, variant FROM list_entries JOIN images ON images.id = list_entries.image_id"
        f" WHERE list_id = ? AND media_type NOT IN {INDEX_TYPES} ORDER BY position",
        (list_id,),
    )
    fitting = [row for row in rows if matches(wanted, row["os"], row["architecture"], row["variant"])]
    return str(max(fitting, key=lambda row: variant_number(row["variant"]))["id"]) if fitting else None
