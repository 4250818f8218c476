"""Every path below the root and the run root; no other module joins them.

Both belong to the user and are closed to all others, with the directories and files in them: `.closed` marks that. Only while a
container with a user namespace is started may others search ROOT and ROOT/containers (containers/cleanup/passage.py).

ROOT  /var/lib/pycman, or $XDG_DATA_HOME/pycman (~/.local/share/pycman)         survives a boot
├── state.sqlite                          the database (WAL); .reserve beside it is room for removals on a full disk, .boot tells whose boot its log's index is
├── blobs/sha256/HEX                      bytes as pulled, by digest; blobs/partial/HEX while they arrive
├── layers/NAME/                          one unpacked layer; NAME is 32 hex digits; NAME.new while unpacked
├── containers/ID/                        upper/ work/ merged/ of the overlay, ctr.log, files kept with it
├── volumes/NAME/_data/                   named and anonymous volumes
├── secrets/ID                            one secret's bytes, mode 0600
├── pods/ID/volumes/NAME/                 what lives as long as a pod
├── build/mounts/NAME/                    a directory of RUN --mount=type=cache
├── pause/                                the root file system of infra containers, for all to read
└── tmp/                                  scratch on the same file system

RUN   /run/pycman, or $XDG_RUNTIME_DIR/pycman, or ROOT/run-HOST-BOOT            gone at boot, or not used any more
├── locks/KIND-ID                         lock files (flock); never deleted
├── containers/ID/                        the bundle: config.json, pidfile, conmon.pid, exit/, attach socket, hosts …
├── images/ID/                            where an image is mounted (merged/), and by how many (users)
├── exits/ID                              exit status written by conmon (one directory for all)
├── runtime/NAME/                         --root of the OCI runtime NAME
├── cache/NAME.json                       facts about this host and parsed settings, by key
├── network/                              what was done for networks (applied.json), names/ for aardvark-dns; rootless also
│                                         the shared namespace (netns) and its slirp4netns
├── build/NAME/                           secrets and files of one step of a build, while it runs
├── rootless/pause.pid                    holds the user's namespaces
└── supervisor.lock, supervisor.sock      the one supervisor of this user
"""

from __future__ import annotations

import os
import stat

from pycman.contexts import suppress
from pycman.errors import InvalidInput
from pycman.linux.files import make_directory, remove_tree, write_atomic
from pycman.linux.processes import boot_id
from pycman.linux.trust import refuse_untrusted

SUBNETS_LOCK = "/run/pycman-subnets.lock"
"""The lock file of all stores of root that may share a network namespace, in a directory that only root writes in."""
_CLOSED = ".closed"
"""The mark of a root and a run root whose content is closed to other users."""
_RUN = "run-"

_OTHERS = ("storage.lock", "overlay-layers", "vfs-layers", "libpod", "overlay2", "buildkit", "engine-id")
"""Names at the top of the stores of containers/storage and of docker."""


