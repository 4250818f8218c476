"""What an action gets: the flags given, the arguments, the engine, and where to print."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.engine import Engine


class Call:
    """One command line. Where docker and podman disagree, `program`, the name it was called by, decides: podman's way only
    for "podman". `line` is all of it as typed.
    """

    def __init__(
        self,
        command: str,
        flags: dict[str, Any],
        arguments: list[str],
        globals_: dict[str, Any],
        program: str,
        words: list[str],
    ) -> None:
        self.command = command
        self.flags = flags
        self.arguments = arguments
        self.globals = globals_
        self.program = program
        self.line = words
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """Return the engine, opened at first use."""
        if self._engine is None:
            from pycman.engine import open_engine  # --help and flag errors never open it
            from pycman.state.session import Options

            options = Options(
                root=self.globals.get("root", ""),
                run_root=self.globals.get("runroot", ""),
                oci_runtime=self.globals.get("runtime", ""),
                storage_driver=self.globals.get("storage-driver", os.environ.get("STORAGE_DRIVER", "")),
                cgroup_manager=self.globals.get("cgroup-manager", ""),
                log_level=self.globals.get("log-level", "warn"),
            )
            self._engine = open_engine(options, join_namespaces=True)
        return self._engine

    def given(self, name: str) -> bool:
        """Say whether a flag was given."""
        return name in self.flags

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a switch."""
        return bool(self.flags.get(name, default))

    def string(self, name: str, default: str = "") -> str:
        """Return a text flag."""
        return str(self.flags.get(name, default))

    def number(self, name: str, default: int = 0) -> int:
        """Return a number flag."""
        return int(self.flags.get(name, default))

    def values(self, name: str) -> list[str]:
        """Return a list flag."""
        return list(self.flags.get(name, ()))

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Return a list of KEY=VALUE as pairs, for filters."""
        from cli.parse import UsageError

        found = []
        for word in self.values(name):
            key, equals, value = word.partition("=")
            if not equals:
                raise UsageError("not a filter", subject=f"--{name} {word}", hint="write it as KEY=VALUE")
            found.append((key.strip().lower(), value.strip()))
        return found

    def print(self, text: str) -> None:
        """Print one line of result."""
        sys.stdout.write(text + "\n")

    def warn(self, text: str) -> None:
        """Print one line of warning."""
        sys.stderr.write(f"Warning: {text}\n")

    def print_warnings(self) -> None:
        """Print what the engine thinks its user should know, each once."""
        if self._engine is not None:
            warnings = self._engine.session.warnings
            for text in dict.fromkeys(warnings):
                self.warn(text)
            warnings.clear()
            for text in self._engine.session.debug_log:
                sys.stderr.write(f"debug: {text}\n")
            self._engine.session.debug_log.clear()

    def close(self) -> None:
        """Print what warnings are left and close the engine."""
        if self._engine is not None:
            self.print_warnings()
            self._engine.close()
