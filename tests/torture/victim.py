"""What a command that is killed needs: a value, and words for what no command of ours does."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.torture.place import Place

Words = tuple[str, ...]
HOST = "!"
"""The first word of a program of the host, which runs as root: ("!", "rm", "-f", "/path")."""


class Victim(NamedTuple):
    """One command. `prepare` makes what it needs, `words` is killed and must succeed again with `tidy` before it, or else `prepare`."""

    words: Words
    prepare: tuple[Words, ...] = ()
    tidy: tuple[Words, ...] = ()
    remove: tuple[Words, ...] = ()


def run_words(place: Place, words: Words, timeout_s: float = 120) -> subprocess.CompletedProcess[bytes]:
    """Run a command, or a program of the host. Raises TimeoutExpired."""
    if words[0] == HOST:
        return subprocess.run(words[1:], capture_output=True, check=False, timeout=timeout_s)
    return place.pycman.run(*words, timeout=timeout_s)
