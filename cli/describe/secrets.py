"""Secrets"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, ShortFormat
from cli.describe.kinds import EXISTS, FILE, SECRET, TEXT, argument, command, filters, flag, group, unsupported

group("secret", "Manage secrets")

Quiet = Annotated[bool, flag("--quiet", "-q", help="Print only names")]


@command(
    "secret create",
    examples=(
        (
            "Create a secret from standard input and give it to a container",
            "printf %s hunter2 | pycman secret create db_password -\npycman run --rm --secret db_password busybox cat /run/secrets/db_password",
        ),
    ),
    see=("run",),
)
def secret_create(
    name: Annotated[str, argument("Name of the secret", "NAME", TEXT)],
    source: Annotated[
        str, argument("File, or - for standard input; with --env, an environment variable", "FILE", FILE)
    ],
    driver: Annotated[str, flag("--driver", "-d", help="Secret driver (file)", metavar="NAME")] = "file",
    driver_opts: Annotated[list[str], flag("--driver-opts", help="Driver option", metavar="KEY=VALUE")] = [],
    env: Annotated[bool, flag("--env", help="Read the secret from the environment variable FILE")] = False,
    label: Annotated[list[str], flag("--label", "-l", help="Set metadata", metavar="KEY=VALUE")] = [],
    replace: Annotated[bool, flag("--replace", help="Replace a secret with the same name")] = False,
    ignore: Annotated[bool, flag("--ignore", help="Do not fail if the name is in use already")] = False,
    template_driver: Annotated[
        str, unsupported("--template-driver", why="secrets are not templates: write the value itself")
    ] = "",
) -> None:
    """Create a secret from a file or standard input."""


@command("secret ls", also=("secret list",))
def secret_ls(
    filter: Annotated[list[str], filters("--filter", "-f", keys="id label name")] = [],
    format: Format = "",
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    quiet: Quiet = False,
) -> None:
    """List secrets."""


@command("secret inspect")
def secret_inspect(
    names: Annotated[list[str], argument("Names or IDs of secrets", "SECRET…", SECRET)],
    format: ShortFormat = "",
    pretty: Annotated[bool, flag("--pretty", help="Print in a human-readable form")] = False,
    showsecret: Annotated[bool, flag("--showsecret", help="Show the secret data")] = False,
) -> None:
    """Show detailed information about secrets."""


@command("secret rm", also=("secret remove",))
def secret_rm(
    names: Annotated[list[str], argument("Names or IDs of secrets", "[SECRET…]", SECRET)],
    all: Annotated[bool, flag("--all", "-a", help="Remove all secrets")] = False,
    ignore: Annotated[bool, flag("--ignore", "-i", help="Ignore missing secrets")] = False,
) -> None:
    """Remove secrets."""


@command("secret exists", statuses=EXISTS)
def secret_exists(name: Annotated[str, argument("Name or ID of the secret", "SECRET", SECRET)]) -> None:
    """Check whether a secret exists."""
