"""Working with containers"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import (
    All,
    Format,
    Keys,
    Latest,
    Names,
    NoTrunc,
    OneName,
    OneRunning,
    PreserveFd,
    PreserveFds,
    Proxy,
    ShortFormat,
    SomeNames,
    SomeRunning,
)
from cli.describe.kinds import (
    COMMAND,
    COMMON,
    CONTAINER,
    CONTAINER_PATH,
    CONTAINERS,
    IMAGE,
    NETWORK,
    POD,
    RUN_STATUSES,
    RUNNING,
    SECRET,
    TEMPLATE_STATUS,
    TEXT,
    VOLUME,
    argument,
    command,
    flag,
    group,
    no_effect,
)

group("healthcheck", "Run health checks")


@command(
    "exec",
    section=COMMON,
    also=("container exec",),
    options_first=True,
    examples=(
        ("Open a shell in a running container", "pycman exec -it web sh"),
        ("Run a command as another user, with a variable set", "pycman exec -u nobody -e MODE=test web env"),
    ),
    statuses=RUN_STATUSES,
    see=("run", "attach", "top"),
)
def exec_(
    name: OneRunning,
    command: Annotated[list[str], argument("Command and its arguments", "COMMAND [ARG…]", COMMAND)],
    detach: Annotated[bool, flag("--detach", "-d", help="Detached mode: run the command in the background")] = False,
    interactive: Annotated[
        bool, flag("--interactive", "-i", help="Keep standard input open even if not attached")
    ] = False,
    tty: Annotated[bool, flag("--tty", "-t", help="Allocate a pseudo-terminal")] = False,
    env: Annotated[list[str], flag("--env", "-e", help="Set an environment variable", metavar="KEY[=VALUE]")] = [],
    env_file: Annotated[
        list[str], flag("--env-file", help="Read environment variables from a file", metavar="FILE")
    ] = [],
    user: Annotated[
        str, flag("--user", "-u", help="User name or uid, optionally with a group", metavar="NAME|UID[:GROUP|GID]")
    ] = "",
    workdir: Annotated[
        str, flag("--workdir", "-w", help="Working directory inside the container", metavar="PATH")
    ] = "",
    privileged: Annotated[bool, flag("--privileged", help="Give extended privileges to the process")] = False,
    detach_keys: Keys = "ctrl-p,ctrl-q",
    latest: Latest = False,
    preserve_fds: PreserveFds = 0,
    preserve_fd: PreserveFd = [],
    cidfile: Annotated[str, flag("--cidfile", help="Read the container ID from a file", metavar="FILE")] = "",
    no_session: Annotated[bool, no_effect("--no-session")] = False,
) -> None:
    """Run a command in a running container."""


@command(
    "attach",
    section=CONTAINERS,
    statuses=RUN_STATUSES,
    also=("container attach",),
    see=("exec", "logs"),
)
def attach(
    name: Annotated[list[str], argument("Name or ID of the container", "[CONTAINER]", RUNNING)],
    detach_keys: Keys = "ctrl-p,ctrl-q",
    no_stdin: Annotated[bool, flag("--no-stdin", help="Do not attach standard input")] = False,
    sig_proxy: Proxy = True,
    latest: Latest = False,
) -> None:
    """Attach to a running container."""


@command(
    "logs",
    section=COMMON,
    also=("container logs",),
    examples=(
        ("Follow the log, beginning with the last ten lines", "pycman logs -f -n 10 web"),
        ("Show what was logged in the last five minutes, with times", "pycman logs -t --since 5m web"),
    ),
    see=("attach", "why"),
)
def logs(
    names: SomeNames,
    follow: Annotated[bool, flag("--follow", "-f", help="Follow the output")] = False,
    since: Annotated[
        str, flag("--since", help="Show log lines since a timestamp or a relative time (10m)", metavar="TIME")
    ] = "",
    until: Annotated[
        str, flag("--until", help="Show log lines before a timestamp or a relative time (10m)", metavar="TIME")
    ] = "",
    tail: Annotated[
        str, flag("--tail", "-n", help="Number of lines to show from the end of the log", metavar="N")
    ] = "",
    timestamps: Annotated[bool, flag("--timestamps", "-t", help="Show timestamps")] = False,
    names_: Annotated[
        bool, flag("--names", help="Print the container name at the start of each line", podman_short="n")
    ] = False,
    details: Annotated[
        bool, flag("--details", help="Show the tag, labels and variables that --log-opt names before each line")
    ] = False,
    color: Annotated[bool, flag("--color", help="Show the lines of each container in a color of its own")] = False,
    latest: Latest = False,
) -> None:
    """Fetch the logs of containers."""


@command(
    "top",
    section=CONTAINERS,
    also=("container top",),
    options_first=True,
    see=("stats", "exec"),
)
def top(
    name: OneRunning,
    descriptors: Annotated[list[str], argument("Columns, or options of ps(1)", "[COLUMN…]", TEXT)] = [],
    latest: Latest = False,
) -> None:
    """Show the processes of a container.

    COLUMN is a descriptor of ps(1) such as pid, user, args or pcpu. Options of ps, as -ef, run the host's ps.
    """


@command(
    "stats",
    section=CONTAINERS,
    also=("container stats",),
    examples=(("Print the usage of all running containers once", "pycman stats --no-stream"),),
    see=("top", "pod stats"),
)
def stats(
    names: SomeRunning,
    all: Annotated[bool, flag("--all", "-a", help="Show all containers (default: only running ones)")] = False,
    format: Format = "",
    no_stream: Annotated[bool, flag("--no-stream", help="Print one sample and exit")] = False,
    no_trunc: NoTrunc = False,
    no_reset: Annotated[bool, flag("--no-reset", help="Do not clear the screen between samples")] = False,
    interval: Annotated[int, flag("--interval", "-i", help="Seconds between samples", metavar="N")] = 1,
    latest: Latest = False,
) -> None:
    """Show live resource usage of containers."""


@command(
    "port",
    section=CONTAINERS,
    also=("container port",),
    see=("run", "inspect"),
)
def port(
    names: Annotated[
        list[str],
        argument("Name or ID of the container, and a port to look for", "[CONTAINER [PORT]]", f"{CONTAINER} {TEXT}"),
    ],
    all: All = False,
    latest: Latest = False,
) -> None:
    """List the published ports of containers."""


@command(
    "cp",
    section=CONTAINERS,
    also=("container cp",),
    examples=(
        ("Copy a file into a container", "pycman cp site.conf web:/etc/nginx/conf.d/"),
        ("Copy a directory out of a container", "pycman cp web:/var/log/nginx ./logs"),
    ),
    see=("export", "diff"),
)
def cp(
    source: Annotated[str, argument("File or directory to copy", "SOURCE", CONTAINER_PATH)],
    target: Annotated[str, argument("Where to copy it", "TARGET", CONTAINER_PATH)],
    archive: Annotated[bool, flag("--archive", "-a", help="Keep the user and group IDs of copied files")] = False,
    follow_link: Annotated[bool, flag("--follow-link", "-L", help="Always follow a symbolic link in SOURCE")] = False,
    overwrite: Annotated[
        bool, flag("--overwrite", help="Allow replacing a directory with a file, and a file with a directory")
    ] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Suppress output")] = False,
    pause: Annotated[bool, no_effect("--pause")] = True,
    extract: Annotated[bool, no_effect("--extract")] = False,
) -> None:
    """Copy files between a container and the host.

    SOURCE and TARGET are paths; a path inside a container is written CONTAINER:PATH. `-` as SOURCE reads a tar stream from
    standard input, `-` as TARGET writes one to standard output.
    """


@command(
    "diff",
    section=CONTAINERS,
    also=("container diff",),
    see=("commit", "image diff"),
)
def diff(
    names: SomeNames,
    format: Annotated[str, flag("--format", help="Print as JSON (json)", metavar="FORMAT", of="json")] = "",
    latest: Latest = False,
) -> None:
    """Show changed files in the file systems of containers."""


@command(
    "export",
    section=CONTAINERS,
    also=("container export",),
    see=("import", "save"),
)
def export(
    name: OneName,
    output: Annotated[
        str, flag("--output", "-o", help="Write to a file instead of standard output", metavar="FILE")
    ] = "",
) -> None:
    """Export the file system of a container as a tar archive."""


@command(
    "commit",
    section=CONTAINERS,
    also=("container commit",),
    options_first=True,
    examples=(
        (
            "Create an image from a container, with another command",
            "pycman commit -c 'CMD [\"/usr/sbin/httpd\"]' web localhost/web:2",
        ),
    ),
    see=("diff", "export", "save"),
)
def commit(
    name: OneName,
    image: Annotated[list[str], argument("Name of the new image", "[IMAGE]", IMAGE)] = [],
    author: Annotated[str, flag("--author", "-a", help="Author of the image", metavar="NAME")] = "",
    change: Annotated[
        list[str], flag("--change", "-c", help="Apply a Dockerfile instruction to the image", metavar="INSTRUCTION")
    ] = [],
    message: Annotated[str, flag("--message", "-m", help="Set a commit message", metavar="TEXT")] = "",
    pause: Annotated[bool, flag("--pause", "-p", help="Pause the container during the commit")] = True,
    format: Annotated[
        str, flag("--format", "-f", help="Format of the image: oci or docker", metavar="FORMAT", of="oci|docker")
    ] = "",
    iidfile: Annotated[str, flag("--iidfile", help="Write the image ID to a file", metavar="FILE")] = "",
    include_volumes: Annotated[
        bool, flag("--include-volumes", help="Keep the container's volumes as volumes of the image")
    ] = False,
    squash: Annotated[bool, flag("--squash", "-s", help="Squash the layers of the image into one")] = False,
    quiet: Annotated[bool, no_effect("--quiet", "-q")] = False,
    config: Annotated[str, flag("--config", help="Merge container settings from a JSON file", metavar="FILE")] = "",
) -> None:
    """Create an image from a container's changes."""


