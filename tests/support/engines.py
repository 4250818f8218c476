"""An engine on a root of its own with one small image, for tests that run real containers."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile

from pycman import ContainerSpec, Engine
from pycman.images.make.commit import ImportOptions

IMAGE = "localhost/box:latest"
_APPLETS = (
    "cat",
    "chmod",
    "chown",
    "cp",
    "echo",
    "false",
    "find",
    "head",
    "id",
    "kill",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "ps",
    "rm",
    "sh",
    "sleep",
    "stat",
    "touch",
    "true",
    "yes",
)
_FILES = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n",
    "etc/group": b"root:x:0:\nweb:x:1001:\n",
    "data/file": b"from the image\n",
    "data/sub/deep": b"deep\n",
}


def box_tar():
    """Return a tar of a root file system with busybox, two users and a directory /data (0750, 1000:1001)."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for name, mode in (("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777), ("data", 0o750)):
            member = tarfile.TarInfo(name)
            member.type, member.mode = tarfile.DIRTYPE, mode
            if name == "data":
                member.uid, member.gid = 1000, 1001
            archive.addfile(member)
        member = tarfile.TarInfo("data/sub")
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(member)
        with open("/bin/busybox", "rb") as program:
            member = tarfile.TarInfo("bin/busybox")
            member.size, member.mode = os.fstat(program.fileno()).st_size, 0o755
            archive.addfile(member, program)
        for name in _APPLETS:
            member = tarfile.TarInfo(f"bin/{name}")
            member.type, member.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(member)
        for name, content in _FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    output.seek(0)
    return output


@contextlib.contextmanager
def box_engine(directory):
    """Give an engine below `directory` that has IMAGE; afterwards nothing of it may be mounted or run any more."""
    with Engine.open(root=f"{directory}/root", run_root=f"{directory}/run", join_namespaces=True) as engine:
        engine.images.import_tar(box_tar(), ImportOptions(reference=IMAGE, changes=('CMD ["sleep", "1000"]',)))
        try:
            yield engine
        finally:
            sweep(engine)
            with open("/proc/self/mountinfo", encoding="utf-8") as file:
                left = [line.split()[4] for line in file if str(directory) in line.split()[4]]
            assert not left, f"mounts left behind: {left}"


def sweep(engine):
    """Remove all containers and volumes."""
    for container in engine.containers.list(all=True):
        engine.containers.remove(container.id, force=True, volumes=True)
    for volume in engine.volumes.list():
        engine.volumes.remove(volume.name, force=True)


def run(engine, *command, **spec):
    """Run a container in the background and return its id."""
    return engine.containers.run(ContainerSpec(image=IMAGE, command=command or ("sleep", "1000"), **spec))[0]


def create(engine, *command, **spec):
    """Create a container and return its id."""
    return engine.containers.create(ContainerSpec(image=IMAGE, command=command or ("sleep", "1000"), **spec))


def finish(engine, *command, **spec):
    """Run a container to its end and return its id; its exit status must be 0."""
    container = run(engine, *command, **spec)
    assert engine.containers.wait(container) == 0
    engine.containers.cleanup(container)
    return container
