"""Dockerfile instructions that change an image's config: `commit --change`, `import --change`. Pure.

Each is JSON ("CMD ["sh"]") or shell form ("CMD sh"); podman's "CMD=sh" is understood as well. Words are split and
quotes dropped as a Dockerfile does, and $NAME stands for what ENV says so far (Dockerfile reference, "Environment
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
    """Return a config document (image-spec, config.md) after all instructions.

    As in a Dockerfile, an ENTRYPOINT clears a Cmd that was not set by these instructions too. Raises InvalidInput.
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
    """Return a config document after one instruction; `document` is not touched. Raises InvalidInput."""
    instruction, text = _split(change)
    make = _INSTRUCTIONS.get(instruction)
    if make is None:
        raise InvalidInput(
            f"{instruction or 'nothing'} is not an instruction that a config knows",
            subject=change,
            hint=f"use one of {', '.join(sorted(_INSTRUCTIONS))}",
        )
    if not text:
        raise InvalidInput(f"{instruction} needs an argument", subject=change)
    result = dict(document)
    result["config"] = dict(result.get("config") or {})
    try:
        make(result, text)
    except ValueError as error:  # shlex: a quotation without end
        raise InvalidInput(f"{instruction} cannot be read: {str(error).lower()}", subject=change) from error
    return result


def _split(change: str) -> tuple[str, str]:
    found = re.match(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+|$)(.*)", change, re.DOTALL)
    return (found[1].upper(), found[2].strip()) if found else ("", change.strip())


def _strings(text: str) -> list[str] | None:
    """Return a JSON array of strings, or None if `text` is none (and therefore the shell form)."""
    if not text.startswith("["):
        return None
    try:
        value = parse_json(text)
    except Exception:  # as docker: what is no JSON is a shell's business
        return None
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else None


def _command(document: Mapping[str, Any], text: str) -> list[str]:
    words = _strings(text)
    if words is not None:
        return words
    return [*(document["config"].get("Shell") or _SHELL), text]


def _expand(document: Mapping[str, Any], text: str) -> str:
    values = dict(entry.partition("=")[::2] for entry in document["config"].get("Env") or ())

    def replace(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1] if found[1] == "$" else found[0]
        value = str(values.get(found[2] or found[3], ""))
        if found[4] == "-":
            return value or found[5]
        return (found[5] if value else "") if found[4] == "+" else value

    return _VARIABLE.sub(replace, text)


def _words(document: Mapping[str, Any], text: str) -> list[str]:
    return shlex.split(_expand(document, text))


def _pairs(document: Mapping[str, Any], text: str) -> list[tuple[str, str]]:
    """Return "a=b c='d e'" as pairs; the old form "name the rest" is one."""
    first = text.split(maxsplit=1)
    if "=" not in first[0]:
        if len(first) < 2:
            raise InvalidInput("there is no value", subject=text, hint="write it as NAME=VALUE")
        return [(first[0], _expand(document, first[1]))]
    pairs = []
    for word in _words(document, text):
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InvalidInput("not NAME=VALUE", subject=word)
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
    for word in _words(document, text):
        found = _PORT.fullmatch(word)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if found is None or not 0 < first <= last < 65536:
            raise InvalidInput("not a port", subject=word, hint="write it as in 80, 53/udp or 8000-8010")
        ports.update({f"{port}/{(found[3] or 'tcp').lower()}": {} for port in range(first, last + 1)})
    document["config"]["ExposedPorts"] = ports


def _label(document: dict[str, Any], text: str) -> None:
    document["config"]["Labels"] = {**(document["config"].get("Labels") or {}), **dict(_pairs(document, text))}


def _onbuild(document: dict[str, Any], text: str) -> None:
    if text.split(maxsplit=1)[0].upper() in ("ONBUILD", "FROM", "MAINTAINER"):
        raise InvalidInput("this instruction cannot be put off with ONBUILD", subject=text)
    document["config"]["OnBuild"] = [*(document["config"].get("OnBuild") or ()), text]


def _stop_signal(document: dict[str, Any], text: str) -> None:
    name = _expand(document, text).upper()
    full = name if name.startswith("SIG") else f"SIG{name}"
    known = name.isdigit() and 0 < int(name) <= 64
    if not known and full not in signal.Signals.__members__ and not full.startswith(("SIGRTMIN", "SIGRTMAX")):
        raise InvalidInput("not a signal", subject=text, hint="write it as in SIGTERM or 15")
    document["config"]["StopSignal"] = name if known else full


def _user(document: dict[str, Any], text: str) -> None:
    document["config"]["User"] = _expand(document, text)


def _volume(document: dict[str, Any], text: str) -> None:
    paths = _strings(text)
    paths = _words(document, text) if paths is None else paths
    if not all(paths):
        raise InvalidInput("a volume needs a path", subject=text)
    document["config"]["Volumes"] = {**(document["config"].get("Volumes") or {}), **{path: {} for path in paths}}


def _workdir(document: dict[str, Any], text: str) -> None:
    before = document["config"].get("WorkingDir") or "/"
    joined = posixpath.normpath(posixpath.join("/", before, "".join(_words(document, shlex.quote(text)))))
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
        words = _strings(command.strip())
        check = {"Test": ["CMD-SHELL", command.strip()] if words is None else ["CMD", *words], **check}
    else:
        raise InvalidInput("HEALTHCHECK is followed by CMD and a command, or NONE", subject=text)
    document["config"]["Healthcheck"] = check


def _retries(value: str) -> int:
    if not value.isdigit():
        raise InvalidInput("not a number", subject=value)
    return int(value)


def _shell(document: dict[str, Any], text: str) -> None:
    words = _strings(text)
    if not words:
        raise InvalidInput("SHELL needs the JSON form", subject=text, hint='write it as in SHELL ["/bin/sh", "-c"]')
    document["config"]["Shell"] = words


def _maintainer(document: dict[str, Any], text: str) -> None:
    document["author"] = text


def _arg(_document: dict[str, Any], _text: str) -> None:
    """Take note of nothing: an ARG is of a build, and a config has no place for it."""


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
