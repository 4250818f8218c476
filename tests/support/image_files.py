"""Images as files, made in memory: layers, configs, docker-archives, OCI layouts; also broken ones."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar_of(files, *, directories=()):
    """Return a tar of {name: bytes}; a value of ("symlink", target) or ("hardlink", target) is a link."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in directories:
            member = tarfile.TarInfo(name)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(member)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                member.type = tarfile.SYMTYPE if content[0] == "symlink" else tarfile.LNKTYPE
                member.linkname = content[1]
                archive.addfile(member)
                continue
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return output.getvalue()


def config_of(layers, *, created="2024-01-02T03:04:05Z", architecture="amd64", **inner):
    """Return a config blob for plain layer tars; `inner` goes into its "config" object."""
    return json.dumps(
        {
            "created": created,
            "architecture": architecture,
            "os": "linux",
            "config": inner,
            "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
            "history": [{"created": created, "created_by": f"step {n}"} for n in range(len(layers))],
        }
    ).encode()


def docker_archive(layers, *, tags=("localhost/a:1",), config=None, blobs=None):
    """Return a docker-archive of one image; `blobs` replace the bytes stored for the layers."""
    config = config_of(layers) if config is None else config
    stored = layers if blobs is None else blobs
    names = [f"{n}/layer.tar" for n in range(len(stored))]
    entry = {"Config": "config.json", "RepoTags": list(tags), "Layers": names}
    files = dict(zip(names, stored, strict=True))
    return tar_of({**files, "config.json": config, "manifest.json": json.dumps([entry]).encode()})


def descriptor(data, media_type, **more):
    return {"mediaType": media_type, "digest": sha256(data), "size": len(data), **more}


def blob_name(data):
    return "blobs/" + sha256(data).replace(":", "/")


def oci_image(layers, *, config=None, blobs=None, suffix=""):
    """Return (manifest bytes, {member name: bytes}) of one image; `blobs` are the layers as stored."""
    config = config_of(layers) if config is None else config
    stored = layers if blobs is None else blobs
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": descriptor(config, OCI_CONFIG),
            "layers": [descriptor(blob, OCI_LAYER + suffix) for blob in stored],
        },
        indent=1,  # unlike what pycman writes: bytes must be kept as they came
    ).encode()
    return manifest, {blob_name(data): data for data in (config, manifest, *stored)}


def oci_archive(images):
    """Return an oci-archive of [(name or "", (manifest, files))]."""
    entries = []
    files = {}
    for name, (manifest, blobs) in images:
        more = {"annotations": {"org.opencontainers.image.ref.name": name}} if name else {}
        entries.append(descriptor(manifest, OCI_MANIFEST, **more))
        files.update(blobs)
    index = {"schemaVersion": 2, "manifests": entries}
    return tar_of({**files, "index.json": json.dumps(index).encode(), "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'})


def busybox_layer():
    """Return a small root file system with the host's static busybox."""
    with open("/bin/busybox", "rb") as file:
        program = file.read()
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp"):
            member = tarfile.TarInfo(name)
            member.type, member.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(member)
        member = tarfile.TarInfo("bin/busybox")
        member.size, member.mode = len(program), 0o755
        archive.addfile(member, io.BytesIO(program))
        for name in ("sh", "true", "false", "cat", "ls", "sleep", "echo"):
            member = tarfile.TarInfo(f"bin/{name}")
            member.type, member.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(member)
    return output.getvalue()
