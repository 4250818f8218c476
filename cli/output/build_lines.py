"""What `build` prints while it works: a line for each step, the output of RUN, and what became of the image.

STEP 2/3: RUN make
(output of RUN)
--> Using cache 0123456789ab      or      --> 0123456789ab
"""

from __future__ import annotations

import os
import sys
import time

from pycman.errors import from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.build.outcome import BuildEvent, StepFailed

_ID_LENGTH = 12
_BOLD, _PLAIN = "\033[1m", "\033[0m"


class BuildLines:
    """Prints events of a build; `stdout` and `stderr` are the descriptors that RUN writes to, -1 with --quiet."""

    def __init__(self, call: Call, *, quiet: bool, on_stderr: bool, logfile: str) -> None:
        """`on_stderr`: standard output is needed for the result. `logfile` gets everything in place of both.

        For a terminal (--progress tty, or auto on one) steps are bold, and say how many seconds they took.
        """
        self._call = call
        self._quiet = quiet
        progress = call.string("progress", "auto")
        on_terminal = not logfile and os.isatty(2 if on_stderr else 1)
        self._for_terminal = progress == "tty" or (progress == "auto" and on_terminal)
        self._began: dict[str, float] = {}
        """When the present step of each stage began: several may be built at the same time."""
        self._file = -1
        if logfile:
            try:
                self._file = os.open(logfile, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise from_os_error(error, subject=f"--logfile {logfile}") from error
        self._stream = sys.stderr if on_stderr else sys.stdout
        own = 2 if on_stderr else 1
        self.stdout = -1 if quiet else self._file if logfile else own
        self.stderr = -1 if quiet else self._file if logfile else 2

    def report(self, event: BuildEvent) -> None:
        """Print one event."""
        if event.kind == "warning":
            self._call.warn(event.text)
        elif not self._quiet:
            text = self._text(event)
            if text:
                self.print(text)

    def _text(self, event: BuildEvent) -> str:
        if event.kind == "step":
            self._began[event.stage] = self._began[""] = time.monotonic()
            text = f"{event.stage}STEP {event.number}/{event.total}: {event.text}"
            return f"{_BOLD}{text}{_PLAIN}" if self._for_terminal else text
        if event.kind == "cached":
            return f"{event.stage}--> Using cache {event.id}"
        if event.kind == "explain":
            return f"{event.stage}--> not in the cache: {event.cause}"
        if event.kind in ("done", "image"):
            began = self._began.get(event.stage)
            seconds = f" {time.monotonic() - began:.1f}s" if self._for_terminal and began is not None else ""
            return f"{event.stage}--> {event.id[:_ID_LENGTH]}{seconds}"
        if event.kind == "pull":
            return f"{event.stage}Trying to pull {event.text}..."
        if event.kind == "commit":
            return f"COMMIT {event.text}".rstrip()
        return f"Successfully tagged {event.text}" if event.kind == "tagged" else event.text

    def print(self, text: str) -> None:
        """Write one line at once: RUN writes to the same descriptor next."""
        if self._file >= 0:
            os.write(self._file, f"{text}\n".encode("utf-8", "surrogateescape"))
            return
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def pushed(self, text: str) -> None:
        """Print where the image has been pushed to."""
        if not self._quiet:
            self.print(text)

    def failed(self, error: StepFailed) -> None:
        """Print the last lines of a RUN that failed, if its output has not been shown."""
        for line in error.output:
            sys.stderr.write(f"{line}\n")

    def close(self) -> None:
        """Close the log file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
