"""Images in files: docker-archive, oci-archive, OCI layout directories and docker-dir; whatever comes is understood.

members.py   random access to the members of a tar or directory; nothing is ever extracted by its name
docker.py    what docker's kinds say (pure but for the members)     layout.py  what an OCI layout says
found.py     an image found: documents checked, layers not yet read
load.py      all images of an archive into the store                save.py    images into an archive or directory

Sources: OCI image-spec v1.1 image-layout.md; Docker "image spec v1.2" (the manifest.json of `docker save`).
"""

from __future__ import annotations

from pycman.images.archive.load import LoadReport, load_images
from pycman.images.archive.save import SaveOptions, save_images

__all__ = ["LoadReport", "SaveOptions", "load_images", "save_images"]
