"""The directories above the store that a container's own ids must be able to pass."""

from __future__ import annotations

import os

import pytest

from pycman.containers.cleanup.passage import _refuse_closed_way
from pycman.errors import Denied
from pycman.spec.id_map import IdMap, IdRange


def mapped(host_id: int) -> IdMap:
    ranges = (IdRange(container_id=0, host_id=host_id, size=1),)
    return IdMap(uids=ranges, gids=ranges)


def test_a_closed_directory_above_the_store_is_named_with_what_to_do(tmp_path) -> None:
    home = tmp_path / "home"
    (home / "share").mkdir(parents=True, mode=0o755)
    for path in (tmp_path, *tmp_path.parents[:-1]):
        if not os.stat(path).st_mode & 0o001:
            os.chmod(path, 0o711)
    _refuse_closed_way(f"{home}/share/root", mapped(100_000))
    os.chmod(home, 0o700)
    with pytest.raises(Denied) as caught:
        _refuse_closed_way(f"{home}/share/root", mapped(100_000))
    assert (caught.value.subject, f"chmod o+x {home}" in caught.value.hint) == (str(home), True)


def test_the_containers_root_passes_what_belongs_to_an_id_of_its_own(tmp_path) -> None:
    for path in tmp_path.parents[:-1]:
        if not os.stat(path).st_mode & 0o001:
            os.chmod(path, 0o711)
    os.chmod(tmp_path, 0o700)
    status = os.stat(tmp_path)
    ranges = tuple(IdRange(container_id=5, host_id=each, size=1) for each in (status.st_uid,))
    groups = tuple(IdRange(container_id=5, host_id=each, size=1) for each in (status.st_gid,))
    _refuse_closed_way(f"{tmp_path}/root", IdMap(uids=ranges, gids=groups))
