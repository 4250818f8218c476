"""From the text of one instruction to its value. What the table tells of an instruction is checked here once."""

from __future__ import annotations

from pycman.build.language.command import command_line
from pycman.build.language.durations import duration_ns
from pycman.build.language.errors import MOST_ARGUMENTS, Wrong, did_you_mean, quoted
from pycman.build.language.flags import Flags, read_flags
from pycman.build.language.heredoc import parse_heredoc, without_tabs
from pycman.build.language.instructions import (
    ArgEntry,
    ArgInstruction,
    CmdInstruction,
    CopyInstruction,
    EntrypointInstruction,
    EnvInstruction,
    ExposeInstruction,
    FromInstruction,
    HealthcheckInstruction,
    LabelInstruction,
    MaintainerInstruction,
    OnbuildInstruction,
    Pair,
    RunInstruction,
    ShellInstruction,
    StopsignalInstruction,
    UserInstruction,
    VolumeInstruction,
    WorkdirInstruction,
)
from pycman.build.language.mounts import check_mount_text
from pycman.build.language.table import NOT_AS_TRIGGER, TABLE, Entry
from pycman.build.language.words import json_words, split_flags, split_name, split_pairs, split_words
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.build.language.instructions import Heredoc, Instruction
    from pycman.build.language.position import Location

_STAGE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_RETRIES_MOST = (1 << 31) - 1


class _Source(Record):
    """An instruction taken apart: what the readers below make values of."""

    name: str
    location: Location
    text: str
    rest: str
    words: tuple[str, ...]
    flags: Flags
    heredocs: tuple[Heredoc, ...]
    escape: str


def read_instruction(text: str, location: Location, heredocs: tuple[Heredoc, ...], escape: str) -> Instruction:
    """Return the value of one instruction. Raises Wrong."""
    written, arguments = split_name(text)
    name = written.upper()
    entry = TABLE.get(name)
    if entry is None:
        hint = did_you_mean(name, TABLE) or "a continued line needs \\ at its end"
        raise Wrong(f"unknown instruction {quoted(written)}", hint)
    flags, rest = split_flags(arguments, escape)
    words = _words(entry, rest.strip(), escape)
    count = len(words)
    if count + len(flags) > MOST_ARGUMENTS:
        raise Wrong(f"{name} has more than {MOST_ARGUMENTS} arguments", "divide it")
    source = _Source(
        name=name,
        location=location,
        text=text,
        rest=rest.strip(),
        words=words,
        flags=read_flags(flags, entry.flags, name),
        heredocs=heredocs,
        escape=escape,
    )
    if count < entry.least:
        problem = f"{name} needs at least {entry.least} arguments" if entry.least > 1 else f"{name} needs an argument"
        raise Wrong(problem, f"write {entry.example}")
    if entry.most and count > entry.most:
        raise Wrong(f"{name} has too many arguments", f"write {entry.example}")
    return _READERS[name](source)


def _words(entry: Entry, rest: str, escape: str) -> tuple[str, ...]:
    """Return the arguments in the form that the table tells; those that have a parser of their own as one text."""
    if entry.form == "list":
        array = json_words(rest)
        return tuple(rest.split() if array is None else array)
    if entry.form == "words":
        return tuple(rest.split())
    if entry.form == "names":
        return tuple(split_words(rest, escape))
    return (rest,) if rest else ()


def _common(source: _Source) -> tuple[str, Location, str]:
    return source.name, source.location, source.text


def _from(source: _Source) -> FromInstruction:
    name, location, text = _common(source)
    stage = ""
    if len(source.words) > 1:
        if len(source.words) != 3 or source.words[1].lower() != "as":
            raise Wrong(f"FROM {quoted(source.rest)} has too many arguments", "write FROM IMAGE AS STAGE")
        stage = source.words[2].lower()
        if not _STAGE_LETTERS.issuperset(stage) or not "a" <= stage[0] <= "z":
            raise Wrong(
                f"{quoted(source.words[2])} cannot name a stage", "begin with a letter and use letters, digits, - _ ."
            )
    platform = source.flags.texts.get("platform", "")
    return FromInstruction(
        name=name, location=location, text=text, image=source.words[0], stage=stage, platform=platform
    )


