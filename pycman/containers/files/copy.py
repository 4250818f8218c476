"""`cp`: files between a container (running or not), the host, and tar streams.

copy_rules.py                      where a source is copied to (pure)
copy_entries.py, copy_archive.py   copy it entry by entry, to a directory or to a tar stream
root_view.py                       a container's side: always a descriptor of its root, so that no link leads out
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.containers.catalogue import row_of
from pycman.containers.events import append_event
from pycman.containers.files.copy_archive import ArchiveCopy
from pycman.containers.files.copy_entries import TreeCopy
from pycman.containers.files.copy_rules import DIRECTORY, FILE, MISSING, CopyPath, choose_target, parse_copy_path
from pycman.containers.files.root_view import root_view
from pycman.containers.users import lookup_user
from pycman.contexts import contextmanager, suppress
from pycman.errors import InvalidInput, NotFound, from_os_error
from pycman.linux.attributes import open_regular, reopen_regular
from pycman.linux.files import descriptor_path
from pycman.linux.syscalls import RESOLVE_IN_ROOT, openat2
from pycman.record import Record
from pycman.spec.id_map import map_id, unmap_id
from pycman.storage.archive_io import open_decompressed
from pycman.storage.copy_tree import copy_content
from pycman.storage.unpack import PlainStyle, unpack_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, BinaryIO

    from pycman.containers.files.root_view import RootView
    from pycman.state.session import Session

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_MOST_LINKS = 40
"""The kernel's own bound (path_resolution(7))."""
OWNERSHIPS = ("root", "user", "source")


class CopyOptions(Record):
    """`follow_links`: copy the target of a link at SRC (-L). `overwrite`: a file may replace a directory and vice versa.

    `ownership` of files copied into a container from the host: "root" (docker's default) its root, "user" its user
    (podman's default), "source" the same ids (docker's -a). Files copied to the host belong to the caller unless it is
    "source". A tar stream keeps the owners it contains, unless it is "user". `renames` has other names for what is in a
    tar stream.
    """

    follow_links: bool = False
    overwrite: bool = False
    ownership: str = "root"
    renames: Mapping[str, str] = {}


class CopyReport(Record):
    """The number and size of copied files; `skipped` are entries that were left out, with the reason (sockets, device nodes)."""

    files: int
    size_bytes: int
    skipped: tuple[str, ...] = ()


