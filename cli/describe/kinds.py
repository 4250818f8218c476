"""The building blocks of descriptions: `command` and `group` declare commands, `flag` and `argument` add what Typer has no field for.

What an argument or a value names (`of=`) is what completion offers for it: alternatives between "|", each a fixed text, one of
the kinds below, or a text followed by a kind ("container:@container"). An argument that takes several things in turn has one
kind for each, with spaces between; the last one is repeated. FILE is understood where the metavar says FILE, PATH or DIRECTORY.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import typer

from pycman.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

CONTAINER = "@container"
RUNNING = "@running"
CONTAINER_PATH = "@container-path"
IMAGE = "@image"
NETWORK = "@network"
POD = "@pod"
VOLUME = "@volume"
SECRET = "@secret"  # noqa: S105 - the kind of object
REGISTRY = "@registry"
CONF_MODULE = "@conf-module"
INTERFACE = "@interface"
SYSCTL = "@sysctl"
FILE = "@file"
COMMAND = "@command"
"""A program inside a container and its arguments; what shells complete as files."""
PYCMAN_COMMAND = "@pycman-command"
TEXT = "@text"
"""A new name or free text, for which shells offer no candidates."""
KINDS = (
    CONTAINER,
    RUNNING,
    CONTAINER_PATH,
    IMAGE,
    NETWORK,
    POD,
    VOLUME,
    SECRET,
    REGISTRY,
    CONF_MODULE,
    INTERFACE,
    SYSCTL,
    FILE,
    COMMAND,
    PYCMAN_COMMAND,
    TEXT,
)

COMMON, CONTAINERS, IMAGES, ENGINE = SECTIONS = ("Common commands", "Containers", "Images", "Engine")
"""The sections of `pycman --help`, in its order."""

EXISTS = (("0", "It exists."), ("1", "It does not exist."))
RUN_STATUSES = (
    ("126", "The command of the container was found but cannot be run."),
    ("127", "The command of the container was not found."),
    ("N", "Otherwise the exit status of the command of the container."),
)
START_STATUSES = (*RUN_STATUSES[:2], ("N", "With --attach, the exit status of the container."))
TEMPLATE_STATUS = (("64", "The template of --format failed."),)

NO_EFFECT = "No effect, accepted for compatibility"
UNSUPPORTED = "Not supported"


class Description(Record):
    """One command as a file of this folder describes it. `function` has its flags and arguments, and its help."""

    name: str
    function: Any
    page: str
    section: str
    also: tuple[str, ...]
    options_first: bool
    hidden: bool
    examples: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    see: tuple[str, ...]


COMMANDS: dict[str, Description] = {}
GROUPS: dict[str, str] = {}
"""Every command and group, filled by `command` and `group`."""


def group(name: str, help: str) -> None:
    """Declare a group of commands, such as `network`."""
    GROUPS[name] = help


def command(
    name: str,
    *,
    section: str = "",
    also: tuple[str, ...] = (),
    options_first: bool = False,
    hidden: bool = False,
    examples: tuple[tuple[str, str], ...] = (),
    statuses: tuple[tuple[str, str], ...] = (),
    see: tuple[str, ...] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Describe the command `name`, with its group in front: "network create".

    `section` is where `pycman --help` lists it (commands of groups are listed by their group); `also` are its other names.
    `options_first`: options end at the first argument (Go's pflag without interspersed arguments). `examples` are
    (what it is for, command line); `statuses` (exit status, meaning) beside the usual ones; `see` related commands.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        COMMANDS[name] = Description(
            name=name,
            function=function,
            page=inspect.unwrap(function).__module__.rpartition(".")[2],
            section=section,
            also=also,
            options_first=options_first,
            hidden=hidden,
            examples=examples,
            statuses=statuses,
            see=see,
        )
        return function

    return decorate


def flag(
    *names: str,
    help: str,
    metavar: str = "",
    hidden: bool = False,
    splits: bool = False,
    of: str = "",
    podman_short: str = "",
    optional: bool = False,
) -> Any:
    """Return a Typer option. The first long name is the one shown; further ones are taken too, shown nowhere.

    `optional`: a text whose value must be given with "="; without one it is "true". `splits`: a list that also splits at commas, as podman's stringSlice does; other lists only repeat. `podman_short` is the
    letter it has when the program is called podman, where docker gives the letter to another flag.
    """
    found = typer.Option(*names, help=help, metavar=metavar or None, hidden=hidden)
    found.splits, found.of, found.podman_short, found.refused = splits, of, podman_short, ""
    found.optional = optional
    return found


def filters(*names: str, keys: str, values: str = "") -> Any:
    """Return a --filter with the `keys` it knows, and KEY=VALUE words (between "|") of those with few values."""
    words = "|".join([*(f"{key}=" for key in keys.split()), *filter(None, [values])])
    return flag(*names, help=f"Filter by {', '.join(keys.split())}", metavar="KEY=VALUE", of=words)


def no_effect(*names: str, metavar: str = "") -> Any:
    """Return an option of docker's or podman's that is accepted without effect: pycman does the same without it."""
    return flag(*names, help=NO_EFFECT, metavar=metavar, hidden=True)


def unsupported(*names: str, why: str, splits: bool = False) -> Any:
    """Return an option of docker's or podman's that pycman does not support: using it is an error with the reason `why`.

    `cli/main.py` raises it, before the action runs.
    """
    found = flag(*names, help=f"{UNSUPPORTED}: {why}", hidden=True, splits=splits)
    found.refused = why
    return found


def argument(help: str, metavar: str, of: str) -> Any:
    """Return a Typer argument. In the metavar `[X]` is an optional argument, `X…` one or more."""
    found = typer.Argument(help=help, metavar=metavar)
    found.of = of
    return found


def join(*parts: Callable[..., None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of other functions too: `run` and `create` share theirs."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())
        shared = [
            parameter for part in parts for parameter in inspect.signature(part, eval_str=True).parameters.values()
        ]
        keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *shared)]

        def joined(**_values: Any) -> None:
            """Stand for the joined command."""

        joined.__doc__ = function.__doc__
        joined.__name__ = function.__name__
        joined.__module__ = function.__module__
        joined.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
        joined.__annotations__ = {parameter.name: parameter.annotation for parameter in keyword}
        return joined

    return decorate
