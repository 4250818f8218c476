"""--mount type=glob: a bind of each path that matches when the container is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.containers.create.resolve_mounts import resolve_mounts
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount
from pycman.state.session import Options, Session, User


@pytest.fixture
def session(tmp_path: Path) -> Session:
    options = Options(root=str(tmp_path / "root"), run_root=str(tmp_path / "run"))
    return Session(options, User(uid=0, gid=0, home=str(tmp_path), rootless=False))


def _mounts(session: Session, source: Path, target: str) -> list[tuple[str, str, str]]:
    spec = ContainerSpec(image="i", mounts=(Mount(kind="glob", source=str(source), target=target),))
    return [(mount.kind, mount.source, mount.target) for mount in resolve_mounts(session, spec).mounts]


def test_each_match_is_bound_in_the_target_or_at_its_own_path(session: Session, tmp_path: Path) -> None:
    for name in ("v1a", "v1b", "v2"):
        (tmp_path / name).touch()
    one, two = (str(tmp_path / name) for name in ("v1a", "v1b"))
    assert _mounts(session, tmp_path / "v1*", "") == [("bind", one, one), ("bind", two, two)]
    assert _mounts(session, tmp_path / "v1*", "/data") == [("bind", one, "/data/v1a"), ("bind", two, "/data/v1b")]


def test_no_match_and_two_of_one_name_are_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no file paths match"):
        _mounts(session, tmp_path / "v3*", "")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same").touch()
    with pytest.raises(InvalidInput, match="two mounts have the same target"):
        _mounts(session, tmp_path / "?" / "same", "/data")
