"""The database: opened at first use, migrated once, changed in short transactions (SQLite, WAL, synchronous=FULL)."""

from __future__ import annotations

import _thread
import os
import time

from pycman.contexts import contextmanager, suppress
from pycman.errors import Corrupt, NoSpace, Unavailable, from_os_error
from pycman.jsontext import as_utf8
from pycman.linux.files import share_range, sync_data
from pycman.state.log_index import NOT_KEPT, LogIndex
from pycman.state.reserve import Reserve
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_MIGRATIONS = os.path.join(os.path.dirname(__file__), "migrations")
LATEST = 14
"""Number of the newest migration, PRAGMA user_version. A test compares it with the files."""
_BUSY_TIMEOUT_MS = 60_000
_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
"""The bytes on which those that read the file hold locks (SQLite, os.h). Who closes it last asks for all of them."""
_LOG_PAGES = 256
"""How long the write-ahead log gets before a commit moves it into the file: the next command reads it again, 1 ms for a megabyte."""


class Database:
    """One connection. Rows are `sqlite3.Row`. Outside `transaction()` every statement is committed at once.

    The threads of pull and load share it: while one is in a transaction, the others wait. All methods raise NoSpace (disk full),
    Corrupt (damaged file), Unavailable (it cannot be opened or written).
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._turn = _thread.RLock()
        self.event_times: list[int] = []
        """When the events were that this connection has appended (events.py), in ns since 1970."""
        self._durable = True
        self._together = 0
        """How many `waiting_together` blocks there are around."""
        self._has_written = False
        self._unsettled = False
        """Whether something was committed in such a block that is to be on the disk."""
        self._reserve = Reserve(path)
        self._reserve.lend()
        try:
            version = self._connect()
            if version != LATEST:
                self._migrate(version)
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
        except sqlite3.Error as error:
            raise _translate(error, path) from error
        finally:
            self._reserve.take_back()

    def _connect(self) -> int:
        """Open the file and return PRAGMA user_version. If a full disk has no room for the index of the log, some of the reserve is lent."""
        kept = NOT_KEPT if self._reserve.is_plenty() else LogIndex(self._path).keep()
        try:
            return self._open()
        finally:
            if kept != NOT_KEPT:
                os.close(kept)

    def _open(self) -> int:
        self._connection = sqlite3.connect(
            self._path, timeout=_BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        while True:
            try:
                return int(self._connection.execute("PRAGMA user_version").fetchone()[0])
            except sqlite3.OperationalError as error:
                if not _says_full(error) or not self._reserve.lend(always=True, little=True):
                    raise  # not closed before the next try: closing removes the log, and with it the room in it

    def _migrate(self, version: int) -> None:
        if version > LATEST:
            raise Unavailable(
                f"it was written by a newer pycman (schema {version}; this version supports {LATEST})",
                subject=self._path,
                hint="use the newer version",
            )
        from pycman.linux.attributes import dress  # only for a new file, and after an update

        for ending in ("", "-wal", "-shm"):  # SQLite gives its other files the mode of the first
            with suppress(FileNotFoundError):
                dress(f"{self._path}{ending}", mode=0o600)
        self._enable_wal()
        with self.transaction():
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            for name in sorted(os.listdir(_MIGRATIONS)):
                if name.endswith(".sql") and int(name[:4]) > version:
                    with open(os.path.join(_MIGRATIONS, name), encoding="utf-8") as file:
                        for statement in file.read().split(";\n"):
                            self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version={LATEST}")
        self.restore_reserve()

    def _enable_wal(self) -> None:
        """Turn the write-ahead log on, retrying: SQLite's busy timeout does not apply when two processes open a new file at once."""
        deadline = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY" or time.monotonic() > deadline:
                    raise
                time.sleep(0.002)
            else:
                return

    def restore_reserve(self) -> None:
        """Allocate the reserve for removals on a full disk again, if there is enough space (reserve.py)."""
        self._reserve.restore()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a query."""
        try:
            with self._turn:
                return self._connection.execute(sql, values).fetchall()
        except UnicodeEncodeError:
            return self.rows(sql, _as_utf8(values))
        except sqlite3.Error as error:
            raise _translate(error, self._path) from error

    def row(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Return the first row of a query; None if there is none."""
        try:
            with self._turn:
                return self._connection.execute(sql, values).fetchone()
        except UnicodeEncodeError:
            return self.row(sql, _as_utf8(values))
        except sqlite3.Error as error:
            raise _translate(error, self._path) from error

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Return the first column of the first row; None if there is no row."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def version(self) -> tuple[int, int]:
        """Return what is another value after each change of the database, by this connection or another one."""
        try:
            with self._turn:
                version = self._connection.execute("PRAGMA data_version").fetchone()[0]
                return version, self._connection.total_changes
        except sqlite3.Error as error:
            raise _translate(error, self._path) from error

    def change(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one INSERT, UPDATE or DELETE and return how many rows it changed.

        A violated UNIQUE constraint raises sqlite3.IntegrityError, which the caller turns into AlreadyExists.
        """
        try:
            with self._turn:
                if self._connection.in_transaction:
                    return self._connection.execute(sql, values).rowcount
                with self._lent_space():
                    self._wait_for_disk(True)
                    return self._write(sql, values)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise _translate(error, self._path) from error

    @contextmanager
    def _lent_space(self) -> Iterator[None]:
        """Have space for one write in the block, also on a full disk (reserve.py). The first write sees to the room in the log."""
        if not self._has_written and self._reserve.is_plenty():
            self._reserve.keep_log_room()
            LogIndex(self._path).note()
        self._has_written = True
        self._reserve.lend()
        try:
            yield
        finally:
            self._reserve.take_back()

    def _wait_for_disk(self, durable: bool) -> None:
        """Have the commits that follow wait until they are on the disk, or not."""
        if self._together:
            self._unsettled |= durable
            durable = False
        if durable != self._durable:
            self._connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable

    def _write(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement that writes; if the disk is full, again with space of the reserve."""
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.OperationalError as error:
            undone = sql == "COMMIT" and not self._connection.in_transaction
            if undone or not _says_full(error) or not self._reserve.lend(always=True):
                raise
            return self._connection.execute(sql, values).rowcount

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Run the block between BEGIN IMMEDIATE and COMMIT, with ROLLBACK on any error. A nested block is part of the outer transaction.

        Not `durable`: a loss of power may take the change back, together with what was changed later, until the next durable one
        or until the kernel has written it by itself. It is for what no boot outlives, or what recovery does again (docs/architecture.md, "State").
        """
        with self._turn:
            if self._connection.in_transaction:
                yield
                return
            with self._lent_space():
                self._wait_for_disk(durable)
                try:
                    self._write("BEGIN IMMEDIATE")
                except sqlite3.Error as error:
                    raise _translate(error, self._path) from error
                try:
                    yield
                    self._write("COMMIT")
                except BaseException as error:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                    if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                        raise _translate(error, self._path) from error
                    raise

    @contextmanager
    def waiting_together(self) -> Iterator[None]:
        """Have the durable commits in the block wait for the disk once, at its end: for a verb that reports when all is done.

        Until then a loss of power may take the newest of them back. Whoever changes files by a row that must outlive them calls `settle`.
        """
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            if not self._together:
                self.settle()

    def settle(self) -> None:
        """Wait until all that was committed as durable is on the disk, if a block has put that off."""
        with self._turn:
            if self._unsettled and not self._connection.in_transaction:
                try:
                    sync_data(f"{self._path}-wal")
                except OSError as error:
                    raise from_os_error(error, subject=self._path) from error
                self._unsettled = False

    def close(self, *, keep_log: bool = False) -> None:
        """Close the connection when no other thread uses it: SQLite would crash the process otherwise. A later one waits as usual.

        With `keep_log` the last connection leaves the write-ahead log for the next one, as somebody else seems to read the file.
        """
        self.settle()
        self._has_written = True  # a log that goes away needs no room
        with self._turn, self._lent_space():  # the write-ahead log goes into the file
            reader = -1
            if keep_log:
                with suppress(OSError):
                    reader = share_range(self._path, _SHARED_FIRST, _SHARED_SIZE)
            try:
                self._connection.close()
            finally:
                if reader >= 0:
                    os.close(reader)


def _as_utf8(values: Sequence[object]) -> list[object]:
    """Return the values of a query without bytes that are not UTF-8: no column has such, so no row has this name."""
    return [as_utf8(value) if isinstance(value, str) else value for value in values]


def _says_full(error: sqlite3.Error) -> bool:
    """Say whether an error may be that of a full disk; that of the log's index is one of input and output."""
    name: str = getattr(error, "sqlite_errorname", "")
    return name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR")


def _translate(error: sqlite3.Error, path: str) -> Exception:
    """Return one of our errors for an error of SQLite that has a remedy, else the error itself."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return NoSpace("the disk of the state database is full", subject=path, hint="free some space")
    if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        return Corrupt("the state database is damaged", subject=path, hint="run pycman system check --repair")
    if name in ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_BUSY") or name.startswith("SQLITE_IOERR"):
        return Unavailable(f"the state database cannot be used: {error}", subject=path)
    return error
