"""Progress of pulls and pushes: one bar per layer on a terminal, elsewhere one line per layer and phase."""

from __future__ import annotations

import _thread
import os
import sys
import time

from cli.output.printable import printable, raw_stream
from cli.output.words import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_BAR = 30
_INTERVAL_S = 0.1
_PHASES = {
    "downloading": "Downloading", "extracting": "Extracting", "done": "Pull complete", "exists": "Already exists",
    "uploading": "Pushing", "pushed": "Pushed", "mounted": "Mounted", "waiting": "Waiting",
}  # fmt: skip


def progress_for(*, quiet: bool = False, output: TextIO | None = None, podman: bool = False) -> Lines | Bars | None:
    """Return bars if `output` (default: standard error) is a capable terminal, else lines, podman's if `podman`; None if `quiet`."""
    if quiet:
        return None
    output = output or sys.stderr
    if podman and not output.isatty():
        return PodmanLines(output)
    return Bars(output) if output.isatty() and os.environ.get("TERM", "dumb") != "dumb" else Lines(output)


class Lines:
    """Prints one line whenever a layer's phase changes."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._phases: dict[str, str] = {}
        self._lock = _thread.allocate_lock()

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Report a layer's phase and how many of its bytes were transferred; called from several threads."""
        del received_bytes
        with self._lock:
            if self._phases.get(digest) == phase:
                return
            self._phases[digest] = phase
            size = f" ({human_size(total_bytes)})" if total_bytes > 0 and phase in ("downloading", "uploading") else ""
            self._output.write(f"{digest.rpartition(':')[2][:12]}: {_PHASES.get(phase, phase)}{size}\n")
            self._output.flush()

    def message(self, text: str) -> None:
        """Print one line."""
        with self._lock:
            self._output.write(text + "\n")
            self._output.flush()

    def finish(self, image_id: str) -> None:
        """Say that the image is complete."""


class PodmanLines(Lines):
    """Prints the lines that podman prints where there is no terminal: one for each layer, then config and manifest."""

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Print a layer's line when its first phase begins; called from several threads."""
        del total_bytes, received_bytes
        with self._lock:
            if digest in self._phases:
                return
            first = "" if self._phases else "Getting image source signatures\n"
            self._phases[digest] = phase
            self._output.write(f"{first}Copying blob {digest}\n")
            self._output.flush()

    def finish(self, image_id: str) -> None:
        """Print the lines of config and manifest, if any layer was looked at."""
        if self._phases:
            self.message(f"Copying config sha256:{image_id}\nWriting manifest to image destination")
            self._phases.clear()


class Bars:
    """Draws one bar per layer and redraws all of them, at most ten times a second."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._rows: dict[str, str] = {}
        self._drawn = 0
        self._next = 0.0
        self._lock = _thread.allocate_lock()

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Report a layer's phase and how many of its bytes were transferred; called from several threads."""
        name = digest.rpartition(":")[2][:12]
        with self._lock:
            before = self._rows.get(name, "")
            self._rows[name] = f"{name}: {_PHASES.get(phase, phase):<14}{_bar(phase, received_bytes, total_bytes)}"
            ends = (
                phase not in ("downloading", "uploading") and before.split(" ")[1:2] != self._rows[name].split(" ")[1:2]
            )
            if ends or time.monotonic() >= self._next:
                self._draw()

    def message(self, text: str) -> None:
        """Print one line; bars that follow are drawn below it."""
        with self._lock:
            self._output.write(text + "\n")
            self._drawn = 0
            self._rows.clear()

    def finish(self, image_id: str) -> None:
        """Say that the image is complete."""

    def _draw(self) -> None:
        self._next = time.monotonic() + _INTERVAL_S
        columns, lines = _window(self._output)
        rows = [*self._rows.values()][-(lines - 1) :]  # rows that scrolled off the screen cannot be redrawn
        up = f"\033[{self._drawn}A" if self._drawn else ""
        raw_stream(self._output).write(up + "".join(f"\033[2K{printable(row)[: columns - 1]}\n" for row in rows))
        self._output.flush()
        self._drawn = len(rows)


def _window(output: TextIO) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(output.fileno())
    except OSError:
        return 80, 24
    return size.columns or 80, max(size.lines, 2) if size.lines else 24


def _bar(phase: str, received: int, total: int) -> str:
    if phase not in ("downloading", "uploading") or total <= 0:
        return ""
    filled = min(_BAR, _BAR * received // total)
    arrow = "=" * max(0, filled - 1) + (">" if filled else "")
    return f"[{arrow:<{_BAR}}] {human_size(received)}/{human_size(total)}"