@command("mount", section=CONTAINERS, also=("container mount",), see=("unmount",))
def mount(
    names: SomeNames,
    all: All = False,
    latest: Latest = False,
    format: Annotated[str, flag("--format", help="Print as JSON (json)", metavar="FORMAT", of="json")] = "",
    no_trunc: NoTrunc = False,
) -> None:
    """Mount the root file systems of containers, or list mounted ones."""


@command(
    "unmount",
    section=CONTAINERS,
    also=("umount", "container unmount", "container umount"),
    see=("mount",),
)
def unmount(
    names: SomeNames,
    all: All = False,
    latest: Latest = False,
    force: Annotated[bool, flag("--force", "-f", help="Unmount even if it is mounted several times")] = False,
) -> None:
    """Unmount the root file systems of containers."""


@command(
    "inspect",
    section=CONTAINERS,
    examples=(
        (
            "Print the IP addresses of a container",
            "pycman inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' web",
        ),
    ),
    statuses=TEMPLATE_STATUS,
    see=("container inspect", "image inspect", "network inspect", "ps"),
)
def inspect(
    names: Annotated[
        list[str],
        argument("Names or IDs of the objects", "NAME…", f"{CONTAINER}|{IMAGE}|{VOLUME}|{NETWORK}|{POD}|{SECRET}"),
    ],
    format: ShortFormat = "",
    size: Annotated[bool, flag("--size", "-s", help="Show the total size of files, for containers")] = False,
    type: Annotated[
        str,
        flag(
            "--type",
            "-t",
            help="Look only for this type: container, image, volume, network, pod or secret",
            metavar="TYPE",
            of="container|image|volume|network|pod|secret",
        ),
    ] = "",
    latest: Latest = False,
) -> None:
    """Show detailed information about containers, images, volumes, networks, pods and secrets."""


