"""OCI hooks of the host: *.json files that say which programs run at which moments of which containers (oci-hooks(5), version 1.0.0)."""

from __future__ import annotations

import os
import re
import warnings

from pycman.config.bounded_file import read_bounded
from pycman.errors import Corrupt, NotFound, Unsupported, from_os_error
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_MOST_BYTES = 1 << 20
_STAGES = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
"""Moments of runtime-spec (config.md, "POSIX-platform Hooks")."""
_CONDITIONS = ("always", "annotations", "commands", "hasBindMounts")


class Hook(Record):
    """One file. `program` is runtime-spec's object; of the conditions, those that are not None must all hold."""

    path: str
    program: Mapping[str, Any]
    stages: tuple[str, ...]
    always: bool | None = None
    has_bind_mounts: bool | None = None
    annotations: Mapping[str, str] = {}
    commands: tuple[str, ...] = ()


def read_hooks(folders: Sequence[str]) -> list[Hook]:
    """Return the hooks of these folders in the order of their files' names; a file hides one of its name in an earlier folder.

    Raises NotFound (a folder), Corrupt, Denied.
    """
    files: dict[str, str] = {}
    for folder in folders:
        try:
            names = os.listdir(folder)
        except FileNotFoundError as error:
            raise NotFound("the folder of OCI hooks does not exist", subject=folder, hint="create it") from error
        except OSError as error:
            raise from_os_error(error, subject=folder, doing="cannot read the hooks") from error
        files.update({name: f"{folder}/{name}" for name in names if name.endswith(".json")})
    return [_read(files[name]) for name in sorted(files, key=lambda name: (name.lower(), name))]


def hooks_by_stage(
    hooks: Sequence[Hook], *, command: str, annotations: Mapping[str, str], has_bind_mounts: bool
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return the programs for one container by their stages. `command` is the path of its first process. Raises Unsupported."""
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for hook in hooks:
        if not _holds(hook, command, annotations, has_bind_mounts):
            continue
        for stage in hook.stages:
            if stage == "precreate":
                raise Unsupported("hooks cannot change config.json (stage precreate)", subject=hook.path)
            found[stage] = (*found.get(stage, ()), hook.program)
    return found


def _holds(hook: Hook, command: str, annotations: Mapping[str, str], has_bind_mounts: bool) -> bool:
    named = bool(hook.always or hook.has_bind_mounts or hook.annotations or hook.commands)
    if not named or hook.always is False or hook.has_bind_mounts not in (None, True):
        return False
    if hook.has_bind_mounts and not has_bind_mounts:
        return False
    if hook.commands and not any(re.search(pattern, command) for pattern in hook.commands):
        return False
    return all(
        any(re.search(key, name) and re.search(value, text) for name, text in annotations.items())
        for key, value in hook.annotations.items()
    )


def _read(path: str) -> Hook:
    try:
        document = parse_json(read_bounded(path, most_bytes=_MOST_BYTES), subject=path)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read the hook") from error
    if not isinstance(document, dict) or document.get("version") != "1.0.0":
        raise _wrong(path, 'it is not of version "1.0.0"')
    program, when, stages = document.get("hook"), document.get("when"), document.get("stages")
    if not isinstance(program, dict) or not str(program.get("path", "")).startswith("/"):
        raise _wrong(path, "hook.path must be an absolute path")
    if not os.path.exists(program["path"]):
        raise _wrong(path, f"there is no program {program['path']}")
    if not os.path.isfile(program["path"]) or not os.access(program["path"], os.X_OK):
        raise _wrong(path, f"{program['path']} is no program that can be started")
    if not isinstance(when, dict) or not when.keys() <= frozenset(_CONDITIONS) or not when:
        raise _wrong(path, f"when must have some of {', '.join(_CONDITIONS)}")
    if not isinstance(stages, list) or not stages or not set(map(str, stages)) <= {*_STAGES, "precreate"}:
        raise _wrong(path, f"stages must be some of {', '.join(_STAGES)}")
    return _hook(path, program, when, tuple(stages))


def _hook(path: str, program: Mapping[str, Any], when: Mapping[str, Any], stages: tuple[str, ...]) -> Hook:
    annotations, commands = when.get("annotations") or {}, when.get("commands") or []
    if not isinstance(annotations, dict) or not isinstance(commands, list):
        raise _wrong(path, "when.annotations must be an object, when.commands a list")
    for pattern in (*annotations, *annotations.values(), *commands):
        try:
            with (
                warnings.catch_warnings()
            ):  # of [[:alpha:]] and the like, which would match something else than Go has it
                warnings.simplefilter("error")
                re.compile(pattern)
        except (re.error, TypeError, OverflowError, RecursionError, FutureWarning) as error:
            raise _wrong(path, f"not a regular expression: {str(pattern)[:80]}") from error
    switches = [when.get(name) for name in ("always", "hasBindMounts")]
    if not all(value is None or isinstance(value, bool) for value in switches):
        raise _wrong(path, "when.always and when.hasBindMounts must be true or false")
    for name in ("args", "env"):
        words = program.get(name) or []
        if not isinstance(words, list) or not all(isinstance(word, str) and "\0" not in word for word in words):
            raise _wrong(path, f"hook.{name} must be a list of texts")
    timeout_s = program.get("timeout")
    if timeout_s is not None and (type(timeout_s) is not int or not 0 < timeout_s < 1 << 31):
        raise _wrong(path, "hook.timeout must be a number of seconds greater than 0")
    kept = {name: program[name] for name in ("path", "args", "env", "timeout") if program.get(name) is not None}
    return Hook(
        path=path,
        program=kept,
        stages=stages,
        always=switches[0],
        has_bind_mounts=switches[1],
        annotations=annotations,
        commands=tuple(commands),
    )


def _wrong(path: str, problem: str) -> Corrupt:
    return Corrupt(f"not an OCI hook: {problem}", subject=path, hint="correct or remove the file")
