"""Commands of images and registries."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe.containers import Format, LongFilters, NoTrunc, ShortFormat
from cli.describe.kinds import argument, flag

app = typer.Typer()
image = typer.Typer()

Images = Annotated[list[str], argument("Images", "IMAGE…")]
SomeImages = Annotated[list[str], argument("Images", "[IMAGE…]")]
OneImage = Annotated[str, argument("Image", "IMAGE")]
AuthFile = Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")]
Creds = Annotated[str, flag("--creds", help="Use these credentials", metavar="USER[:PASSWORD]")]
CertDir = Annotated[str, flag("--cert-dir", help="Certificates for the registry", metavar="DIRECTORY")]
TlsVerify = Annotated[bool, flag("--tls-verify", help="Check the registry's certificate")]
SignaturePolicy = Annotated[str, flag("--signature-policy", help="Accepted", hidden=True)]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Print only the result")]
Retry = Annotated[int, flag("--retry", help="How often to try again", metavar="N")]
RetryDelay = Annotated[str, flag("--retry-delay", help="Time between tries", metavar="TIME")]
Platform = Annotated[str, flag("--platform", help="For this platform", metavar="OS/ARCH[/VARIANT]")]


@app.command("images")
def images(
    name: Annotated[list[str], argument("Repository or name", "[NAME]")],
    all: Annotated[bool, flag("--all", "-a", help="Show intermediate images too")] = False,
    digests: Annotated[bool, flag("--digests", help="Show digests")] = False,
    filter: Annotated[list[str], flag("--filter", "-f", help="Only those that match", metavar="KEY=VALUE")] = [],
    format: Format = "",
    no_trunc: NoTrunc = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print headings")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print ids only")] = False,
    sort: Annotated[str, flag("--sort", help="Sort by created, id, repository, size, tag", metavar="KEY")] = "",
    history: Annotated[bool, flag("--history", help="Accepted", hidden=True)] = False,
    tree: Annotated[bool, flag("--tree", help="Accepted", hidden=True)] = False,
) -> None:
    """List images."""


@app.command("pull")
def pull(
    names: Images,
    all_tags: Annotated[bool, flag("--all-tags", "-a", help="Pull all tags of the repository")] = False,
    policy: Annotated[str, flag("--policy", help="always, missing, never or newer", metavar="POLICY")] = "always",
    platform: Platform = "",
    arch: Annotated[str, flag("--arch", help="For this architecture", metavar="ARCH")] = "",
    os: Annotated[str, flag("--os", help="For this operating system", metavar="OS")] = "",
    variant: Annotated[str, flag("--variant", help="For this variant", metavar="VARIANT")] = "",
    quiet: Quiet = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    retry: Retry = 3,
    retry_delay: RetryDelay = "",
    disable_content_trust: Annotated[bool, flag("--disable-content-trust", help="Accepted", hidden=True)] = True,
    decryption_key: Annotated[list[str], flag("--decryption-key", help="Refused", hidden=True)] = [],
    signature_policy: SignaturePolicy = "",
) -> None:
    """Pull images from registries."""


@app.command("push")
def push(
    name: OneImage,
    destination: Annotated[list[str], argument("Where to", "[DESTINATION]")] = [],
    all_tags: Annotated[bool, flag("--all-tags", "-a", help="Push all tags of the repository")] = False,
    digestfile: Annotated[str, flag("--digestfile", help="Write the digest to a file", metavar="FILE")] = "",
    compression_format: Annotated[
        str, flag("--compression-format", help="gzip or zstd for layers without a blob", metavar="KIND")
    ] = "",
    format: Annotated[str, flag("--format", "-f", help="oci or v2s2", metavar="FORMAT")] = "",
    quiet: Quiet = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    retry: Retry = 3,
    retry_delay: RetryDelay = "",
    remove_signatures: Annotated[bool, flag("--remove-signatures", help="Accepted", hidden=True)] = False,
    platform: Annotated[str, flag("--platform", help="Accepted", metavar="PLATFORM", hidden=True)] = "",
    disable_content_trust: Annotated[bool, flag("--disable-content-trust", help="Accepted", hidden=True)] = True,
    compress: Annotated[bool, flag("--compress", help="Accepted", hidden=True)] = False,
    compression_level: Annotated[int, flag("--compression-level", help="Accepted", hidden=True)] = 0,
    force_compression: Annotated[bool, flag("--force-compression", help="Accepted", hidden=True)] = False,
    sign_by: Annotated[str, flag("--sign-by", help="Refused", hidden=True)] = "",
    sign_by_sigstore: Annotated[str, flag("--sign-by-sigstore", help="Refused", hidden=True)] = "",
    sign_by_sigstore_private_key: Annotated[
        str, flag("--sign-by-sigstore-private-key", help="Refused", hidden=True)
    ] = "",
    encryption_key: Annotated[list[str], flag("--encryption-key", help="Refused", hidden=True)] = [],
    signature_policy: SignaturePolicy = "",
) -> None:
    """Push an image to a registry."""


@app.command("login")
def login(
    registry: Annotated[list[str], argument("Registry (docker.io)", "[REGISTRY]")],
    username: Annotated[str, flag("--username", "-u", help="User name", metavar="NAME")] = "",
    password: Annotated[
        str, flag("--password", "-p", help="Password; better use --password-stdin", metavar="TEXT")
    ] = "",
    password_stdin: Annotated[bool, flag("--password-stdin", help="Read the password from standard input")] = False,
    get_login: Annotated[bool, flag("--get-login", help="Print who is logged in")] = False,
    authfile: AuthFile = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    verbose: Annotated[bool, flag("--verbose", "-v", help="Say where the credentials went")] = False,
    secret: Annotated[str, flag("--secret", help="Take the password from a secret", metavar="NAME")] = "",
    compat_auth_file: Annotated[
        str, flag("--compat-auth-file", help="Write to a docker config file", metavar="FILE")
    ] = "",
) -> None:
    """Log in to a registry."""


@app.command("logout")
def logout(
    registry: Annotated[list[str], argument("Registry (docker.io)", "[REGISTRY]")],
    all: Annotated[bool, flag("--all", "-a", help="Log out of all registries")] = False,
    authfile: AuthFile = "",
    compat_auth_file: Annotated[
        str, flag("--compat-auth-file", help="Remove it from a docker config file", metavar="FILE")
    ] = "",
) -> None:
    """Log out of a registry."""


@app.command("search")
def search(
    term: Annotated[str, argument("What to look for", "TERM")],
    filter: Annotated[list[str], flag("--filter", "-f", help="is-official, stars=N", metavar="KEY=VALUE")] = [],
    format: Format = "",
    compatible: Annotated[bool, flag("--compatible", help="Accepted", hidden=True)] = False,
    limit: Annotated[int, flag("--limit", help="At most N results", metavar="N")] = 25,
    list_tags: Annotated[bool, flag("--list-tags", help="List the tags of a repository")] = False,
    no_trunc: NoTrunc = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
) -> None:
    """Search registries."""


@app.command("rmi")
def rmi(
    names: SomeImages,
    all: Annotated[bool, flag("--all", "-a", help="Remove all images")] = False,
    force: Annotated[
        bool, flag("--force", "-f", help="Remove also if containers use it or it has several names")
    ] = False,
    ignore: Annotated[bool, flag("--ignore", "-i", help="Do not mind images that are not there")] = False,
    no_prune: Annotated[bool, flag("--no-prune", help="Keep parents that nothing names")] = False,
    platform: Annotated[list[str], flag("--platform", help="Accepted", metavar="PLATFORM", hidden=True)] = [],
) -> None:
    """Remove images or their names."""


@app.command("tag")
def tag(name: OneImage, names: Annotated[list[str], argument("New names", "NAME…")]) -> None:
    """Give an image more names."""


@app.command("untag")
def untag(name: OneImage, names: Annotated[list[str], argument("Names to take away", "[NAME…]")] = []) -> None:
    """Take names from an image."""


@app.command("save")
def save(
    names: Images,
    output: Annotated[str, flag("--output", "-o", help="Write to a file or directory", metavar="PATH")] = "",
    format: Annotated[
        str, flag("--format", help="docker-archive, oci-archive, oci-dir, docker-dir", metavar="FORMAT")
    ] = "docker-archive",
    multi_image_archive: Annotated[
        bool, flag("--multi-image-archive", "-m", help="Take all arguments as images")
    ] = False,
    compress: Annotated[bool, flag("--compress", help="Accepted", hidden=True)] = False,
    uncompressed: Annotated[bool, flag("--uncompressed", help="Accepted", hidden=True)] = False,
    quiet: Quiet = False,
    platform: Annotated[str, flag("--platform", help="Accepted", metavar="PLATFORM", hidden=True)] = "",
) -> None:
    """Write images as an archive."""


@app.command("load")
def load(
    input: Annotated[str, flag("--input", "-i", help="Read a file or directory", metavar="PATH")] = "",
    quiet: Quiet = False,
    platform: Annotated[str, flag("--platform", help="Accepted", metavar="PLATFORM", hidden=True)] = "",
) -> None:
    """Load images from an archive."""


@app.command("import")
def import_(
    source: Annotated[str, argument("File, URL or -", "SOURCE")],
    name: Annotated[list[str], argument("Name of the image", "[IMAGE]")] = [],
    change: Annotated[
        list[str], flag("--change", "-c", help="Apply a Dockerfile instruction", metavar="INSTRUCTION")
    ] = [],
    message: Annotated[str, flag("--message", "-m", help="Set a message", metavar="TEXT")] = "",
    arch: Annotated[str, flag("--arch", help="Set the architecture", metavar="ARCH")] = "",
    os: Annotated[str, flag("--os", help="Set the operating system", metavar="OS")] = "",
    variant: Annotated[str, flag("--variant", help="Set the variant", metavar="VARIANT")] = "",
    platform: Platform = "",
    quiet: Quiet = False,
) -> None:
    """Make an image of a file system tar."""


@app.command("history")
def history(
    name: OneImage,
    format: Format = "",
    human: Annotated[bool, flag("--human", "-H", help="Print sizes and times for people")] = True,
    no_trunc: NoTrunc = False,
    quiet: Quiet = False,
    platform: Annotated[str, flag("--platform", help="Accepted", metavar="PLATFORM", hidden=True)] = "",
) -> None:
    """Show the steps an image was made by."""


@image.command("inspect")
def image_inspect(
    names: Images,
    format: ShortFormat = "",
    platform: Annotated[str, flag("--platform", help="Accepted", metavar="PLATFORM", hidden=True)] = "",
) -> None:
    """Show all there is to know of images."""


@image.command("exists")
def image_exists(name: OneImage) -> None:
    """End with status 0 if there is such an image, else with 1."""


@image.command("prune")
def image_prune(
    all: Annotated[bool, flag("--all", "-a", help="Remove all that no container uses")] = False,
    force: Annotated[bool, flag("--force", "-f", help="Do not ask")] = False,
    filter: LongFilters = [],
    external: Annotated[bool, flag("--external", help="Accepted", hidden=True)] = False,
    build_cache: Annotated[bool, flag("--build-cache", help="Accepted", hidden=True)] = False,
) -> None:
    """Remove images that nothing names."""


@image.command("tree")
def image_tree(
    name: OneImage, whatrequires: Annotated[bool, flag("--whatrequires", help="Show the images that need it")] = False
) -> None:
    """Draw the layers of an image."""


@image.command("diff")
def image_diff(
    name: OneImage,
    other: Annotated[list[str], argument("Image to compare with", "[IMAGE]")] = [],
    format: Annotated[str, flag("--format", help="json", metavar="FORMAT")] = "",
) -> None:
    """Show what an image's top layer changes."""


@image.command("mount")
def image_mount(
    names: SomeImages,
    all: Annotated[bool, flag("--all", "-a", help="Mount all images")] = False,
    format: Annotated[str, flag("--format", help="json", metavar="FORMAT")] = "",
) -> None:
    """Mount images read-only, or list those mounted."""


@image.command("unmount")
def image_unmount(
    names: SomeImages,
    all: Annotated[bool, flag("--all", "-a", help="Unmount all images")] = False,
    force: Annotated[bool, flag("--force", "-f", help="Unmount also if others use it")] = False,
) -> None:
    """Unmount images."""
