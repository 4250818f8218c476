"""cp: copy files between a container and the host, or a tar stream."""

from __future__ import annotations

import os
import sys

from cli.output.files import output_stream
from cli.output.words import human_size
from pycman.errors import InvalidInput, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call
    from pycman.containers.files.copy import CopyReport


def run(call: Call) -> int:
    """Copy, and report the size if standard error is a terminal."""
    typed = [_split(argument) for argument in call.arguments]
    source, target = (_placed(call, *place) for place in typed)
    options = {
        "follow_links": call.flag("follow-link", call.habits.copy_follows_links),
        "overwrite": call.flag("overwrite"),
        "ownership": _ownership(call, target[0]),
    }
    try:
        report = _copy(call, source, target, options)
    except PycmanError as error:
        error.facts = {**error.facts, **as_typed(*typed)}  # for the words of the error
        raise
    if report is not None and not call.flag("quiet") and os.isatty(2):
        sys.stderr.write(f"Successfully copied {human_size(report.size_bytes)} to {call.arguments[1]}\n")
    return 0


def _split(argument: str) -> tuple[str, str]:
    """Return (container, path); a host path has container "". "./a:b" and "/a:b" are host paths, as for docker."""
    name, colon, path = argument.partition(":")
    if not colon or not name or argument.startswith((".", "/")) or "/" in name:
        return "", argument
    if not path:
        raise InvalidInput("there is no path after the colon", subject=argument, hint="write NAME:PATH")
    return name, path


def as_typed(source: tuple[str, str], target: tuple[str, str]) -> dict[str, str]:
    """Return the two sides as facts of an error: path and place, and the target's folder as podman tells it."""
    where = {"": "on the host"}
    return {
        "source": source[1],
        "source_place": where.get(source[0], f"on container {source[0]}"),
        "target": target[1],
        "target_place": where.get(target[0], f"on container {target[0]}"),
        "target_folder": target[1].rstrip("/") if target[0] else "",
    }


def _ownership(call: Call, container: str) -> str:
    """Return who owns the copies. podman's --archive, its default, gives files in a container to its user; docker's keeps ids."""
    if call.habits.copy_gives_to_user:
        return "source" if not call.flag("archive", True) else "user" if container else "root"
    return "source" if call.flag("archive") else "root"


def _placed(call: Call, name: str, path: str) -> tuple[str, str]:
    """Return a path in a container as an absolute one: relative ones begin at / (docker) or in its working directory (podman)."""
    if call.habits.copy_from_workdir and name and not path.startswith("/"):
        path = f"{call.engine.containers.inspect(name)['Config']['WorkingDir'].rstrip('/')}/{path}"
    return name, path


def _copy(call: Call, source: tuple[str, str], target: tuple[str, str], options: dict[str, Any]) -> CopyReport | None:
    containers = call.engine.containers
    if not source[0] and not target[0]:
        raise InvalidInput("neither path is in a container", subject=" ".join(call.arguments), hint="write NAME:PATH")
    if source[0] and target[0]:
        return containers.copy_between(*source, *target, options)
    if target[0]:
        if source[1] == "-":
            return containers.copy_in(*target, sys.stdin.buffer, options)
        return containers.copy_from_host(source[1], *target, options)
    if target[1] == "-":
        with output_stream("") as stream:
            containers.copy_out(*source, stream, options)
        return None
    return containers.copy_to_host(*source, target[1], options)
