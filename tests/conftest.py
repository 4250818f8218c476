"""Fixtures named for what they give. Nothing is skipped in CI: a skip there fails the run."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis
import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

from tests.support.installed import install
from tests.support.leaks import leaks_of
from tests.support.machines import Machines, MountsOfItsOwn
from tests.support.pycman import Pycman
from tests.support.registry import Registry
from tests.support.second_try import SecondTry
from tests.support.worker_machine import enter_own_machine

ROOT = Path(__file__).resolve().parent.parent
_PURE = ROOT / "tests" / "unit"
_NAMED_BYTES = 20
for finder in sys.meta_path:
    if isinstance(finder, AssertionRewritingHook):
        # pytest rewrites all modules of a distribution with a plugin. Children that the engine forks import some, and in them
        # CPython before 3.11.5 fails now and then ("AST constructor recursion depth mismatch"); pycman itself asserts nothing.
        finder._must_rewrite.discard("pycman")
hypothesis.settings.register_profile("suite", deadline=None)  # no test asserts a time
hypothesis.settings.load_profile("suite")
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if _WORKER:
    enter_own_machine(_WORKER)
TEST_USER = os.environ.get("PYCMAN_TEST_USER", "pycman-test")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SecondTry(int(os.environ.get("PYCMAN_TEST_SECOND_TRIES", "0")), _PURE))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pure tests before live ones, then the files with most tests first, so that no worker ends long after the others."""
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (not item.path.is_relative_to(_PURE), -sizes[item.path], str(item.path)))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of many bytes by its number: they may hold a time or a signature, and the workers must agree on names."""
    return argname if isinstance(val, bytes) and len(val) > _NAMED_BYTES else None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("skipped tests are failures in CI", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    del exitstatus


@pytest.fixture(scope="session")
def shared_folder():
    """A directory that every user may pass through (pytest's own are closed to others)."""
    path = Path(tempfile.mkdtemp(prefix="pycman-tests-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def program(shared_folder: Path) -> Path:
    """The command line of this source tree, where every user can start it: an installed copy beside its virtual environment."""
    return install(shared_folder)


@pytest.fixture(scope="session")
def busybox_archive(shared_folder: Path) -> Path:
    """A docker-archive of an image named localhost/busybox:1, made of Debian's busybox-static."""
    from tests.support.busybox import write_busybox_archive

    return write_busybox_archive(shared_folder / "busybox.tar")


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory):
    """An Engine with an image, for the tests of one file."""
    from tests.support.engines import box_engine

    with box_engine(tmp_path_factory.mktemp("engine")) as opened:
        yield opened


@pytest.fixture
def engine(shared_engine):
    """The same, without containers and volumes afterwards."""
    from tests.support.engines import sweep

    yield shared_engine
    sweep(shared_engine)


@pytest.fixture(params=["root", "rootless"])
def networked(request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path):
    """`pycman` on a machine of the test's own: a network namespace with a neighbour, both in `.machines`."""
    user = "root" if request.param == "root" else TEST_USER
    yield from _on_a_machine(user, request, program, shared_folder, busybox_archive)


@pytest.fixture
def root_networked(request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path):
    """The same as root only."""
    yield from _on_a_machine("root", request, program, shared_folder, busybox_archive)


@pytest.fixture(params=["root", "rootless"])
def networked_with_own_mounts(
    request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path
):
    """The same where /tmp and /run are mounts of their own and shared, as on Fedora, Arch and Debian 13: `.mounts`."""
    user = "root" if request.param == "root" else TEST_USER
    mounts = MountsOfItsOwn(f"/run/user/{pwd.getpwnam(user).pw_uid}", user)
    try:
        for made in _on_a_machine(user, request, program, shared_folder, busybox_archive, mounts.path):
            made.mounts = mounts
            yield made
    finally:
        mounts.end()


def _on_a_machine(
    user: str,
    request: pytest.FixtureRequest,
    program: Path,
    shared_folder: Path,
    busybox_archive: Path,
    mounts: str = "",
):
    with Machines() as machines:
        for made in _with_store(program, user, shared_folder, busybox_archive, request, machines.here, mounts):
            made.machines = machines
            yield made
            _remove_everything(made)
            machines.hush()
            left = machines.leftovers()
        assert not left, f"{request.node.name} left {left}"


def _make(program: Path, user: str, folder: Path, machine: str = "", mounts: str = "") -> Pycman:
    folder.mkdir(mode=0o755)
    if user != "root":
        shutil.chown(folder, user, user)
    return Pycman(program, user, folder, machine, mounts)


@pytest.fixture(params=["root", "rootless"])
def pycman(request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path):
    """The command line on a fresh store with the image busybox:1, as root and as an ordinary user; nothing may be left."""
    user = "root" if request.param == "root" else TEST_USER
    yield from _with_store(program, user, shared_folder, busybox_archive, request)


@pytest.fixture
def podman(pycman: Pycman, program: Path):
    """The same store under the name podman, which behaves like podman where the two differ."""
    path = pycman.folder / "podman"
    shutil.copy(program, path)
    path.chmod(0o755)
    prefix = list(pycman._prefix)
    pycman._prefix = [str(path), *prefix[1:]]
    try:
        yield pycman
    finally:
        pycman._prefix = prefix


@pytest.fixture
def root_pycman(request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path):
    """The same as root only."""
    yield from _with_store(program, "root", shared_folder, busybox_archive, request)


def _with_store(
    program: Path,
    user: str,
    shared: Path,
    archive: Path,
    request: pytest.FixtureRequest,
    machine: str = "",
    mounts: str = "",
):
    folder = shared / f"store-{os.urandom(4).hex()}"
    made = _make(program, user, folder, machine, mounts)
    made("load", "-q", "-i", str(archive))
    yield made
    _remove_everything(made)
    made.end_namespaces()
    leaks = leaks_of(str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    assert not leaks, f"{request.node.name} left {leaks}"


def _remove_everything(made: Pycman) -> None:
    made.run("pod", "rm", "-fa", "-t", "0")
    made.run("rm", "-fa", "-t", "0")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory):
    """A real docker-registry on a free port of loopback."""
    with Registry(tmp_path_factory.mktemp("registry")) as running:
        yield running
