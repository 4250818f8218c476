"""Manifest lists"""

from __future__ import annotations

from typing import Annotated

from cli.describe.images import AuthFile, CertDir, Creds, Quiet, TlsVerify
from cli.describe.kinds import EXISTS, IMAGE, TEXT, argument, command, flag, group, join, no_effect, unsupported

group("manifest", "Make manifest lists: images for several platforms under one name")

List = Annotated[str, argument("Name or ID of the manifest list", "LIST", TEXT)]
Digest = Annotated[str, argument("Digest of an image of the list, or the image's name", "DIGEST", TEXT)]
Annotation = Annotated[list[str], flag("--annotation", help="Set an annotation", metavar="KEY=VALUE")]
All = Annotated[bool, flag("--all", help="Add every image of a list in a registry")]


def connection(
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    insecure: Annotated[bool, flag("--insecure", help="Neither require HTTPS nor verify certificates")] = False,
) -> None:
    """Connect to registries."""


def platform(
    os: Annotated[str, flag("--os", help="Operating system of the image", metavar="OS")] = "",
    arch: Annotated[str, flag("--arch", help="Architecture of the image", metavar="ARCH", of="amd64|arm64|arm")] = "",
    variant: Annotated[str, flag("--variant", help="Variant of the architecture", metavar="VARIANT")] = "",
    os_version: Annotated[str, flag("--os-version", help="Version of the operating system", metavar="VERSION")] = "",
    os_features: Annotated[
        list[str], flag("--os-features", help="What the image needs of the system", metavar="NAME", splits=True)
    ] = [],
    features: Annotated[
        list[str], flag("--features", help="What the image needs of the processor", metavar="NAME", splits=True)
    ] = [],
) -> None:
    """Say what platform an image is for."""


@command(
    "manifest create",
    examples=(
        (
            "Put the images of two platforms under one name, and push them",
            "pycman manifest create web:1 web:1-amd64 web:1-arm64\npycman manifest push web:1 registry.example.com/team/web:1",
        ),
    ),
    see=("manifest push", "manifest add", "build"),
)
@join(connection)
def manifest_create(
    name: Annotated[str, argument("Name of the manifest list", "LIST", TEXT)],
    images: Annotated[list[str], argument("Images of the store or of registries", "[IMAGE…]", IMAGE)] = [],
    all: All = False,
    amend: Annotated[bool, flag("--amend", "-a", help="Add to the list if there is one of this name")] = False,
    annotation: Annotation = [],
) -> None:
    """Create a manifest list."""


_ARTIFACTS = "only images can be added, no artifacts"


def artifacts(
    artifact: Annotated[bool, unsupported("--artifact", why=_ARTIFACTS)] = False,
    artifact_config: Annotated[str, unsupported("--artifact-config", why=_ARTIFACTS)] = "",
    artifact_config_type: Annotated[str, unsupported("--artifact-config-type", why=_ARTIFACTS)] = "",
    artifact_exclude_titles: Annotated[bool, unsupported("--artifact-exclude-titles", why=_ARTIFACTS)] = False,
    artifact_layer_type: Annotated[str, unsupported("--artifact-layer-type", why=_ARTIFACTS)] = "",
    artifact_subject: Annotated[str, unsupported("--artifact-subject", why=_ARTIFACTS)] = "",
    artifact_type: Annotated[str, unsupported("--artifact-type", why=_ARTIFACTS)] = "",
) -> None:
    """Add artifacts."""


@command("manifest add")
@join(connection, platform, artifacts)
def manifest_add(
    name: List,
    images: Annotated[list[str], argument("Images of the store or of registries", "IMAGE…", IMAGE)],
    all: All = False,
    annotation: Annotation = [],
) -> None:
    """Add images to a manifest list."""


@command("manifest annotate")
@join(platform)
def manifest_annotate(
    name: List,
    digest: Annotated[
        list[str], argument("Digest of an image of the list, or the image's name", "[DIGEST]", TEXT)
    ] = [],
    annotation: Annotation = [],
    index: Annotated[bool, flag("--index", help="Set annotations of the list itself")] = False,
    subject: Annotated[str, unsupported("--subject", why="a list refers to no other")] = "",
) -> None:
    """Change what a manifest list says of an image."""


@command("manifest inspect")
@join(connection)
def manifest_inspect(
    name: Annotated[str, argument("Name or ID of the manifest list, or of an image in a registry", "LIST", TEXT)],
    verbose: Annotated[bool, no_effect("--verbose", "-v")] = False,
) -> None:
    """Show a manifest list, or the manifest of an image in a registry."""


_SIGNED = "lists are not signed: push and sign their images by themselves"


@command("manifest push")
@join(connection)
def manifest_push(
    name: List,
    destination: Annotated[list[str], argument("Name to push it to, if not its own", "[DESTINATION]", TEXT)] = [],
    all: Annotated[bool, flag("--all", help="Push the images, and not the list alone")] = True,
    digestfile: Annotated[
        str, flag("--digestfile", help="Write the digest of the pushed list to a file", metavar="FILE")
    ] = "",
    format: Annotated[
        str, flag("--format", "-f", help="Format of the list: oci or v2s2", metavar="FORMAT", of="oci|v2s2")
    ] = "",
    compression_format: Annotated[
        str,
        flag(
            "--compression-format",
            help="Compression of layers that are not compressed yet: gzip or zstd",
            metavar="KIND",
            of="gzip|zstd",
        ),
    ] = "",
    purge: Annotated[bool, flag("--purge", "-p", "--rm", help="Remove the list after pushing it")] = False,
    quiet: Quiet = False,
    remove_signatures: Annotated[bool, no_effect("--remove-signatures")] = False,
    add_compression: Annotated[
        list[str],
        flag(
            "--add-compression",
            help="Push each image once more, with its layers compressed so: gzip or zstd",
            metavar="KIND",
            of="gzip|zstd",
            splits=True,
        ),
    ] = [],
    compression_level: Annotated[
        int, flag("--compression-level", help="Level of the compression", metavar="LEVEL")
    ] = -1,
    force_compression: Annotated[
        bool, flag("--force-compression", help="Compress layers again that are compressed in another way")
    ] = False,
    sign_by: Annotated[str, unsupported("--sign-by", why=_SIGNED)] = "",
    sign_by_sigstore: Annotated[str, unsupported("--sign-by-sigstore", why=_SIGNED)] = "",
    sign_by_sigstore_private_key: Annotated[str, unsupported("--sign-by-sigstore-private-key", why=_SIGNED)] = "",
    sign_passphrase_file: Annotated[str, unsupported("--sign-passphrase-file", why=_SIGNED)] = "",
    sign_by_sq_fingerprint: Annotated[str, unsupported("--sign-by-sq-fingerprint", why=_SIGNED)] = "",
) -> None:
    """Push a manifest list and its images to a registry."""


@command("manifest remove")
def manifest_remove(name: List, digest: Digest) -> None:
    """Take an image out of a manifest list."""


@command("manifest rm")
def manifest_rm(
    names: Annotated[list[str], argument("Names or IDs of manifest lists", "LIST…", TEXT)],
    ignore: Annotated[bool, flag("--ignore", "-i", help="Ignore missing lists")] = False,
) -> None:
    """Remove manifest lists; their images stay."""


@command("manifest exists", statuses=EXISTS)
def manifest_exists(name: List) -> None:
    """Check whether a manifest list exists."""
