"""A store for all tests of a module, as root and as an ordinary user, with the image busybox:1; and contexts in its folder."""

from __future__ import annotations

import os
import shutil
import textwrap
from pathlib import Path

import pytest

from tests.conftest import TEST_USER, _with_store


@pytest.fixture(scope="module", params=["root", "rootless"])
def builder(request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path):
    user = "root" if request.param == "root" else TEST_USER
    yield from _with_store(program, user, shared_folder, busybox_archive, request)


@pytest.fixture(scope="module")
def root_builder(request: pytest.FixtureRequest, program: Path, shared_folder: Path, busybox_archive: Path):
    yield from _with_store(program, "root", shared_folder, busybox_archive, request)


@pytest.fixture
def context(request: pytest.FixtureRequest):
    """Make a context: `context(dockerfile, files)` returns its directory."""
    name = "root_builder" if "root_builder" in request.fixturenames else "builder"
    made = request.getfixturevalue(name)
    folders = []

    def make(dockerfile: str, files: dict[str, object] | None = None) -> str:
        folder = made.folder / f"context-{os.urandom(4).hex()}"
        folders.append(folder)
        write_context(folder, dockerfile, files or {})
        if made.rootless:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, made.user, made.user) if not path.is_symlink() else None
        return str(folder)

    yield make
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def write_context(folder: Path, dockerfile: str, files: dict[str, object]) -> None:
    """Write a context as `tests.support.dockerfiles.Case` describes one."""
    folder.mkdir(mode=0o755)
    (folder / "Dockerfile").write_text(textwrap.dedent(dockerfile).lstrip())
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o644
        if isinstance(content, tuple):
            mode, content = content
        if isinstance(content, str):
            path.symlink_to(content.removeprefix("->"))
            continue
        path.write_bytes(content)
        path.chmod(mode)
