"""Quadlet files in the folders of this user: install, find, list and remove them, as `podman quadlet` keeps its books.

Files that came together are an application: their names are lines of the hidden file `.NAME.app` beside them, with those of
other files (YAML, scripts) that came along. `.NAME.asset` has the latter alone, as earlier releases of podman wrote it.
"""

from __future__ import annotations

import os

from cli.quadlet.names import KINDS, kind_of
from cli.quadlet.search import folders, install_folder
from cli.specs.yaml_files import fetch, read_file
from pycman.errors import AlreadyExists, InvalidInput, NotFound, PycmanError, from_os_error
from pycman.linux.files import make_directory, read_text, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BUNDLE = ".quadlets"


class Installed:
    """`paths` by what was named on the command line (and section of a .quadlets file), `errors` by what was named."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self.errors: dict[str, PycmanError] = {}


class Library:
    """The folders of this user's Quadlet files; `folder` is where files are installed."""

    def __init__(self, environment: Mapping[str, str], *, user: bool) -> None:
        """`user`: the files are for the user's systemd, not for the system's."""
        self.folder = install_folder(environment, user=user)
        self._folders = folders(environment, user=user)[0]

    @classmethod
    def of_caller(cls) -> Library:
        """Return the folders of whoever gives the command."""
        return cls(os.environ, user=os.geteuid() != 0)

    def paths(self) -> list[str]:
        """Return the paths of all Quadlet files, folder by folder."""
        return [
            f"{folder}/{name}"
            for folder in self._folders
            for name in _names(folder)
            if kind_of(name) is not None and not os.path.isdir(f"{folder}/{name}")
        ]

    def find(self, name: str) -> str:
        """Return the path of a Quadlet file by its name. Raises InvalidInput, NotFound."""
        if kind_of(name) is None:
            raise InvalidInput("not a Quadlet file", subject=name, hint=f"its name ends with {', '.join(KINDS)}")
        for folder in self._folders:
            if "/" not in name and os.path.exists(f"{folder}/{name}"):
                return f"{folder}/{name}"
        raise NotFound("no such Quadlet file", subject=name, hint="pycman quadlet list shows them")

    def applications(self) -> dict[str, list[str]]:
        """Return the names of files by the application's file: `.web.app`."""
        return {
            name: _lines(f"{self.folder}/{name}")
            for name in _names(self.folder)
            if name.startswith(".") and name.endswith(".app")
        }

    def install(self, sources: Sequence[str], *, replace: bool) -> Installed:
        """Copy files, the files of a directory, or what a URL leads to into the folder, as one application.

        Raises NotFound if the first one does not exist, and errors of the folder; those of single files are reported.
        """
        report = Installed()
        make_directories(self.folder)
        first = sources[0]
        paths = list(sources)
        one_kind = True
        if not _is_url(first) and not os.path.exists(first):
            raise NotFound("no such file", subject=first)
        if os.path.isdir(first):
            paths[:1] = [f"{first.rstrip('/')}/{name}" for name in _names(first)]
            book, one_kind = f".{os.path.basename(os.path.abspath(first))}.app", False
        elif first.endswith(_BUNDLE):
            book = f".{os.path.basename(first).removesuffix(_BUNDLE)}.app"
        else:
            book = f".{os.path.basename(first)}.app"
        for number, path in enumerate(paths):
            try:
                for key, name, content in _read(path):
                    if one_kind and not number and kind_of(name) is None:
                        raise InvalidInput(
                            "not a Quadlet file", subject=name, hint=f"its name ends with {', '.join(KINDS)}"
                        )
                    report.paths[key] = self._put(name, content, replace=replace)
                    self._enter(book, name)
            except PycmanError as error:
                report.errors[path] = error
        return report

    def _put(self, name: str, content: bytes, *, replace: bool) -> str:
        path = f"{self.folder}/{name}"
        if os.path.lexists(path) and not replace:
            raise AlreadyExists(
                f"a Quadlet with name {name} already exists, refusing to overwrite", subject=path, hint="use --replace"
            )
        try:
            write_atomic(path, content)
        except OSError as error:
            raise from_os_error(error, subject=path) from error
        return path

    def _enter(self, book: str, name: str) -> None:
        lines = _lines(f"{self.folder}/{book}")
        if name not in lines:
            write_atomic(f"{self.folder}/{book}", "".join(f"{line}\n" for line in (*lines, name)))

    def together(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the Quadlet files that go with those that are named (files of an application go together), and the files
        that go when they are gone: other files of these applications, and the books themselves.
        """
        books = self.applications()
        of = {name: book for book, lines in books.items() for name in lines}
        meant: list[str] = []
        for name in names:
            meant += [each for each in books.get(name, ()) if kind_of(each) is not None] if name in books else [name]
        for name in list(meant):
            meant += [each for each in books.get(of.get(name, ""), ()) if kind_of(each) is not None]
        meant = list(dict.fromkeys(meant))
        gone = dict.fromkeys(of[name] for name in meant if name in of)
        others = [each for book in gone for each in books[book] if kind_of(each) is None]
        for name in meant:
            if os.path.exists(f"{self.folder}/.{name}.asset"):
                others += [*_lines(f"{self.folder}/.{name}.asset"), f".{name}.asset"]
        return meant, [*others, *gone, *(name for name in names if name in books and name not in gone)]

    def discard(self, names: Sequence[str]) -> None:
        """Remove files of the folder that are there. Raises errors of the kernel."""
        for name in names:
            remove_file(f"{self.folder}/{name}")


def remove_file(path: str) -> None:
    """Remove a file unless it is gone. Raises Denied and other kinds by the kernel's error."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise from_os_error(error, subject=path) from error


def make_directories(path: str) -> None:
    """Make a directory and those above it. Raises Denied and other kinds by the kernel's error."""
    if path and not os.path.isdir(path):
        make_directories(os.path.dirname(path))
        try:
            make_directory(path, by_umask=True)
        except OSError as error:
            raise from_os_error(error, subject=path) from error


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _lines(path: str) -> list[str]:
    """Return the names in a book; a line with a slash in it names nothing."""
    return [line.strip() for line in read_text(path).splitlines() if line.strip() and "/" not in line]


def _is_url(path: str) -> bool:
    return path.startswith(("http://", "https://"))


def _read(path: str) -> list[tuple[str, str, bytes]]:
    """Return (what it was, name, content) of each file that a path or URL gives. Raises what reading raises, InvalidInput."""
    if _is_url(path):
        return [(path, path.partition("?")[0].rstrip("/").rpartition("/")[2], fetch(path))]
    content = read_file(path)
    if not path.endswith(_BUNDLE):
        return [(path, os.path.basename(path), content)]
    return [
        (f"{path}#{name}", name, text.encode()) for name, text in split_bundle(content.decode("utf-8", "replace"), path)
    ]


def split_bundle(text: str, path: str) -> list[tuple[str, str]]:
    """Return (file name, content) of the parts of a .quadlets file, which lines "---" separate. Raises InvalidInput.

    A part has the line "# FileName=NAME"; its first section of Quadlet's says of what kind it is.
    """
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip() == "---":
            parts.append([])
        else:
            parts[-1].append(line)
    found = []
    for number, lines in enumerate(parts, 1):
        stripped = [line.strip() for line in lines]
        if not any(stripped):
            continue
        extension = next((each for line in stripped if (each := _extension(line))), "")
        if not extension:
            raise InvalidInput(
                f"part {number} has no section of Quadlet's", subject=path, hint="[Container], [Volume], …"
            )
        comments = [line[1:].strip() for line in stripped if line.startswith("#")]
        name = next((line[9:].strip() for line in comments if line.startswith("FileName=")), "")
        if not name or "/" in name or "\\" in name:
            raise InvalidInput(
                f"part {number} does not say its name", subject=path, hint="write # FileName=NAME into it"
            )
        found.append((f"{name}{extension}", "\n".join(lines).strip()))
    if not found:
        raise InvalidInput("it is empty", subject=path)
    return found


def _extension(line: str) -> str:
    extension = f".{line[1:-1].lower()}" if line.startswith("[") and line.endswith("]") else ""
    return extension if extension in KINDS else ""
