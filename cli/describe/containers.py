"""Containers"""

from __future__ import annotations

from typing import Annotated

from cli.describe import container_flags
from cli.describe.kinds import (
    COMMAND,
    COMMON,
    CONTAINER,
    CONTAINER_PATH,
    CONTAINERS,
    EXISTS,
    IMAGE,
    NETWORK,
    POD,
    RUN_STATUSES,
    RUNNING,
    SECRET,
    START_STATUSES,
    TEMPLATE_STATUS,
    TEXT,
    VOLUME,
    argument,
    command,
    filters,
    flag,
    group,
    join,
    no_effect,
    unsupported,
)

group("container", "Manage containers")
group("healthcheck", "Run health checks")

Names = Annotated[list[str], argument("Names or IDs of containers", "CONTAINER…", CONTAINER)]
SomeNames = Annotated[list[str], argument("Names or IDs of containers", "[CONTAINER…]", CONTAINER)]
SomeRunning = Annotated[list[str], argument("Names or IDs of containers", "[CONTAINER…]", RUNNING)]
OneRunning = Annotated[str, argument("Name or ID of the container", "CONTAINER", RUNNING)]
OneName = Annotated[str, argument("Name or ID of the container", "CONTAINER", CONTAINER)]
Latest = Annotated[bool, flag("--latest", "-l", help="Use the most recently created container")]
All = Annotated[bool, flag("--all", "-a", help="Use all containers")]
_KEYS = "ancestor before command expose exited health id label label! name network pod publish restart-policy since status until volume"
_STATES = "status=created|status=running|status=paused|status=exited|health=healthy|health=unhealthy|health=starting"
Filters = Annotated[list[str], filters("--filter", "-f", keys=_KEYS, values=_STATES)]
LongFilters = Annotated[list[str], filters("--filter", keys=_KEYS, values=_STATES)]
PruneFilters = Annotated[list[str], filters("--filter", keys="label label! until")]
Format = Annotated[
    str, flag("--format", help="Format the output with a Go template, or as json", metavar="FORMAT", of="json|table")
]
ShortFormat = Annotated[
    str, flag("--format", "-f", help="Format the output with a Go template, or as json", metavar="FORMAT", of="json")
]
Seconds = Annotated[
    int, flag("--time", "--timeout", "-t", help="Seconds to wait before killing the container", metavar="SECONDS")
]
Signal = Annotated[
    str,
    flag(
        "--signal",
        "-s",
        help="Signal to send to the container",
        metavar="SIGNAL",
        of="TERM|KILL|HUP|INT|QUIT|USR1|USR2",
    ),
]
CidFiles = Annotated[list[str], flag("--cidfile", help="Read the ID from a file", metavar="FILE")]
Ignore = Annotated[bool, flag("--ignore", "-i", help="Ignore missing containers")]
Keys = Annotated[str, flag("--detach-keys", help="Key sequence for detaching (ctrl-p,ctrl-q)", metavar="KEYS")]
Proxy = Annotated[bool, flag("--sig-proxy", help="Proxy received signals to the process")]
NoTrunc = Annotated[bool, flag("--no-trunc", "--notruncate", help="Do not truncate output")]


@command(
    "run",
    section=COMMON,
    also=("container run",),
    options_first=True,
    examples=(
        (
            "Run a shell in a new container, and remove the container afterwards",
            "pycman run --rm -it docker.io/library/busybox sh",
        ),
        (
            "Run a web server in the background and publish its port",
            "pycman run -d --name web -p 8080:80 docker.io/library/nginx",
        ),
        (
            "Limit memory and CPUs, and mount a directory read-only",
            "pycman run --rm -m 256m --cpus 0.5 -v /srv/data:/data:ro busybox ls /data",
        ),
    ),
    statuses=RUN_STATUSES,
    see=(
        "create",
        "start",
        "exec",
        "attach",
        "logs",
    ),
)
@join(container_flags.attached, *container_flags.ALL)
def run(
    image: Annotated[str, argument("Name or ID of the image", "IMAGE", IMAGE)],
    command: Annotated[list[str], argument("Command and its arguments", "[COMMAND [ARG…]]", COMMAND)] = [],
    detach: Annotated[
        bool, flag("--detach", "-d", help="Run the container in the background and print its ID")
    ] = False,
    sig_proxy: Proxy = True,
    rmi: Annotated[
        bool, flag("--rmi", help="Remove the image when the container exits, unless something else uses it")
    ] = False,
    preserve_fds: Annotated[int, unsupported("--preserve-fds", why="only exec passes descriptors on")] = 0,
) -> None:
    """Create and run a new container.

    The image is pulled if it is not in local storage. COMMAND and its arguments replace the command of the image. Options come
    before IMAGE: what follows it is passed to the container.
    """


