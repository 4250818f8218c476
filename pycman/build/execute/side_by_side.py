"""Stages that do not need each other, built side by side: each in a forked child, as many at a time as --jobs says.

A stage that has no other beside it is built in this process. The first error, or an interrupt, ends all children, each of which
undoes the step that it is at; finished steps are in the cache. A process that has threads must not fork, and builds one stage
after the other.
"""

from __future__ import annotations

import os
import select

from pycman.build.execute.stage_child import StageChild
from pycman.build.stack import StageState
from pycman.contexts import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.build.options import BuildOptions
    from pycman.build.outcome import Report
    from pycman.build.plan.values import Stage
    from pycman.state.leases import Lease
    from pycman.state.session import Session

    Build = Callable[[Stage], StageState]
    BuildInChild = Callable[[Stage, Report, int, int], dict[str, Any]]


class SideBySide:
    """Builds stages. `here` builds one in this process, `there` in a child, and returns what `taken` takes in this process."""

    def __init__(
        self,
        session: Session,
        leased: Lease,
        options: BuildOptions,
        report: Report,
        here: Build,
        there: BuildInChild,
        taken: Callable[[Stage, dict[str, Any]], None],
    ) -> None:
        self._session = session
        self._leased = leased
        self._options = options
        self._report = report
        self._here = here
        self._there = there
        self._taken = taken
        self._running: dict[int, StageChild] = {}
        self._most = options.jobs or os.cpu_count() or 1

    def build(self, stages: Sequence[Stage], titles: Mapping[int, str], done: Mapping[int, StageState]) -> None:
        """Build all of `stages`; `done` has the states of those that are built, and grows. Raises what the first failure raises."""
        waiting = list(stages)
        by_number = {stage.number: stage for stage in stages}
        try:
            while waiting or self._running:
                ready = [stage for stage in waiting if all(number in done for number in stage.needs)]
                if not self._running and (len(ready) == 1 or self._most == 1):
                    self._here(ready[0])
                    waiting.remove(ready[0])
                    continue
                for stage in ready[: self._most - len(self._running)]:
                    self._start(stage, titles[stage.number])
                    waiting.remove(stage)
                for number in self._wait():
                    self._taken(by_number[number], self._running.pop(number).result())
        finally:
            self._end()

    def _start(self, stage: Stage, title: str) -> None:
        def work(report: Report, stdout: int, stderr: int) -> dict[str, Any]:
            self._leased.begin_in_child(self._session.db)
            try:
                return self._there(stage, report, stdout, stderr)
            except BaseException:
                self._leased.release()
                raise
            finally:
                self._session.close()

        self._session.close()  # SQLite's connections must not be used across fork
        streams = (self._options.stdout, self._options.stderr)
        try:
            self._running[stage.number] = StageChild(work, title, self._report, streams, tuple(self._running.values()))
        finally:
            self._leased.reopen(self._session.db)

    def _wait(self) -> list[int]:
        """Pass on what the children report until at least one has an answer; return the numbers of their stages."""
        poller = select.poll()
        whose = {each: child for child in self._running.values() for each in child.descriptors()}
        for descriptor in whose:
            poller.register(descriptor, select.POLLIN)
        for descriptor, _events in poller.poll():
            whose[descriptor].take(descriptor)
        return [number for number, child in self._running.items() if child.answer is not None]

    def _end(self) -> None:
        """End the children that still run, and wait until nothing of them is left."""
        children = list(self._running.values())
        self._running.clear()
        for child in children:
            with suppress(ProcessLookupError):
                child.ask_to_end()
        for child in children:
            child.wait_end()
