"""The steps of one stage: each instruction with its variables replaced, what it changes in the config, and its inputs."""

from __future__ import annotations

import posixpath
import signal

from pycman.build.language.errors import Wrong, at, did_you_mean, quoted
from pycman.build.language.heredoc import parse_heredoc, without_tabs
from pycman.build.language.instructions import (
    ArgInstruction,
    CmdInstruction,
    CopyInstruction,
    EntrypointInstruction,
    EnvInstruction,
    ExposeInstruction,
    HealthcheckInstruction,
    LabelInstruction,
    MaintainerInstruction,
    OnbuildInstruction,
    RunInstruction,
    ShellInstruction,
    StopsignalInstruction,
    UserInstruction,
    VolumeInstruction,
    WorkdirInstruction,
)
from pycman.build.language.mounts import parse_mount
from pycman.build.plan.config import DEFAULT_SHELL, Change, Timeline
from pycman.build.plan.history import (
    copy_text,
    health_text,
    list_text,
    pairs_text,
    quoted_list_text,
    run_text,
)
from pycman.build.plan.ports import exposed_ports
from pycman.build.plan.sources import kind_of
from pycman.build.plan.values import (
    ConfigStep,
    CopyStep,
    InlineFile,
    Origin,
    PlannedMount,
    RunStep,
    WorkdirStep,
)
from pycman.build.plan.variables import PROXY_NAMES
from pycman.digest import digest_bytes
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pycman.build.ignore.rules import IgnoreRules
    from pycman.build.language.expand import Budget, Expanded
    from pycman.build.language.instructions import CommandLine, Instruction, Pair
    from pycman.build.language.parser import Dockerfile
    from pycman.build.language.warning import Findings
    from pycman.build.plan.values import BuildStep
    from pycman.build.plan.variables import Scope

_PIPES = "/dev/pipes"
"""Where the file of a here-document that begins with "#!" is, as with docker."""
_LETTERS_OF_AN_ENTRY = 64
"""What a variable of a RUN, or a port, is counted as: a short file can ask for very many of them."""
_LONGEST_PATH = 4096
_NOT_TOLD = frozenset(("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"))


class Shared:
    """What the stages of one plan have in common."""

    def __init__(self, file: Dockerfile, findings: Findings, budget: Budget, ignore: IgnoreRules | None) -> None:
        self.file = file
        self.findings = findings
        self.budget = budget
        self.ignore = ignore


