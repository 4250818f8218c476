"""Commands of containers."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe import container_flags
from cli.describe.kinds import argument, flag, join

app = typer.Typer()

Names = Annotated[list[str], argument("Names or ids", "CONTAINER…")]
SomeNames = Annotated[list[str], argument("Names or ids", "[CONTAINER…]")]
OneName = Annotated[str, argument("Name or id", "CONTAINER")]
Latest = Annotated[bool, flag("--latest", "-l", help="Take the container made last")]
All = Annotated[bool, flag("--all", "-a", help="Take all containers")]
Filters = Annotated[list[str], flag("--filter", "-f", help="Only those that match", metavar="KEY=VALUE")]
LongFilters = Annotated[list[str], flag("--filter", help="Only those that match", metavar="KEY=VALUE")]
Format = Annotated[str, flag("--format", help="Print with a Go template, or json", metavar="FORMAT")]
ShortFormat = Annotated[str, flag("--format", "-f", help="Print with a Go template, or json", metavar="FORMAT")]
Seconds = Annotated[int, flag("--time", "-t", help="Seconds to wait before killing it", metavar="SECONDS")]
LongSeconds = Annotated[int, flag("--timeout", help="The same as --time", metavar="SECONDS", hidden=True)]
Signal = Annotated[str, flag("--signal", "-s", help="Signal to send", metavar="SIGNAL")]
CidFiles = Annotated[list[str], flag("--cidfile", help="Read the id from a file", metavar="FILE")]
Ignore = Annotated[bool, flag("--ignore", "-i", help="Do not mind containers that are not there")]
Keys = Annotated[str, flag("--detach-keys", help="Keys that detach (ctrl-p,ctrl-q)", metavar="KEYS")]
Proxy = Annotated[bool, flag("--sig-proxy", help="Pass signals on to the process")]
NoTrunc = Annotated[bool, flag("--no-trunc", help="Do not shorten ids and commands")]


@app.command("run")
@join(*container_flags.ALL)
def run(
    image: Annotated[str, argument("Image", "IMAGE")],
    command: Annotated[list[str], argument("Command and its arguments", "[COMMAND [ARG…]]")] = [],
    detach: Annotated[bool, flag("--detach", "-d", help="Run in the background and print the id")] = False,
    sig_proxy: Proxy = True,
    rmi: Annotated[bool, flag("--rmi", help="Remove the image too, when nothing else uses it")] = False,
    preserve_fds: Annotated[int, flag("--preserve-fds", help="Pass descriptors from 3 on", metavar="N")] = 0,
) -> None:
    """Run a command in a new container."""


@app.command("create")
@join(*container_flags.ALL)
def create(
    image: Annotated[str, argument("Image", "IMAGE")],
    command: Annotated[list[str], argument("Command and its arguments", "[COMMAND [ARG…]]")] = [],
) -> None:
    """Make a container without starting it."""


@app.command("start")
def start(
    names: SomeNames,
    attach: Annotated[bool, flag("--attach", "-a", help="Attach to its output and pass signals on")] = False,
    interactive: Annotated[bool, flag("--interactive", "-i", help="Attach its standard input")] = False,
    detach_keys: Keys = "",
    sig_proxy: Proxy = True,
    latest: Latest = False,
    all: Annotated[bool, flag("--all", help="Start all containers")] = False,
    filter: Filters = [],
    checkpoint: Annotated[str, flag("--checkpoint", help="Refused", hidden=True)] = "",
    checkpoint_dir: Annotated[str, flag("--checkpoint-dir", help="Refused", hidden=True)] = "",
) -> None:
    """Start containers."""


@app.command("stop")
def stop(
    names: SomeNames,
    time: Seconds = -1,
    timeout: LongSeconds = -1,
    signal: Signal = "",
    all: All = False,
    latest: Latest = False,
    ignore: Ignore = False,
    cidfile: CidFiles = [],
    filter: Filters = [],
) -> None:
    """Stop containers: their stop signal, then SIGKILL."""


@app.command("restart")
def restart(
    names: SomeNames,
    time: Seconds = -1,
    timeout: LongSeconds = -1,
    signal: Signal = "",
    all: All = False,
    latest: Latest = False,
    running: Annotated[bool, flag("--running", help="Only those that run")] = False,
    cidfile: CidFiles = [],
    filter: Filters = [],
) -> None:
    """Stop and start containers."""


@app.command("kill")
def kill(
    names: SomeNames, signal: Signal = "KILL", all: All = False, latest: Latest = False, cidfile: CidFiles = []
) -> None:
    """Send a signal to containers (KILL)."""


@app.command("rm")
def rm(
    names: SomeNames,
    force: Annotated[bool, flag("--force", "-f", help="Kill those that run; do not mind missing ones")] = False,
    volumes: Annotated[bool, flag("--volumes", "-v", help="Remove their anonymous volumes too")] = False,
    all: All = False,
    latest: Latest = False,
    ignore: Ignore = False,
    time: Seconds = -1,
    depend: Annotated[bool, flag("--depend", help="Remove containers that use their namespaces too")] = False,
    cidfile: CidFiles = [],
    filter: LongFilters = [],
    link: Annotated[bool, flag("--link", help="Refused: legacy links", hidden=True)] = False,
    storage: Annotated[bool, flag("--storage", help="Accepted", hidden=True)] = False,
) -> None:
    """Remove containers."""


@app.command("pause")
def pause(
    names: SomeNames, all: All = False, latest: Latest = False, cidfile: CidFiles = [], filter: Filters = []
) -> None:
    """Freeze all processes of containers."""


@app.command("unpause")
def unpause(
    names: SomeNames, all: All = False, latest: Latest = False, cidfile: CidFiles = [], filter: Filters = []
) -> None:
    """Thaw paused containers."""


@app.command("wait")
def wait(
    names: SomeNames,
    condition: Annotated[list[str], flag("--condition", help="Wait for this state (stopped)", metavar="STATE")] = [],
    interval: Annotated[str, flag("--interval", "-i", help="Accepted: nothing is polled", metavar="TIME")] = "",
    latest: Latest = False,
    ignore: Annotated[bool, flag("--ignore", help="Do not mind containers that are not there")] = False,
    exit_first_match: Annotated[bool, flag("--exit-first-match", help="Wait for one of them only")] = False,
) -> None:
    """Wait until containers end and print their exit statuses."""


@app.command("rename")
def rename(name: OneName, new_name: Annotated[str, argument("New name", "NAME")]) -> None:
    """Rename a container."""


@app.command("init")
def init(names: SomeNames, all: All = False, latest: Latest = False) -> None:
    """Make the namespaces and mounts of containers without starting their process."""


@app.command("update")
@join(container_flags.limits)
def update(
    names: SomeNames,
    latest: Latest = False,
    restart: Annotated[str, flag("--restart", help="Change the restart policy", metavar="POLICY")] = "",
) -> None:
    """Change the limits of containers."""


@app.command("ps")
def ps(
    all: Annotated[bool, flag("--all", "-a", help="Show all containers, not only those that run")] = False,
    filter: Filters = [],
    format: Format = "",
    last: Annotated[int, flag("--last", "-n", help="Show the last N made", metavar="N")] = -1,
    latest: Latest = False,
    no_trunc: NoTrunc = False,
    noheading: Annotated[bool, flag("--noheading", help="Do not print headings")] = False,
    pod: Annotated[bool, flag("--pod", "-p", help="Show pods")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print ids only")] = False,
    size: Annotated[bool, flag("--size", "-s", help="Show sizes")] = False,
    sort: Annotated[
        str, flag("--sort", help="Sort by created, id, image, names, status, size, command", metavar="KEY")
    ] = "",
    ns: Annotated[bool, flag("--ns", help="Show namespaces")] = False,
    sync: Annotated[bool, flag("--sync", help="Accepted", hidden=True)] = False,
    external: Annotated[bool, flag("--external", help="Accepted", hidden=True)] = False,
    watch: Annotated[int, flag("--watch", "-w", help="Show again every N seconds", metavar="N")] = 0,
) -> None:
    """List containers."""


@app.command("exec")
def exec_(
    name: OneName,
    command: Annotated[list[str], argument("Command and its arguments", "COMMAND [ARG…]")],
    detach: Annotated[bool, flag("--detach", "-d", help="Run in the background")] = False,
    interactive: Annotated[bool, flag("--interactive", "-i", help="Keep standard input open")] = False,
    tty: Annotated[bool, flag("--tty", "-t", help="Give it a terminal")] = False,
    env: Annotated[list[str], flag("--env", "-e", help="Set an environment variable", metavar="KEY[=VALUE]")] = [],
    env_file: Annotated[list[str], flag("--env-file", help="Read variables from a file", metavar="FILE")] = [],
    user: Annotated[str, flag("--user", "-u", help="Run as this user", metavar="NAME|UID[:GROUP|GID]")] = "",
    workdir: Annotated[str, flag("--workdir", "-w", help="Start in this directory", metavar="PATH")] = "",
    privileged: Annotated[bool, flag("--privileged", help="Give it all there is")] = False,
    detach_keys: Keys = "ctrl-p,ctrl-q",
    latest: Latest = False,
    preserve_fds: Annotated[int, flag("--preserve-fds", help="Pass descriptors from 3 on", metavar="N")] = 0,
    cidfile: Annotated[str, flag("--cidfile", help="Read the container's id from a file", metavar="FILE")] = "",
    no_session: Annotated[bool, flag("--no-session", help="Accepted", hidden=True)] = False,
) -> None:
    """Run one more command in a running container."""


@app.command("attach")
def attach(
    name: Annotated[list[str], argument("Name or id", "[CONTAINER]")],
    detach_keys: Keys = "ctrl-p,ctrl-q",
    no_stdin: Annotated[bool, flag("--no-stdin", help="Do not attach standard input")] = False,
    sig_proxy: Proxy = True,
    latest: Latest = False,
) -> None:
    """Attach to a running container."""


@app.command("logs")
def logs(
    names: SomeNames,
    follow: Annotated[bool, flag("--follow", "-f", help="Go on with what comes")] = False,
    since: Annotated[str, flag("--since", help="Only what is younger", metavar="TIME")] = "",
    until: Annotated[str, flag("--until", help="Only what is older", metavar="TIME")] = "",
    tail: Annotated[str, flag("--tail", "-n", help="Only the last N lines", metavar="N")] = "",
    timestamps: Annotated[bool, flag("--timestamps", "-t", help="Show times")] = False,
    names_: Annotated[bool, flag("--names", help="Show the container's name before each line")] = False,
    details: Annotated[bool, flag("--details", help="Accepted", hidden=True)] = False,
    color: Annotated[bool, flag("--color", help="Accepted", hidden=True)] = False,
    latest: Latest = False,
) -> None:
    """Show what containers wrote."""


@app.command("top")
def top(
    name: OneName,
    descriptors: Annotated[list[str], argument("Columns, or options of ps", "[COLUMN…]")] = [],
    latest: Latest = False,
) -> None:
    """Show the processes of a container."""


@app.command("stats")
def stats(
    names: SomeNames,
    all: Annotated[bool, flag("--all", "-a", help="Show all containers")] = False,
    format: Format = "",
    no_stream: Annotated[bool, flag("--no-stream", help="Show one sample and end")] = False,
    no_trunc: NoTrunc = False,
    no_reset: Annotated[bool, flag("--no-reset", help="Do not clear the screen between samples")] = False,
    interval: Annotated[int, flag("--interval", "-i", help="Seconds between samples", metavar="N")] = 1,
    latest: Latest = False,
) -> None:
    """Show what containers use."""


@app.command("port")
def port(
    names: Annotated[list[str], argument("Name or id, and a port", "[CONTAINER [PORT]]")],
    all: All = False,
    latest: Latest = False,
) -> None:
    """Show published ports."""


@app.command("cp")
def cp(
    source: Annotated[str, argument("What to copy", "SOURCE")],
    target: Annotated[str, argument("Where to", "TARGET")],
    archive: Annotated[bool, flag("--archive", "-a", help="Keep owners")] = False,
    follow_link: Annotated[bool, flag("--follow-link", "-L", help="Follow a link at SOURCE")] = False,
    overwrite: Annotated[
        bool, flag("--overwrite", help="Replace directories by files and the other way round")
    ] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print nothing")] = False,
    pause: Annotated[bool, flag("--pause", help="Accepted", hidden=True)] = True,
    extract: Annotated[bool, flag("--extract", help="Accepted", hidden=True)] = False,
) -> None:
    """Copy files between a container (NAME:PATH) and the host; - is a tar stream."""


@app.command("diff")
def diff(
    names: SomeNames,
    format: Annotated[str, flag("--format", help="json", metavar="FORMAT")] = "",
    latest: Latest = False,
) -> None:
    """Show what containers changed in their images."""


@app.command("export")
def export(
    name: OneName, output: Annotated[str, flag("--output", "-o", help="Write to a file", metavar="FILE")] = ""
) -> None:
    """Write a container's root file system as a tar."""


