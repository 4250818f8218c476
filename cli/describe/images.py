"""Images and registries"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, NoTrunc, ShortFormat
from cli.describe.kinds import (
    COMMON,
    EXISTS,
    FILE,
    IMAGE,
    IMAGES,
    REGISTRY,
    SECRET,
    TEMPLATE_STATUS,
    TEXT,
    argument,
    command,
    filters,
    flag,
    group,
    no_effect,
    unsupported,
)

group("image", "Manage images")

Images = Annotated[list[str], argument("Names or IDs of images", "IMAGE…", IMAGE)]
SomeImages = Annotated[list[str], argument("Names or IDs of images", "[IMAGE…]", IMAGE)]
OneImage = Annotated[str, argument("Name or ID of the image", "IMAGE", IMAGE)]
AuthFile = Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")]
Creds = Annotated[str, flag("--creds", help="Use these credentials for the registry", metavar="USER[:PASSWORD]")]
CertDir = Annotated[
    str, flag("--cert-dir", help="Use the TLS certificates in this directory for the registry", metavar="DIRECTORY")
]
TlsVerify = Annotated[bool, flag("--tls-verify", help="Require HTTPS and verify the registry's certificate")]
SignaturePolicy = Annotated[
    str, flag("--signature-policy", help="Obey this signature policy in place of policy.json", metavar="FILE")
]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Suppress verbose output")]
NothingToSilence = Annotated[bool, no_effect("--quiet", "-q")]
Retry = Annotated[int, flag("--retry", help="Number of retries after a failure", metavar="N")]
RetryDelay = Annotated[str, flag("--retry-delay", help="Delay between retries", metavar="TIME")]
Platform = Annotated[
    str,
    flag(
        "--platform",
        help="Choose the image for this platform",
        metavar="OS/ARCH[/VARIANT]",
        of="linux/amd64|linux/arm64|linux/arm/v7",
    ),
]
StoredPlatform = Annotated[
    str,
    flag(
        "--platform",
        help="Fail unless the image is for this platform",
        metavar="OS/ARCH[/VARIANT]",
        of="linux/amd64|linux/arm64|linux/arm/v7",
    ),
]


@command(
    "images",
    section=COMMON,
    also=("image ls", "image list"),
    examples=(
        ("List the images of a repository", "pycman images busybox"),
        ("Print the size of every image", "pycman images --format '{{.Repository}}:{{.Tag}} {{.Size}}'"),
    ),
    see=("pull", "rmi", "image inspect"),
)
def images(
    name: Annotated[list[str], argument("Repository or name", "[NAME]", IMAGE)],
    all: Annotated[bool, flag("--all", "-a", help="Show all images, with intermediate ones")] = False,
    digests: Annotated[bool, flag("--digests", help="Show digests")] = False,
    filter: Annotated[
        list[str],
        filters(
            "--filter",
            "-f",
            keys="after before containers dangling digest id intermediate label label! reference since until",
            values="dangling=true|dangling=false",
        ),
    ] = [],
    format: Format = "",
    no_trunc: NoTrunc = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only IDs")] = False,
    sort: Annotated[
        str,
        flag(
            "--sort",
            help="Sort by created, id, repository, size or tag",
            metavar="KEY",
            of="created|id|repository|size|tag",
        ),
    ] = "",
    history: Annotated[bool, unsupported("--history", why="former names are not kept")] = False,
    tree: Annotated[bool, unsupported("--tree", why="there is pycman image tree")] = False,
) -> None:
    """List images."""


@command(
    "pull",
    section=COMMON,
    also=("image pull",),
    examples=(
        ("Pull an image", "pycman pull docker.io/library/busybox"),
        ("Pull it for another platform", "pycman pull --platform linux/arm64 docker.io/library/busybox"),
    ),
    see=("push", "login", "images"),
)
def pull(
    names: Annotated[list[str], argument("Names of images", "IMAGE…", IMAGE)],
    all_tags: Annotated[bool, flag("--all-tags", "-a", help="Pull all tags of the repository")] = False,
    policy: Annotated[
        str,
        flag(
            "--policy",
            help="When to pull: always, missing, never or newer",
            metavar="POLICY",
            of="always|missing|never|newer",
        ),
    ] = "always",
    platform: Platform = "",
    arch: Annotated[
        str,
        flag(
            "--arch",
            "--override-arch",
            help="Choose the image for this architecture",
            metavar="ARCH",
            of="amd64|arm64|arm",
        ),
    ] = "",
    os: Annotated[
        str, flag("--os", "--override-os", help="Choose the image for this operating system", metavar="OS")
    ] = "",
    variant: Annotated[
        str, flag("--variant", "--override-variant", help="Choose the image for this CPU variant", metavar="VARIANT")
    ] = "",
    quiet: Quiet = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    retry: Retry = 3,
    retry_delay: RetryDelay = "",
    disable_content_trust: Annotated[bool, no_effect("--disable-content-trust")] = True,
    decryption_key: Annotated[
        list[str], unsupported("--decryption-key", why="encrypted images are not supported")
    ] = [],
    signature_policy: SignaturePolicy = "",
) -> None:
    """Pull images from registries."""


@command(
    "push",
    section=COMMON,
    also=("image push",),
    examples=(
        ("Push a local image to a registry", "pycman push localhost/web:2 registry.example.com/team/web:2"),
        ("Push and sign it", "pycman push --sign-by ann@example.com localhost/web:2 registry.example.com/team/web:2"),
    ),
    see=("pull", "login", "tag"),
)
def push(
    name: OneImage,
    destination: Annotated[list[str], argument("Name to push it to, if not its own", "[DESTINATION]", TEXT)] = [],
    all_tags: Annotated[bool, flag("--all-tags", "-a", help="Push all tags of the repository")] = False,
    digestfile: Annotated[
        str, flag("--digestfile", help="Write the digest of the pushed image to a file", metavar="FILE")
    ] = "",
    compression_format: Annotated[
        str,
        flag(
            "--compression-format",
            help="Compression of layers that are not compressed yet: gzip or zstd (zstd:chunked is taken as zstd)",
            metavar="KIND",
            of="gzip|zstd",
        ),
    ] = "",
    format: Annotated[
        str, flag("--format", "-f", help="Manifest format: oci or v2s2", metavar="FORMAT", of="oci|v2s2")
    ] = "",
    quiet: Quiet = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    retry: Retry = 3,
    retry_delay: RetryDelay = "",
    remove_signatures: Annotated[bool, no_effect("--remove-signatures")] = False,
    platform: StoredPlatform = "",
    disable_content_trust: Annotated[bool, no_effect("--disable-content-trust")] = True,
    compress: Annotated[bool, no_effect("--compress")] = False,
    compression_level: Annotated[
        int, flag("--compression-level", help="Level of compression: gzip 1 to 9, zstd 1 to 22", metavar="LEVEL")
    ] = -1,
    force_compression: Annotated[
        bool, flag("--force-compression", help="Compress layers anew that have another compression")
    ] = False,
    encrypt_layer: Annotated[list[int], unsupported("--encrypt-layer", why="images are not encrypted")] = [],
    sign_by: Annotated[
        str, flag("--sign-by", help="Sign the image with this key of the GPG keyring", metavar="FINGERPRINT")
    ] = "",
    sign_by_sigstore: Annotated[
        str,
        flag("--sign-by-sigstore", help="Sign the image as this file of signing parameters says", metavar="FILE"),
    ] = "",
    sign_by_sigstore_private_key: Annotated[
        str,
        flag("--sign-by-sigstore-private-key", help="Sign the image with this private key of cosign", metavar="FILE"),
    ] = "",
    sign_by_sq_fingerprint: Annotated[
        str,
        unsupported("--sign-by-sq-fingerprint", why="Sequoia's keys are not supported: name one of GPG by --sign-by"),
    ] = "",
    sign_passphrase_file: Annotated[
        str,
        flag("--sign-passphrase-file", help="Read the passphrase of the signing key from this file", metavar="FILE"),
    ] = "",
    encryption_key: Annotated[list[str], unsupported("--encryption-key", why="images are not encrypted")] = [],
    signature_policy: SignaturePolicy = "",
) -> None:
    """Push an image to a registry."""


@command(
    "login",
    section=COMMON,
    examples=(
        (
            "Log in without the password in the shell's history",
            "pycman login -u ann --password-stdin registry.example.com < password",
        ),
    ),
    see=("logout", "pull", "push"),
)
def login(
    registry: Annotated[list[str], argument("Host of the registry (docker.io)", "[REGISTRY]", REGISTRY)],
    username: Annotated[str, flag("--username", "-u", help="User name", metavar="NAME")] = "",
    password: Annotated[
        str, flag("--password", "-p", help="Password (--password-stdin is safer)", metavar="TEXT")
    ] = "",
    password_stdin: Annotated[bool, flag("--password-stdin", help="Read the password from standard input")] = False,
    get_login: Annotated[bool, flag("--get-login", help="Print the user who is logged in")] = False,
    authfile: AuthFile = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    verbose: Annotated[bool, flag("--verbose", "-v", help="Print where the credentials are stored")] = False,
    secret: Annotated[str, flag("--secret", help="Read the password from a secret", metavar="NAME", of=SECRET)] = "",
    compat_auth_file: Annotated[
        str, flag("--compat-auth-file", help="Write the credentials to a Docker config.json", metavar="FILE")
    ] = "",
) -> None:
    """Log in to a registry."""


@command("logout", section=IMAGES, see=("login",))
def logout(
    registry: Annotated[list[str], argument("Host of the registry (docker.io)", "[REGISTRY]", REGISTRY)],
    all: Annotated[bool, flag("--all", "-a", help="Log out of all registries")] = False,
    authfile: AuthFile = "",
    compat_auth_file: Annotated[
        str, flag("--compat-auth-file", help="Remove the credentials from a Docker config.json", metavar="FILE")
    ] = "",
) -> None:
    """Log out of a registry."""


@command("search", section=IMAGES, also=("image search",), see=("pull",))
def search(
    term: Annotated[str, argument("Search term", "TERM", TEXT)],
    filter: Annotated[
        list[str], flag("--filter", "-f", help="Filter results: is-official, stars=N", metavar="KEY=VALUE")
    ] = [],
    format: Format = "",
    compatible: Annotated[bool, no_effect("--compatible")] = False,
    limit: Annotated[int, flag("--limit", help="Maximum number of results", metavar="N")] = 25,
    list_tags: Annotated[bool, flag("--list-tags", help="List the tags of a repository")] = False,
    no_trunc: NoTrunc = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
) -> None:
    """Search registries."""


@command(
    "rmi",
    section=COMMON,
    also=("image rm", "image remove", "image rmi"),
    examples=(("Remove an image", "pycman rmi busybox"),),
    see=("images", "image prune", "rm"),
)
def rmi(
    names: SomeImages,
    all: Annotated[bool, flag("--all", "-a", help="Remove all images")] = False,
    force: Annotated[
        bool, flag("--force", "-f", help="Remove all names given by ID, and the names of an image that containers use")
    ] = False,
    ignore: Annotated[bool, flag("--ignore", "-i", help="Ignore missing images")] = False,
    no_prune: Annotated[bool, flag("--no-prune", help="Do not remove untagged parents")] = False,
    platform: StoredPlatform = "",
) -> None:
    """Remove images.

    An image with several names only loses the name given; the image goes with its last name.

    Containers stay, as with docker: by force an image that they use loses its names. Called as podman, the force removes them.
    """


@command(
    "tag",
    section=IMAGES,
    also=("image tag",),
    options_first=True,
    examples=(("Give an image a name in a registry", "pycman tag busybox registry.example.com/team/busybox:1"),),
    see=("untag", "push"),
)
def tag(name: OneImage, names: Annotated[list[str], argument("Names to add", "NAME…", TEXT)]) -> None:
    """Add names to an image."""


@command("untag", section=IMAGES, also=("image untag",), see=("tag",))
def untag(
    name: OneImage, names: Annotated[list[str], argument("Names to remove (all)", "[NAME…]", IMAGE)] = []
) -> None:
    """Remove names from an image."""


@command(
    "save",
    section=IMAGES,
    also=("image save",),
    examples=(("Save an image to a file", "pycman save -o busybox.tar busybox"),),
    see=("load", "export"),
)
def save(
    names: Images,
    output: Annotated[
        str, flag("--output", "-o", help="Write to a file or directory instead of standard output", metavar="PATH")
    ] = "",
    format: Annotated[
        str,
        flag(
            "--format",
            help="Archive format: docker-archive, oci-archive, oci-dir or docker-dir",
            metavar="FORMAT",
            of="docker-archive|oci-archive|oci-dir|docker-dir",
        ),
    ] = "docker-archive",
    multi_image_archive: Annotated[bool, no_effect("--multi-image-archive", "-m")] = False,
    compress: Annotated[bool, flag("--compress", help="Compress layers with gzip, except in a docker-archive")] = False,
    uncompressed: Annotated[
        bool, flag("--uncompressed", help="Write layers uncompressed in the oci and -dir formats too")
    ] = False,
    quiet: NothingToSilence = False,
    platform: StoredPlatform = "",
    signature_policy: SignaturePolicy = "",
) -> None:
    """Save images to an archive."""


@command(
    "load",
    section=IMAGES,
    also=("image load",),
    examples=(("Load the images of an archive", "pycman load -i busybox.tar"),),
    see=("save", "import"),
)
def load(
    input: Annotated[
        str, flag("--input", "-i", help="Read from a file or directory instead of standard input", metavar="PATH")
    ] = "",
    quiet: NothingToSilence = False,
    platform: Annotated[str, unsupported("--platform", why="all images of an archive are loaded")] = "",
    signature_policy: SignaturePolicy = "",
) -> None:
    """Load images from an archive."""


@command(
    "import",
    section=IMAGES,
    also=("image import",),
    see=("export", "load"),
)
def import_(
    source: Annotated[str, argument("File, URL, or - for standard input", "SOURCE", FILE)],
    name: Annotated[list[str], argument("Name of the image", "[IMAGE]", IMAGE)] = [],
    change: Annotated[
        list[str], flag("--change", "-c", help="Apply a Dockerfile instruction to the image", metavar="INSTRUCTION")
    ] = [],
    message: Annotated[str, flag("--message", "-m", help="Set a commit message", metavar="TEXT")] = "",
    arch: Annotated[
        str,
        flag(
            "--arch", "--override-arch", help="Set the architecture of the image", metavar="ARCH", of="amd64|arm64|arm"
        ),
    ] = "",
    os: Annotated[str, flag("--os", "--override-os", help="Set the operating system of the image", metavar="OS")] = "",
    variant: Annotated[
        str, flag("--variant", "--override-variant", help="Set the CPU variant of the image", metavar="VARIANT")
    ] = "",
    platform: Annotated[
        str, flag("--platform", help="Set the platform of the image", metavar="OS/ARCH[/VARIANT]")
    ] = "",
    quiet: NothingToSilence = False,
    signature_policy: SignaturePolicy = "",
) -> None:
    """Create an image from a tar archive of a file system."""


@command("history", section=IMAGES, also=("image history",), see=("image tree",))
def history(
    name: OneImage,
    format: Format = "",
    human: Annotated[bool, flag("--human", "-H", help="Print sizes and dates in human-readable form")] = True,
    no_trunc: NoTrunc = False,
    quiet: Quiet = False,
    platform: StoredPlatform = "",
) -> None:
    """Show the history of an image."""


@command(
    "image inspect",
    statuses=TEMPLATE_STATUS,
    see=("inspect", "history"),
)
def image_inspect(
    names: Images,
    format: ShortFormat = "",
    platform: StoredPlatform = "",
) -> None:
    """Show detailed information about images."""


@command("image exists", statuses=EXISTS)
def image_exists(name: OneImage) -> None:
    """Check whether an image exists."""


@command(
    "image prune",
    see=("rmi", "system prune"),
)
def image_prune(
    all: Annotated[
        bool, flag("--all", "-a", help="Remove all images without containers, not only dangling ones")
    ] = False,
    force: Annotated[bool, flag("--force", "-f", help="Do not ask for confirmation")] = False,
    filter: Annotated[list[str], filters("--filter", keys="label label! until")] = [],
    external: Annotated[bool, no_effect("--external", "--storage")] = False,
    build_cache: Annotated[bool, no_effect("--build-cache")] = False,
) -> None:
    """Remove dangling images."""


@command(
    "image sign",
    examples=(
        (
            "Sign an image that is in a registry",
            "pycman image sign --sign-by ann@example.com registry.example.com/team/web:2",
        ),
    ),
    see=("push", "image trust"),
)
def image_sign(
    names: Annotated[list[str], argument("Names of images in registries", "IMAGE…", IMAGE)],
    sign_by: Annotated[str, flag("--sign-by", help="Key of the GPG keyring", metavar="FINGERPRINT")] = "",
    directory: Annotated[
        str, flag("--directory", "-d", help="Store signatures below this directory", metavar="DIRECTORY")
    ] = "",
    all: Annotated[bool, flag("--all", "-a", help="Sign the index and every image of it")] = False,
    sign_passphrase_file: Annotated[
        str, flag("--sign-passphrase-file", help="Read the passphrase of the key from this file", metavar="FILE")
    ] = "",
    authfile: AuthFile = "",
    cert_dir: CertDir = "",
) -> None:
    """Sign images that are in registries."""


@command(
    "image trust",
    examples=(
        ("Show which images are trusted", "pycman image trust show"),
        ("Trust nothing that nobody has signed", "pycman image trust set --type reject default"),
        (
            "Trust what a key has signed",
            "pycman image trust set -f /etc/pki/containers/team.gpg registry.example.com/team",
        ),
    ),
    see=("image sign", "pull"),
)
def image_trust(
    action: Annotated[
        list[str], argument("show or set, and a registry, repository or default", "ACTION [SCOPE]", TEXT)
    ],
    type: Annotated[
        str,
        flag(
            "--type",
            "-t",
            help="What to require: signedBy, sigstoreSigned, accept or reject",
            metavar="TYPE",
            of="signedBy|sigstoreSigned|accept|reject",
        ),
    ] = "signedBy",
    pubkeysfile: Annotated[
        list[str], flag("--pubkeysfile", "-f", help="Public key that must have signed; may be repeated", metavar="FILE")
    ] = [],
    json: Annotated[bool, flag("--json", "-j", help="Print as JSON")] = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    raw: Annotated[bool, flag("--raw", help="Print the file as it is")] = False,
    signature_policy: Annotated[
        str,
        flag(
            "--signature-policy",
            "--policypath",
            help="Show or change this file in place of policy.json",
            metavar="FILE",
        ),
    ] = "",
) -> None:
    """Show or set which images are trusted.

    SCOPE is a registry, a repository or namespace in it, or default: what holds for all others.
    """


@command("image tree", see=("history",))
def image_tree(
    name: OneImage,
    whatrequires: Annotated[bool, flag("--whatrequires", help="Show the images that are built on this one")] = False,
) -> None:
    """Print the layers of an image as a tree."""


@command("image diff", see=("diff",))
def image_diff(
    name: OneImage,
    other: Annotated[list[str], argument("Image to compare with", "[IMAGE]", IMAGE)] = [],
    format: Annotated[str, flag("--format", help="Print as JSON (json)", metavar="FORMAT", of="json")] = "",
) -> None:
    """Show the changes of an image's top layer, or between two images."""


@command("image mount", see=("image unmount",))
def image_mount(
    names: SomeImages,
    all: Annotated[bool, flag("--all", "-a", help="Mount all images")] = False,
    format: Annotated[str, flag("--format", help="Print as JSON (json)", metavar="FORMAT", of="json")] = "",
) -> None:
    """Mount images read-only, or list mounted images."""


@command("image unmount", also=("image umount",), see=("image mount",))
def image_unmount(
    names: SomeImages,
    all: Annotated[bool, flag("--all", "-a", help="Unmount all images")] = False,
    force: Annotated[bool, flag("--force", "-f", help="Unmount even if it is mounted several times")] = False,
) -> None:
    """Unmount images."""
