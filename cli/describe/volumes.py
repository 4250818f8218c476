"""Volumes"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, ShortFormat
from cli.describe.kinds import EXISTS, FILE, TEXT, VOLUME, argument, command, filters, flag, group, unsupported

group("volume", "Manage volumes")

_SWARM = "it is for volumes of a swarm, and there is none"

Force = Annotated[bool, flag("--force", "-f", help="Do not ask for confirmation")]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Print only names")]
Volumes = Annotated[list[str], argument("Names of volumes", "VOLUME…", VOLUME)]
SomeVolumes = Annotated[list[str], argument("Names of volumes", "[VOLUME…]", VOLUME)]
OneVolume = Annotated[str, argument("Name of the volume", "VOLUME", VOLUME)]


@command(
    "volume create",
    examples=(
        (
            "Create a volume and use it",
            "pycman volume create data\npycman run --rm -v data:/data busybox touch /data/file",
        ),
    ),
    see=("run",),
)
def volume_create(
    name: Annotated[list[str], argument("Name of the volume (generated if left out)", "[NAME]", TEXT)],
    driver: Annotated[str, flag("--driver", "-d", help="Volume driver (local)", metavar="NAME")] = "local",
    label: Annotated[list[str], flag("--label", "-l", help="Set metadata", metavar="KEY=VALUE")] = [],
    opt: Annotated[list[str], flag("--opt", "-o", help="Driver option: type, device, o", metavar="KEY=VALUE")] = [],
    ignore: Annotated[bool, flag("--ignore", help="Do not fail if the name is in use already")] = False,
    name_: Annotated[str, flag("--name", help="The same as NAME", metavar="NAME", hidden=True)] = "",
    uid: Annotated[int, flag("--uid", help="User ID of the owner", metavar="UID")] = 0,
    gid: Annotated[int, flag("--gid", help="Group ID of the owner", metavar="GID")] = 0,
    availability: Annotated[str, unsupported("--availability", why=_SWARM)] = "",
    group: Annotated[str, unsupported("--group", why=_SWARM)] = "",
    limit_bytes: Annotated[str, unsupported("--limit-bytes", why=_SWARM)] = "",
    required_bytes: Annotated[str, unsupported("--required-bytes", why=_SWARM)] = "",
    scope: Annotated[str, unsupported("--scope", why=_SWARM)] = "",
    secret: Annotated[list[str], unsupported("--secret", why=_SWARM)] = [],
    sharing: Annotated[str, unsupported("--sharing", why=_SWARM)] = "",
    topology_preferred: Annotated[list[str], unsupported("--topology-preferred", why=_SWARM)] = [],
    topology_required: Annotated[list[str], unsupported("--topology-required", why=_SWARM)] = [],
    type: Annotated[str, unsupported("--type", why=_SWARM)] = "",
) -> None:
    """Create a volume."""


@command("volume ls", also=("volume list",))
def volume_ls(
    filter: Annotated[
        list[str],
        filters(
            "--filter",
            "-f",
            keys="after anonymous dangling driver label label! name opt scope since until",
            values="dangling=true|anonymous=true",
        ),
    ] = [],
    format: Format = "",
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    quiet: Quiet = False,
    cluster: Annotated[bool, unsupported("--cluster", why="there is no swarm")] = False,
) -> None:
    """List volumes."""


@command("volume inspect")
def volume_inspect(
    names: SomeVolumes,
    all: Annotated[bool, flag("--all", "-a", help="Show all volumes")] = False,
    format: ShortFormat = "",
) -> None:
    """Show detailed information about volumes."""


@command("volume rm", also=("volume remove",))
def volume_rm(
    names: SomeVolumes,
    all: Annotated[bool, flag("--all", "-a", help="Remove all volumes")] = False,
    force: Annotated[
        bool,
        flag(
            "--force",
            "-f",
            help="Ignore missing volumes; with --time, or called as podman, remove their containers too",
        ),
    ] = False,
    time: Annotated[
        int,
        flag(
            "--time",
            "--timeout",
            "-t",
            help="With --force: remove containers, killed after so many seconds",
            metavar="SECONDS",
        ),
    ] = 10,
) -> None:
    """Remove volumes."""


@command("volume prune")
def volume_prune(
    all: Annotated[bool, flag("--all", "-a", help="Remove named volumes too")] = False,
    filter: Annotated[list[str], filters("--filter", keys="label label! until")] = [],
    force: Force = False,
    dry_run: Annotated[bool, flag("--dry-run", help="Print what would be removed, and remove nothing")] = False,
) -> None:
    """Remove unused volumes."""


@command("volume exists", statuses=EXISTS)
def volume_exists(name: OneVolume) -> None:
    """Check whether a volume exists."""


@command("volume export")
def volume_export(
    name: OneVolume,
    output: Annotated[
        str, flag("--output", "-o", help="Write to a file instead of standard output", metavar="FILE")
    ] = "",
) -> None:
    """Export the content of a volume as a tar archive."""


@command("volume import")
def volume_import(
    name: OneVolume, source: Annotated[str, argument("Tar archive, or - for standard input", "SOURCE", FILE)]
) -> None:
    """Import a tar archive into a volume."""


@command("volume mount")
def volume_mount(names: Volumes) -> None:
    """Mount volumes and print their mount points."""


@command("volume unmount")
def volume_unmount(names: Volumes) -> None:
    """Unmount volumes."""


@command("volume reload")
def volume_reload() -> None:
    """Read the volumes of volume plugins anew; there are no plugins, so nothing changes."""
