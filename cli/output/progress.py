"""What a pull or push is doing: a bar a layer on a terminal, a line a layer elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time

from cli.output.words import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_BAR = 30
_INTERVAL_S = 0.1
_WORDS = {
    "downloading": "Downloading", "extracting": "Extracting", "done": "Pull complete", "exists": "Already exists",
    "uploading": "Pushing", "pushed": "Pushed", "mounted": "Mounted", "waiting": "Waiting",
}  # fmt: skip


def progress_for(call: Call, *, quiet: bool = False) -> Lines | Bars | None:
    """Return what fits standard error: bars, lines, or nothing."""
    del call
    if quiet:
        return None
    return Bars() if os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb" else Lines()


class Lines:
    """Prints a line when a layer's phase changes."""

    def __init__(self) -> None:
        self._phases: dict[str, str] = {}
        self._lock = threading.Lock()

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Tell how far a layer is."""
        del received_bytes
        with self._lock:
            if self._phases.get(digest) == phase:
                return
            self._phases[digest] = phase
            size = f" ({human_size(total_bytes)})" if total_bytes > 0 and phase in ("downloading", "uploading") else ""
            sys.stderr.write(f"{digest.rpartition(':')[2][:12]}: {_WORDS.get(phase, phase)}{size}\n")
            sys.stderr.flush()

    def message(self, text: str) -> None:
        """Tell a line."""
        with self._lock:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


class Bars:
    """Draws one bar a layer, all rewritten ten times a second at the most."""

    def __init__(self) -> None:
        self._rows: dict[str, str] = {}
        self._drawn = 0
        self._next = 0.0
        self._lock = threading.Lock()

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Tell how far a layer is."""
        name = digest.rpartition(":")[2][:12]
        with self._lock:
            before = self._rows.get(name, "")
            self._rows[name] = f"{name}: {_WORDS.get(phase, phase):<14}{_bar(phase, received_bytes, total_bytes)}"
            ends = (
                phase not in ("downloading", "uploading") and before.split(" ")[1:2] != self._rows[name].split(" ")[1:2]
            )
            if ends or time.monotonic() >= self._next:
                self._draw()

    def message(self, text: str) -> None:
        """Tell a line above the bars to come."""
        with self._lock:
            sys.stderr.write(text + "\n")
            self._drawn = 0
            self._rows.clear()

    def _draw(self) -> None:
        self._next = time.monotonic() + _INTERVAL_S
        width = os.get_terminal_size(2).columns - 1 if os.isatty(2) else 79
        up = f"\033[{self._drawn}A" if self._drawn else ""
        sys.stderr.write(up + "".join(f"\033[2K{row[:width]}\n" for row in self._rows.values()))
        sys.stderr.flush()
        self._drawn = len(self._rows)


def _bar(phase: str, received: int, total: int) -> str:
    if phase not in ("downloading", "uploading") or total <= 0:
        return ""
    filled = min(_BAR, _BAR * received // total)
    arrow = "=" * max(0, filled - 1) + (">" if filled else "")
    return f"[{arrow:<{_BAR}}] {human_size(received)}/{human_size(total)}"
