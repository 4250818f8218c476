"""A machine of its own with an installed copy of this tree, a store and a registry that answers on its loopback."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests.support.busybox import write_busybox_archive
from tests.support.installed import install
from tests.support.leaks import leaks_of
from tests.support.machines import Machines
from tests.support.pycman import Pycman
from tests.torture.registry_here import RegistryHere

IMAGE = "localhost/busybox:1"
OTHER = "localhost/other:1"
"""An image of one layer of its own."""
LARGE = "large:1"
_FILL = "for f in $(seq 300); do echo $f > $f; done; dd if=/dev/urandom of=random{} bs=1M count=8"
NAME = "victim"
"""Of the container. No hexadecimal digits: `rm c` would take another container whose id begins with c."""
BYSTANDER = "bystander"
_CONTENT = "nobody may lose this"


class Place:
    """`with Place(user) as place`: `place.pycman` is the command line on a fresh store, `place.bystander` what must survive."""

    def __init__(self, user: str) -> None:
        self._user = user

    def __enter__(self) -> Place:
        self.folder = Path(tempfile.mkdtemp(prefix="pycman-torture-"))
        self.folder.chmod(0o755)
        program = install(self.folder)
        archive = write_busybox_archive(self.folder / "busybox.tar")
        self._machines = Machines()
        self._machines.__enter__()
        self.machine = self._machines.here
        self.registry = RegistryHere(self.folder / "registry", self.machine)
        store = self.folder / "store"
        store.mkdir(mode=0o755)
        if self._user != "root":
            shutil.chown(store, self._user, self._user)
        self.pycman = Pycman(program, self._user, store, self.machine)
        self.pycman.machines = self._machines  # type: ignore[attr-defined]
        self.pycman("load", "-q", "-i", str(archive))
        self.pycman("push", "-q", "--tls-verify=false", IMAGE, f"{self.registry.host}/busybox:1")
        self.add_bystander()
        self.rootless = self._user != "root"
        self.out = str(self.pycman.folder / "out")
        self._make_archives()
        return self

    def __exit__(self, *_error: object) -> None:
        for words in (("pod", "rm", "-fa", "-t", "0"), ("rm", "-fa", "-t", "0")):
            self.pycman.run(*words)
        self.pycman.end_namespaces()
        self.registry.end()
        left = leaks_of(str(self.folder))
        self._machines.__exit__(*_error)
        if left:
            print(f"left at the end: {left}", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_bystander(self) -> None:
        """Run a container with a volume and a published port which no victim has to do with."""
        words = ("run", "-d", "--name", BYSTANDER, "-v", "kept:/kept", "-p", "7000:7000", IMAGE)
        self.pycman(*words, "sh", "-c", f"echo '{_CONTENT}' > /kept/file; exec sleep 1000000")

    def _make_archives(self) -> None:
        """Make the directory `out` for what commands write, and archives that they read: a root file system and the image OTHER."""
        folder = scratch(self, "archives")
        self.tar, self.other_archive = folder / "root.tar", folder / "other.tar"
        for path in (folder, Path(self.out)):
            path.mkdir(exist_ok=True)
            shutil.chown(path, self._user, self._user)
        self.pycman("export", "-o", str(self.tar), BYSTANDER)
        self.pycman("import", "-q", str(self.tar), OTHER)
        self.pycman("save", "-q", "-o", str(self.other_archive), OTHER)
        self._push_large()

    def _push_large(self) -> None:
        """Push an image to the registry that has two layers which no image here has, so that a pull has something to fetch and unpack."""
        name = f"{self.registry.host}/{LARGE}"
        for number, base in ((1, IMAGE), (2, name)):
            words = ("sh", "-c", f"mkdir /data{number}; cd /data{number}; {_FILL.format(number)}")
            self.pycman("run", "--name", "filling", base, *words)
            self.pycman("commit", "-q", "filling", name)
            self.pycman("rm", "filling")
        self.pycman("push", "-q", "--tls-verify=false", name)
        self.pycman("rmi", "-f", name)
        self.pycman("image", "prune", "-f")

    def problems_of_bystander(self) -> list[str]:
        """Return what is wrong with it."""
        done = self.pycman.run("exec", BYSTANDER, "cat", "/kept/file")
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        return [] if said == _CONTENT else [f"the bystander is not what it was: {said}"]

    def interfaces(self) -> set[str]:
        """Return interfaces, tables and sockets of the machine."""
        return set(self._machines._look())  # noqa: SLF001 - what `leftovers` waits for, without waiting


def scratch(place: Place, name: str) -> Path:
    """Make a directory for what a victim reads, which its user may read."""
    folder = place.folder / name
    folder.mkdir(exist_ok=True)
    os.chmod(folder, 0o755)
    return folder
