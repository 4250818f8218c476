"""Dockerfile instructions that change an image's config: `commit --change`, `import --change`. Pure.

Each has JSON form ("CMD ["sh"]") or shell form ("CMD sh"); podman's "CMD=sh" is accepted as well. Arguments are split
and unquoted as in a Dockerfile, and $NAME is replaced by the value of ENV (Dockerfile reference, "Environment
replacement").
"""

from __future__ import annotations

import posixpath
import re
import shlex
import signal

from pycman.errors import InvalidInput
from pycman.jsontext import parse_json
from pycman.state.times import parse_duration_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_SHELL = ("/bin/sh", "-c")
_VARIABLE = re.compile(r"\\(.)|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?", re.IGNORECASE)
_HEALTH_FLAGS = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start-period": "StartPeriod",
    "start-interval": "StartInterval",
    "retries": "Retries",
}


def apply_changes(document: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Return a config document (image-spec, config.md) with all instructions applied.

    As in a Dockerfile, ENTRYPOINT removes a Cmd that none of these instructions set. Raises InvalidInput.
    """
    result = dict(document)
    command_set = False
    for change in changes:
        instruction, _ = _split(change)
        result = apply_change(result, change)
        command_set = command_set or instruction == "CMD"
        if instruction == "ENTRYPOINT" and not command_set:
            result["config"].pop("Cmd", None)
    return result


def apply_change(document: Mapping[str, Any], change: str) -> dict[str, Any]:
    """Return a copy of a config document with one instruction applied. Raises InvalidInput."""
    instruction, text = _split(change)
    apply = _INSTRUCTIONS.get(instruction)
    if apply is None:
        raise InvalidInput(
            f"{instruction or 'nothing'} is not an instruction that changes a config",
            subject=change,
            hint=f"use one of {', '.join(sorted(_INSTRUCTIONS))}",
        )
    if not text:
        raise InvalidInput(f"{instruction} needs an argument", subject=change)
    result = dict(document)
    result["config"] = dict(result.get("config") or {})
    try:
        apply(result, text)
    except ValueError as error:  # shlex: a missing closing quote
        raise InvalidInput(f"{instruction} cannot be parsed: {str(error).lower()}", subject=change) from error
    return result


def _split(change: str) -> tuple[str, str]:
    match = re.match(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+|$)(.*)", change, re.DOTALL)
    return (match[1].upper(), match[2].strip()) if match else ("", change.strip())


def _strings(text: str) -> list[str] | None:
    """Return a JSON array of strings, or None if `text` is not one, and therefore in shell form."""
    if not text.startswith("["):
        return None
    try:
        value = parse_json(text)
    except Exception:  # as in docker, text that is not JSON is the shell form
        return None
    return value if isinstance(value, list) and all(isinstance(entry, str) for entry in value) else None


def _command(document: Mapping[str, Any], text: str) -> list[str]:
    arguments = _strings(text)
    if arguments is not None:
        return arguments
    return [*(document["config"].get("Shell") or _SHELL), text]


def _expand(document: Mapping[str, Any], text: str) -> str:
    values = dict(entry.partition("=")[::2] for entry in document["config"].get("Env") or ())

    def replace(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1] if match[1] == "$" else match[0]
        value = str(values.get(match[2] or match[3], ""))
        if match[4] == "-":
            return value or match[5]
        return (match[5] if value else "") if match[4] == "+" else value

    return _VARIABLE.sub(replace, text)


def _arguments(document: Mapping[str, Any], text: str) -> list[str]:
    return shlex.split(_expand(document, text))


def _pairs(document: Mapping[str, Any], text: str) -> list[tuple[str, str]]:
    """Parse "a=b c='d e'", or the old form "name the rest" of one pair, as (name, value) pairs. Raises InvalidInput."""
    first = text.split(maxsplit=1)
    if "=" not in first[0]:
        if len(first) < 2:
            raise InvalidInput("the value is missing", subject=text, hint="write it as NAME=VALUE")
        return [(first[0], _expand(document, first[1]))]
    pairs = []
    for argument in _arguments(document, text):
        name, equals, value = argument.partition("=")
        if not equals or not name:
            raise InvalidInput("not NAME=VALUE", subject=argument)
        pairs.append((name, value))
    return pairs


def _cmd(document: dict[str, Any], text: str) -> None:
    document["config"]["Cmd"] = _command(document, text)


def _entrypoint(document: dict[str, Any], text: str) -> None:
    document["config"]["Entrypoint"] = _command(document, text)


def _env(document: dict[str, Any], text: str) -> None:
    entries = {entry.partition("=")[0]: entry for entry in document["config"].get("Env") or ()}
    entries.update({name: f"{name}={value}" for name, value in _pairs(document, text)})
    document["config"]["Env"] = list(entries.values())


def _expose(document: dict[str, Any], text: str) -> None:
    ports = dict(document["config"].get("ExposedPorts") or {})
    for argument in _arguments(document, text):
        match = _PORT.fullmatch(argument)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if match is None or not 0 < first <= last < 65536:
            raise InvalidInput("not a port", subject=argument, hint="write it as in 80, 53/udp or 8000-8010")
        ports.update({f"{port}/{(match[3] or 'tcp').lower()}": {} for port in range(first, last + 1)})
    document["config"]["ExposedPorts"] = ports


def _label(document: dict[str, Any], text: str) -> None:
    document["config"]["Labels"] = {**(document["config"].get("Labels") or {}), **dict(_pairs(document, text))}


def _onbuild(document: dict[str, Any], text: str) -> None:
    if text.split(maxsplit=1)[0].upper() in ("ONBUILD", "FROM", "MAINTAINER"):
        raise InvalidInput("this instruction is not allowed after ONBUILD", subject=text)
    document["config"]["OnBuild"] = [*(document["config"].get("OnBuild") or ()), text]


def _stop_signal(document: dict[str, Any], text: str) -> None:
    name = _expand(document, text).upper()
    full = name if name.startswith("SIG") else f"SIG{name}"
    is_number = name.isdecimal() and 0 < int(name) <= 64
    if not is_number and full not in signal.Signals.__members__ and not full.startswith(("SIGRTMIN", "SIGRTMAX")):
        raise InvalidInput("not a signal", subject=text, hint="write it as in SIGTERM or 15")
    document["config"]["StopSignal"] = name if is_number else full


def _user(document: dict[str, Any], text: str) -> None:
    document["config"]["User"] = _expand(document, text)


def _volume(document: dict[str, Any], text: str) -> None:
    paths = _strings(text)
    paths = _arguments(document, text) if paths is None else paths
    if not all(paths):
        raise InvalidInput("a volume needs a path", subject=text)
    document["config"]["Volumes"] = {**(document["config"].get("Volumes") or {}), **{path: {} for path in paths}}


def _workdir(document: dict[str, Any], text: str) -> None:
    before = document["config"].get("WorkingDir") or "/"
    joined = posixpath.normpath(posixpath.join("/", before, "".join(_arguments(document, shlex.quote(text)))))
    document["config"]["WorkingDir"] = "/" + joined.lstrip("/")


def _health(document: dict[str, Any], text: str) -> None:
    check: dict[str, Any] = {}
    rest = text
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        name, _, value = flag[2:].partition("=")
        field = _HEALTH_FLAGS.get(name)
        if field is None or not value:
            raise InvalidInput("not a flag of HEALTHCHECK", subject=flag, hint="write it as in --interval=30s")
        check[field] = _retries(value) if name == "retries" else parse_duration_ns(value)
        rest = rest.lstrip()
    kind, _, command = rest.partition(" ")
    if kind.upper() == "NONE" and not command.strip():
        check = {"Test": ["NONE"]}
    elif kind.upper() == "CMD" and command.strip():
        arguments = _strings(command.strip())
        check = {"Test": ["CMD-SHELL", command.strip()] if arguments is None else ["CMD", *arguments], **check}
    else:
        raise InvalidInput("HEALTHCHECK needs CMD and a command, or NONE", subject=text)
    document["config"]["Healthcheck"] = check


def _retries(value: str) -> int:
    if not value.isdecimal():
        raise InvalidInput("not a number", subject=value)
    return int(value)


def _shell(document: dict[str, Any], text: str) -> None:
    arguments = _strings(text)
    if not arguments:
        raise InvalidInput("SHELL needs the JSON form", subject=text, hint='write it as in SHELL ["/bin/sh", "-c"]')
    document["config"]["Shell"] = arguments


def _maintainer(document: dict[str, Any], text: str) -> None:
    document["author"] = text


def _arg(_document: dict[str, Any], _text: str) -> None:
    """Change nothing: ARG has an effect in a build only, and is not part of a config."""


_INSTRUCTIONS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "ARG": _arg,
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": _health,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _onbuild,
    "SHELL": _shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