@command(
    "why",
    section=CONTAINERS,
    examples=(("Explain why a container exited", "pycman why web"),),
    see=("logs", "inspect", "doctor"),
)
def why(names: Names, format: Format = "") -> None:
    """Explain why containers failed to start, exited, restart or are unhealthy."""


@command("container inspect", statuses=TEMPLATE_STATUS, see=("inspect",))
def container_inspect(
    names: Names,
    format: ShortFormat = "",
    size: Annotated[bool, flag("--size", "-s", help="Show the total size of files")] = False,
    latest: Latest = False,
) -> None:
    """Show detailed information about containers."""


@command(
    "healthcheck run",
    statuses=(
        ("0", "The container is healthy."),
        ("1", "The check failed, or could not be run."),
    ),
    see=("run", "inspect"),
)
def healthcheck_run(
    name: OneName,
    ignore_result: Annotated[bool, flag("--ignore-result", help="Exit with status 0 whatever the result is")] = False,
) -> None:
    """Run the health check of a container."""


@command(
    "auto-update",
    section=CONTAINERS,
    examples=(
        (
            "Run a container that is updated when the registry has a newer image",
            "pycman run -d --label io.containers.autoupdate=registry docker.io/library/nginx\npycman auto-update --dry-run",
        ),
    ),
    see=("pull", "update"),
)
def auto_update(
    authfile: Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")] = "",
    dry_run: Annotated[bool, flag("--dry-run", help="Only say which updates there are")] = False,
    format: Annotated[str, flag("--format", help="Print with a Go template, or json", metavar="TEMPLATE")] = "",
    rollback: Annotated[
        bool, flag("--rollback", help="Start what ran before again if an update does not start")
    ] = True,
    tls_verify: Annotated[
        bool, flag("--tls-verify", help="Require HTTPS and verify the registry's certificate")
    ] = True,
) -> None:
    """Update running containers whose label io.containers.autoupdate asks for it.

    The label is registry (a newer image of the same name is pulled), local (the name means another image of the store now) or disabled.
    A container that runs in a systemd unit (label PODMAN_SYSTEMD_UNIT) is updated by a restart of its unit; any other is stopped and made
    again from its own settings. Its anonymous volumes are new. One that starts counts as updated: health is not waited for.
    Nothing runs this by itself: call it from a timer. A container whose namespaces others use is told, and left alone.
    """
