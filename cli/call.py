"""What an action gets: flags, arguments, the engine, and where to print."""

from __future__ import annotations

import os
import sys

from cli.habits import habits_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.engine import Engine


_NOTIFYING = ("run", "start", "restart")
"""Commands that tell the service manager that a container runs; servers tell it of themselves alone."""
_PULLING = ("run", "create", "pull", "kube play", "build")
"""Commands that ask it for more time while they pull an image."""
_KEEPING_SETTINGS = frozenset(
    ("run", "create", "start", "stop", "restart", "rm", "exec", "ps", "inspect", "images", "kube play", "kube down")
)
"""Commands that go by the configuration files as they were at the beginning; a `run` asks for settings 30 times."""


class Call:
    """One command line. `habits` says what is done docker's way and what podman's, by `program`: "docker", "podman" or
    "pycman" (cli/habits.py decides which). `line` is argv without the program.
    """

    def __init__(
        self,
        command: str,
        flags: dict[str, Any],
        arguments: list[str],
        globals_: dict[str, Any],
        program: str,
        line: list[str],
    ) -> None:
        self.command = command
        self.flags = flags
        self.arguments = arguments
        self.globals = globals_
        self.habits = habits_of(program)
        self.line = line
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """Return the engine, opened at first use."""
        if self._engine is None:
            from pycman.engine import open_engine  # --help and flag errors never open it
            from pycman.state.session import Options  # only imported by commands that open the store or take filters

            options = Options(
                root=self.globals.get("root", ""),
                run_root=self.globals.get("runroot", ""),
                oci_runtime=self.globals.get("runtime", ""),
                runtime_flags=tuple(self.globals.get("runtime-flag", ())),
                storage_driver=self.globals.get("storage-driver", os.environ.get("STORAGE_DRIVER", "")),
                cgroup_manager=self.globals.get("cgroup-manager", ""),
                log_level="debug" if self.globals.get("debug") else self.globals.get("log-level", "warn"),
                events_backend=self.globals.get("events-backend", ""),
                default_mounts_file=self.globals.get("default-mounts-file", ""),
                hooks_dirs=tuple(map(os.path.abspath, self.globals.get("hooks-dir", ()))),
                syslog=bool(self.globals.get("syslog")),
                modules=tuple(self.globals.get("module", ())),
                notify_socket=_notify_socket() if self.command in _NOTIFYING else "",
                start_timeout_socket=_notify_socket() if self.command in _PULLING else "",
            )
            self._engine = open_engine(options, join_namespaces=True)
            self._engine.session.kept = {} if self.command in _KEEPING_SETTINGS else None
        return self._engine

    def recorded(self) -> tuple[str, ...]:
        """Return the command line as `inspect` shows it later: without the password of --creds."""
        words = [self.habits.program]
        for word in self.line:
            if words[-1] == "--creds":
                words.append("***")
            else:
                words.append("--creds=***" if word.startswith("--creds=") else word)
        return tuple(words)

    def given(self, name: str) -> bool:
        """Return whether a flag is on the command line."""
        return name in self.flags

    def flag(self, name: str, default: bool = False) -> bool:
        """Return the value of a switch."""
        return bool(self.flags.get(name, default))

    def string(self, name: str, default: str = "") -> str:
        """Return the value of a string flag."""
        return str(self.flags.get(name, default))

    def number(self, name: str, default: int = 0) -> int:
        """Return the value of a number flag."""
        return int(self.flags.get(name, default))

    def values(self, name: str) -> list[str]:
        """Return the values of a list flag, in the order they were written."""
        return list(self.flags.get(name, ()))

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Return the KEY=VALUE values of a filter flag as pairs, keys in lower case. Raises UsageError."""
        from cli.parse import UsageError  # only imported for commands with filters

        pairs = []
        for filter_text in self.values(name):
            key, equals, value = filter_text.partition("=")
            if not equals:
                raise UsageError(
                    "not a filter",
                    subject=f"--{name} {filter_text}",
                    hint="write it as KEY=VALUE",
                    code="not-a-filter",
                    facts={"filter": filter_text},
                )
            pairs.append((key.strip().lower(), value.strip()))
        return pairs

    def print(self, text: str) -> None:
        """Write one line to standard output."""
        sys.stdout.write(text + "\n")

    def warn(self, text: str) -> None:
        """Write one warning to standard error, in podman's words under its name."""
        if self.habits.podman_warnings:
            import time  # built into the interpreter

            from cli.output.podman_warnings import podman_warning  # only imported for a warning

            sys.stderr.write(podman_warning(text, time.time()) + "\n")
            return
        sys.stderr.write(f"Warning: {text}\n")

    def print_warnings(self) -> None:
        """Print each engine warning once, then (with --log-level=debug) the steps the engine logged."""
        if self._engine is not None:
            warnings, notes = self._engine.session.warnings, self._engine.session.notes
            for text in dict.fromkeys((*warnings, *notes) if self.habits.podman_warnings else warnings):
                self.warn(text)
            warnings.clear()
            notes.clear()
            for text in self._engine.session.debug_log:
                sys.stderr.write(f"{self._debug_line(text)}\n")
            self._engine.session.debug_log.clear()

    def _debug_line(self, text: str) -> str:
        if not self.habits.podman_log:
            return f"debug: {text}"
        import time  # built into the interpreter

        from cli.output.podman_log import log_line  # only imported to log

        return log_line("debug", text, time.time())

    def close(self) -> None:
        """Print the remaining warnings and close the engine."""
        if self._engine is not None:
            self.print_warnings()
            self._engine.close(process_ends=True)
            self.print_warnings()  # of what could not be written then


def _notify_socket() -> str:
    """Return where the service manager listens, "" without one: a variable that another's process left names no socket any more."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    return address if address.startswith("@") or os.path.exists(address) else ""