def _arg(source: _Source) -> ArgInstruction:
    name, location, text = _common(source)
    entries = []
    for word in source.words:
        key, equals, default = word.partition("=")
        if not key:
            raise Wrong(f"{quoted(word)} has no name", "write ARG NAME=DEFAULT")
        entries.append(ArgEntry(name=key, default=default if equals else None))
    return ArgInstruction(name=name, location=location, text=text, entries=tuple(entries))


def _pairs(source: _Source) -> tuple[Pair, ...]:
    return tuple(
        Pair(name=key, value=value, spaced=spaced)
        for key, value, spaced in split_pairs(source.rest, source.name, source.escape)
    )


def _env(source: _Source) -> EnvInstruction:
    name, location, text = _common(source)
    return EnvInstruction(name=name, location=location, text=text, pairs=_pairs(source))


def _label(source: _Source) -> LabelInstruction:
    name, location, text = _common(source)
    return LabelInstruction(name=name, location=location, text=text, pairs=_pairs(source))


def _run(source: _Source) -> RunInstruction:
    name, location, text = _common(source)
    network = source.flags.texts.get("network", "")
    security = source.flags.texts.get("security", "")
    if network not in ("", "default", "none", "host"):
        raise Wrong(f"--network={quoted(network)} is not known", "write default, none or host")
    if security not in ("", "sandbox", "insecure"):
        raise Wrong(f"--security={quoted(security)} is not known", "write sandbox or insecure")
    mounts = source.flags.lists.get("mount", ())
    for mount in mounts:
        check_mount_text(mount)
    return RunInstruction(
        name=name,
        location=location,
        text=text,
        command=command_line(source.rest, source.heredocs),
        mounts=mounts,
        network=network,
        security=security,
        devices=source.flags.lists.get("device", ()),
    )


def _copy(source: _Source) -> CopyInstruction:
    name, location, text = _common(source)
    *sources, target = source.words
    flags = source.flags
    by_name = {heredoc.name: heredoc for heredoc in source.heredocs}
    files: list[Heredoc] = []
    paths: list[str] = []
    if source.heredocs and parse_heredoc(target) is not None:
        raise Wrong(f"the target of {name} is a here-document", f"write {name} <<EOF TARGET")
    for each in sources:
        heredoc = parse_heredoc(each) if by_name else None
        written = by_name.get(heredoc.name) if heredoc is not None else None
        if written is None:
            paths.append(each)
        else:
            content = without_tabs(written.content) if written.strip_tabs else written.content
            files.append(written.replace(content=content))
    origin = flags.texts.get("from", "")
    return CopyInstruction(
        name=name,
        location=location,
        text=text,
        sources=tuple(paths),
        target=target,
        heredocs=tuple(files),
        origin=origin,
        chown=flags.texts.get("chown", ""),
        chmod=flags.texts.get("chmod", ""),
        link=flags.bools.get("link", False),
        parents=flags.bools.get("parents", False),
        exclude=flags.lists.get("exclude", ()),
        keep_git_dir=flags.bools.get("keep-git-dir"),
        checksum=flags.texts.get("checksum", ""),
        unpack=flags.bools.get("unpack"),
    )


def _workdir(source: _Source) -> WorkdirInstruction:
    name, location, text = _common(source)
    return WorkdirInstruction(name=name, location=location, text=text, path=source.rest)


def _user(source: _Source) -> UserInstruction:
    name, location, text = _common(source)
    return UserInstruction(name=name, location=location, text=text, user=source.rest)


