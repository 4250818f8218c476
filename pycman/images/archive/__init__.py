"""Images in files: docker-archive, oci-archive, OCI layout directories and docker-dir; read whatever comes, write what is asked.

    members.py   random access to the members of a tar or directory; nothing is ever extracted by its name
    load.py      what kind it is, its images into the store         save.py    images into an archive or directory

Sources: OCI image-spec v1.1 image-layout.md; Docker "image spec v1.2" (the manifest.json of `docker save`).
"""

from __future__ import annotations

from pycman.images.archive.load import LoadReport, load_images
from pycman.images.archive.save import SaveOptions, save_images

__all__ = ["LoadReport", "SaveOptions", "load_images", "save_images"]
