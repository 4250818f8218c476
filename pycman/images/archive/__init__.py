"""Images in files: docker-archive, oci-archive, OCI layout directories and docker-dir; loading detects the format.

    members.py         random access to the members of a tar or directory; no member is extracted under its name
      docker.py          docker-archive and docker-dir ─▶ ArchiveImage
      layout.py          OCI layout ─▶ ArchiveImage
      archive_image.py   ArchiveImage: documents read and verified, layers not read yet
    load.py            all images of an archive into the store, or none
    save.py            images into an archive or directory, through sinks.py (a tar stream, or a directory)

Sources: OCI image-spec v1.1 image-layout.md; Docker "image spec v1.2" (the manifest.json of `docker save`). May import
storage and the files of pycman/images above it; from transfer/ only what stores layers.
"""