@command(
    "create",
    section=CONTAINERS,
    also=("container create",),
    options_first=True,
    examples=(("Create a container and start it later", "pycman create --name job busybox sleep 60"),),
    statuses=RUN_STATUSES[:2],
    see=(
        "run",
        "start",
        "rm",
    ),
)
@join(container_flags.not_attached, *container_flags.ALL)
def create(
    image: Annotated[str, argument("Name or ID of the image", "IMAGE", IMAGE)],
    command: Annotated[list[str], argument("Command and its arguments", "[COMMAND [ARG…]]", COMMAND)] = [],
) -> None:
    """Create a container without starting it."""


@command(
    "start",
    section=CONTAINERS,
    statuses=START_STATUSES,
    also=("container start",),
    examples=(("Start a container and attach to its output", "pycman start -a job"),),
    see=(
        "run",
        "stop",
        "restart",
        "attach",
    ),
)
def start(
    names: SomeNames,
    attach: Annotated[
        bool, flag("--attach", "-a", help="Attach standard output and error, and forward signals")
    ] = False,
    interactive: Annotated[bool, flag("--interactive", "-i", help="Attach standard input")] = False,
    detach_keys: Keys = "",
    sig_proxy: Proxy = True,
    latest: Latest = False,
    all: Annotated[bool, flag("--all", help="Start all containers")] = False,
    filter: Filters = [],
    checkpoint: Annotated[str, unsupported("--checkpoint", why="checkpoints are not there yet")] = "",
    checkpoint_dir: Annotated[str, unsupported("--checkpoint-dir", why="checkpoints are not there yet")] = "",
) -> None:
    """Start containers."""


@command(
    "stop",
    section=COMMON,
    also=("container stop",),
    examples=(
        ("Stop a container, waiting up to 30 seconds before it is killed", "pycman stop -t 30 web"),
        ("Stop all running containers", "pycman stop -a"),
    ),
    see=(
        "start",
        "kill",
        "rm",
    ),
)
def stop(
    names: SomeRunning,
    time: Seconds = -1,
    signal: Signal = "",
    all: All = False,
    latest: Latest = False,
    ignore: Ignore = False,
    cidfile: CidFiles = [],
    filter: Filters = [],
) -> None:
    """Stop running containers.

    Each gets its stop signal, and SIGKILL if it still runs after the timeout.
    """


@command(
    "restart",
    section=CONTAINERS,
    also=("container restart",),
    see=(
        "start",
        "stop",
    ),
)
def restart(
    names: SomeNames,
    time: Seconds = -1,
    signal: Signal = "",
    all: All = False,
    latest: Latest = False,
    running: Annotated[bool, flag("--running", help="Restart only running containers")] = False,
    cidfile: CidFiles = [],
    filter: Filters = [],
) -> None:
    """Restart containers."""


@command(
    "kill",
    section=CONTAINERS,
    also=("container kill",),
    examples=(("Make a server read its configuration again", "pycman kill -s HUP web"),),
    see=("stop",),
)
def kill(
    names: SomeRunning, signal: Signal = "KILL", all: All = False, latest: Latest = False, cidfile: CidFiles = []
) -> None:
    """Send a signal to containers (SIGKILL by default)."""


