"""Manifests and indexes of registries and archives."""

from __future__ import annotations

import json

from pycman.images.manifest import Index, check_image, parse_manifest
from tests.fuzz.target import Target
from tests.support.image_files import OCI_INDEX, OCI_MANIFEST


def run(data: bytes) -> None:
    first, _, rest = data.partition(b"\n")
    kind = first.decode("latin-1") if len(first) < 100 and b"{" not in first else ""
    manifest = parse_manifest(rest if kind else data, kind)
    if not isinstance(manifest, Index):
        check_image(manifest, subject="x")


_D = {
    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
    "digest": "sha256:" + "0" * 64,
    "size": 5,
    "annotations": {"a": "b"},
    "urls": ["http://x"],
}
_DOCKER = "application/vnd.docker.distribution.manifest."

TARGET = Target(
    run=run,
    seeds=(
        json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {**_D, "mediaType": "application/vnd.oci.image.config.v1+json"}, "layers": [_D]}).encode(),
        json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [{**_D, "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}}]}).encode(),
        json.dumps({"schemaVersion": 2, "mediaType": f"{_DOCKER}v2+json", "config": _D, "layers": [_D]}).encode(),
        json.dumps({"schemaVersion": 2, "mediaType": f"{_DOCKER}list.v2+json", "manifests": [_D]}).encode(),
        b'application/vnd.docker.distribution.manifest.v1+json\n{"schemaVersion": 1, "fsLayers": [], "history": []}',
        b'text/plain\n{"schemaVersion": 2}',
    ),
    words=(b'"schemaVersion"', b'"mediaType"', b'"layers"', b'"manifests"', b'"config"', b'"platform"', b'"digest"', b'"size"', b"null", b"[]", b"{}",
           b"NaN", b"1e999", b"sha256:", b"sha512:", b'"data"', b'"artifactType"', b'"subject"', b'"variant"', b'"os.version"', b"-1"),
)  # fmt: skip
