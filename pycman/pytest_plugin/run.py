"""The engine of one test run, opened by the first test that needs it, and the containers that are there."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.engine import Engine
    from pycman.pytest_plugin.container import RunningContainer

_REPORTED_LINES = 50


class Run:
    """What the tests of this process share. `keep`: leave containers, networks and volumes behind."""

    def __init__(self, *, root: str = "", run_root: str = "", keep: bool = False) -> None:
        self._root = root
        self._run_root = run_root
        self._engine: Engine | None = None
        self.keep = keep
        self.live: dict[str, RunningContainer] = {}
        """The containers that are there now, by id."""

    @property
    def engine(self) -> Engine:
        """The engine; what killed runs left is removed when it is opened. Raises what the engine raises."""
        if self._engine is None:
            from pycman.engine import Engine  # tests without containers do not pay for it
            from pycman.pytest_plugin.ownership import sweep  # only imported by tests that run containers

            self._engine = Engine.open(root=self._root, run_root=self._run_root, in_worker=True)
            sweep(self._engine)
        return self._engine

    def output(self) -> list[tuple[str, str]]:
        """Return a heading and the last lines of each container that is there, for the report of a test that failed."""
        return [container.report(_REPORTED_LINES) for container in self.live.values()]

    def close(self) -> None:
        """End the engine's process."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
