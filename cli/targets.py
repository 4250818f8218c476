"""Verbs that take several containers: which ones are meant, each done, each told, the worst status at the end."""

from __future__ import annotations

import os

from cli.main import fail_softly
from cli.specs.pairs import read_lines
from pycman.errors import InvalidInput, NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.call import Call


def names_of(call: Call, *, running: bool = False) -> list[str]:
    """Return the containers a command line means: arguments, --cidfile, --latest, --all, --filter."""
    names = list(call.arguments)
    for path in call.values("cidfile"):
        if not os.path.exists(path) and call.flag("ignore"):
            continue
        names += read_lines(path, "--cidfile")[:1]
    if call.flag("latest"):
        if names:
            raise InvalidInput("--latest and names do not go together", hint="leave one out")
        names = [latest(call)]
    if call.flag("all") or call.values("filter"):
        if call.arguments and call.flag("all"):
            raise InvalidInput("--all and names do not go together", hint="leave one out")
        found = call.engine.containers.list(call.pairs("filter"), all=not running)
        names += [container.id for container in found if not (call.command == "rm" and container.is_infra)]
    elif not names and not call.values("cidfile"):
        raise InvalidInput(f"{call.command} needs a container", hint=f"see pycman {call.command} --help")
    return names


def latest(call: Call) -> str:
    """Return the id of the container made last. Raises NotFound."""
    found = call.engine.containers.list(all=True, last=1)
    if not found:
        raise NotFound("no such container", subject="--latest", hint="there is none at all")
    return found[0].id


def each(call: Call, names: Sequence[str], verb: Callable[[str], object], *, print_name: bool = True) -> int:
    """Do `verb` for every name, print each name as it was given, errors as they come; return the worst status."""
    status = 0
    for name in names:
        try:
            verb(name)
        except NotFound as error:
            if call.flag("ignore"):
                continue
            status = max(status, fail_softly(error, call.command))
        except PycmanError as error:
            status = max(status, fail_softly(error, call.command))
        else:
            if print_name:
                call.print(name)
    return status