class Evaluator:
    """Makes the steps of a stage, one instruction after the other. `resolve` tells what --from and from= mean."""

    def __init__(
        self,
        shared: Shared,
        document: Mapping[str, Any],
        scope: Scope,
        resolve: Callable[[str], Origin],
        *,
        absolute: bool = False,
    ) -> None:
        settings = document["config"]
        self._shared = shared
        self._resolve = resolve
        self.stages: set[int] = set()
        """Numbers of the stages that steps have named so far."""
        self._timeline = Timeline(document)
        self._number = 0
        self._cmd_is_own = False
        self._from_base = False
        self._shell: tuple[str, ...] = tuple(settings.get("Shell") or ())
        self._place: Instruction
        self.scope = scope
        self.absolute_workdir = absolute
        """Whether the file itself has set an absolute WORKDIR in this stage or one below it."""
        self.user: str = settings.get("User") or ""
        self.workdir: str = posixpath.normpath(posixpath.join("/", settings.get("WorkingDir") or "/"))

    def step(self, instruction: Instruction, *, from_base: bool = False) -> BuildStep:
        """Return the step of an instruction. Raises DockerfileError."""
        self._number += 1
        self._from_base = from_base
        self._place = instruction
        try:
            return self._evaluated(instruction)
        except Wrong as error:
            problem = f"{instruction.name}: {error.problem}"
            raise at(instruction.location, problem, error.hint) from None

    def _evaluated(self, instruction: Instruction) -> BuildStep:
        match instruction:
            case RunInstruction():
                return self._run(instruction)
            case CopyInstruction():
                return self._copy(instruction)
            case WorkdirInstruction():
                return self._workdir_step(instruction)
            case ArgInstruction():
                return self._arg(instruction)
            case EnvInstruction():
                return self._env(instruction)
            case LabelInstruction():
                pairs = self._pairs(instruction.pairs)
                changes = [Change(kind="label", name=name, value=value) for name, value in pairs]
                return self._config(instruction, pairs_text("LABEL", pairs), changes)
            case ExposeInstruction():
                return self._expose(instruction)
            case VolumeInstruction():
                paths = [self._expand(path) for path in instruction.paths]
                if not all(paths):
                    raise Wrong("a path is empty", "write VOLUME /DIRECTORY")
                change = Change(kind="volume", value=tuple(paths))
                return self._config(instruction, list_text("VOLUME", paths), [change])
            case UserInstruction():
                self.user = self._expand(instruction.user)  # may be empty, as with docker: then it is root
                return self._set(instruction, f"USER {self.user}".rstrip(), "User", self.user or None)
            case CmdInstruction():
                self._cmd_is_own = True
                words = self._command(instruction.command)
                self._recommend_json(instruction.command)
                return self._set(instruction, quoted_list_text("CMD", words), "Cmd", words or None)
            case EntrypointInstruction():
                return self._entrypoint(instruction)
            case ShellInstruction():
                self._shell = instruction.words
                return self._set(instruction, list_text("SHELL", self._shell), "Shell", list(self._shell))
            case StopsignalInstruction():
                name = self._signal(self._expand(instruction.signal))
                return self._set(instruction, f"STOPSIGNAL {name}", "StopSignal", name)
            case HealthcheckInstruction():
                check = self._health(instruction)
                return self._set(instruction, health_text(check), "Healthcheck", check)
            case MaintainerInstruction():
                change = Change(kind="author", name=instruction.author)
                return self._config(instruction, f"MAINTAINER {instruction.author}", [change])
            case OnbuildInstruction():
                change = Change(kind="onbuild", name=instruction.trigger)
                return self._config(instruction, "", [change])
        raise Wrong("it is not known here")

    # What all of them use

    def _common(
        self, instruction: Instruction, created_by: str, changes: Iterable[Change] = (), *, empty: bool = False
    ) -> dict[str, Any]:
        kept = tuple(changes)
        self._timeline.add(kept)
        return {
            "number": self._number,
            "location": instruction.location,
            "text": instruction.text,
            "created_by": created_by,
            "timeline": self._timeline,
            "changes": kept,
            "empty_layer": empty,
            "from_base": self._from_base,
        }

    def _config(self, instruction: Instruction, created_by: str, changes: Iterable[Change] = ()) -> ConfigStep:
        return ConfigStep(**self._common(instruction, created_by, changes, empty=True))

    def _set(self, instruction: Instruction, created_by: str, field: str, value: Any) -> ConfigStep:
        return self._config(instruction, created_by, [Change(kind="set", name=field, value=value)])

    def _warn(self, rule: str, *words: str) -> None:
        place = self._place.location
        local = self._shared.file.local_checks.get(place.first_line)
        if not self._from_base:
            self._shared.findings.add(rule, place, *words, local=local)

    def _expand(self, text: str, *, escape: str = "", keep_quotes: bool = False) -> str:
        escape = escape or self._shared.file.escape
        expanded = self.scope.expand(text, self._shared.budget, escape=escape, keep_quotes=keep_quotes)
        self._undefined(expanded)
        return expanded.text

    def _undefined(self, expanded: Expanded) -> None:
        for name in sorted(expanded.unset - self.scope.args.keys() - _NOT_TOLD):
            similar = did_you_mean(name, [*self.scope.values, *self.scope.args], "$")
            self._warn("UndefinedVar", name, f"; {similar}" if similar else "")

    def _pairs(self, pairs: Iterable[Pair]) -> list[tuple[str, str]]:
        """Return names and values, all expanded with the variables as they were before the instruction."""
        found = [(self._expand(pair.name), self._expand(pair.value)) for pair in pairs]
        if not all(name for name, _ in found):
            raise Wrong("a name is empty after its variables are replaced", "write NAME=VALUE")
        return found

    def _below_workdir(self, path: str) -> str:
        return _clean(posixpath.join(self.workdir, path))

    def _command(self, command: CommandLine) -> list[str]:
        if not command.is_shell:
            return list(command.words)
        return [*(self._shell or DEFAULT_SHELL), " ".join(command.words)]

    def _recommend_json(self, command: CommandLine) -> None:
        if command.is_shell and not self._shell:
            self._warn("JSONArgsRecommended", self._place.name)

    def _origin(self, name: str) -> Origin:
        origin = self._resolve(name)
        if origin.kind == "stage":
            self.stages.add(origin.stage)
        return origin

    # Instructions

    def _arg(self, instruction: ArgInstruction) -> ConfigStep:
        told: list[tuple[str, str | None]] = []
        for entry in instruction.entries:
            value = self.scope.declare(entry, self._expand)
            told.append((entry.name, None if entry.name in PROXY_NAMES else value))
        return self._config(instruction, pairs_text("ARG", told))

    def _env(self, instruction: EnvInstruction) -> ConfigStep:
        pairs = self._pairs(instruction.pairs)
        for name, value in pairs:
            self.scope.set_env(name, value)
        changes = [Change(kind="env", name=name, value=value) for name, value in pairs]
        return self._config(instruction, pairs_text("ENV", pairs), changes)

    def _expose(self, instruction: ExposeInstruction) -> ConfigStep:
        ports: list[str] = []
        for text in sorted(instruction.ports):
            for word in self._expand(text).split():
                found = exposed_ports(word)
                if found.odd_case:
                    self._warn("ExposeProtoCasing", word)
                if found.has_host_part:
                    self._warn("ExposeInvalidFormat", word)
                ports += found.ports
                self._shared.budget.spend(_LETTERS_OF_AN_ENTRY * len(found.ports))
        change = Change(kind="port", value=tuple(ports))
        return self._config(instruction, list_text("EXPOSE", ports), [change])

    def _entrypoint(self, instruction: EntrypointInstruction) -> ConfigStep:
        words = self._command(instruction.command)
        self._recommend_json(instruction.command)
        changes = [Change(kind="set", name="Entrypoint", value=words or None)]
        if not self._cmd_is_own:  # the command of the base image was meant for its own entry point
            changes.append(Change(kind="set", name="Cmd"))
        return self._config(instruction, quoted_list_text("ENTRYPOINT", words), changes)

    def _signal(self, name: str) -> str:
        upper = name.upper()
        full = upper if upper.startswith("SIG") else f"SIG{upper}"
        is_number = name.isascii() and name.isdigit() and len(name) < 4 and 0 < int(name) <= 64
        if not is_number and full not in signal.Signals.__members__ and not full.startswith(("SIGRTMIN", "SIGRTMAX")):
            raise Wrong(f"{quoted(name)} is not a signal", "write it as in SIGTERM or 15")
        return name

    def _health(self, instruction: HealthcheckInstruction) -> dict[str, Any]:
        command = instruction.command
        if command is None:
            return {"Test": ["NONE"]}
        check: dict[str, Any] = {"Test": ["CMD-SHELL" if command.is_shell else "CMD", *command.words]}
        times = {
            "Interval": instruction.interval_ns,
            "Timeout": instruction.timeout_ns,
            "StartPeriod": instruction.start_period_ns,
            "StartInterval": instruction.start_interval_ns,
            "Retries": instruction.retries,
        }
        return check | {name: value for name, value in times.items() if value}

    def _workdir_step(self, instruction: WorkdirInstruction) -> BuildStep:
        path = self._expand(instruction.path)  # may be empty, as with docker: then it stays
        if not path.startswith("/") and not self.absolute_workdir:
            self._warn("WorkdirRelativePath", path)
        self.absolute_workdir = True  # told once, as each further relative path has the same reason
        self.workdir = self._below_workdir(path).rstrip("/") or "/"
        created_by = f"WORKDIR {self.workdir}"
        change = Change(kind="set", name="WorkingDir", value=self.workdir)
        if self.workdir == "/":
            return self._config(instruction, created_by, [change])
        inputs = (("instruction", "WORKDIR"), ("path", self.workdir), ("user", self.user))
        return WorkdirStep(
            path=self.workdir, owner=self.user, inputs=inputs, **self._common(instruction, created_by, [change])
        )

    def _run(self, instruction: RunInstruction) -> RunStep:
        command, files = self._run_command(instruction.command)
        argv = tuple(self._command(command))
        if not argv:
            raise Wrong("there is no command", 'write RUN COMMAND or RUN ["COMMAND"]')
        mounts = tuple(self._mount(text) for text in instruction.mounts)
        env = self.scope.run_env()
        variables = self.scope.inputs()
        self._shared.budget.spend(_LETTERS_OF_AN_ENTRY * len(variables))
        inputs = [
            ("instruction", "RUN"),
            ("command", format_json(list(argv))),
            ("working directory", self.workdir),
            ("user", self.user),
            ("network", instruction.network or "default"),
            ("security", instruction.security or "sandbox"),
            *((f"device {device}", "") for device in instruction.devices),
            *((f"mount {each.target or each.mount.id}", format_json(each.mount.to_dict())) for each in mounts),
            *_file_inputs(files),
            *variables,
        ]
        args = [(name, value) for name, value in self.scope.given_args() if name not in PROXY_NAMES]
        return RunStep(
            argv=argv,
            env=env,
            working_dir=self.workdir,
            user=self.user,
            mounts=mounts,
            files=files,
            network=instruction.network or "default",
            security=instruction.security or "sandbox",
            devices=instruction.devices,
            inputs=tuple(inputs),
            **self._common(instruction, run_text(argv, args)),
        )

    def _run_command(self, command: CommandLine) -> tuple[CommandLine, tuple[InlineFile, ...]]:
        """Return the command with its here-documents put where they belong, and the file that one of them is.

        RUN <<EOF alone: the document is the script, run by the stage's shell, or by what its first line "#!" names. In
        any other case the shell reads the documents itself.
        """
        if not command.heredocs or not command.is_shell:
            return command, ()
        text = command.words[0]
        if parse_heredoc(text) is not None:
            heredoc = command.heredocs[0]
            content = without_tabs(heredoc.content) if heredoc.strip_tabs else heredoc.content
            if not content.startswith("#!"):
                return command.replace(words=(content,)), ()
            path = f"{_PIPES}/{heredoc.name.replace('/', '_')}"
            file = InlineFile(name=path, content=content, mode=0o755)
            return command.replace(words=(path,)), (file,)
        parts = [text, *(f"{heredoc.content}{heredoc.name}" for heredoc in command.heredocs)]
        return command.replace(words=("\n".join(parts),)), ()

    def _mount(self, text: str) -> PlannedMount:
        mount = parse_mount(text, self._expand)
        target = _clean(posixpath.join(self.workdir, mount.target)) if mount.target or mount.type != "secret" else ""
        if mount.type == "ssh":
            target = _clean(posixpath.join(self.workdir, mount.target)) if mount.target else ""
        elif target.rstrip("/") == "" and mount.type != "secret":
            raise Wrong(f"--mount={quoted(text)} has no target", "write target=/DIRECTORY")
        origin: Origin | None = None
        if mount.origin:
            origin = self._origin(mount.origin)
        elif mount.type == "bind":
            origin = Origin(kind="context")
        elif mount.type == "cache" and not mount.id:
            mount = mount.replace(id=target)
        return PlannedMount(mount=mount, target=target, origin=origin)

    def _copy(self, instruction: CopyInstruction) -> CopyStep:
        is_add = instruction.name == "ADD"
        sources = tuple(self._expand(source) for source in instruction.sources)
        files = tuple(
            InlineFile(
                name=heredoc.name,
                content=self._expand(heredoc.content, escape="\\", keep_quotes=True)
                if heredoc.expand
                else heredoc.content,
            )
            for heredoc in instruction.heredocs
        )
        written = self._expand(instruction.target)
        target = self._below_workdir("./" if written in ("", ".") else written)
        flags = {
            "parents": "true" if instruction.parents else "",
            "chown": self._expand(instruction.chown),
            "chmod": self._expand(instruction.chmod),
        }
        checksum = self._expand(instruction.checksum)
        origin = Origin(kind="context")
        if instruction.origin:
            origin = self._origin(self._expand(instruction.origin))
        _check_sources(instruction.name, sources, checksum)
        if origin == Origin(kind="context"):
            self._ignored(instruction.name, sources)
        inputs = [
            ("instruction", instruction.name),
            ("sources", format_json(list(sources))),
            ("target", target),
            *((f"--{flag}", value) for flag, value in flags.items() if value),
            *((f"--exclude={pattern}", "") for pattern in instruction.exclude),
            *((f"--{flag}", str(value)) for flag, value in _other_flags(instruction) if value is not None),
            *([("--checksum", checksum)] if checksum else []),
            *_file_inputs(files),
        ]
        told = [*sources, *(f"<<{file.name}" for file in files)]
        return CopyStep(
            sources=sources,
            target=target,
            origin=origin,
            is_add=is_add,
            files=files,
            chown=flags["chown"],
            chmod=flags["chmod"],
            link=instruction.link,
            parents=instruction.parents,
            exclude=instruction.exclude,
            keep_git_dir=instruction.keep_git_dir,
            checksum=checksum,
            unpack=instruction.unpack,
            inputs=tuple(inputs),
            **self._common(instruction, copy_text(instruction.name, flags.items(), told, written)),
        )

    def _ignored(self, name: str, sources: Iterable[str]) -> None:
        rules = self._shared.ignore
        if rules is None or rules.has_exceptions:
            return
        for source in sources:
            path = _clean(f"/{source}").strip("/")
            if kind_of(source) == "path" and (rules.excludes(path) if path else rules.leaves_out_everything):
                self._warn("CopyIgnoredFile", name, source)


