"""Builds"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format
from cli.describe.images import AuthFile, CertDir, Creds, TlsVerify
from cli.describe.kinds import (
    COMMON,
    FILE,
    IMAGE,
    NETWORK,
    TEXT,
    argument,
    command,
    filters,
    flag,
    group,
    join,
    no_effect,
    unsupported,
)

group("builder", "Manage the cache of builds")
group("buildx", "Docker's names of the commands that build")


def what(
    file: Annotated[
        list[str], flag("--file", "-f", help="Read this Dockerfile; - is standard input", metavar="FILE", splits=True)
    ] = [],
    tag: Annotated[list[str], flag("--tag", "-t", help="Give the image a name", metavar="NAME[:TAG]", of=IMAGE)] = [],
    build_arg: Annotated[
        list[str],
        flag("--build-arg", help="Set the value of an ARG; without = that of the environment", metavar="NAME[=VALUE]"),
    ] = [],
    build_arg_file: Annotated[
        list[str], flag("--build-arg-file", help="Read values of ARGs from a file", metavar="FILE")
    ] = [],
    build_context: Annotated[
        list[str],
        flag(
            "--build-context",
            help="Name a further context: a directory, URL or docker-image://NAME",
            metavar="NAME=WHERE",
        ),
    ] = [],
    target: Annotated[str, flag("--target", help="Build this stage, and what it needs", metavar="STAGE")] = "",
    platform: Annotated[
        list[str],
        flag(
            "--platform",
            help="Platform of the image; several make a manifest list",
            metavar="OS/ARCH[/VARIANT]",
            splits=True,
            of="linux/amd64|linux/arm64|linux/arm/v7",
        ),
    ] = [],
    arch: Annotated[str, flag("--arch", help="Architecture of the image", metavar="ARCH", of="amd64|arm64|arm")] = "",
    os: Annotated[str, flag("--os", help="Operating system of the image", metavar="OS")] = "",
    variant: Annotated[str, flag("--variant", help="CPU variant of the image", metavar="VARIANT")] = "",
    from_: Annotated[
        str, flag("--from", help="Take this image in place of the first FROM's", metavar="IMAGE", of=IMAGE)
    ] = "",
    ignorefile: Annotated[str, flag("--ignorefile", help="Read this ignore file", metavar="FILE")] = "",
    secret: Annotated[
        list[str],
        flag("--secret", help="Secret for RUN --mount=type=secret", metavar="id=ID[,src=FILE|,env=NAME]"),
    ] = [],
    ssh: Annotated[list[str], flag("--ssh", help="Agent for RUN --mount=type=ssh", metavar="default|ID[=SOCKET]")] = [],
    shell_on_error: Annotated[
        bool, flag("--shell-on-error", help="Open a shell in what a RUN that fails has left, before the build ends")
    ] = False,
    stdin: Annotated[bool, unsupported("--stdin", why="RUN has no standard input")] = False,
) -> None:
    """What is built."""


def result(
    output: Annotated[
        list[str],
        flag(
            "--output",
            "-o",
            help="Write files in place of an image in the store",
            metavar="DIRECTORY|type=TYPE,dest=PATH",
        ),
    ] = [],
    iidfile: Annotated[str, flag("--iidfile", help="Write the image's ID to a file", metavar="FILE")] = "",
    iidfile_raw: Annotated[
        str, flag("--iidfile-raw", help="Write the image's ID without sha256: to a file", metavar="FILE")
    ] = "",
    metadata_file: Annotated[
        str, flag("--metadata-file", help="Write names and digests of the result to a file (JSON)", metavar="FILE")
    ] = "",
    label: Annotated[list[str], flag("--label", help="Set a label of the image", metavar="KEY=VALUE")] = [],
    annotation: Annotated[
        list[str], flag("--annotation", help="Set an annotation of the manifest", metavar="KEY=VALUE")
    ] = [],
    env: Annotated[list[str], flag("--env", help="Add a variable to the image", metavar="NAME=VALUE")] = [],
    unsetenv: Annotated[
        list[str], flag("--unsetenv", help="Remove a variable from the image", metavar="NAME", splits=True)
    ] = [],
    unsetlabel: Annotated[
        list[str], flag("--unsetlabel", help="Remove a label from the image", metavar="KEY", splits=True)
    ] = [],
    format: Annotated[
        str, flag("--format", help="Format of the image: oci or docker", metavar="FORMAT", of="oci|docker")
    ] = "",
    squash: Annotated[bool, flag("--squash", help="Make one layer of all new ones")] = False,
    squash_all: Annotated[bool, flag("--squash-all", help="Make one layer of all layers")] = False,
    timestamp: Annotated[
        str, flag("--timestamp", help="Time of the image and latest time of its files, in seconds", metavar="SECONDS")
    ] = "",
    source_date_epoch: Annotated[
        str, flag("--source-date-epoch", help="The same (also $SOURCE_DATE_EPOCH)", metavar="SECONDS")
    ] = "",
    rewrite_timestamp: Annotated[bool, no_effect("--rewrite-timestamp")] = False,
    omit_history: Annotated[bool, flag("--omit-history", help="Leave the history out of the image")] = False,
    manifest: Annotated[
        str, flag("--manifest", help="Put the image into this manifest list, made if missing", metavar="NAME")
    ] = "",
    all_platforms: Annotated[bool, unsupported("--all-platforms", why="an image is built for one platform")] = False,
    load: Annotated[bool, no_effect("--load")] = False,
    push: Annotated[bool, flag("--push", help="Push the image by each of its names once it is built")] = False,
    compress: Annotated[bool, no_effect("--compress")] = False,
    disable_compression: Annotated[bool, no_effect("--disable-compression", "-D")] = True,
    identity_label: Annotated[
        bool, flag("--identity-label", help="Accepted: there is no label that says who built the image", hidden=True)
    ] = False,
    inherit_labels: Annotated[bool, flag("--inherit-labels", help="Keep the labels of the base image")] = True,
    inherit_annotations: Annotated[bool, no_effect("--inherit-annotations")] = True,
    created_annotation: Annotated[bool, no_effect("--created-annotation")] = True,
    provenance: Annotated[
        str, flag("--provenance", help="Accepted if false: there are no attestations", metavar="false", hidden=True)
    ] = "",
    attest: Annotated[list[str], unsupported("--attest", why="there are no attestations")] = [],
    sbom: Annotated[
        str, flag("--sbom", help="Accepted if false: there are no attestations", metavar="false", hidden=True)
    ] = "",
    sign_by: Annotated[str, unsupported("--sign-by", why="images are signed by pycman push --sign-by")] = "",
    signature_policy: Annotated[
        str, flag("--signature-policy", help="Obey this signature policy in place of policy.json", metavar="FILE")
    ] = "",
    layer_label: Annotated[list[str], unsupported("--layer-label", why="layers have no labels")] = [],
    os_feature: Annotated[list[str], unsupported("--os-feature", why="it is for Windows images")] = [],
    os_version: Annotated[str, unsupported("--os-version", why="it is for Windows images")] = "",
) -> None:
    """What comes of it."""


def cache(
    no_cache: Annotated[bool, flag("--no-cache", help="Carry out every step")] = False,
    no_cache_filter: Annotated[
        list[str], flag("--no-cache-filter", help="Carry out every step of these stages", metavar="STAGE", splits=True)
    ] = [],
    cache_ttl: Annotated[
        str, flag("--cache-ttl", help="Use only steps that are not older than this", metavar="TIME")
    ] = "",
    layers: Annotated[
        bool, flag("--layers", help="Make and cache a layer for each step; false makes a single one")
    ] = True,
    pull: Annotated[
        str,
        flag(
            "--pull",
            help='When to pull base images: always, missing, never or newer; --pull alone is always (default "missing")',
            metavar="POLICY",
            of="always|missing|never|newer",
            optional=True,
        ),
    ] = "",
    pull_always: Annotated[bool, flag("--pull-always", help="Pull base images", hidden=True)] = False,
    pull_never: Annotated[bool, flag("--pull-never", help="Never pull base images", hidden=True)] = False,
    explain: Annotated[bool, flag("--explain", help="Say of each step why it was not found in the cache")] = False,
    jobs: Annotated[
        int, flag("--jobs", help="Most stages to build at a time (as many as processors)", metavar="N")
    ] = 1,
    cache_from: Annotated[
        list[str],
        flag(
            "--cache-from",
            help="Take steps from a cache: a repository, type=registry,ref=REPOSITORY or type=local,src=DIR",
            metavar="CACHE",
        ),
    ] = [],
    cache_to: Annotated[
        list[str],
        flag(
            "--cache-to",
            help="Put steps into a cache: a repository, type=registry,ref=REPOSITORY or type=local,dest=DIR",
            metavar="CACHE",
        ),
    ] = [],
    skip_unused_stages: Annotated[
        bool, flag("--skip-unused-stages", help="Build only the stages that are needed", hidden=True)
    ] = True,
    force_rm: Annotated[bool, no_effect("--force-rm")] = True,
    rm: Annotated[bool, no_effect("--rm")] = True,
    save_stages: Annotated[bool, unsupported("--save-stages", why="stages are kept in the cache")] = False,
    builder: Annotated[str, no_effect("--builder")] = "",
) -> None:
    """The cache and the bases."""


def output(
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only the image's ID")] = False,
    progress: Annotated[
        str,
        flag(
            "--progress",
            help="How to show the build: auto, plain, tty or quiet",
            metavar="KIND",
            of="auto|plain|tty|quiet",
        ),
    ] = "auto",
    logfile: Annotated[str, flag("--logfile", help="Write what the build prints to a file", metavar="FILE")] = "",
    logsplit: Annotated[bool, unsupported("--logsplit", why="an image is built for one platform")] = False,
    authfile: Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")] = "",
    creds: Annotated[
        str, flag("--creds", help="Use these credentials for the registry", metavar="USER[:PASSWORD]")
    ] = "",
    cert_dir: Annotated[
        str, flag("--cert-dir", help="Use the TLS certificates in this directory for the registry", metavar="DIRECTORY")
    ] = "",
    tls_verify: Annotated[
        bool, flag("--tls-verify", help="Require HTTPS and verify the registry's certificate")
    ] = True,
    retry: Annotated[int, flag("--retry", help="Number of retries when a pull fails (3)", metavar="N")] = 3,
    retry_delay: Annotated[str, flag("--retry-delay", help="Delay between retries", metavar="TIME")] = "",
    disable_content_trust: Annotated[bool, no_effect("--disable-content-trust")] = True,
    decryption_key: Annotated[
        list[str], unsupported("--decryption-key", why="encrypted images are not supported")
    ] = [],
) -> None:
    """What is printed, and how registries are reached."""


def steps(
    network: Annotated[
        list[str],
        flag(
            "--network",
            "--net",
            help="Network of RUN: default, none, host or a network",
            metavar="MODE",
            of=f"none|host|{NETWORK}",
        ),
    ] = [],
    add_host: Annotated[
        list[str],
        flag("--add-host", help="Add a host-to-IP mapping to /etc/hosts", metavar="NAME:ADDRESS", splits=True),
    ] = [],
    dns: Annotated[list[str], flag("--dns", help="Set a DNS server", metavar="ADDRESS", splits=True)] = [],
    dns_search: Annotated[
        list[str], flag("--dns-search", help="Set a DNS search domain", metavar="DOMAIN", splits=True)
    ] = [],
    dns_option: Annotated[
        list[str], flag("--dns-option", help="Set a DNS resolver option", metavar="OPTION", splits=True)
    ] = [],
    no_hosts: Annotated[bool, flag("--no-hosts", help="Do not create /etc/hosts")] = False,
    http_proxy: Annotated[bool, flag("--http-proxy", help="Set the host's proxy variables for RUN")] = True,
    volume: Annotated[
        list[str],
        flag("--volume", "-v", help="Bind a directory of the host for RUN", metavar="SOURCE:PATH[:OPTIONS]", of=FILE),
    ] = [],
    device: Annotated[list[str], flag("--device", help="Add a host device for RUN", metavar="PATH[:PATH[:rwm]]")] = [],
    shm_size: Annotated[str, flag("--shm-size", help="Size of /dev/shm (64m)", metavar="SIZE")] = "",
    memory: Annotated[str, flag("--memory", "-m", help="Memory limit of RUN", metavar="SIZE")] = "",
    memory_swap: Annotated[
        str, flag("--memory-swap", help="Limit memory plus swap; -1 for unlimited swap", metavar="SIZE")
    ] = "",
    cpu_shares: Annotated[int, flag("--cpu-shares", "-c", help="CPU shares (relative weight)", metavar="N")] = 0,
    cpu_period: Annotated[int, flag("--cpu-period", help="Limit the CPU CFS period (microseconds)", metavar="US")] = 0,
    cpu_quota: Annotated[int, flag("--cpu-quota", help="Limit the CPU CFS quota (microseconds)", metavar="US")] = 0,
    cpuset_cpus: Annotated[
        str, flag("--cpuset-cpus", help="CPUS on which RUN may run (0-3, 0,1)", metavar="LIST")
    ] = "",
    cpuset_mems: Annotated[
        str, flag("--cpuset-mems", help="Memory nodes (NUMA) that RUN may use", metavar="LIST")
    ] = "",
    ulimit: Annotated[
        list[str], flag("--ulimit", help="Set a resource limit (ulimit)", metavar="NAME=SOFT[:HARD]", splits=True)
    ] = [],
    cgroup_parent: Annotated[str, flag("--cgroup-parent", help="Parent cgroup of RUN", metavar="PATH")] = "",
    cap_add: Annotated[list[str], flag("--cap-add", help="Add a Linux capability", metavar="NAME", splits=True)] = [],
    cap_drop: Annotated[
        list[str], flag("--cap-drop", help="Drop a Linux capability", metavar="NAME", splits=True)
    ] = [],
    security_opt: Annotated[list[str], flag("--security-opt", help="Set a security option", metavar="OPTION")] = [],
    group_add: Annotated[
        list[str], flag("--group-add", help="Add a supplementary group", metavar="GROUP", splits=True)
    ] = [],
    ipc: Annotated[str, flag("--ipc", help="IPC namespace of RUN", metavar="MODE", of="host|private")] = "",
    pid: Annotated[str, flag("--pid", help="PID namespace of RUN", metavar="MODE", of="host|private")] = "",
    uts: Annotated[str, flag("--uts", help="UTS namespace of RUN", metavar="MODE", of="host|private")] = "",
    cgroupns: Annotated[
        str, flag("--cgroupns", help="Cgroup namespace of RUN", metavar="MODE", of="host|private")
    ] = "",
    isolation: Annotated[
        str,
        flag(
            "--isolation",
            help="How RUN is isolated: oci (a container) or chroot (where no container can be made)",
            metavar="KIND",
            of="default|oci|chroot",
        ),
    ] = "",
    allow: Annotated[
        list[str], flag("--allow", help="Allow network.host to RUN --network=host", metavar="ENTITLEMENT", hidden=True)
    ] = [],
    runtime_flag: Annotated[
        list[str], unsupported("--runtime-flag", why="the OCI runtime gets no further flags", splits=True)
    ] = [],
    userns: Annotated[str, unsupported("--userns", why="RUN has the ids of the engine's own namespace")] = "",
    userns_uid_map: Annotated[
        list[str], unsupported("--userns-uid-map", why="RUN has the ids of the engine's own namespace", splits=True)
    ] = [],
    userns_gid_map: Annotated[
        list[str], unsupported("--userns-gid-map", why="RUN has the ids of the engine's own namespace", splits=True)
    ] = [],
    userns_uid_map_user: Annotated[
        str, unsupported("--userns-uid-map-user", why="RUN has the ids of the engine's own namespace")
    ] = "",
    userns_gid_map_group: Annotated[
        str, unsupported("--userns-gid-map-group", why="RUN has the ids of the engine's own namespace")
    ] = "",
    hooks_dir: Annotated[list[str], unsupported("--hooks-dir", why="hooks are not run")] = [],
    cpp_flag: Annotated[list[str], unsupported("--cpp-flag", why="Dockerfiles are not preprocessed")] = [],
    cw: Annotated[str, unsupported("--cw", why="confidential workloads are not supported")] = "",
    no_hostname: Annotated[bool, unsupported("--no-hostname", why="RUN always has its host name")] = False,
    compat_volumes: Annotated[
        bool, unsupported("--compat-volumes", why="VOLUME of the base does not discard what RUN writes")
    ] = False,
    sbom_image_output: Annotated[
        str, unsupported("--sbom-image-output", why="describe the image by a scanner of your own")
    ] = "",
    sbom_image_purl_output: Annotated[
        str, unsupported("--sbom-image-purl-output", why="describe the image by a scanner of your own")
    ] = "",
    sbom_merge_strategy: Annotated[
        str, unsupported("--sbom-merge-strategy", why="describe the image by a scanner of your own")
    ] = "",
    sbom_output: Annotated[str, unsupported("--sbom-output", why="describe the image by a scanner of your own")] = "",
    sbom_purl_output: Annotated[
        str, unsupported("--sbom-purl-output", why="describe the image by a scanner of your own")
    ] = "",
    sbom_scanner_image: Annotated[
        str, unsupported("--sbom-scanner-image", why="describe the image by a scanner of your own")
    ] = "",
    sbom_scanner_command: Annotated[
        list[str], unsupported("--sbom-scanner-command", why="describe the image by a scanner of your own")
    ] = [],
    source_policy_file: Annotated[
        str, unsupported("--source-policy-file", why="source policies are not supported")
    ] = "",
) -> None:
    """How RUN is carried out."""


@command(
    "build",
    section=COMMON,
    also=("image build", "builder build", "buildx build"),
    examples=(
        ("Build the Dockerfile of this directory", "pycman build -t web ."),
        ("Build one stage, with a build argument", "pycman build --target test --build-arg VERSION=2 ."),
        ("Give a step a secret that stays in no layer", "pycman build --secret id=token,src=token.txt ."),
        ("Write the files of the image to a directory", "pycman build -o out ."),
    ),
    see=("images", "push", "builder prune"),
)
@join(what, result, cache, output, steps)
def build(
    context: Annotated[list[str], argument("Directory, URL of a repository or tar, or -", "[CONTEXT]", FILE)] = [],
) -> None:
    """Build an image from a Dockerfile.

    Each step is kept in the cache of the store: a later build carries out only what has changed.
    """


@command("builder prune", also=("buildx prune",), see=("build", "buildx du", "system prune"))
def builder_prune(
    all: Annotated[
        bool, flag("--all", "-a", help="Remove every cached step, and the directories of cache mounts")
    ] = False,
    filter: Annotated[
        list[str], filters("--filter", keys="id type until unused-for", values="type=regular|type=exec.cachemount")
    ] = [],
    force: Annotated[bool, flag("--force", "-f", help="Do not ask")] = False,
    keep_storage: Annotated[
        str,
        flag(
            "--keep-storage",
            "--max-used-space",
            "--reserved-space",
            help="Keep the last used ones that fit into this size",
            metavar="SIZE",
        ),
    ] = "",
    verbose: Annotated[bool, flag("--verbose", help="Print the instruction of each step removed")] = False,
    builder: Annotated[str, no_effect("--builder")] = "",
) -> None:
    """Remove cached steps of builds that no image has."""


@command("buildx du", see=("builder prune", "system df"))
def buildx_du(
    filter: Annotated[
        list[str], filters("--filter", keys="id type until unused-for", values="type=regular|type=exec.cachemount")
    ] = [],
    verbose: Annotated[bool, flag("--verbose", help="Print everything that is known")] = False,
    format: Format = "",
    builder: Annotated[str, no_effect("--builder")] = "",
) -> None:
    """Print what the cache of builds takes."""


@command("buildx ls", see=("buildx inspect",))
def buildx_ls(format: Format = "") -> None:
    """List builders: the engine itself is the only one."""


@command("buildx inspect", see=("buildx ls",))
def buildx_inspect(
    name: Annotated[list[str], argument("Name of the builder", "[NAME]", TEXT)] = [],
    bootstrap: Annotated[bool, no_effect("--bootstrap")] = False,
) -> None:
    """Print the builder and its platforms."""


@command(
    "buildx imagetools",
    examples=(
        (
            "Put the images of two platforms under one name in a registry",
            "pycman buildx imagetools create -t registry.example.com/web:1 registry.example.com/web:1-amd64 registry.example.com/web:1-arm64",
        ),
    ),
    see=("manifest create", "manifest inspect"),
)
def buildx_imagetools(
    action: Annotated[
        list[str], argument("inspect or create, and names of images in registries", "ACTION NAME…", TEXT)
    ],
    tag: Annotated[list[str], flag("--tag", "-t", help="create: name to write to", metavar="NAME[:TAG]")] = [],
    append: Annotated[bool, flag("--append", help="create: keep the images that the name has")] = False,
    annotation: Annotated[
        list[str], flag("--annotation", help="create: set an annotation of the list", metavar="KEY=VALUE")
    ] = [],
    dry_run: Annotated[bool, flag("--dry-run", help="create: print the list in place of writing it")] = False,
    raw: Annotated[bool, flag("--raw", help="inspect: print the manifest as it is")] = False,
    format: Annotated[str, flag("--format", help="inspect: format with a Go template", metavar="TEMPLATE")] = "",
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
    builder: Annotated[str, no_effect("--builder")] = "",
) -> None:
    """Show or make manifest lists in registries."""


@command(
    "buildx bake",
    also=("bake",),
    examples=(
        ("Build the images of a compose file", "pycman buildx bake -f compose.yaml"),
        ("Show what would be built", "pycman buildx bake --print"),
    ),
    see=("build",),
)
def buildx_bake(
    targets: Annotated[list[str], argument("Targets or groups (default)", "[TARGET…]", TEXT)] = [],
    file: Annotated[
        list[str], flag("--file", "-f", help="Compose file, or bake file in JSON or YAML", metavar="FILE", of=FILE)
    ] = [],
    print: Annotated[bool, flag("--print", help="Print the targets as JSON, and build nothing")] = False,
    set: Annotated[
        list[str], flag("--set", help="Set a field of a target, or of * all", metavar="TARGET.FIELD=VALUE")
    ] = [],
    push: Annotated[bool, flag("--push", help="Push each image by its names")] = False,
    no_cache: Annotated[bool, flag("--no-cache", help="Carry out every step")] = False,
    pull: Annotated[bool, flag("--pull", help="Pull base images")] = False,
    allow: Annotated[
        list[str], flag("--allow", help="Allow network.host to RUN --network=host", metavar="ENTITLEMENT", hidden=True)
    ] = [],
    load: Annotated[bool, no_effect("--load")] = False,
    progress: Annotated[
        str, flag("--progress", help="How to show the builds: auto, plain, tty or quiet", metavar="KIND")
    ] = "",
    builder: Annotated[str, no_effect("--builder")] = "",
) -> None:
    """Build what a compose file or a bake file describes, one target after the other."""


@command("buildx version", see=("version",))
def buildx_version() -> None:
    """Print the version."""