@command(
    "rm",
    section=COMMON,
    also=(
        "remove",
        "container rm",
        "container remove",
    ),
    examples=(
        ("Remove a container, killing it if it runs", "pycman rm -f web"),
        ("Remove all containers and their anonymous volumes", "pycman rm -a -f -v"),
    ),
    see=(
        "stop",
        "container prune",
        "rmi",
    ),
)
def rm(
    names: SomeNames,
    force: Annotated[
        bool, flag("--force", "-f", help="Kill and remove running containers; ignore missing ones")
    ] = False,
    volumes: Annotated[bool, flag("--volumes", "-v", help="Remove anonymous volumes of the containers too")] = False,
    all: All = False,
    latest: Latest = False,
    ignore: Ignore = False,
    time: Seconds = -1,
    depend: Annotated[bool, flag("--depend", help="Remove containers that depend on these too")] = False,
    cidfile: CidFiles = [],
    filter: LongFilters = [],
    link: Annotated[bool, unsupported("--link", why="links are legacy: share a network instead")] = False,
    storage: Annotated[bool, no_effect("--storage")] = False,
) -> None:
    """Remove containers."""


@command("pause", section=CONTAINERS, also=("container pause",), see=("unpause",))
def pause(
    names: SomeRunning, all: All = False, latest: Latest = False, cidfile: CidFiles = [], filter: Filters = []
) -> None:
    """Pause all processes of containers."""


@command("unpause", section=CONTAINERS, also=("container unpause",), see=("pause",))
def unpause(
    names: SomeNames, all: All = False, latest: Latest = False, cidfile: CidFiles = [], filter: Filters = []
) -> None:
    """Unpause containers."""


@command(
    "wait",
    section=CONTAINERS,
    also=("container wait",),
    see=(
        "start",
        "stop",
    ),
)
def wait(
    names: SomeNames,
    condition: Annotated[
        list[str],
        flag(
            "--condition",
            help="Wait for this condition (stopped)",
            metavar="STATE",
            of="running|stopped|exited|healthy",
        ),
    ] = [],
    interval: Annotated[str, no_effect("--interval", "-i", metavar="TIME")] = "",
    latest: Latest = False,
    ignore: Annotated[bool, flag("--ignore", help="Ignore missing containers")] = False,
    exit_first_match: Annotated[
        bool, flag("--exit-first-match", help="Return when the first container meets the condition")
    ] = False,
) -> None:
    """Wait until containers stop, and print their exit codes."""


@command("rename", section=CONTAINERS, also=("container rename",))
def rename(name: OneName, new_name: Annotated[str, argument("New name", "NAME", TEXT)]) -> None:
    """Rename a container."""


@command(
    "init",
    section=CONTAINERS,
    also=("container init",),
    see=(
        "create",
        "start",
    ),
)
def init(names: SomeNames, all: All = False, latest: Latest = False) -> None:
    """Prepare containers: create their namespaces and mounts without starting the process."""


@command(
    "update",
    section=CONTAINERS,
    also=("container update",),
    examples=(("Raise the memory limit of a running container", "pycman update --memory 1g web"),),
    see=("run",),
)
@join(container_flags.limits)
def update(
    names: SomeNames,
    latest: Latest = False,
    restart: Annotated[
        str,
        flag(
            "--restart",
            help="Restart policy: no, on-failure[:N], always, unless-stopped",
            metavar="POLICY",
            of="no|on-failure|always|unless-stopped",
        ),
    ] = "",
) -> None:
    """Update the resource limits and restart policy of containers."""


