"""A container's files as a tar."""

from __future__ import annotations

import io
import tarfile

from pycman.linux.mounts import is_mounted
from pycman.spec.mount import Mount
from tests.support.engines import create, finish, run


def exported(engine, name):
    output = io.BytesIO()
    engine.containers.export(name, output)
    output.seek(0)
    with tarfile.open(fileobj=output) as archive:
        return {member.name: member for member in archive.getmembers()}


def test_a_stopped_container_is_whole_and_not_left_mounted(engine):
    container = finish(engine, "sh", "-c", "echo new > /new; rm /data/file; ln -s /etc/passwd /l", name="box")
    found = exported(engine, "box")
    assert {"new", "bin/busybox", "data/sub/deep", "l"} <= set(found)
    assert "data/file" not in found
    assert not [name for name in found if ".wh." in name]
    assert (found["data"].uid, found["data"].gid, found["l"].linkname) == (1000, 1001, "/etc/passwd")
    assert not is_mounted(engine.session.paths.merged(container))


def test_a_running_one_shows_no_volumes_nor_proc(engine):
    run(engine, name="box", mounts=(Mount(kind="volume", source="v", target="/data"),))
    found = exported(engine, "box")
    assert not [name for name in found if name.startswith(("proc/", "sys/", "dev/pts"))]
    create(engine, name="fresh")
    assert "bin/busybox" in exported(engine, "fresh")
