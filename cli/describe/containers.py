"""Containers"""

from __future__ import annotations

from typing import Annotated

from cli.describe import container_flags
from cli.describe.common import (
    All,
    CidFiles,
    Filters,
    Format,
    Ignore,
    Keys,
    Latest,
    LongFilters,
    NoTrunc,
    OneName,
    PreserveFd,
    PreserveFds,
    Proxy,
    PruneFilters,
    Seconds,
    Signal,
    SomeNames,
    SomeRunning,
)
from cli.describe.images import AuthFile, CertDir, Creds, TlsVerify
from cli.describe.kinds import (
    COMMAND,
    COMMON,
    CONTAINERS,
    EXISTS,
    FILE,
    IMAGE,
    POD,
    RUN_STATUSES,
    START_STATUSES,
    TEXT,
    argument,
    command,
    flag,
    group,
    join,
    no_effect,
    unsupported,
)

group("container", "Manage containers")


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
    see=("create", "start", "exec", "attach", "logs"),
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
    preserve_fds: PreserveFds = 0,
    preserve_fd: PreserveFd = [],
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
    see=("run", "start", "rm"),
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
    see=("run", "stop", "restart", "attach"),
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
    checkpoint: Annotated[
        str, flag("--checkpoint", help="Continue from a checkpoint with this name", metavar="NAME")
    ] = "",
    checkpoint_dir: Annotated[
        str, flag("--checkpoint-dir", help="Directory of the checkpoints (the container's own)", metavar="DIR", of=FILE)
    ] = "",
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
    see=("start", "kill", "rm"),
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
    see=("start", "stop"),
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
    also=("remove", "container rm", "container remove"),
    examples=(
        ("Remove a container, killing it if it runs", "pycman rm -f web"),
        ("Remove all containers and their anonymous volumes", "pycman rm -a -f -v"),
    ),
    see=("stop", "container prune", "rmi"),
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
    see=("start", "stop"),
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
    see=("create", "start"),
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
@join(container_flags.limits, container_flags.health)
def update(
    names: SomeNames,
    latest: Latest = False,
    env: Annotated[
        list[str],
        flag("--env", "-e", help="Set an environment variable, from the next start on", metavar="NAME[=VALUE]"),
    ] = [],
    unsetenv: Annotated[
        list[str], flag("--unsetenv", help="Unset an environment variable, from the next start on", metavar="NAME")
    ] = [],
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
    """Update limits, restart policy, environment and health checks of containers.

    New limits and checks hold at once, a new environment from the next start on.
    """


@command(
    "container runlabel",
    options_first=True,
    examples=(("See what an image's label would run", "pycman container runlabel --display install IMAGE"),),
    see=("run", "image inspect"),
)
def container_runlabel(
    label: Annotated[str, argument("Name of the label", "LABEL", TEXT)],
    image: Annotated[str, argument("Name or ID of the image", "IMAGE", IMAGE)],
    more: Annotated[list[str], argument("Further arguments of the command", "[ARG…]", FILE)] = [],
    display: Annotated[bool, flag("--display", help="Print the command, and do not run it")] = False,
    name: Annotated[str, flag("--name", "-n", help="Value of NAME (the image's name)", metavar="NAME")] = "",
    opt1: Annotated[str, flag("--opt1", help="Value of OPT1", metavar="TEXT")] = "",
    opt2: Annotated[str, flag("--opt2", help="Value of OPT2", metavar="TEXT")] = "",
    opt3: Annotated[str, flag("--opt3", help="Value of OPT3", metavar="TEXT")] = "",
    replace: Annotated[bool, flag("--replace", help="Replace a container of the same name")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Do not print the command")] = False,
    authfile: AuthFile = "",
    creds: Creds = "",
    cert_dir: CertDir = "",
    tls_verify: TlsVerify = True,
) -> None:
    """Run the command that a label of an image holds.

    The command must begin with podman, docker or pycman, in whose place this program is run. $NAME, $IMAGE, $PWD and $OPT1 to $OPT3 are
    replaced. Look at the command with --display first: a label may ask for any privileges.
    """


@command(
    "container clone",
    examples=(("Try a container with less memory", "pycman container clone --memory 64m --run web web-small"),),
    see=("create", "pod clone"),
)
@join(container_flags.limits)
def container_clone(
    source: OneName,
    name: Annotated[list[str], argument("Name of the copy, and its image", "[NAME] [IMAGE]", f"{TEXT} {IMAGE}")] = [],
    name_: Annotated[str, flag("--name", help="Name of the copy (NAME-clone)", metavar="NAME")] = "",
    pod: Annotated[str, flag("--pod", help="Put the copy into a pod", metavar="POD", of=POD)] = "",
    run: Annotated[bool, flag("--run", help="Start the copy")] = False,
    destroy: Annotated[bool, flag("--destroy", help="Remove the original")] = False,
    force: Annotated[bool, flag("--force", "-f", help="With --destroy: remove it even if it runs")] = False,
) -> None:
    """Create a copy of a container."""


@command(
    "container prune",
    see=("rm", "system prune"),
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
    exec_: Annotated[str, no_effect("--exec", metavar="ID")] = "",
    exit_command: Annotated[
        bool, flag("--exit-command", help="Called by the monitor when the container exits", hidden=True)
    ] = False,
) -> None:
    """Release the resources of exited containers."""


@command(
    "ps",
    section=COMMON,
    also=("container ps", "container ls", "container list"),
    examples=(
        ("Show all containers, whatever their state", "pycman ps -a"),
        (
            "Show names and states of exited containers",
            "pycman ps -a --filter status=exited --format '{{.Names}}: {{.Status}}'",
        ),
    ),
    see=("inspect", "pod ps", "stats"),
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
