"""The answer of a worker that writes as it works: a line with status and headers, then the body.

Progress is docker's: JSON objects, a line each, {"status", "id", "progressDetail"}, {"stream"}, {"aux"}, {"errorDetail", "error"}.
"""

from __future__ import annotations

import os
import threading

from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

_INTERVAL_BYTES = 512 << 10
_PHASES = {
    "downloading": "Downloading", "extracting": "Extracting", "done": "Pull complete", "exists": "Already exists",
    "uploading": "Pushing", "pushed": "Pushed", "mounted": "Mounted from another repository", "waiting": "Waiting",
}  # fmt: skip


def begin(output: int, headers: Mapping[str, str], status: int = 200) -> None:
    """Write the head of an answer, after which nothing but the body follows."""
    _write(output, format_json({"status": status, "headers": dict(headers)}).encode() + b"\n")


def begin_file(output: int, content_type: str, headers: Mapping[str, str] | None = None) -> BinaryIO:
    """Write the head of an answer and return a file to which its body is written."""
    begin(output, {"Content-Type": content_type, **(headers or {})})
    return open(os.dup(output), "wb")


def _write(output: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]


class Progress:
    """Docker's stream of JSON; its head is written with the first line, so that what fails before it has a status."""

    def __init__(self, output: int) -> None:
        self._output = output
        self._lock = threading.Lock()
        self._begun = False
        self._layers: dict[str, tuple[str, int]] = {}

    def line(self, **values: object) -> None:
        """Write one object; may be called from several threads."""
        with self._lock:
            if not self._begun:
                self._begun = True
                begin(self._output, {"Content-Type": "application/json"})
            _write(self._output, format_json(values).encode("utf-8", "surrogateescape") + b"\r\n")

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Report the phase of a layer, and how much of it was passed, at intervals."""
        layer_id = digest.rpartition(":")[2][:12]
        before = self._layers.get(layer_id, ("", 0))
        counts = phase in ("downloading", "uploading")
        if before[0] == phase and (not counts or received_bytes - before[1] < _INTERVAL_BYTES):
            return
        self._layers[layer_id] = (phase, received_bytes)
        status = _PHASES.get(phase, phase)
        if counts and total_bytes > 0:
            detail = {"current": received_bytes, "total": total_bytes}
            text = f"[{'=' * (50 * received_bytes // total_bytes)}>]"
            self.line(status=status, progressDetail=detail, progress=text, id=layer_id)
        else:
            self.line(status=status, progressDetail={}, id=layer_id)

    def message(self, text: str) -> None:
        """Report one line of text."""
        self.line(status=text)
