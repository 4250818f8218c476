"""Archives of `load`: docker's and OCI layouts, packed and not."""

from __future__ import annotations

import gzip
import io
import json
import tempfile

from pycman.images.archive.load import read_images
from pycman.images.archive.members import open_members
from tests.fuzz.target import Target
from tests.support.image_files import docker_archive, oci_archive, oci_image, tar_of

_LAYER = tar_of({"etc/a": b"a" * 30}, directories=["etc"])


def run(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        members = open_members(io.BytesIO(data), scratch)
        try:
            read_images(members)
        finally:
            members.close()


def _manifest(**fields: object) -> bytes:
    entry = {"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l.tar"], **fields}
    return tar_of(
        {
            "manifest.json": json.dumps([entry]).encode(),
            "c.json": b'{"rootfs":{"diff_ids":["sha256:' + b"0" * 64 + b'"]}}',
            "l.tar": b"x",
        }
    )


TARGET = Target(
    run=run,
    seeds=(docker_archive([_LAYER]), gzip.compress(docker_archive([_LAYER]), mtime=0), _manifest(), _manifest(Layers=[]), oci_archive([("a:1", oci_image([_LAYER]))])),
    words=(b"manifest.json", b"index.json", b"oci-layout", b"blobs/sha256/", b'"mediaType"', b'"digest"', b'"size"', b'"annotations"',
           b'"RepoTags"', b'"Layers"', b'"Config"', b"null", b"[]", b"{}", b"NaN", b"sha256:", b"../"),
    longest=64 << 10,
)  # fmt: skip