@app.command("commit")
def commit(
    name: OneName,
    image: Annotated[list[str], argument("Name of the new image", "[IMAGE]")] = [],
    author: Annotated[str, flag("--author", "-a", help="Set the author", metavar="NAME")] = "",
    change: Annotated[
        list[str], flag("--change", "-c", help="Apply a Dockerfile instruction", metavar="INSTRUCTION")
    ] = [],
    message: Annotated[str, flag("--message", "-m", help="Set a message", metavar="TEXT")] = "",
    pause: Annotated[bool, flag("--pause", "-p", help="Pause the container meanwhile")] = True,
    format: Annotated[str, flag("--format", "-f", help="oci or docker", metavar="FORMAT")] = "",
    iidfile: Annotated[str, flag("--iidfile", help="Write the image's id to a file", metavar="FILE")] = "",
    include_volumes: Annotated[bool, flag("--include-volumes", help="Keep the container's volumes as VOLUMEs")] = False,
    squash: Annotated[bool, flag("--squash", "-s", help="Make one layer of all")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only the id")] = False,
    config: Annotated[str, flag("--config", help="Take settings from a JSON file", metavar="FILE")] = "",
) -> None:
    """Make an image of a container."""


@app.command("mount")
def mount(
    names: SomeNames,
    all: All = False,
    latest: Latest = False,
    format: Annotated[str, flag("--format", help="json", metavar="FORMAT")] = "",
    no_trunc: NoTrunc = False,
) -> None:
    """Mount the root file systems of containers, or list those mounted."""


@app.command("unmount")
def unmount(
    names: SomeNames,
    all: All = False,
    latest: Latest = False,
    force: Annotated[bool, flag("--force", "-f", help="Unmount also if others use it")] = False,
) -> None:
    """Unmount the root file systems of containers."""


@app.command("inspect")
def inspect(
    names: Annotated[list[str], argument("Names or ids", "NAME…")],
    format: ShortFormat = "",
    size: Annotated[bool, flag("--size", "-s", help="Show sizes of containers")] = False,
    type: Annotated[str, flag("--type", "-t", help="container, image, volume or secret", metavar="TYPE")] = "",
    latest: Latest = False,
) -> None:
    """Show all there is to know of containers, images, volumes and secrets."""


@app.command("why")
def why(names: Names, format: Format = "") -> None:
    """Say why containers did not start, ended, restart or are unhealthy."""


container = typer.Typer()


@container.command("prune")
def container_prune(
    force: Annotated[bool, flag("--force", "-f", help="Do not ask")] = False, filter: LongFilters = []
) -> None:
    """Remove all containers that do not run."""


@container.command("exists")
def container_exists(
    name: OneName, external: Annotated[bool, flag("--external", help="Accepted", hidden=True)] = False
) -> None:
    """End with status 0 if there is such a container, else with 1."""


@container.command("cleanup")
def container_cleanup(
    names: SomeNames,
    all: All = False,
    latest: Latest = False,
    rm: Annotated[bool, flag("--rm", help="Remove them too")] = False,
    rmi: Annotated[bool, flag("--rmi", help="Remove their images too, when nothing else uses them")] = False,
    stopped_only: Annotated[bool, flag("--stopped-only", help="Accepted", hidden=True)] = False,
    exit_command: Annotated[bool, flag("--exit-command", help="As the monitor calls it", hidden=True)] = False,
) -> None:
    """Release what containers that ended still hold."""


@container.command("inspect")
def container_inspect(
    names: Names,
    format: ShortFormat = "",
    size: Annotated[bool, flag("--size", "-s", help="Show sizes")] = False,
    latest: Latest = False,
) -> None:
    """Show all there is to know of containers."""


healthcheck = typer.Typer()


@healthcheck.command("run")
def healthcheck_run(
    name: OneName,
    ignore_result: Annotated[bool, flag("--ignore-result", help="End with status 0 whatever it says")] = False,
) -> None:
    """Run a container's health check now; status 0 healthy, 1 not."""
