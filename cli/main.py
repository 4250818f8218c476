"""The command line's beginning and end: which command it is, and what its errors look like. Imports almost nothing."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.errors import PycmanError

_LOG_LEVELS = ("debug", "info", "warn", "warning", "error", "fatal", "panic", "trace")
_INTERRUPTED, _TERMINATED, _NOBODY_READS = 130, 143, 141


class Terminated(BaseException):
    """SIGTERM: undo what is half done, then end with docker's status."""


def main(words: list[str]) -> int:
    """Run one command line and return its exit status."""
    if len(words) == 1 and words[0] in ("--version", "-v"):
        return _version()
    import _signal  # built into the interpreter

    _open_standard_streams()
    _signal.signal(_signal.SIGTERM, _terminate)
    seen: dict[str, Any] = {"command": ""}
    try:
        return _main(words, seen)
    except BrokenPipeError:
        return _end_now(_NOBODY_READS)
    except KeyboardInterrupt:
        return _end_now(_INTERRUPTED)
    except Terminated:
        return _end_now(_TERMINATED)
    except Exception as error:
        if seen.get("debug"):
            import traceback

            traceback.print_exc()
        return _fail(error, seen["command"])


def _open_standard_streams() -> None:
    """Open 0, 1 and 2 where the caller left one closed, so that no file or socket of ours takes its number."""
    while (descriptor := os.open("/dev/null", os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as we run


def _main(words: list[str], seen: dict[str, Any]) -> int:
    """Find the command and run it; `seen` keeps what an error needs."""
    from cli.parse import FlagTable, parse_flags
    from cli.table import GLOBALS

    program = os.path.basename(sys.argv[0]) if sys.argv else "pycman"
    flags, rest = parse_flags(FlagTable(GLOBALS), words, stop_at_first=True)
    seen["debug"] = flags.get("log-level") in ("debug", "trace") or bool(flags.get("debug"))
    if flags.get("version"):
        return _version()
    if not rest:
        return _help("")
    _check_globals(flags)
    command, arguments = _find(rest)
    seen["command"] = command
    if flags.get("help"):
        return _help(command)
    return _run(command, arguments, flags, program, words)


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def _end_now(status: int) -> int:
    """End without waiting for threads that are still at a registry, and without a word."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue
    os._exit(status)


def _run(command: str, arguments: list[str], globals_: dict[str, Any], program: str, words: list[str]) -> int:
    from cli.parse import ArgumentsError, FlagTable, parse_flags
    from cli.table import COMMANDS, GLOBALS, PODMAN_SHORTS

    least, most, stop, text = COMMANDS[command]
    flags: dict[str, Any] = {}
    rest = arguments
    if command != "__complete":
        if program == "podman":  # it takes global flags after the command too
            text = f"{GLOBALS} {text} {PODMAN_SHORTS.get(command, '')}"
        table = FlagTable(text)
        flags, rest = parse_flags(table, arguments, stop_at_first=stop)
        _refuse_unsupported(command, table.refused, flags)
    if flags.get("help"):
        return _help(command)
    known_otherwise = flags.get("latest") or (command == "exec" and flags.get("cidfile"))
    _check_count(command, rest, least - bool(known_otherwise), most, ArgumentsError)

    from cli.call import Call

    if program == "podman":
        globals_ = {**globals_, **{name: flags[name] for name in _AFTER_TOO if name in flags}}
    name = f"cli.actions.{_module(command)}"
    __import__(name)  # not importlib, which imports warnings: 0.4 ms
    module = sys.modules[name]
    call = Call(command, flags, rest, globals_, program, words)
    try:
        status = int(module.run(call))
        sys.stdout.flush()
        return status
    finally:
        call.close()


def _refuse_unsupported(command: str, refused: set[str], flags: dict[str, Any]) -> None:
    """Raise Unsupported for a flag that is described as one pycman does not carry out: none is ignored in silence."""
    for name in refused.intersection(flags):
        if flags[name]:
            from cli.unsupported_flags import REASONS
            from pycman.errors import Unsupported

            reason = REASONS.get(command, {}).get(name) or REASONS[""][name]
            raise Unsupported(reason, subject=f"--{name}", hint="leave it out")


_AFTER_TOO = ("root", "runroot", "runtime", "log-level", "storage-driver", "cgroup-manager")


def _module(command: str) -> str:
    """Return the module below cli/actions/ that carries out a command: "network ls" is network/ls.py, "__complete" hidden/complete.py."""
    return f"hidden.{command[2:]}" if command.startswith("__") else command.replace(" ", ".")


def _check_count(command: str, rest: list[str], least: int, most: int, error: Any) -> None:
    if len(rest) < least:
        wanted = f"at least {least} argument{'s' if least > 1 else ''}" if most != least else _exactly(least)
        raise error(f"{command} requires {wanted}", hint=f"see pycman {command} --help")
    if 0 <= most < len(rest):
        wanted = f"at most {most} argument{'s' if most != 1 else ''}" if most != least else _exactly(most)
        raise error(f"{command} accepts {wanted}, not {len(rest)}", hint=f"see pycman {command} --help")


def _exactly(count: int) -> str:
    return "no arguments" if not count else f"exactly {count} argument{'s' if count > 1 else ''}"


def _find(words: list[str]) -> tuple[str, list[str]]:
    """Return the command's full name and the words after it. Raises UsageError with the nearest command."""
    from cli.parse import ArgumentsError, nearest
    from cli.table import ALIASES, COMMANDS, HIDDEN
    from pycman.errors import Unsupported

    two = " ".join(words[:2])
    for count, name in ((2, two), (1, words[0])):
        target = ALIASES.get(name, name)
        if target in COMMANDS:
            return target, words[count:]
    groups = {name.partition(" ")[0] for name in (*COMMANDS, *ALIASES) if " " in name}
    if words[0] in groups:
        if len(words) == 1 or words[1] in ("--help", "-h"):
            return "help", [words[0]]
        known = [name.partition(" ")[2] for name in (*COMMANDS, *ALIASES) if name.startswith(words[0] + " ")]
        found = nearest(words[1], known)
        hint = f"did you mean {words[0]} {found}?" if found else f"see pycman {words[0]} --help"
        raise ArgumentsError(f"unknown command: pycman {two}", hint=hint)
    from cli.unsupported_commands import ABSENT

    if words[0] in ABSENT:
        raise Unsupported(ABSENT[words[0]], subject=f"pycman {words[0]}")
    found = nearest(words[0], [name for name in (*COMMANDS, *groups) if name not in HIDDEN])
    hint = f"did you mean {found}?" if found else "see pycman --help"
    raise ArgumentsError(f"unknown command: pycman {words[0]}", hint=hint)


def _check_globals(flags: dict[str, Any]) -> None:
    from pycman.errors import InvalidInput

    level = flags.get("log-level", "warn")
    if level not in _LOG_LEVELS:
        raise InvalidInput("not a log level", subject=str(level), hint="use debug, info, warn or error")
    if len(flags.keys() - set(_AFTER_TOO)) > bool(flags.get("help")):
        from cli.global_flags import check_foreign  # only who gives one of docker's or podman's own

        check_foreign(flags)


def _version() -> int:
    from pycman.version import __version__

    sys.stdout.write(f"pycman version {__version__}\n")
    return 0


def _help(command: str) -> int:
    from cli.help_texts import TEXTS

    sys.stdout.write(TEXTS.get(command, TEXTS[""]))
    return 0


def _fail(error: BaseException, command: str) -> int:
    """Print one line (of a file with several problems one for each) and return the status."""
    from cli.exit_status import status_of
    from pycman.errors import PycmanError, from_os_error

    if isinstance(error, OSError):
        error = from_os_error(error, subject=str(error.filename or ""))
    if not isinstance(error, PycmanError):
        words = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stderr.write(f"Error: {words} (this is a bug in pycman: see where with --log-level=debug)\n")
        return 125
    if error.reference == "detached":
        return 0
    sys.stdout.flush()
    problems = [each.describe() for each in getattr(error, "problems", ())]  # of a file, each with its line
    for line in problems or [str(error)]:
        sys.stderr.write(f"Error: {line}\n")
    for note in getattr(error, "__notes__", ()):
        sys.stderr.write(f"Warning: {note}\n")
    return status_of(error, command, podman=os.path.basename(sys.argv[0]) == "podman")


def fail_softly(error: PycmanError, command: str) -> int:
    """Print the error of one of several objects and return the status it would give."""
    return _fail(error, command)
