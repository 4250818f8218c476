"""A test that failed is run once more, at most a few in each worker; what failed the first time is printed at the end.

Nine thousand tests race with two processors, a kernel and each other. One that fails by chance must not hide what the others say, and
must not be forgotten either. (pytest-rerunfailures has its workers meet over loopback, which ours have each for themselves.)
"""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from _pytest.terminal import TerminalReporter

_FAILED_FIRST = "failed the first time"


class SecondTry:
    """The plugin. `tries` is how many tests of this worker may have one; those below `pure` have none."""

    def __init__(self, tries: int, pure: Path) -> None:
        self._tries = tries
        self._pure = pure

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a test, and again if setup, call or teardown failed."""
        if self._tries <= 0 or item.path.is_relative_to(self._pure):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        failed = [report for report in reports if report.failed]
        if failed:
            self._tries -= 1
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            reports[0].user_properties.append((_FAILED_FIRST, "\n".join(report.longreprtext for report in failed)))
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Print what failed the first time."""
        for reports in terminalreporter.stats.values():
            for report in reports:
                for name, text in dict(getattr(report, "user_properties", ())).items():
                    if name == _FAILED_FIRST:
                        terminalreporter.write_sep("=", f"{report.nodeid} {name}", yellow=True)
                        terminalreporter.write_line(str(text))
