"""Real shells on a terminal, to press TAB in."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

DEADLINE_S = 120
_START = {
    "bash-completion": ["bash", "--norc", "--noprofile", "-i"],
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
_PREPARE = {
    "bash": "source {script}",
    "bash-completion": "source /usr/share/bash-completion/bash_completion; source {script}",
    "zsh": "bindkey -e; autoload -U compinit; compinit -u -D; source {script}",
}


class Shell:
    """An interactive bash, bash with bash-completion, or zsh that has the completion script of a program loaded."""

    def __init__(self, kind: str, script: Path, environment: dict[str, str], program: str = "pycman") -> None:
        self._program = program
        self._terminal, side = pty.openpty()
        self._process = subprocess.Popen(
            _START[kind], stdin=side, stdout=side, stderr=side, start_new_session=True,
            env={**environment, "TERM": "vt100", "PS1": "> ", "COLUMNS": "200"},
        )  # fmt: skip
        os.close(side)
        self._seen = ""
        self._type(_PREPARE[kind].format(script=script) + "; echo rea''dy\r")
        self._wait_for(r"ready")

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)

    def complete(self, line: str) -> list[str]:
        """Type a line, TAB and an "X", and return the words of the line as the shell then has them.

        The line is not run: "printf" is put in front of it. Where the shell has put a space, "X" is a word of its own.
        """
        self._type(f"{line}\tX\x01printf '<%s>' \x05; echo EN''D\r")
        return (
            self._wait_for(rf"<{self._program}>((?:<[^>]*>)*)END")
            .group(1)
            .removeprefix("<")
            .removesuffix(">")
            .split("><")
        )

    def _type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _wait_for(self, pattern: str) -> re.Match[str]:
        until = time.monotonic() + DEADLINE_S
        while not (found := re.search(pattern, self._seen)):
            ready, _, _ = select.select([self._terminal], [], [], until - time.monotonic())
            assert ready, f"no {pattern} in {self._seen!r}"
            self._seen += os.read(self._terminal, 65536).decode(errors="replace")
        self._seen = self._seen[found.end() :]
        return found


def complete_in_fish(line: str, script: Path, environment: dict[str, str]) -> set[str]:
    """Return what fish offers at the end of a line."""
    command = f'source {script}; complete -C "{line}"'
    done = subprocess.run(
        ["fish", "--no-config", "-c", command], env=environment, capture_output=True, text=True, check=True
    )
    return {each.partition("\t")[0] for each in done.stdout.splitlines()}
