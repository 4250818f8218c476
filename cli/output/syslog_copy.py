"""--syslog: what is written to standard error goes to syslog too (podman(1)); the cleanup of a container has no other place for it."""

from __future__ import annotations

import sys
import syslog

from cli.output.printable import Output, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SyslogCopy(Output):
    """A text stream whose whole lines go to syslog as well; `raw` is the stream itself."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._line = ""

    def write(self, text: str) -> int:
        """Write a text; bytes of containers, which go to `buffer`, are none of syslog's."""
        *lines, self._line = (self._line + text).split("\n")
        for line in filter(None, lines):
            syslog.syslog(syslog.LOG_ERR if line.startswith("Error") else syslog.LOG_INFO, printable(line))
        return super().write(text)


def copy_errors(program: str) -> None:
    """Have standard error copied to syslog from now on, under the program's name."""
    if not isinstance(sys.stderr, SyslogCopy):
        syslog.openlog(program, syslog.LOG_PID)
        sys.stderr = SyslogCopy(sys.stderr)
