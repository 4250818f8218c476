"""Artifacts"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, NoTrunc, ShortFormat
from cli.describe.images import AuthFile, CertDir, Creds, Quiet, Retry, RetryDelay, TlsVerify
from cli.describe.kinds import FILE, TEXT, argument, command, flag, group, join, unsupported

group("artifact", "Keep files in registries: OCI artifacts")

_SIGNED = "artifacts are not signed: sign them with cosign"
_ENCRYPTED = "encrypted artifacts are not supported"
OneArtifact = Annotated[str, argument("Name or digest of the artifact", "ARTIFACT", TEXT)]
SomeArtifacts = Annotated[list[str], argument("Names or digests of artifacts", "[ARTIFACT…]", TEXT)]


def connection(
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    retry: Retry = 3,
    retry_delay: RetryDelay = "",
    quiet: Quiet = False,
) -> None:
    """Connect to registries."""


@command(
    "artifact add",
    examples=(
        (
            "Put two files under one name",
            "pycman artifact add registry.example.com/team/model:1 weights.bin config.json",
        ),
    ),
    see=("artifact push", "artifact extract"),
)
def artifact_add(
    name: Annotated[str, argument("Name of the artifact", "ARTIFACT", TEXT)],
    paths: Annotated[list[str], argument("Files to put into it", "FILE…", FILE)],
    annotation: Annotated[
        list[str], flag("--annotation", help="Set an annotation of the files", metavar="KEY=VALUE")
    ] = [],
    append: Annotated[bool, flag("--append", "-a", help="Add the files to the artifact there is")] = False,
    replace: Annotated[bool, flag("--replace", help="Put the new artifact in the place of the one there is")] = False,
    type: Annotated[str, flag("--type", help="Type of the artifact", metavar="TYPE")] = "",
    file_type: Annotated[
        str, flag("--file-type", help="Media type of the files (told by their content)", metavar="TYPE")
    ] = "",
) -> None:
    """Make an artifact of files.

    Prints the digest of its manifest. Without --type the type is application/vnd.unknown.artifact.v1.
    """


@command("artifact pull", see=("artifact extract", "login"))
@join(connection)
def artifact_pull(
    name: Annotated[str, argument("Name of the artifact", "ARTIFACT", TEXT)],
    decryption_key: Annotated[list[str], unsupported("--decryption-key", why=_ENCRYPTED)] = [],
) -> None:
    """Pull an artifact from a registry."""


@command("artifact push", see=("artifact add", "login"))
@join(connection)
def artifact_push(
    name: OneArtifact,
    destination: Annotated[list[str], argument("Name to push it to (its own if left out)", "[DESTINATION]", TEXT)] = [],
    digestfile: Annotated[str, flag("--digestfile", help="Write the digest to a file", metavar="FILE")] = "",
    sign_by: Annotated[str, unsupported("--sign-by", why=_SIGNED)] = "",
    sign_by_sigstore: Annotated[str, unsupported("--sign-by-sigstore", why=_SIGNED)] = "",
    sign_by_sigstore_private_key: Annotated[str, unsupported("--sign-by-sigstore-private-key", why=_SIGNED)] = "",
    sign_by_sq_fingerprint: Annotated[str, unsupported("--sign-by-sq-fingerprint", why=_SIGNED)] = "",
    sign_passphrase_file: Annotated[str, unsupported("--sign-passphrase-file", why=_SIGNED)] = "",
) -> None:
    """Push an artifact to a registry."""


@command("artifact ls", also=("artifact list",))
def artifact_ls(
    format: Format = "",
    no_trunc: NoTrunc = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only digests")] = False,
) -> None:
    """List artifacts."""


@command("artifact inspect")
def artifact_inspect(name: OneArtifact, format: ShortFormat = "") -> None:
    """Show detailed information about an artifact."""


@command("artifact rm", also=("artifact remove",))
def artifact_rm(
    names: SomeArtifacts,
    all: Annotated[bool, flag("--all", "-a", help="Remove all artifacts")] = False,
    ignore: Annotated[bool, flag("--ignore", "-i", help="Ignore missing artifacts")] = False,
) -> None:
    """Remove artifacts."""


@command("artifact extract", see=("artifact add",))
def artifact_extract(
    name: OneArtifact,
    target: Annotated[str, argument("Directory, or the file to write", "TARGET", FILE)],
    digest: Annotated[str, flag("--digest", help="Only the file with this digest", metavar="DIGEST")] = "",
    title: Annotated[str, flag("--title", help="Only the file with this title", metavar="NAME")] = "",
) -> None:
    """Write the files of an artifact.

    A directory gets files named by their titles. A target that is no directory is the file to write, for an artifact of one file, or
    the one that --title or --digest says.
    """
