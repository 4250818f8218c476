"""Commands of volumes, secrets and the system."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe.containers import Filters, Format, LongFilters, ShortFormat
from cli.describe.kinds import argument, flag

volume = typer.Typer()
secret = typer.Typer()
system = typer.Typer()
app = typer.Typer()

Force = Annotated[bool, flag("--force", "-f", help="Do not ask")]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Print names only")]
Volumes = Annotated[list[str], argument("Volumes", "VOLUME…")]
SomeVolumes = Annotated[list[str], argument("Volumes", "[VOLUME…]")]
OneVolume = Annotated[str, argument("Volume", "VOLUME")]


@volume.command("create")
def volume_create(
    name: Annotated[list[str], argument("Name", "[NAME]")],
    driver: Annotated[str, flag("--driver", "-d", help="Driver (local)", metavar="NAME")] = "local",
    label: Annotated[list[str], flag("--label", "-l", help="Set a label", metavar="KEY=VALUE")] = [],
    opt: Annotated[
        list[str], flag("--opt", "-o", help="Option of the driver: type, device, o", metavar="KEY=VALUE")
    ] = [],
    ignore: Annotated[bool, flag("--ignore", help="Do not mind if it is there already")] = False,
    name_: Annotated[str, flag("--name", help="The same as NAME", metavar="NAME", hidden=True)] = "",
    uid: Annotated[int, flag("--uid", help="Owner", metavar="UID")] = 0,
    gid: Annotated[int, flag("--gid", help="Group", metavar="GID")] = 0,
) -> None:
    """Make a volume."""


@volume.command("ls")
def volume_ls(
    filter: Filters = [],
    format: Format = "",
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print headings")] = False,
    quiet: Quiet = False,
    cluster: Annotated[bool, flag("--cluster", help="Accepted", hidden=True)] = False,
) -> None:
    """List volumes."""


@volume.command("inspect")
def volume_inspect(
    names: SomeVolumes,
    all: Annotated[bool, flag("--all", "-a", help="Show all volumes")] = False,
    format: ShortFormat = "",
) -> None:
    """Show all there is to know of volumes."""


@volume.command("rm")
def volume_rm(
    names: SomeVolumes,
    all: Annotated[bool, flag("--all", "-a", help="Remove all volumes")] = False,
    force: Annotated[
        bool, flag("--force", "-f", help="Remove containers that use it too; do not mind missing ones")
    ] = False,
    time: Annotated[int, flag("--time", "-t", help="Accepted", metavar="SECONDS", hidden=True)] = 10,
) -> None:
    """Remove volumes."""


@volume.command("prune")
def volume_prune(
    all: Annotated[bool, flag("--all", "-a", help="Remove named volumes too")] = False,
    filter: LongFilters = [],
    force: Force = False,
    dry_run: Annotated[bool, flag("--dry-run", help="Print what would go, and remove nothing")] = False,
) -> None:
    """Remove volumes that no container uses."""


@volume.command("exists")
def volume_exists(name: OneVolume) -> None:
    """End with status 0 if there is such a volume, else with 1."""


@volume.command("export")
def volume_export(
    name: OneVolume, output: Annotated[str, flag("--output", "-o", help="Write to a file", metavar="FILE")] = ""
) -> None:
    """Write a volume's content as a tar."""


@volume.command("import")
def volume_import(name: OneVolume, source: Annotated[str, argument("Tar file, or -", "SOURCE")]) -> None:
    """Unpack a tar into a volume."""


@volume.command("mount")
def volume_mount(names: Volumes) -> None:
    """Mount volumes and print where."""


@volume.command("unmount")
def volume_unmount(names: Volumes) -> None:
    """Unmount volumes."""


@secret.command("create")
def secret_create(
    name: Annotated[str, argument("Name", "NAME")],
    source: Annotated[str, argument("File, or -; with --env a variable", "FILE")],
    driver: Annotated[str, flag("--driver", "-d", help="Driver (file)", metavar="NAME")] = "file",
    driver_opts: Annotated[list[str], flag("--driver-opts", help="Option of the driver", metavar="KEY=VALUE")] = [],
    env: Annotated[bool, flag("--env", help="Take the value of an environment variable")] = False,
    label: Annotated[list[str], flag("--label", "-l", help="Set a label", metavar="KEY=VALUE")] = [],
    replace: Annotated[bool, flag("--replace", help="Replace one of the same name")] = False,
    ignore: Annotated[bool, flag("--ignore", help="Do not mind if it is there already")] = False,
) -> None:
    """Keep a secret."""


@secret.command("ls")
def secret_ls(
    filter: Filters = [],
    format: Format = "",
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print headings")] = False,
    quiet: Quiet = False,
) -> None:
    """List secrets."""


