"""Containers for tests: pytest loads this plugin by itself where pycman is installed (entry point pytest11).

    def test_cache(pycman_containers):
        redis = pycman_containers.run("redis:7", ports=[6379], wait_for_log="Ready to accept connections")
        host, port = redis.address(6379)

No daemon and no socket: the engine's verbs run in a process of their own (pycman/worker), whatever threads the tests have. What a test
started is removed when it ends; what a killed run left is removed by the next one (ownership.py). The output of the containers that
are there when a test fails is part of its report. Under pytest-xdist each worker has containers of its own.

    run.py         the engine of a run             containers.py   the containers of a test      container.py   one of them
    ownership.py   whose they are, and the sweep   waiting.py      until one is ready
"""

from __future__ import annotations

import pytest

from pycman.pytest_plugin.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pycman.engine import Engine
    from pycman.pytest_plugin.containers import Containers

_RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("pycman", "containers of tests (pycman)")
    group.addoption(
        "--pycman-root", default="", metavar="DIR", help="the store of the tests' containers (default: yours)"
    )
    group.addoption("--pycman-run-root", default="", metavar="DIR", help="its state that does not outlive a boot")
    group.addoption(
        "--pycman-keep", action="store_true", help="leave containers behind; the next run without this removes them"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Remember the options; nothing is opened before the first container."""
    config.stash[_RUN] = Run(
        root=config.getoption("--pycman-root"),
        run_root=config.getoption("--pycman-run-root"),
        keep=config.getoption("--pycman-keep"),
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the engine's process."""
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Add the last lines of each container that is there to the report of a test that failed."""
    del call
    report: pytest.TestReport = yield
    if report.failed:
        report.sections += item.config.stash[_RUN].output()
    return report


@pytest.fixture(scope="session")
def pycman_engine(pytestconfig: pytest.Config) -> Engine:
    """The engine whose containers the other fixtures run, for all that they do not offer."""
    return pytestconfig.stash[_RUN].engine


@pytest.fixture
def pycman_containers(pytestconfig: pytest.Config) -> Iterator[Containers]:
    """Run containers which end with the test."""
    yield from _containers(pytestconfig.stash[_RUN])


@pytest.fixture(scope="session")
def pycman_session_containers(pytestconfig: pytest.Config) -> Iterator[Containers]:
    """Run containers which end with the run (of a worker of pytest-xdist: each has its own)."""
    yield from _containers(pytestconfig.stash[_RUN])


def _containers(run: Run) -> Iterator[Containers]:
    from pycman.pytest_plugin.containers import Containers  # tests without containers do not pay for it

    containers = Containers(run)
    try:
        yield containers
    finally:
        containers.remove_all()
