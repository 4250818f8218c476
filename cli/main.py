"""Run one command line: find the command, call its action, print its error, return the status. Imports almost nothing."""

from __future__ import annotations

import os
import sys

from cli.habits import current_habits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.habits import Habits
    from pycman.errors import PycmanError

_LOG_LEVELS = ("debug", "info", "warn", "warning", "error", "fatal", "panic", "trace")
_INTERRUPTED, _TERMINATED, _BROKEN_PIPE = 130, 143, 141


class Terminated(BaseException):
    """Raised by SIGTERM, so that `finally` blocks undo what is half done; the command then ends with 143 (docker)."""


def main(argv: list[str]) -> int:
    """Run one command line (without the program's name) and return its exit status."""
    import _signal  # built into the interpreter

    _open_standard_streams()
    _signal.signal(_signal.SIGTERM, _terminate)
    context: dict[str, Any] = {"command": ""}
    from cli.output.printable import guard_streams

    guard_streams()
    try:
        status = _version() if argv in (["--version"], ["-v"]) else _main(argv, context)
        sys.stdout.flush()
        if "log" in context:
            context["log"]("debug", "Shutting down engines")
        return status
    except BrokenPipeError:
        return end_now(_BROKEN_PIPE)
    except KeyboardInterrupt:
        return end_now(_INTERRUPTED)
    except Terminated:
        return end_now(_TERMINATED)
    except Exception as error:
        if context.get("debug"):
            import traceback  # only imported with --log-level=debug

            traceback.print_exc()
        status = _fail(error, context["command"], context.get("typed", ""))
        if "log" in context:
            context["log"]("debug", "Shutting down engines")
        return status


