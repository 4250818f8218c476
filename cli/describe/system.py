"""The engine and the host"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, ShortFormat
from cli.describe.kinds import (
    COMMAND,
    ENGINE,
    FILE,
    PYCMAN_COMMAND,
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

group("system", "Manage pycman")
group("context", "Docker's contexts: default, the engine of this host, is the only one")

Force = Annotated[bool, flag("--force", "-f", help="Do not ask for confirmation")]


@command(
    "info",
    section=ENGINE,
    also=("system info",),
    see=("version", "doctor"),
)
def info(format: ShortFormat = "", debug: Annotated[bool, no_effect("--debug", "-D")] = False) -> None:
    """Show information about the host and the engine."""


@command("version", section=ENGINE, statuses=TEMPLATE_STATUS, see=("info",))
def version(format: ShortFormat = "") -> None:
    """Show version information."""


@command(
    "events",
    section=ENGINE,
    also=("system events",),
    examples=(
        (
            "Print what has happened to a container since an hour ago",
            "pycman events --since 1h --stream=false --filter container=web",
        ),
    ),
    see=("logs", "why"),
)
def events(
    filter: Annotated[
        list[str],
        filters(
            "--filter",
            "-f",
            keys="container event image label name network pod secret status type volume",
            values="type=container|type=image|type=network|type=volume|type=pod|type=secret",
        ),
    ] = [],
    format: Format = "",
    since: Annotated[str, flag("--since", help="Show only what happened since this time", metavar="TIME")] = "",
    until: Annotated[str, flag("--until", help="Show only what happened until this time", metavar="TIME")] = "",
    stream: Annotated[bool, flag("--stream", help="Follow the output")] = True,
    no_trunc: Annotated[bool, flag("--no-trunc", "--notruncate", help="Do not truncate output")] = True,
) -> None:
    """Show events as they happen."""


@command(
    "doctor",
    section=ENGINE,
    see=("info", "system check", "why"),
)
def doctor(
    fix: Annotated[bool, flag("--fix", help="Repair what can be repaired")] = False,
    format: Format = "",
    all: Annotated[bool, flag("--all", "-a", help="Show checks that passed too")] = False,
) -> None:
    """Check the host and the store for problems.

    Each problem is printed with its cause and what to do about it.
    """


@command("context ls", also=("context list",), see=("version",))
def context_ls(
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only names")] = False, format: Format = ""
) -> None:
    """List contexts: the engine of this host, default, is the only one."""


@command("system connection", see=("context ls",))
def system_connection(
    verb: Annotated[str, argument("ls; others need a daemon", "COMMAND", TEXT)],
    others: Annotated[list[str], argument("Arguments", "[ARG…]", FILE)] = [],
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only names")] = False,
    format: Format = "",
) -> None:
    """List connections to engines of other hosts: there are none."""


@command("context show")
def context_show() -> None:
    """Print the name of the context in use."""


@command("context use")
def context_use(name: Annotated[str, argument("Context (default)", "NAME", TEXT)]) -> None:
    """Choose a context; default is the only one."""


@command("context inspect")
def context_inspect(
    names: Annotated[list[str], argument("Contexts (default)", "[NAME…]", TEXT)], format: ShortFormat = ""
) -> None:
    """Show detailed information about contexts."""


@command("compat", section=ENGINE, see=("version",))
def compat(format: Format = "") -> None:
    """Show what differs between docker's and podman's command lines, and whose habits hold.

    The name the program is called by decides (podman, or else docker); `compat = "podman"` in pycman.conf
    (~/.config/pycman, /etc/pycman) and the variable PYCMAN_COMPAT win.
    """


@command(
    "unshare",
    section=ENGINE,
    options_first=True,
    examples=(("Look at files that belong to a rootless container's users", "pycman unshare ls -ln ~/.local/share"),),
)
def unshare(
    command: Annotated[list[str], argument("Command to run (a shell)", "[COMMAND [ARG…]]", COMMAND)],
    rootless_netns: Annotated[
        bool,
        flag("--rootless-netns", help="Also in the network namespace that has the bridges of rootless containers"),
    ] = False,
) -> None:
    """Run a command in the user namespace and mount namespace of rootless containers."""


@command("help", section=ENGINE)
def help_(command: Annotated[list[str], argument("Command", "[COMMAND…]", PYCMAN_COMMAND)]) -> None:
    """Show help about a command."""


@command(
    "completion",
    section=ENGINE,
    examples=(("Load completion into the running bash", "source <(pycman completion bash)"),),
)
def completion(
    shell: Annotated[str, argument("bash, zsh or fish", "SHELL", "bash|zsh|fish")],
    file: Annotated[str, flag("--file", "-f", help="Write to a file instead of standard output", metavar="FILE")] = "",
    no_desc: Annotated[bool, flag("--no-desc", help="Leave descriptions out")] = False,
) -> None:
    """Print the completion script for a shell."""


@command("system df", see=("system prune",))
def system_df(
    format: Format = "",
    verbose: Annotated[bool, flag("--verbose", "-v", help="Show detailed usage of each object")] = False,
) -> None:
    """Show disk usage of images, containers and volumes."""


@command(
    "system prune",
    see=("container prune", "image prune", "volume prune", "network prune"),
)
def system_prune(
    all: Annotated[
        bool, flag("--all", "-a", help="Remove all images without containers, not only dangling ones")
    ] = False,
    filter: Annotated[list[str], filters("--filter", keys="label label! until")] = [],
    force: Force = False,
    volumes: Annotated[bool, flag("--volumes", help="Remove anonymous volumes too")] = False,
    build: Annotated[bool, no_effect("--build")] = False,
    external: Annotated[bool, no_effect("--external", "--storage")] = False,
) -> None:
    """Remove stopped containers and unused images; with --volumes, unused anonymous volumes too."""


@command("system reset")
def system_reset(force: Force = False) -> None:
    """Remove all containers, images, volumes and secrets."""


@command("system check", see=("doctor",))
def system_check(
    quick: Annotated[bool, flag("--quick", "-q", help="Skip checks that read the content of every file")] = False,
    repair: Annotated[bool, flag("--repair", "-r", help="Repair what can be repaired")] = False,
    force: Annotated[bool, flag("--force", "-f", help="Repair layers of running containers too")] = False,
    max: Annotated[str, unsupported("--max", "-m", why="layers without an image are removed whatever their age")] = "",
) -> None:
    """Check the consistency of the store."""


@command(
    "system service",
    examples=(
        ("Serve docker's API until nobody has asked for a minute", "pycman system service --time 60"),
        ("Print what lets the docker client and compose use it", "pycman system service --print-env"),
    ),
    see=("info", "events"),
)
def system_service(
    uri: Annotated[
        str,
        argument("Where to listen: unix:///PATH or tcp://HOST:PORT (a socket below the run directory)", "[URI]", FILE),
    ] = "",
    time: Annotated[
        int, flag("--time", "-t", help="Seconds without a request after which it ends; 0 is never", metavar="SECONDS")
    ] = 5,
    print_env: Annotated[bool, flag("--print-env", help="Print the line that sets DOCKER_HOST, and end")] = False,
    tls_cert: Annotated[
        str, flag("--tls-cert", "--tlscert", help="Certificate (PEM) with which tcp:// is encrypted", metavar="FILE")
    ] = "",
    tls_key: Annotated[str, flag("--tls-key", "--tlskey", help="Its private key (PEM)", metavar="FILE")] = "",
    tls_client_ca: Annotated[
        str,
        flag(
            "--tls-client-ca",
            "--tlscacert",
            help="Authority (PEM) that must have signed the certificate of each client",
            metavar="FILE",
        ),
    ] = "",
    cors: Annotated[str, unsupported("--cors", why="no browser is let in")] = "",
) -> None:
    """Serve Docker's Engine API on a unix socket for as long as somebody uses it.

    A service manager may pass the socket (LISTEN_FDS). TCP has no passwords: unless clients need a certificate (--tls-client-ca),
    whoever can connect can do everything that you can.
    """


@command("system renumber")
def system_renumber() -> None:
    """Number the locks of all objects anew; locks have no numbers here, so nothing changes."""


@command(
    "system install-units",
    examples=(
        (
            "Serve docker's API to this user from now on",
            "pycman system install-units && systemctl --user enable --now pycman.socket",
        ),
        ("Have systemd make services of Quadlet files", "sudo pycman system install-units"),
    ),
    see=("system service", "boot enable", "quadlet install"),
)
def system_install_units(
    remove: Annotated[bool, flag("--remove", help="Remove what was installed")] = False,
) -> None:
    """Have systemd know a pycman that pip or pipx has installed.

    Writes the units of the API's socket and service and of plays, and, given by root, links the generators that make
    services of Quadlet files. Nothing is enabled or started. Packages of a distribution bring all this themselves.
    """


@command("system migrate")
def system_migrate(
    migrate_db: Annotated[bool, no_effect("--migrate-db")] = False,
    new_runtime: Annotated[
        str, unsupported("--new-runtime", why="a container keeps its OCI runtime: create it again with --runtime")
    ] = "",
) -> None:
    """Bring the store to this version; that is done whenever it is opened, so nothing else changes."""


@command(
    "compose",
    section=ENGINE,
    options_first=True,
    examples=(("Start the services of compose.yaml", "pycman compose up -d"),),
    see=("system service", "kube play"),
)
def compose(
    arguments: Annotated[list[str], argument("Arguments of the provider", "[ARG…]", FILE)] = [],
) -> None:
    """Run compose workloads via an external provider (docker-compose or podman-compose) with this engine.

    PODMAN_COMPOSE_PROVIDER or compose_providers in containers.conf name another one. Unless DOCKER_HOST is set or the program is
    podman-compose, the API is served for it.
    """
