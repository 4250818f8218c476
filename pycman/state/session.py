"""The session of one command: paths, database, locks and options of one user's store. Every function of the engine takes it first."""

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

    from pycman.state.database import Database


class Options(Record):
    """The global options of a caller; "" is the default of containers.conf, storage.conf or the host."""

    root: str = ""
    run_root: str = ""
    oci_runtime: str = ""
    storage_driver: str = ""
    cgroup_manager: str = ""
    log_level: str = "warn"


class User(Record):
    """The user of a session. `uid`, `gid`: those on the host. `rootless`: without root privileges on the host.

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
        """Warnings for the user, which the command line or the library's caller shows; the engine itself prints nothing."""
        self.settings: dict[str, tuple[object, Record]] = {}
        """Settings by name, each with the key of the files it was parsed from (state/settings.py)."""
        self.debug_log: list[str] = []
        """The steps done so far, with --log-level=debug."""

    @property
    def rootless(self) -> bool:
        """Return whether the user has no root privileges on the host."""
        return self.user.rootless

    @property
    def db(self) -> Database:
        """Return the database, which is created and migrated at first use."""
        if self._database is None:
            from pycman.state.database import Database  # 7 ms (sqlite3), not needed by --version and --help

            self.paths.prepare()
            self._database = Database(self.paths.database)
        return self._database

    def enter_namespaces(self) -> None:
        """Enter the user's user and mount namespaces, which are made if missing; do nothing as root or when called again.

        Every function that mounts, unpacks, runs an OCI runtime or reads files of a container calls it first. In a
        library's process, which must stay in its namespaces, it raises WrongState: there a worker runs such functions.
        """
        if self._joined:
            return
        if not self._may_join:
            raise WrongState("this process may not be moved into namespaces", hint="call it through Engine.open()")
        from pycman.linux.user.namespaces import enter_user_namespaces  # only imported rootless: ctypes

        self.paths.prepare()
        warning = enter_user_namespaces(self.paths.pause_pid, self.user.uid, self.user.gid, self._monitors)
        if warning:
            self.warnings.append(warning)
        self._joined = True

    def _monitors(self) -> list[int]:
        """Return the pids of containers' monitors, which are in the user's namespaces too."""
        pids = [read_text(f"{self.paths.run_containers}/{name}/conmon.pid") for name in self.paths.bundles()]
        return [int(pid) for pid in pids if pid.strip().isdigit()]

    def log_step(self, text: str) -> None:
        """Record a line that the command line prints with --log-level=debug or trace."""
        if self.options.log_level in ("debug", "trace"):
            self.debug_log.append(text)

    def available_ids(self) -> int:
        """Return how many ids, from 0 on, are mapped in the user namespace of this process."""
        if not self.rootless:
            return 0xFFFF_FFFF
        from pycman.linux.user.namespaces import available_ids  # only imported rootless: ctypes

        return available_ids()

    def lock(self, kind: str, name: str) -> AbstractContextManager[None]:
        """Hold the lock of one object, by its id or name (state/locks.py has the order of locks)."""
        from pycman.state.locks import hold  # fcntl and contextlib, only imported by commands that change something

        return hold(self.paths, kind, name)

    def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _paths_of(options: Options, user: User) -> Paths:
    """Return the paths of the store: those of the flags, else of pycman's own storage.conf, else the defaults."""
    uid = user.uid if user.rootless else 0
    root, run_root = options.root, options.run_root
    if not (root and run_root):
        own = own_storage_conf_files(user.home, rootless=user.rootless)
        if any(map(os.path.exists, own)):
            from pycman.state.store_choice import configured_store  # only imported where the file exists

            configured = configured_store(own, uid, user.home)
            root, run_root = root or configured[0], run_root or configured[1]
    return Paths(
        os.path.abspath(root) if root else default_root(uid, user.home),
        os.path.abspath(run_root) if run_root else default_run_root(uid, user.home),
    )