class _Side:
    """One side of a copy: a root descriptor, and how paths below it are resolved."""

    def __init__(self, root: int, resolve: int) -> None:
        self.root = root
        self._resolve = resolve

    def open(self, path: str, flags: int) -> int:
        """Open `path` below the root."""
        return openat2(self.root, path.lstrip("/") or ".", flags, resolve=self._resolve)

    def open_regular(self, path: str, flags: int) -> int:
        """Open the regular file at `path`, following links. Raises OSError, with EINVAL if it is not a regular file."""
        descriptor = self.open(path, os.O_PATH)
        try:
            return reopen_regular(descriptor, flags)
        finally:
            os.close(descriptor)

    def kind(self, path: str, *, follow: bool) -> str:
        """Return the kind of `path` (copy_rules.py); a dangling link is MISSING if it is followed."""
        try:
            descriptor = self.open(path, os.O_PATH | (0 if follow else os.O_NOFOLLOW))
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                return MISSING
            raise from_os_error(error, subject=path) from error
        try:
            return DIRECTORY if stat.S_ISDIR(os.fstat(descriptor).st_mode) else FILE
        finally:
            os.close(descriptor)

    def is_special(self, path: str) -> bool:
        """Return whether `path` itself is a device, FIFO or socket."""
        try:
            descriptor = self.open(path, os.O_PATH | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            mode = os.fstat(descriptor).st_mode
            return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
        finally:
            os.close(descriptor)

    def is_link(self, path: str) -> bool:
        """Return whether `path` is a symbolic link."""
        return self.link_target(path) is not None

    def link_target(self, path: str) -> str | None:
        """Return what the symbolic link at `path` says; None if it is no link."""
        try:
            descriptor = self.open(path, os.O_PATH | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            if not stat.S_ISLNK(os.fstat(descriptor).st_mode):
                return None
            return os.readlink("", dir_fd=descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def directory(self, path: str) -> Iterator[int]:
        """Yield a descriptor of the directory at `path`. Raises NotFound."""
        try:
            descriptor = self.open(path, _DIRECTORY)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound("no such directory", subject=path, code="no-copy-target") from error
        except OSError as error:
            raise from_os_error(error, subject=path) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def _host() -> Iterator[_Side]:
    top = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield _Side(top, 0)
    finally:
        os.close(top)


def copy_from_host(
    session: Session, host_path: str, name: str, path: str, options: CopyOptions | Mapping[str, Any] | None = None
) -> CopyReport:
    """Copy a file or tree of the host to `path` in a container. Raises NotFound, InvalidInput, Denied, NoSpace."""
    chosen = _options(options)
    with root_view(session, name) as view, _host() as host:
        inside = _Side(view.root, RESOLVE_IN_ROOT)
        owner = _owner_inside(view, chosen.ownership)
        report = _copy(
            host, _host_path(host_path), inside, parse_copy_path(path), owner=owner, options=chosen, session=session
        )
        _append_event(session, view, path)
    return report


def copy_to_host(
    session: Session, name: str, path: str, host_path: str, options: CopyOptions | Mapping[str, Any] | None = None
) -> CopyReport:
    """Copy a file or tree of a container to `host_path`. Raises NotFound, InvalidInput, Denied, NoSpace."""
    chosen = _options(options)
    with root_view(session, name) as view, _host() as host:
        inside = _Side(view.root, RESOLVE_IN_ROOT)
        owner = _owner_outside(view, chosen.ownership)
        return _copy(
            inside, parse_copy_path(path), host, _host_path(host_path), owner=owner, options=chosen, session=session
        )


def copy_between(
    session: Session,
    name: str,
    path: str,
    other_name: str,
    other_path: str,
    *,
    options: CopyOptions | Mapping[str, Any] | None = None,
) -> CopyReport:
    """Copy a file or tree of a container into another (or the same) one."""
    chosen = _options(options)
    with root_view(session, name) as source, root_view(session, other_name) as target:
        owner = _owner_inside(target, chosen.ownership, source)
        report = _copy(
            _Side(source.root, RESOLVE_IN_ROOT),
            parse_copy_path(path),
            _Side(target.root, RESOLVE_IN_ROOT),
            parse_copy_path(other_path),
            owner=owner,
            options=chosen,
            session=session,
        )
        _append_event(session, target, other_path)
    return report


def copy_in(
    session: Session, name: str, path: str, archive: BinaryIO, options: CopyOptions | Mapping[str, Any] | None = None
) -> CopyReport:
    """Unpack a tar stream (compressed or not) into the directory `path` of a container (`cp - NAME:PATH`).

    The owners in the tar are ids inside the container, with ownership "user" all files belong to its user. Raises NotFound, InvalidInput, Corrupt, NoSpace.
    """
    chosen = _options(options)
    with root_view(session, name) as view:
        inside = _Side(view.root, RESOLVE_IN_ROOT)
        destination = parse_copy_path(path)
        found = inside.kind(destination.path, follow=True)
        if found == FILE:
            raise InvalidInput("a tar stream needs a directory", subject=path, code="stream-target-not-a-directory")
        if found == MISSING:
            raise NotFound("no such directory", subject=destination.path, code="stream-target-not-a-directory")
        owner = _user_outside(view) if chosen.ownership == "user" else None
        with inside.directory(destination.path) as directory:
            unpacked = unpack_tar(
                open_decompressed(archive),
                directory,
                style=PlainStyle(),
                id_map=view.id_map,
                rootless=session.rootless,
                owner=owner,
                overwrite_kinds=chosen.overwrite,
                renames=chosen.renames,
            )
        _append_event(session, view, path)
    return CopyReport(files=unpacked.entries, size_bytes=unpacked.size_bytes, skipped=tuple(unpacked.skipped))


def copy_out(
    session: Session, name: str, path: str, archive: BinaryIO, options: CopyOptions | Mapping[str, Any] | None = None
) -> CopyReport:
    """Write `path` of a container as a tar stream (`cp NAME:PATH -`): an entry with its name, and everything below it.

    For PATH/. only its content is written. Raises NotFound, and whatever writing raises.
    """
    chosen = _options(options)
    with root_view(session, name) as view:
        inside = _Side(view.root, RESOLVE_IN_ROOT)
        source = parse_copy_path(path)
        follow = chosen.follow_links or source.must_be_directory
        kind = inside.kind(source.path, follow=follow)
        choose_target(source, kind, parse_copy_path("/-"), DIRECTORY)
        writer = ArchiveCopy(archive, view.id_map)
        try:
            with _source(inside, source, follow=follow) as (directory, entry_name, found):
                if source.contents:
                    writer.opened(directory, os.fstat(directory), ".")
                elif found is not None:
                    writer.opened(directory, found, source.name)
                else:
                    writer.entry(directory, entry_name, source.name)
            writer.close()
        except OSError as error:
            writer.abandon()
            if isinstance(error, BrokenPipeError):
                raise
            raise from_os_error(error, subject=path, doing="cannot copy") from error
        except BaseException:
            writer.abandon()
            raise
        return CopyReport(files=writer.files, size_bytes=writer.size_bytes, skipped=tuple(writer.skipped))


def _options(options: CopyOptions | Mapping[str, Any] | None) -> CopyOptions:
    chosen = options if isinstance(options, CopyOptions) else CopyOptions(**(options or {}))
    if chosen.ownership not in OWNERSHIPS:
        raise InvalidInput("no such ownership", subject=chosen.ownership, hint=f"use one of {', '.join(OWNERSHIPS)}")
    return chosen


def _host_path(path: str) -> CopyPath:
    if not path:
        raise InvalidInput("a path must not be empty", subject='""')
    return parse_copy_path(path if path.startswith("/") else f"{os.getcwd()}/{path}")


def _copy(
    source_side: _Side,
    source: CopyPath,
    target_side: _Side,
    destination: CopyPath,
    *,
    owner: Callable[[os.stat_result], tuple[int, int]],
    options: CopyOptions,
    session: Session,
) -> CopyReport:
    follow = options.follow_links or source.must_be_directory
    source_kind = source_side.kind(source.path, follow=follow)
    target_kind = target_side.kind(destination.path, follow=True)
    if target_kind == MISSING:
        destination = _past_dangling_links(target_side, destination)
        target_kind = target_side.kind(destination.path, follow=True)
    parent_exists = target_kind != MISSING or target_side.kind(destination.parent, follow=True) == DIRECTORY
    target = choose_target(source, source_kind, destination, target_kind, parent_exists=parent_exists)
    if target_kind == FILE and target_side.is_special(destination.path):  # /dev/full would be a file from then on
        raise InvalidInput("it is not a regular file", subject=destination.path, code="copy-target-not-a-file")
    with (
        target_side.directory(target.directory) as directory,
        _source(source_side, source, follow=follow) as (start, name, found),
    ):
        as_link = found is None and _is_link(start, name)
        if target_kind == FILE and not as_link and target_side.is_link(destination.path):
            with _opened_file(start, name, found) as file:
                return _write_through_link(target_side, destination, file)
        copy = TreeCopy(directory, owner=owner, overwrite=options.overwrite, nodes=not session.rootless)
        if not target.name:
            copy.contents(start)
        elif found is not None:
            copy.opened(start, found, target.name)
        else:
            copy.entry(start, name, target.name)
    return CopyReport(files=copy.files, size_bytes=copy.size_bytes, skipped=tuple(copy.skipped))


def _past_dangling_links(side: _Side, destination: CopyPath) -> CopyPath:
    """Return what a link at the destination leads to although nothing is there yet: it is made there, and the link stays.

    Raises InvalidInput for links that lead to one another.
    """
    path = destination
    for _ in range(_MOST_LINKS):
        leads_to = side.link_target(path.path)
        if leads_to is None:
            return path.replace(must_be_directory=destination.must_be_directory)
        path = parse_copy_path(leads_to if leads_to.startswith("/") else f"{path.parent}/{leads_to}")
    raise InvalidInput("too many levels of symbolic links", subject=destination.path)


def _is_link(directory: int, name: str) -> bool:
    return stat.S_ISLNK(os.lstat(name, dir_fd=directory).st_mode)


@contextmanager
def _opened_file(start: int, name: str, found: os.stat_result | None) -> Iterator[int]:
    if found is not None:
        yield start
        return
    try:
        descriptor = open_regular(name, start)
    except OSError as error:
        raise from_os_error(error, subject=name, doing="cannot copy") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_through_link(side: _Side, destination: CopyPath, source: int) -> CopyReport:
    """Write a file's bytes into the target of a link at the destination, which keeps its owner and mode."""
    try:
        written = side.open_regular(destination.path, os.O_WRONLY)
        try:
            os.ftruncate(written, 0)
            copy_content(source, written)
            return CopyReport(files=1, size_bytes=os.fstat(written).st_size)
        finally:
            os.close(written)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise InvalidInput(
                "it is not a regular file", subject=destination.path, code="copy-target-not-a-file"
            ) from error
        raise from_os_error(error, subject=destination.path, doing="cannot copy") from error


@contextmanager
def _source(side: _Side, source: CopyPath, *, follow: bool) -> Iterator[tuple[int, str, os.stat_result | None]]:
    """Yield the source: (its descriptor, name, status) if links were followed, else (its directory, name, None)."""
    if not follow and not source.contents:
        with side.directory(source.parent) as parent:
            yield parent, source.name, None
        return
    kind = side.kind(source.path, follow=True)
    try:
        is_directory = kind == DIRECTORY
        descriptor = side.open(source.path, _DIRECTORY) if is_directory else side.open_regular(source.path, os.O_RDONLY)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise InvalidInput("it is neither a file nor a directory", subject=source.path) from error
        raise from_os_error(error, subject=source.path) from error
    try:
        yield descriptor, source.name, os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _owner_inside(
    view: RootView, ownership: str, source: RootView | None = None
) -> Callable[[os.stat_result], tuple[int, int]]:
    """Return a function from a source's status to the owner of its copy in the container, as ids outside of it."""
    fixed = (
        _user_outside(view) if ownership == "user" else (_outside(view.id_map.uids, 0), _outside(view.id_map.gids, 0))
    )

    def same_numbers(found: os.stat_result) -> tuple[int, int]:
        numbers = (found.st_uid, found.st_gid)
        if source is not None:
            numbers = (
                unmap_id(source.id_map.uids, found.st_uid) or 0,
                unmap_id(source.id_map.gids, found.st_gid) or 0,
            )
        return _outside(view.id_map.uids, numbers[0]), _outside(view.id_map.gids, numbers[1])

    return same_numbers if ownership == "source" else lambda _found: fixed


def _user_outside(view: RootView) -> tuple[int, int]:
    """Return the ids of the container's user outside of it."""
    user = lookup_user(descriptor_path(view.root), view.user)
    return _outside(view.id_map.uids, user.uid), _outside(view.id_map.gids, user.gid)


def _outside(ranges: tuple[Any, ...], inside: int) -> int:
    """Return an id outside the container; for an unmapped id that of the container's root."""
    outside = map_id(ranges, inside)
    return (map_id(ranges, 0) or 0) if outside is None else outside


def _owner_outside(view: RootView, ownership: str) -> Callable[[os.stat_result], tuple[int, int]]:
    """Return a function from a source's status to the owner of its copy on the host: the caller (0 in the user namespace), or
    with "source" the id inside the container.
    """
    caller = (os.geteuid(), os.getegid())

    def same_numbers(found: os.stat_result) -> tuple[int, int]:
        return unmap_id(view.id_map.uids, found.st_uid) or 0, unmap_id(view.id_map.gids, found.st_gid) or 0

    return same_numbers if ownership == "source" else lambda _found: caller


def _append_event(session: Session, view: RootView, path: str) -> None:
    with suppress(NotFound):  # removed while it was copied
        append_event(session, row_of(session, view.id), "copy", path=path)