@secret.command("inspect")
def secret_inspect(
    names: Annotated[list[str], argument("Secrets", "SECRET…")],
    format: ShortFormat = "",
    pretty: Annotated[bool, flag("--pretty", help="Print for people")] = False,
    showsecret: Annotated[bool, flag("--showsecret", help="Show the secret itself")] = False,
) -> None:
    """Show what may be told of secrets."""


@secret.command("rm")
def secret_rm(
    names: Annotated[list[str], argument("Secrets", "[SECRET…]")],
    all: Annotated[bool, flag("--all", "-a", help="Remove all secrets")] = False,
    ignore: Annotated[bool, flag("--ignore", "-i", help="Do not mind secrets that are not there")] = False,
) -> None:
    """Remove secrets."""


@secret.command("exists")
def secret_exists(name: Annotated[str, argument("Secret", "SECRET")]) -> None:
    """End with status 0 if there is such a secret, else with 1."""


@app.command("info")
def info(
    format: ShortFormat = "", debug: Annotated[bool, flag("--debug", "-D", help="Accepted", hidden=True)] = False
) -> None:
    """Show what the host and the engine are."""


@app.command("version")
def version(format: ShortFormat = "") -> None:
    """Show versions."""


@app.command("events")
def events(
    filter: Annotated[list[str], flag("--filter", "-f", help="Only those that match", metavar="KEY=VALUE")] = [],
    format: Format = "",
    since: Annotated[str, flag("--since", help="From this time on", metavar="TIME")] = "",
    until: Annotated[str, flag("--until", help="Up to this time", metavar="TIME")] = "",
    stream: Annotated[bool, flag("--stream", help="Go on with what comes")] = True,
    no_trunc: Annotated[bool, flag("--no-trunc", help="Do not shorten ids")] = True,
) -> None:
    """Show what happens."""


@app.command("doctor")
def doctor(
    fix: Annotated[bool, flag("--fix", help="Mend what can be")] = False,
    format: Format = "",
    all: Annotated[bool, flag("--all", "-a", help="Show what is fine too")] = False,
) -> None:
    """Look at host and store for what goes wrong, with cause and fix."""


@app.command("unshare")
def unshare(
    command: Annotated[list[str], argument("Command (a shell)", "[COMMAND [ARG…]]")],
    rootless_netns: Annotated[bool, flag("--rootless-netns", help="Refused: not there yet", hidden=True)] = False,
) -> None:
    """Run a command in the user's own user and mount namespaces."""


@app.command("help")
def help_(command: Annotated[list[str], argument("Command", "[COMMAND…]")]) -> None:
    """Show help."""


@app.command("completion")
def completion(
    shell: Annotated[str, argument("bash, zsh or fish", "SHELL")],
    file: Annotated[str, flag("--file", "-f", help="Write to a file", metavar="FILE")] = "",
    no_desc: Annotated[bool, flag("--no-desc", help="Accepted", hidden=True)] = False,
) -> None:
    """Print the completion script for a shell."""


@app.command("__complete")
def complete(words: Annotated[list[str], argument("The words so far", "[WORD…]")]) -> None:
    """Answer a shell's TAB."""


@app.command("__supervise")
def supervise() -> None:
    """Be the supervisor of this user."""


@app.command("__restart")
def restart(name: Annotated[str, argument("Container", "CONTAINER")]) -> None:
    """Start a container again as its policy says."""


@app.command("__kube_job")
def kube_job(pod: Annotated[str, argument("Pod", "POD")]) -> None:
    """Go on with the Job of a pod that has ended."""


@system.command("df")
def system_df(
    format: Format = "", verbose: Annotated[bool, flag("--verbose", "-v", help="Show each object")] = False
) -> None:
    """Show what images, containers and volumes take."""


@system.command("prune")
def system_prune(
    all: Annotated[bool, flag("--all", "-a", help="Remove all images that no container uses")] = False,
    filter: LongFilters = [],
    force: Force = False,
    volumes: Annotated[bool, flag("--volumes", help="Remove anonymous volumes too")] = False,
    build: Annotated[bool, flag("--build", help="Accepted", hidden=True)] = False,
    external: Annotated[bool, flag("--external", help="Accepted", hidden=True)] = False,
) -> None:
    """Remove what is not used."""


@system.command("reset")
def system_reset(force: Force = False) -> None:
    """Remove all containers, images, volumes and secrets."""


@system.command("check")
def system_check(
    quick: Annotated[bool, flag("--quick", "-q", help="Do not read all bytes")] = False,
    repair: Annotated[bool, flag("--repair", "-r", help="Mend what can be")] = False,
    force: Annotated[bool, flag("--force", "-f", help="Accepted", hidden=True)] = False,
    max: Annotated[str, flag("--max", "-m", help="Accepted", metavar="TIME", hidden=True)] = "",
) -> None:
    """Verify the store."""


GROUPS = {"volume": volume, "secret": secret, "system": system}