class Paths:
    """The one place that computes paths. Directories are made by `prepare`, once for a root and run root."""

    def __init__(self, root: str, run_root: str) -> None:
        self.root = root
        self.run_root = run_root
        self.database = f"{root}/state.sqlite"
        self.blobs = f"{root}/blobs"
        self.partial_blobs = f"{root}/blobs/partial"
        self.layers = f"{root}/layers"
        self.containers = f"{root}/containers"
        self.volumes = f"{root}/volumes"
        self.secrets = f"{root}/secrets"
        self.tmp = f"{root}/tmp"
        self.pause = f"{root}/pause"
        self.build_mounts = f"{root}/build/mounts"
        self.locks = f"{run_root}/locks"
        self.exits = f"{run_root}/exits"
        self.run_containers = f"{run_root}/containers"
        self.image_mounts = f"{run_root}/images"
        self.cache = f"{run_root}/cache"
        self.network = f"{run_root}/network"
        self.rootless = f"{run_root}/rootless"
        self.build_files = f"{run_root}/build"
        self.pause_pid = f"{run_root}/rootless/pause.pid"
        self.supervisor_lock = f"{run_root}/supervisor.lock"

    def check(self) -> None:
        """Raise Denied if the root or the run root exists and is not the user's own (linux/trust.py)."""
        refuse_untrusted(self.root)
        refuse_untrusted(self.run_root)

    def prepare(self) -> None:
        """Make the missing directories, closed to all other users. Raises Denied for a root that is not the user's own."""
        self.check()
        if os.path.exists(f"{self.root}/{_CLOSED}") and os.path.exists(f"{self.run_root}/{_CLOSED}"):
            return
        self._refuse_store_of_others()
        make_directory(self.root, 0o700)
        make_directory(self.run_root, 0o700)
        self.check()
        self._forget_other_boots()
        for path in (self.blobs, self.layers, self.containers, self.volumes, self.secrets, self.tmp):
            make_directory(path, 0o700)
        for path in (self.partial_blobs, f"{self.blobs}/sha256"):
            make_directory(path, 0o700)
        for path in (self.locks, self.run_containers, self.cache, self.rootless, self.exits):
            make_directory(path, 0o700)
        self._close()

    def _refuse_store_of_others(self) -> None:
        """Raise InvalidInput if the root is the store of podman, CRI-O or docker, which pycman must not change."""
        if os.path.exists(self.database):
            return
        for name in _OTHERS:
            if os.path.exists(f"{self.root}/{name}"):
                raise InvalidInput(
                    f"it is the store of another engine (there is {name} in it)",
                    subject=self.root,
                    hint="give pycman a directory of its own, with --root or graphroot in /etc/pycman/storage.conf",
                )

    def _forget_other_boots(self) -> None:
        """Remove run roots below the root that this host left there in other boots (`default_run_root`)."""
        above, name = os.path.split(self.run_root)
        if above != self.root or name != _RUN + _this_boot():
            return
        for other in os.listdir(above):
            if other != name and other.startswith(name[:-8]) and len(other) == len(name):
                remove_tree(f"{above}/{other}")

    def _close(self) -> None:
        """Close a store that an older pycman left open to other users, and mark it; a new store is only marked."""
        for top in (self.root, self.run_root):
            if os.path.exists(f"{top}/{_CLOSED}"):
                continue
            closed = [top, *(f"{top}/{name}" for name in os.listdir(top))]
            closed = [path for path in closed if path != self.pause]
            for folder in (self.containers, self.volumes, f"{self.root}/pods", self.run_containers):
                if folder.startswith(f"{top}/") and os.path.isdir(folder):
                    closed += [f"{folder}/{name}" for name in os.listdir(folder)]
            for path in closed:
                _close_to_others(path)
            write_atomic(f"{top}/{_CLOSED}", "", mode=0o600)

    def blob(self, digest: str) -> str:
        """Return the file of the blob `digest` ("sha256:…")."""
        algorithm, _, encoded = digest.partition(":")
        return f"{self.blobs}/{algorithm}/{encoded}"

    def partial_blob(self, digest: str) -> str:
        """Return the file of the blob `digest` while it is being written."""
        return f"{self.partial_blobs}/{digest.replace(':', '-')}"

    def layer(self, name: str) -> str:
        """Return the directory of an unpacked layer."""
        return f"{self.layers}/{name}"

    def container(self, container_id: str) -> str:
        """Return the directory of a container's files that survive a boot."""
        return f"{self.containers}/{container_id}"

    def pod(self, pod_id: str) -> str:
        """Return the directory of a pod's own files."""
        return f"{self.root}/pods/{pod_id}"

    def upper(self, container_id: str) -> str:
        """Return the writable layer of a container."""
        return f"{self.containers}/{container_id}/upper"

    def work(self, container_id: str) -> str:
        """Return overlayfs's work directory of a container."""
        return f"{self.containers}/{container_id}/work"

    def merged(self, container_id: str) -> str:
        """Return the mount point of a container's root file system."""
        return f"{self.containers}/{container_id}/merged"

    def log(self, container_id: str) -> str:
        """Return the log file of a container."""
        return f"{self.containers}/{container_id}/ctr.log"

    def image_mount(self, image_id: str) -> str:
        """Return the directory of an image's mount, below the run root."""
        return f"{self.image_mounts}/{image_id}"

    def bundle(self, container_id: str) -> str:
        """Return the OCI bundle of a container, below the run root."""
        return f"{self.run_containers}/{container_id}"

    def bundles(self) -> list[str]:
        """Return the ids of containers that have a bundle: running ones, and those whose cleanup was killed."""
        return os.listdir(self.run_containers) if os.path.isdir(self.run_containers) else []

    def exit_file(self, container_id: str) -> str:
        """Return the file into which conmon writes a container's (or exec session's) exit status."""
        return f"{self.exits}/{container_id}"

    def volume(self, name: str) -> str:
        """Return the directory of a volume's content."""
        return f"{self.volumes}/{name}/_data"

    def secret(self, secret_id: str) -> str:
        """Return the file of a secret's bytes."""
        return f"{self.secrets}/{secret_id}"

    def lock(self, kind: str, name: str) -> str:
        """Return the lock file of one object, by its id or name."""
        return f"{self.locks}/{kind}-{name.replace('/', '_')}"

    def runtime_root(self, runtime_name: str) -> str:
        """Return the state directory (--root) of an OCI runtime."""
        return f"{self.run_root}/runtime/{runtime_name}"


def default_root(uid: int, home: str) -> str:
    """Return the root of the user `uid`: /var/lib/pycman for root, else below XDG_DATA_HOME."""
    if uid == 0:
        return "/var/lib/pycman"
    return f"{os.environ.get('XDG_DATA_HOME') or home + '/.local/share'}/pycman"


def default_run_root(uid: int, home: str) -> str:
    """Return the run root: /run/pycman for root, else below XDG_RUNTIME_DIR or /run/user/UID.

    For a user with neither it is below the root, named for this host and boot, because no one else removes it at a reboot.
    """
    if uid == 0:
        return "/run/pycman"
    for base in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"):
        if base and os.path.isdir(base) and os.access(base, os.W_OK):
            return f"{base}/pycman"
    return f"{default_root(uid, home)}/{_RUN}{_this_boot()}"


def own_storage_conf_files(home: str, *, rootless: bool = False) -> list[str]:
    """Return pycman's own storage.conf files, which set the directories of its store, first to last."""
    user = [f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/pycman/storage.conf"] if rootless else []
    return ["/etc/pycman/storage.conf", *user]


def _this_boot() -> str:
    return f"{os.uname().nodename.replace('/', '_')}-{boot_id()[:8]}"


def _close_to_others(path: str) -> None:
    """Remove all permissions of other users from a directory or file; skip one that has vanished, or another user's mount."""
    from pycman.linux.attributes import dress_opened, exactly  # not for a listing

    with suppress(FileNotFoundError, PermissionError), exactly(path) as descriptor:
        mode = os.fstat(descriptor).st_mode
        dress_opened(descriptor, mode=stat.S_IMODE(mode) & 0o700)
