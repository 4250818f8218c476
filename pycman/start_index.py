"""All compiled modules of an installation in one file, from which a command loads what it imports.

An ordinary import lists directories, opens a .pyc file and runs some 100 lines of importlib: a foreground `run` does that 200 times. The
index, `start.cpython-311.index` among pycman's .pyc files, is nothing but those files one after the other behind a dictionary of their
places. So one read finds a module, and it is checked as Python checks a .pyc file: size and time of the source are those that its
first 16 bytes tell. What is not in the index, was changed since, or cannot be read is imported in the ordinary way.

Who can write the index could have written the .pyc files: it is loaded only if it belongs to the owner of their directory, and if nobody
else may write either. `make setup` makes it (`python -IS pycman/start_index.py`), else the first command of that owner, at its end. A source
tree, where the doors lie beside pycman, has none. Tracebacks show source lines as ever: code names its file.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
from marshal import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_FORMAT = b"pycman index 1\n" + MAGIC_NUMBER
_HEAD_BYTES = len(_FORMAT) + 16  # and two numbers: length of the dictionary, of the whole file
_PYC_HEAD_BYTES = 16  # magic number, flags, time and size of the source (PEP 552)
_GROUP_WRITES, _OTHERS_WRITE = 0o020, 0o002
_UNREADABLE = (OSError, EOFError, ValueError, TypeError)
"""What reading and unmarshalling raise."""


class _Loader(SourceFileLoader):
    """The ordinary loader of a source file, with code that was read already."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, _name: str) -> CodeType:
        return self._code


class StartIndex:
    """The index of one installation, an entry of `sys.meta_path`. `stale`: it is missing, or does not fit the sources."""

    def __init__(self, package: str) -> None:
        """`package`: the directory of pycman, which has the doors in `_doors`."""
        self._package = package
        self._folder = f"{package}/__pycache__"
        self._path = f"{self._folder}/start.{sys.implementation.cache_tag}.index"
        self._places: dict[str, tuple[int, int, bool]] = {}
        """Start (after the dictionary) and length of each module's .pyc file, and whether the module is a package."""
        self._begin = 0
        self.stale = not self._open()

    def _open(self) -> bool:
        """Read the dictionary. Return False if there is no index, or none that can be trusted and read."""
        try:
            about, folder = os.lstat(self._path), os.stat(self._folder)
            head = self._read(0, _HEAD_BYTES)
            length, size = int.from_bytes(head[-16:-8], "little"), int.from_bytes(head[-8:], "little")
            trusted = about.st_uid == folder.st_uid and not _others_write(about) and not _others_write(folder)
            if not trusted or not head.startswith(_FORMAT) or size != about.st_size:
                return False
            self._begin = _HEAD_BYTES + length
            self._places = loads(self._read(_HEAD_BYTES, length))  # noqa: S302 - as trusted as a .pyc file
        except _UNREADABLE:
            return False
        return True

    def _read(self, start: int, length: int) -> bytes:
        """Read a part of the file, which is not kept open: children close descriptors, and containers are handed them by number."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return os.pread(descriptor, length, start)
        finally:
            os.close(descriptor)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Return how to load a module; None if it is not, or no longer, in the index."""
        place = self._places.get(name)
        if place is None:
            return None
        start, length, is_package = place
        source = f"{_folder_of(self._package, name)}/{name.replace('.', '/')}{'/__init__.py' if is_package else '.py'}"
        try:
            data = self._read(self._begin + start, length)
            if not _fits(data, source):
                self.stale = True
                return None
            loader = _Loader(name, source, loads(data[_PYC_HEAD_BYTES:]))  # noqa: S302 - the same
        except _UNREADABLE:
            self.stale = True
            return None
        spec = ModuleSpec(name, loader, origin=source, is_package=is_package)
        spec.has_location = True
        spec.cached = self._path
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]
        return spec

    def write(self) -> bool:
        """Write the index anew; do nothing and return False if it would not be trusted. Raises OSError."""
        folder = os.stat(self._folder)
        if folder.st_uid != os.geteuid() or _others_write(folder):
            return False
        places: dict[str, tuple[int, int, bool]] = {}
        files: list[bytes] = []
        start = 0
        for name, is_package, data in _compiled(self._package):
            places[name] = start, len(data), is_package
            files.append(data)
            start += len(data)
        dictionary = dumps(places)
        size = _HEAD_BYTES + len(dictionary) + start
        content = [_FORMAT, len(dictionary).to_bytes(8, "little"), size.to_bytes(8, "little"), dictionary, *files]
        temporary = f"{self._path}.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(content)
            os.rename(temporary, self._path)
        except BaseException:
            os.unlink(temporary)
            raise
        return True


def _others_write(about: os.stat_result) -> bool:
    """Say whether somebody but the owner may write a file. Not if its group is the owner's alone: Debian's and Fedora's users have one of
    their own, and a umask that lets it write.
    """
    if about.st_mode & _OTHERS_WRITE:
        return True
    if not about.st_mode & _GROUP_WRITES:
        return False
    import grp  # only with such a umask
    import pwd  # only with such a umask

    try:
        owner, group = pwd.getpwuid(about.st_uid), grp.getgrgid(about.st_gid)
    except KeyError:
        return True
    own = owner.pw_gid == about.st_gid and group.gr_name == owner.pw_name
    return not own or bool(set(group.gr_mem) - {owner.pw_name})


def _compiled(package: str) -> Iterator[tuple[str, bool, bytes]]:
    """Yield name, whether it is a package, and .pyc file of each module of pycman and the doors whose .pyc file fits its source."""
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        for name in sorted(files):
            stem, ending = os.path.splitext(name)
            try:
                with open(f"{folder}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc", "rb") as file:
                    data = file.read()
                if ending != ".py" or not _fits(data, f"{folder}/{name}"):
                    continue
            except OSError:
                continue
            module = os.path.relpath(f"{folder}/{stem}", os.path.dirname(package)).replace("/", ".")
            yield module.removeprefix("pycman._doors.").removesuffix(".__init__"), stem == "__init__", data


def _fits(data: bytes, source: str) -> bool:
    """Say whether a .pyc file was compiled from this source, going by its time and size. Raises OSError if there is none."""
    about = os.stat(source)
    told = int.from_bytes(data[8:12], "little"), int.from_bytes(data[12:16], "little")
    return data[:8] == MAGIC_NUMBER + b"\0\0\0\0" and told == (int(about.st_mtime), about.st_size)


def _folder_of(package: str, name: str) -> str:
    return os.path.dirname(package) if name.startswith("pycman") else f"{package}/_doors"


if __name__ == "__main__":
    sys.exit(not StartIndex(os.path.dirname(os.path.abspath(__file__))).write())
