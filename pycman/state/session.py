"""Session: one command's open view of a user's state. Every verb of the engine takes it first."""

from __future__ import annotations

import os

from pycman.errors import WrongState
from pycman.linux.files import read_text
from pycman.linux.trust import refuse_untrusted
from pycman.record import Record
from pycman.state.paths import Paths, default_root, default_run_root, own_storage_conf_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

    from pycman.state.database import Database


class Options(Record):
    """Global options of a command or program; "" stands for the default of containers.conf, storage.conf or the host.

    `runtime_flags` are flags for the OCI runtime whichever it is, without their leading --. `modules` are paths of files
    that are read after those of containers.conf (config/containers_modules.py). `syslog`: the commands that clean up after containers tell their errors there.
    """

    root: str = ""
    run_root: str = ""
    oci_runtime: str = ""
    runtime_flags: tuple[str, ...] = ()
    storage_driver: str = ""
    cgroup_manager: str = ""
    log_level: str = "warn"
    events_backend: str = ""
    default_mounts_file: str = ""
    modules: tuple[str, ...] = ()
    hooks_dirs: tuple[str, ...] = ()
    """Folders of OCI hooks, for the containers that this command makes or starts."""
    syslog: bool = False
    notify_socket: str = ""
    """Where a service manager waits to be told that the container runs that this command starts (sd_notify(3))."""
    start_timeout_socket: str = ""
    """Where it is told that a pull takes a while."""


class User(Record):
    """The user whose state this is. `uid`, `gid`: ids on the host. `rootless`: not root of the host.

    `joined`: this process is already in the user's namespaces (started by conmon, or below `pycman unshare`).
    """

    uid: int
    gid: int
    home: str
    rootless: bool
    joined: bool = False


class Session:
    """Paths, database (opened at first use), locks and options of one command. Close it, or use it with `with`."""

    def __init__(self, options: Options, user: User, *, join_namespaces: bool = True) -> None:
        self.options = options
        self.user = user
        self._may_join = join_namespaces
        self._joined = user.joined or not user.rootless
        self.paths = _paths_of(options, user)
        self.paths.check()
        if user.rootless:
            config = os.environ.get("XDG_CONFIG_HOME") or f"{user.home}/.config"
            refuse_untrusted(f"{config}/containers", links=True)
        self._database: Database | None = None
        self.warnings: list[str] = []
        """Warnings that the caller should print, each once: the engine itself prints nothing."""
        self.notes: list[str] = []
        """What went as asked and yet only some callers tell: podman warns of it, docker does not."""
        self.settings: dict[str, tuple[object, Record]] = {}
        """Files of settings as they were read last, each with the key that tells it stale (state/settings.py)."""
        self.kept: dict[object, Any] | None = None
        """Settings and facts of the host that were looked up, by what was asked; None where they are looked up each time. A short
        command goes by what it found when it began, and so does a request to a worker, which begins with an empty dictionary.
        """
        self.debug_log: list[str] = []
        """Steps that were done; filled only with --log-level debug or trace."""

    @property
    def rootless(self) -> bool:
        """Say whether the user is not root of the host."""
        return self.user.rootless

    @property
    def db(self) -> Database:
        """Return the database; opened at first use, and created or migrated then."""
        if self._database is None:
            from pycman.state.database import Database  # 7 ms: sqlite3, not needed by --version and --help

            self.paths.prepare()
            self._database = Database(self.paths.database)
        return self._database

    @property
    def wrote_events(self) -> bool:
        """Say whether events were appended."""
        return self._database is not None and bool(self._database.event_times)

    def enter_namespaces(self) -> None:
        """Join the user's user and mount namespaces, once; create them first if they do not exist. Does nothing for root.

        Every verb that mounts, unpacks, runs an OCI runtime or reads files of a container calls this first. Raises WrongState in a
        process of a program that uses the library, which must not be moved: there the worker runs such verbs.
        """
        if self._joined:
            return
        if not self._may_join:
            raise WrongState("this process may not be moved into namespaces", hint="call it through Engine.open()")
        from pycman.linux.user.namespaces import enter_user_namespaces  # only rootless commands

        self.paths.prepare()
        warning = enter_user_namespaces(self.paths.pause_pid, self.user.uid, self.user.gid, self._monitors)
        if warning:
            self.warnings.append(warning)
        self._joined = True

    def _monitors(self) -> list[int]:
        """Return the pids of the containers' conmon processes, which are in the user's namespaces too."""
        texts = [read_text(f"{self.paths.run_containers}/{name}/conmon.pid") for name in self.paths.bundles()]
        return [int(text) for text in texts if text.strip().isdigit()]

    def log_step(self, text: str) -> None:
        """Add a line to `debug_log`, if --log-level is debug or trace."""
        if self.options.log_level in ("debug", "trace"):
            self.debug_log.append(text)

    def available_ids(self) -> int:
        """Return how many ids, from 0 on, are mapped in the user namespace of this process."""
        if not self.rootless:
            return 0xFFFF_FFFF
        from pycman.linux.user.namespaces import available_ids  # only rootless commands

        return available_ids()

    def lock(self, kind: str, object_id: str) -> AbstractContextManager[None]:
        """Return a context that holds the lock of one object (state/locks.py has the order). Raises TimedOut on entry."""
        from pycman.state.locks import lock_object  # fcntl and contextlib: only for commands that change something

        return lock_object(self.paths, kind, object_id)

    def close(self, *, process_ends: bool = False, reopens: bool = False) -> None:
        """Close the database. With `process_ends` that is left to the kernel, as this process ends next.

        The last connection that is closed moves the write-ahead log into the file and deletes it, and the next command makes it anew:
        in all a command waits six times for the disk for that. What was committed is in the log. With `reopens` it stays too.
        """
        if self._database is not None and not process_ends:
            self._database.close(keep_log=reopens)
            self._database = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _paths_of(options: Options, user: User) -> Paths:
    """Return the paths of the store that flags name, else pycman's own storage.conf, else the usual ones."""
    uid = user.uid if user.rootless else 0
    root, run_root = options.root, options.run_root
    if not (root and run_root):
        own = own_storage_conf_files(user.home, rootless=user.rootless)
        if any(map(os.path.exists, own)):
            from pycman.state.store_choice import configured_store  # only where there is such a file

            configured = configured_store(own, uid, user.home)
            root, run_root = root or configured[0], run_root or configured[1]
    return Paths(
        os.path.abspath(root) if root else default_root(uid, user.home),
        os.path.abspath(run_root) if run_root else default_run_root(uid, user.home),
    )
