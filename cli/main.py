"""The command line's beginning and end: which command it is, and what its errors look like. Imports almost nothing."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.errors import PycmanError

_GLOBALS = "root:s runroot:s runtime:s log-level,l:s storage-driver:s cgroup-manager:s debug,D:b storage-opt:l config:s help:b version,v:b host,H:s context,c:s"  # fmt: skip
_LOG_LEVELS = ("debug", "info", "warn", "warning", "error", "fatal", "panic", "trace")


def main(words: list[str]) -> int:
    """Run one command line and return its exit status."""
    program = os.path.basename(sys.argv[0]) if sys.argv else "pycman"
    if len(words) == 1 and words[0] in ("--version", "-v"):
        return _version()
    command = ""
    debug = False
    try:
        from cli.parse import FlagTable, parse_flags

        flags, rest = parse_flags(FlagTable(_GLOBALS), words, stop_at_first=True)
        debug = flags.get("log-level") in ("debug", "trace") or bool(flags.get("debug"))
        if flags.get("version"):
            return _version()
        if not rest:
            return _help("")
        _check_globals(flags)
        command, arguments = _find(rest)
        if flags.get("help"):
            return _help(command)
        return _run(command, arguments, flags, program)
    except BrokenPipeError:
        sys.stdout = None  # nobody reads: nothing is left to be flushed
        return 141
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from pycman.errors import PycmanError

        if debug or not isinstance(error, (PycmanError, OSError)):
            import traceback

            traceback.print_exc()
        return _fail(error, command)


def _run(command: str, arguments: list[str], globals_: dict[str, Any], program: str) -> int:
    from cli.parse import ArgumentsError, FlagTable, parse_flags
    from cli.table import COMMANDS

    least, most, stop, text = COMMANDS[command]
    flags: dict[str, Any] = {}
    rest = arguments
    if command != "__complete":
        flags, rest = parse_flags(FlagTable(text), arguments, stop_at_first=stop)
    if flags.get("help"):
        return _help(command)
    _check_count(command, rest, least - bool(flags.get("latest")), most, ArgumentsError)
    import importlib

    from cli.call import Call

    module = importlib.import_module(f"cli.actions.{_module(command)}")
    call = Call(command, flags, rest, globals_, program)
    try:
        status = int(module.run(call))
        sys.stdout.flush()
        return status
    finally:
        call.close()


def _module(command: str) -> str:
    return {"__complete": "complete", "__supervise": "supervise", "__restart": "restart_again"}.get(
        command, command.replace(" ", "_")
    )


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
    found = nearest(words[0], [name for name in (*COMMANDS, *groups) if name not in HIDDEN])
    hint = f"did you mean {found}?" if found else "see pycman --help"
    raise ArgumentsError(f"unknown command: pycman {words[0]}", hint=hint)


def _check_globals(flags: dict[str, Any]) -> None:
    from pycman.errors import InvalidInput, Unsupported

    level = flags.get("log-level", "warn")
    if level not in _LOG_LEVELS:
        raise InvalidInput("not a log level", subject=str(level), hint="use debug, info, warn or error")
    for name in ("host", "context"):
        if flags.get(name) and flags[name] != "default":
            raise Unsupported("there is no daemon to talk to", subject=f"--{name}", hint="leave it out")


def _version() -> int:
    from pycman.version import __version__

    sys.stdout.write(f"pycman version {__version__}\n")
    return 0


def _help(command: str) -> int:
    from cli.help_texts import TEXTS

    sys.stdout.write(TEXTS.get(command, TEXTS[""]))
    return 0


def _fail(error: BaseException, command: str) -> int:
    """Print one line and return the status."""
    from cli.exit_status import status_of
    from pycman.errors import PycmanError, from_os_error

    if isinstance(error, OSError):
        error = from_os_error(error, subject=str(error.filename or ""))
    if not isinstance(error, PycmanError):
        sys.stderr.write(f"Error: {type(error).__name__}: {error} (this is a bug in pycman)\n")
        return 125
    if error.reference == "detached":
        return 0
    sys.stdout.flush()
    sys.stderr.write(f"Error: {error}\n")
    return status_of(error, command)


def fail_softly(error: PycmanError, command: str) -> int:
    """Print the error of one of several objects and return the status it would give."""
    return _fail(error, command)