def _open_standard_streams() -> None:
    """Open 0, 1 and 2 where the caller left one closed, so that no file or socket of ours takes its number."""
    while (descriptor := os.open("/dev/null", os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as we run


def _main(argv: list[str], context: dict[str, Any]) -> int:
    """Find the command and run it; sets `context` (command, debug), which `main` needs to report an error."""
    from cli.parse import FlagTable, parse_flags  # --version, handled above, does without it
    from cli.table import GLOBAL_FLAGS  # not for --version

    habits = current_habits()
    flags, rest = parse_flags(FlagTable(GLOBAL_FLAGS), argv, stop_at_first=True)
    context["debug"] = flags.get("log-level") in ("debug", "trace") or bool(flags.get("debug"))
    if flags.get("version"):
        return _version()
    if not rest:
        from cli.usage import print_help  # only imported for help

        return print_help("", needs_command=habits.podman_help and not flags.get("help"))
    _check_global_flags(flags)
    if flags.get("module"):
        from cli.global_flags import find_modules  # only imported for this flag

        find_modules(flags, rest)
    if habits.podman_log and (context["debug"] or flags.get("log-level") == "info"):
        from cli.output.podman_log import log_command  # only imported to log

        context["log"] = log_command(flags, rest)
    if len(rest) == 1 and habits.podman_help and not flags.get("help"):
        from cli.usage import is_group, print_help  # only imported for single words under podman's name

        if is_group(rest[0]):
            return print_help(rest[0], needs_command=True)
    command, arguments = _find(rest)
    context["command"] = command
    context["typed"] = typed = " ".join(rest[: len(rest) - len(arguments)])
    if flags.get("help"):
        from cli.usage import print_help  # only imported for help

        return print_help(command, typed)
    return _run(command, arguments, flags, habits, argv, typed)


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def end_now(status: int) -> int:
    """Flush and exit at once and silently: `sys.exit` would wait for threads that still talk to a registry."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: S112 - OSError, OutputFailed: who reads it has gone
            continue
    os._exit(status)


def _run(
    command: str, arguments: list[str], globals_: dict[str, Any], habits: Habits, argv: list[str], typed: str
) -> int:
    """Parse the command's own flags, check the number of arguments, and call the action.

    Raises UsageError, and Unsupported for a flag that pycman does not carry out.
    """
    from cli.parse import ArgumentsError, FlagTable, parse_flags  # not for --version
    from cli.table import COMMANDS, GLOBAL_FLAGS, PODMAN_SHORTS  # not for --version

    least, most, stop_at_first, row = COMMANDS[command]
    flags: dict[str, Any] = {}
    rest = arguments
    if not command.startswith("__complete") and command not in _TAKES_EVERYTHING:
        if habits.global_flags_anywhere:
            row = f"{GLOBAL_FLAGS.replace(_IN_FRONT_ONLY, '')} {row} {PODMAN_SHORTS.get(command, '')}"
        table = FlagTable(row)
        flags, rest = parse_flags(table, arguments, stop_at_first=stop_at_first)
        _refuse_unsupported(command, table.refused, flags)
        if habits.global_flags_anywhere and not _GLOBAL_ANYWHERE.isdisjoint(flags):
            own = FlagTable(COMMANDS[command][3]).kinds
            _check_global_flags({name: value for name, value in flags.items() if name in _GLOBAL_ANYWHERE - own.keys()})
    if flags.get("help"):
        from cli.usage import print_help  # only imported for help

        return print_help(command, typed)
    if flags.get("latest"):
        from cli.usage import check_latest  # only imported for this flag

        check_latest(command, flags, rest)
    named_by_flag = flags.get("latest") or (command == "exec" and flags.get("cidfile"))
    _check_count(command, rest, least - bool(named_by_flag), most, ArgumentsError)
    from cli.call import Call  # not for --help and flag errors

    if habits.global_flags_anywhere:
        globals_ = {**globals_, **{name: flags[name] for name in _OWN_GLOBAL_FLAGS if name in flags}}
        _check_choices(globals_)
    if flags.get("authfile") and command != "login":  # which makes the file
        from cli.specs.registry import check_authfile  # only imported for this flag

        check_authfile(flags["authfile"])
    if globals_.get("syslog"):
        from cli.output.syslog_copy import copy_errors  # only imported for this flag

        copy_errors(habits.program)
    name = f"cli.actions.{_module(command)}"
    __import__(name)  # not importlib, which imports warnings: 0.4 ms
    module = sys.modules[name]
    call = Call(command, flags, rest, globals_, habits.program, argv)
    try:
        return int(module.run(call))
    finally:
        call.close()


def _refuse_unsupported(command: str, refused: set[str], flags: dict[str, Any]) -> None:
    """Raise Unsupported for a flag that is described as one pycman does not carry out: none is ignored in silence."""
    for name in refused.intersection(flags):
        if flags[name]:
            from cli.unsupported_flags import REASONS  # only imported to report an error
            from pycman.errors import Unsupported  # only imported to report an error

            reason = REASONS.get(command, {}).get(name) or REASONS[""][name]
            raise Unsupported(reason, subject=f"--{name}", hint="leave it out")


_TAKES_EVERYTHING = ("compose",)
"""Commands whose flags are somebody else's."""
_GLOBAL_ANYWHERE = frozenset(
    ("config", "registries-conf", "tmpdir", "noout", "out", "db-backend", "storage-opt", "context")
)
"""Further global flags that have an effect behind a command too; those that are refused are so anywhere."""
_IN_FRONT_ONLY = " module:l"
"""podman reads its files of settings before it knows the command."""
_CHOICES = {"events-backend": ("file", "journald", "none"), "cgroup-manager": ("systemd", "cgroupfs", "disabled")}
"""Global flags that take one of a few values."""
_OWN_GLOBAL_FLAGS = (
    "root",
    "runroot",
    "runtime",
    "runtime-flag",
    "events-backend",
    "default-mounts-file",
    "log-level",
    "storage-driver",
    "cgroup-manager",
    "syslog",
    "hooks-dir",
)
"""The global flags that have an effect here; podman takes them after the command too."""


def _module(command: str) -> str:
    """Return the module of a command below cli/actions: "network ls" is network.ls, "auto-update" auto_update, "__complete" is hidden.complete."""
    return f"hidden.{command[2:].lower()}" if command.startswith("__") else command.replace(" ", ".").replace("-", "_")


def _check_count(command: str, rest: list[str], least: int, most: int, error: Any) -> None:
    if not least <= len(rest) <= (most if most >= 0 else len(rest)) and current_habits().podman_help:
        from cli.output.podman_help import wrong_count  # only imported to report an error

        raise error(wrong_count(command, least, most, len(rest)))
    if len(rest) < least:
        expected = f"at least {least} argument{'s' if least > 1 else ''}" if most != least else _exactly(least)
        raise error(f"{command} requires {expected}", hint=f"see pycman {command} --help")
    if 0 <= most < len(rest):
        expected = f"at most {most} argument{'s' if most != 1 else ''}" if most != least else _exactly(most)
        raise error(f"{command} accepts {expected}, not {len(rest)}", hint=f"see pycman {command} --help")


def _exactly(count: int) -> str:
    return "no arguments" if not count else f"exactly {count} argument{'s' if count > 1 else ''}"


def _find(argv: list[str]) -> tuple[str, list[str]]:
    """Return the command's full name and the arguments after it. Raises ArgumentsError naming the nearest command."""
    from cli.parse import ArgumentsError, nearest  # not for --version
    from cli.table import ALIASES, COMMANDS, HIDDEN  # not for --version
    from pycman.errors import Unsupported  # not for --version

    two = " ".join(argv[:2])
    for count, name in ((2, two), (1, argv[0])):
        target = ALIASES.get(name, name)
        if target in COMMANDS:
            return target, argv[count:]
    from cli.unsupported_commands import reason_for  # only imported for groups and unknown commands
    from cli.usage import refuse_unrecognized  # the same

    refused = reason_for(argv)
    if refused:
        raise Unsupported(refused[1], subject=f"pycman {refused[0]}", hint=refused[2])
    groups = {name.partition(" ")[0] for name in (*COMMANDS, *ALIASES) if " " in name}
    if argv[0] in groups:
        if len(argv) == 1 or argv[1] in ("--help", "-h"):
            return "help", [argv[0]]
        refuse_unrecognized(two)
        known = [name.partition(" ")[2] for name in (*COMMANDS, *ALIASES) if name.startswith(argv[0] + " ")]
        similar = nearest(argv[1], known)
        hint = f"did you mean {argv[0]} {similar}?" if similar else f"see pycman {argv[0]} --help"
        raise ArgumentsError(f"unknown command: pycman {two}", hint=hint)
    refuse_unrecognized(argv[0], argv[1:])
    similar = nearest(argv[0], [name for name in (*COMMANDS, *groups) if name not in HIDDEN])
    hint = f"did you mean {similar}?" if similar else "see pycman --help"
    raise ArgumentsError(f"unknown command: pycman {argv[0]}", hint=hint)


def _check_choices(flags: dict[str, Any]) -> None:
    """Raise InvalidInput for a global flag whose value nobody has."""
    for name, known in _CHOICES.items():
        if flags.get(name, known[0]) not in known:
            from pycman.errors import InvalidInput  # only imported to report an error

            raise InvalidInput(
                f"unknown {name.replace('-', ' ')}", subject=f"--{name} {flags[name]}", hint=f"use {' or '.join(known)}"
            )


def _check_global_flags(flags: dict[str, Any]) -> None:
    from pycman.errors import InvalidInput  # not for --version

    level = flags.get("log-level", "warn")
    if (level not in _LOG_LEVELS or (flags.get("debug") and "log-level" in flags)) and current_habits().podman_log:
        from cli.output.podman_log import refuse_level  # only imported to report an error

        refuse_level(level, both=level in _LOG_LEVELS)
    if level not in _LOG_LEVELS:
        raise InvalidInput("not a log level", subject=str(level), hint="use debug, info, warn or error")
    _check_choices(flags)
    if len(flags.keys() - set(_OWN_GLOBAL_FLAGS)) > bool(flags.get("help")):
        from cli.global_flags import apply_global_flags  # only imported when one of docker's or podman's is given

        apply_global_flags(flags)


def _version() -> int:
    from pycman.version import __version__  # only imported for --version

    sys.stdout.write(current_habits().version_line.format(version=__version__, release=current_habits().release) + "\n")
    return 0


def _fail(error: BaseException, command: str, typed: str = "") -> int:
    """Print one line (for a YAML file one line for each of its problems) and return the status."""
    from cli.output.printable import discard  # only imported to report an error
    from pycman.errors import OutputFailed, from_os_error  # only imported to report an error

    if isinstance(error, OSError):
        nameless = "the working directory" if isinstance(error, FileNotFoundError) else ""  # os.getcwd: it was deleted
        error = from_os_error(error, subject=str(error.filename or nameless))
    try:
        sys.stdout.flush()
    except (OSError, OutputFailed):
        discard(1)
    try:
        return _report(error, command, typed or command)
    except (OSError, OutputFailed):  # standard error is full, too
        discard(2)
        return _status_of(error, command)


def _status_of(error: BaseException, command: str) -> int:
    from cli.exit_status import status_of  # only imported to report an error
    from pycman.errors import PycmanError  # only imported to report an error

    return status_of(error, command, podman=current_habits().podman_statuses) if isinstance(error, PycmanError) else 125


def _report(error: BaseException, command: str, typed: str) -> int:
    from pycman.errors import InvalidInput, PycmanError  # only imported to report an error

    if isinstance(error, UnicodeEncodeError):
        word = f"{error.object[: error.end].split()[-1]}{error.object[error.end :].partition(' ')[0]}"
        error = InvalidInput("bytes that are not UTF-8 cannot be taken here", subject=word)
    if not isinstance(error, PycmanError):
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stderr.write(f"Error: {problem} (this is a bug in pycman: --log-level=debug shows where)\n")
        return 125
    if error.reference == "detached":
        return 0
    problems = [
        f"Error: {problem.describe()}" for problem in getattr(error, "problems", ())
    ]  # kube_yaml: file and line of each
    for line in problems or [
        _sentence(error, command, typed),
        *(f"Error: {other}" for other in getattr(error, "others", ())),
    ]:  # pycman/build: others of the same Dockerfile
        sys.stderr.write(f"{line}\n")
    for note in getattr(error, "__notes__", ()):
        sys.stderr.write(f"Warning: {note}\n")
    return _status_of(error, command)


def _sentence(error: PycmanError, command: str, typed: str) -> str:
    """Return an error in one line; in docker's or podman's words where their habits hold."""
    habits = current_habits()
    if habits.docker_errors:
        from cli.output.docker_words import docker_line  # only imported to report an error

        return docker_line(error) or f"Error: {error}"
    if not habits.podman_errors:
        return f"Error: {error}"
    if error.reference in ("usage", "arguments") and not error.subject:
        from cli.output.podman_help import usage_error  # only imported to report an error

        return f"Error: {usage_error(error.problem, typed)}"
    from cli.output.podman_words import podman_message  # only imported to report an error

    message = podman_message(error, command)
    return (
        message if error.code == "no-such-module" else f"Error: {message}"
    )  # podman tells of its settings without "Error:"


def fail_softly(error: PycmanError, command: str) -> int:
    """Print the error of one of several objects, so that the command can go on with the others; return its status."""
    return _fail(error, command)