def _expose(source: _Source) -> ExposeInstruction:
    name, location, text = _common(source)
    return ExposeInstruction(name=name, location=location, text=text, ports=source.words)


def _volume(source: _Source) -> VolumeInstruction:
    name, location, text = _common(source)
    paths = tuple(path.strip() for path in source.words)
    if not all(paths):
        raise Wrong("a volume has no path", "write VOLUME /DIRECTORY")
    return VolumeInstruction(name=name, location=location, text=text, paths=paths)


def _cmd(source: _Source) -> CmdInstruction:
    name, location, text = _common(source)
    return CmdInstruction(name=name, location=location, text=text, command=command_line(source.rest))


def _entrypoint(source: _Source) -> EntrypointInstruction:
    name, location, text = _common(source)
    return EntrypointInstruction(name=name, location=location, text=text, command=command_line(source.rest))


def _shell(source: _Source) -> ShellInstruction:
    name, location, text = _common(source)
    if json_words(source.rest) is None:
        raise Wrong(f"SHELL {quoted(source.rest)} is not a JSON array", 'write SHELL ["/bin/bash", "-c"]')
    return ShellInstruction(name=name, location=location, text=text, words=source.words)


def _stopsignal(source: _Source) -> StopsignalInstruction:
    name, location, text = _common(source)
    return StopsignalInstruction(name=name, location=location, text=text, signal=source.rest)


def _healthcheck(source: _Source) -> HealthcheckInstruction:
    name, location, text = _common(source)
    kind, rest = split_name(source.rest)
    if kind.upper() == "NONE" and not rest:
        return HealthcheckInstruction(name=name, location=location, text=text, command=None)
    if kind.upper() != "CMD":
        raise Wrong(f"HEALTHCHECK {quoted(kind)} is not known", "write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE")
    command = command_line(rest)
    if not rest or not command.words:
        raise Wrong("HEALTHCHECK CMD has no command", "write HEALTHCHECK CMD COMMAND")
    times = {
        f"{flag.replace('-', '_')}_ns": duration_ns(flag, value)
        for flag, value in source.flags.texts.items()
        if flag != "retries" and value
    }
    retries = source.flags.texts.get("retries", "") or "0"
    if not (retries.isascii() and retries.isdigit() and len(retries) < 11 and int(retries) <= _RETRIES_MOST):
        raise Wrong(f"--retries={quoted(retries)} is not a whole number", "write it as in --retries=3")
    return HealthcheckInstruction(
        name=name, location=location, text=text, command=command, retries=int(retries), **times
    )


def _maintainer(source: _Source) -> MaintainerInstruction:
    name, location, text = _common(source)
    return MaintainerInstruction(name=name, location=location, text=text, author=source.rest)


def _onbuild(source: _Source) -> OnbuildInstruction:
    name, location, text = _common(source)
    inner = split_name(source.rest)[0].upper()
    if inner in NOT_AS_TRIGGER:
        raise Wrong(f"{inner} is not allowed after ONBUILD", "write another instruction")
    trigger = source.rest
    for heredoc in source.heredocs:
        trigger += f"\n{heredoc.content}{heredoc.name}"
    value = read_instruction(source.rest, location, source.heredocs, source.escape)
    return OnbuildInstruction(name=name, location=location, text=text, trigger=trigger, inner=value)


_READERS: dict[str, Callable[[_Source], Instruction]] = {
    "ADD": _copy, "ARG": _arg, "CMD": _cmd, "COPY": _copy, "ENTRYPOINT": _entrypoint, "ENV": _env, "EXPOSE": _expose,
    "FROM": _from, "HEALTHCHECK": _healthcheck, "LABEL": _label, "MAINTAINER": _maintainer, "ONBUILD": _onbuild,
    "RUN": _run, "SHELL": _shell, "STOPSIGNAL": _stopsignal, "USER": _user, "VOLUME": _volume, "WORKDIR": _workdir,
}  # fmt: skip