def _other_flags(instruction: CopyInstruction) -> tuple[tuple[str, bool | None], ...]:
    return (
        ("link", instruction.link or None),
        ("keep-git-dir", instruction.keep_git_dir),
        ("unpack", instruction.unpack),
    )


def _file_inputs(files: Iterable[InlineFile]) -> list[tuple[str, str]]:
    return [(f"file {file.name}", digest_bytes(file.content.encode())) for file in files]


def _check_sources(name: str, sources: tuple[str, ...], checksum: str) -> None:
    kinds = [kind_of(source) for source in sources]
    if name == "COPY":
        for source, kind in zip(sources, kinds, strict=True):
            if kind != "path":
                raise Wrong(f"{quoted(source)} is not a path", "use ADD for URLs and git repositories")
    if checksum and (len(sources) != 1 or kinds[0] == "path"):
        raise Wrong("--checksum needs one source that is a URL or a git repository", "remove --checksum")


def _clean(path: str) -> str:
    """Return an absolute path without ".", ".." and doubled slashes; a slash at its end is kept."""
    if len(path) > _LONGEST_PATH:
        raise Wrong(f"{quoted(path)} is longer than {_LONGEST_PATH} letters", "no system has such a path")
    into = path.endswith(("/", "/.", "/.."))
    cleaned = "/" + posixpath.normpath(f"/{path}").lstrip("/")
    return f"{cleaned}/" if into and cleaned != "/" else cleaned
