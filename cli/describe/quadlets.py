"""Quadlet files"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format
from cli.describe.kinds import FILE, TEXT, argument, command, filters, flag, group

group("quadlet", "Install and list Quadlet files, of which systemd services are made")

Reload = Annotated[bool, flag("--reload-systemd", help="Have systemd read its units again afterwards")]


@command(
    "quadlet install",
    examples=(
        ("Install a container as a service; systemctl --user start web starts it", "pycman quadlet install web.container"),
        ("Install all files of a directory as one application", "pycman quadlet install ./shop"),
    ),
    see=("quadlet ls", "quadlet rm"),
)  # fmt: skip
def quadlet_install(
    paths: Annotated[list[str], argument("Files, a directory, or a URL", "FILE…", FILE)],
    replace: Annotated[bool, flag("--replace", "-r", help="Replace files that are there")] = False,
    reload_systemd: Reload = True,
) -> None:
    """Install Quadlet files for this user, or as root for the system.

    They are copied to ~/.config/containers/systemd or /etc/containers/systemd. Files that are installed together are one
    application and are removed together; other files (YAML, scripts) may follow. A file named *.quadlets holds several
    ones, separated by lines "---", each with a comment "# FileName=NAME".
    """


@command("quadlet ls", also=("quadlet list",), see=("quadlet install",))
def quadlet_ls(
    filter: Annotated[list[str], filters("--filter", "-f", keys="name status pod")] = [],
    format: Format = "",
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
) -> None:
    """List the Quadlet files of this user, with the states of their services."""


@command("quadlet print", also=("quadlet cat",), see=("quadlet ls",))
def quadlet_print(name: Annotated[str, argument("Name of the file", "QUADLET", TEXT)]) -> None:
    """Print a Quadlet file."""


@command("quadlet rm", see=("quadlet ls",))
def quadlet_rm(
    names: Annotated[list[str], argument("Names of files, or of an application (.NAME.app)", "[QUADLET…]", TEXT)],
    all: Annotated[bool, flag("--all", "-a", help="Remove all Quadlet files of this user")] = False,
    force: Annotated[bool, flag("--force", "-f", help="Stop services that run, and remove their files")] = False,
    ignore: Annotated[bool, flag("--ignore", "-i", help="Ignore files that do not exist")] = False,
    reload_systemd: Reload = True,
) -> None:
    """Remove Quadlet files, with the other files of their application."""