@command(
    "ps",
    section=COMMON,
    also=(
        "container ps",
        "container ls",
        "container list",
    ),
    examples=(
        ("Show all containers, whatever their state", "pycman ps -a"),
        (
            "Show names and states of exited containers",
            "pycman ps -a --filter status=exited --format '{{.Names}}: {{.Status}}'",
        ),
    ),
    see=(
        "inspect",
        "pod ps",
        "stats",
    ),
)
def ps(
    all: Annotated[bool, flag("--all", "-a", help="Show all containers (default: only running ones)")] = False,
    filter: Filters = [],
    format: Format = "",
    last: Annotated[
        int, flag("--last", "-n", help="Show the N most recently created containers, whatever their state", metavar="N")
    ] = -1,
    latest: Latest = False,
    no_trunc: NoTrunc = False,
    noheading: Annotated[bool, flag("--noheading", help="Do not print column headings")] = False,
    pod: Annotated[bool, flag("--pod", "-p", help="Show the ID and name of the pod that each container is in")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only IDs")] = False,
    size: Annotated[bool, flag("--size", "-s", help="Show the total size of files")] = False,
    sort: Annotated[
        str,
        flag(
            "--sort",
            help="Sort by created, id, image, names, runningfor, status, size or command",
            metavar="KEY",
            of="created|id|image|names|runningfor|status|size|command",
        ),
    ] = "",
    ns: Annotated[bool, flag("--ns", "--namespace", help="Show the PID and namespace IDs of each container")] = False,
    sync: Annotated[bool, no_effect("--sync")] = False,
    external: Annotated[bool, no_effect("--external", "--storage")] = False,
    watch: Annotated[int, flag("--watch", "-w", help="Refresh every N seconds", metavar="N")] = 0,
) -> None:
    """List containers."""


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
    see=(
        "run",
        "attach",
        "top",
    ),
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
    preserve_fds: Annotated[
        int, flag("--preserve-fds", help="Pass N more file descriptors, from 3 on, to the process", metavar="N")
    ] = 0,
    cidfile: Annotated[str, flag("--cidfile", help="Read the container ID from a file", metavar="FILE")] = "",
    no_session: Annotated[bool, no_effect("--no-session")] = False,
) -> None:
    """Run a command in a running container."""


@command(
    "attach",
    section=CONTAINERS,
    statuses=RUN_STATUSES,
    also=("container attach",),
    see=(
        "exec",
        "logs",
    ),
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
    see=(
        "attach",
        "why",
    ),
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
    details: Annotated[bool, no_effect("--details")] = False,
    color: Annotated[bool, unsupported("--color", why="logs are not coloured")] = False,
    latest: Latest = False,
) -> None:
    """Fetch the logs of containers."""


@command(
    "top",
    section=CONTAINERS,
    also=("container top",),
    options_first=True,
    see=(
        "stats",
        "exec",
    ),
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
    see=(
        "top",
        "pod stats",
    ),
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
    see=(
        "run",
        "inspect",
    ),
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
    see=(
        "export",
        "diff",
    ),
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
    see=(
        "commit",
        "image diff",
    ),
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
    see=(
        "import",
        "save",
    ),
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
    see=(
        "diff",
        "export",
        "save",
    ),
)
def commit(
    name: OneName,
    image: Annotated[list[str], argument("Name of the new image", "[IMAGE]", TEXT)] = [],
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
    also=(
        "umount",
        "container unmount",
        "container umount",
    ),
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
    see=(
        "container inspect",
        "image inspect",
        "network inspect",
        "ps",
    ),
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
    see=(
        "logs",
        "inspect",
        "doctor",
    ),
)
def why(names: Names, format: Format = "") -> None:
    """Explain why containers failed to start, exited, restart or are unhealthy."""


@command(
    "container prune",
    see=(
        "rm",
        "system prune",
    ),
)
def container_prune(
    force: Annotated[bool, flag("--force", "-f", help="Do not ask for confirmation")] = False, filter: PruneFilters = []
) -> None:
    """Remove all stopped containers."""


@command("container exists", statuses=EXISTS)
def container_exists(name: OneName, external: Annotated[bool, no_effect("--external", "--storage")] = False) -> None:
    """Check whether a container exists."""


@command("container cleanup")
def container_cleanup(
    names: SomeNames,
    all: All = False,
    latest: Latest = False,
    rm: Annotated[bool, flag("--rm", help="Remove the containers too")] = False,
    rmi: Annotated[bool, flag("--rmi", help="Remove the images too, unless something else uses them")] = False,
    stopped_only: Annotated[bool, no_effect("--stopped-only")] = False,
    exit_command: Annotated[
        bool, flag("--exit-command", help="Called by the monitor when the container exits", hidden=True)
    ] = False,
) -> None:
    """Release the resources of exited containers."""


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
    see=(
        "run",
        "inspect",
    ),
)
def healthcheck_run(
    name: OneName,
    ignore_result: Annotated[bool, flag("--ignore-result", help="Exit with status 0 whatever the result is")] = False,
) -> None:
    """Run the health check of a container."""
