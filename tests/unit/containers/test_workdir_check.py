"""The working directory of podman's --workdir: in the root, in a mount, or above one; else the container is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.containers.start.workdir_check import CheckWorkdir
from pycman.errors import CommandNotExecutable
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount


@pytest.mark.parametrize("workdir", ["/there", "/link", "/data/below", "/above", "/data"])
def test_directories_that_are_there_or_come_with_a_mount(tmp_path: Path, workdir: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("/there")
    mounts = (Mount(kind="bind", source="/x", target="/data"), Mount(kind="tmpfs", target="/above/mount"))
    CheckWorkdir(ContainerSpec(image="i", workdir=workdir, mounts=mounts), str(tmp_path)).do()


@pytest.mark.parametrize("workdir", ["/missing", "/file", "/dangling", "/database"])
def test_what_would_have_to_be_made_is_refused(tmp_path: Path, workdir: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("/missing")
    spec = ContainerSpec(image="i", workdir=workdir, mounts=(Mount(kind="bind", source="/x", target="/data"),))
    with pytest.raises(CommandNotExecutable) as refused:
        CheckWorkdir(spec, str(tmp_path)).do()
    assert refused.value.subject == workdir
