"""--syslog."""

import io
import sys

from cli.output import syslog_copy


def test_whole_lines_of_standard_error_go_to_syslog_too(monkeypatch) -> None:
    told: list[tuple[int, str]] = []
    monkeypatch.setattr(syslog_copy.syslog, "syslog", lambda level, line: told.append((level, line)))
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    syslog_copy.copy_errors("podman")
    syslog_copy.copy_errors("podman")
    for text in ("Error: no ", "such \x1b[2Jthing\nWarning: look\n", "unfinished"):
        sys.stderr.write(text)
    syslog = syslog_copy.syslog
    assert told == [(syslog.LOG_ERR, "Error: no such \\x1b[2Jthing"), (syslog.LOG_INFO, "Warning: look")]
    assert terminal.getvalue() == "Error: no such \x1b[2Jthing\nWarning: look\nunfinished"
