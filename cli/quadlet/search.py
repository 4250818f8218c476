"""Where Quadlet files are looked for, and reading them with their drop-ins (podman-systemd.unit(5), systemd.unit(5))."""

from __future__ import annotations

import os

from cli.quadlet.names import kind_of
from cli.quadlet.unit_file import UnitFile, UnitFileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ADMIN, DISTRIBUTION, TEMPORARY = "/etc/containers/systemd", "/usr/share/containers/systemd", "/run/containers/systemd"
"""Folders of the system's files."""


class Found:
    """What a search has found: `units` in the order of the folders, and the problems of files that cannot be read."""

    def __init__(self) -> None:
        self.units: list[UnitFile] = []
        self.problems: list[str] = []


def install_folder(environment: Mapping[str, str], *, user: bool) -> str:
    """Return the folder into which a user's files, or the system's, are put."""
    return f"{_configuration(environment)}/containers/systemd" if user else ADMIN


def _configuration(environment: Mapping[str, str]) -> str:
    return environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME', '')}/.config"


def folders(environment: Mapping[str, str], *, user: bool) -> tuple[list[str], list[str]]:
    """Return the folders to look in, the first to win, subfolders after theirs; and what is wrong with QUADLET_UNIT_DIRS.

    Folders that are not there are in the list too, so that a message can name them.
    """
    search = _Search()
    named = environment.get("QUADLET_UNIT_DIRS")
    if named:
        for path in named.split(":"):
            if not os.path.isabs(path):
                return search.found, [f"{path} not a valid file path"]
            search.add(path)
        return search.found, []
    of_users = os.path.realpath(f"{ADMIN}/users")
    if not user:
        for path in (TEMPORARY, ADMIN, DISTRIBUTION):
            search.add(path, lambda each: not _is_below(each, of_users))
        return search.found, []
    if "XDG_RUNTIME_DIR" in environment:
        search.add(f"{environment['XDG_RUNTIME_DIR']}/containers/systemd")
    search.add(install_folder(environment, user=True))
    for base in (ADMIN, DISTRIBUTION):
        search.add(f"{base}/users", _no_folder_of_one_user(os.path.realpath(f"{base}/users")))
        search.add(f"{base}/users/{os.getuid()}")
    return search.found, []


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _no_folder_of_one_user(of_users: str) -> Callable[[str], bool]:
    """Return what leaves out the folders that are named by a user's number."""
    return lambda path: not path[len(of_users) :].lstrip("/").partition("/")[0].isdigit()


class _Search:
    """Collects folders, each once: links are followed, loops end, folders of drop-ins are left out."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, path: str, wanted: Callable[[str], bool] = lambda _path: True) -> None:
        real = os.path.realpath(path)
        if not os.path.lexists(real):
            self.found.append(path)
            return
        if real in self.found or real.endswith(".d") or not wanted(real) or not os.path.isdir(real):
            return
        self.found.append(real)
        try:
            names = sorted(os.listdir(real))
        except OSError:
            return
        for name in names:
            if os.path.exists(f"{real}/{name}"):
                self.add(f"{real}/{name}", wanted)


def read_units(places: list[str], log: Callable[[str], None]) -> Found:
    """Read the files of these folders with their drop-ins; `log` is told each file's path. Of two with one name the first counts."""
    found = Found()
    seen: set[str] = set()
    for place in places:
        for name in _names(place, found):
            if name in seen or kind_of(name) is None or os.path.isdir(f"{place}/{name}"):
                continue
            log(f"Loading source unit file {place}/{name}")
            unit = _read(f"{place}/{name}", found)
            if unit is not None:
                seen.add(name)
                found.units.append(unit)
    for unit in found.units:
        for path in _drop_ins(unit, places, found):
            log(f"Loading source drop-in file {path}")
            drop_in = _read(path, found)
            if drop_in is not None:
                unit.merge(drop_in)
    return found


def _names(folder: str, found: Found) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        found.problems.append(f"error reading directory {_quoted(folder)}, {error.strerror}")
        return []


def _read(path: str, found: Found) -> UnitFile | None:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return UnitFile.parse(file.read(), os.path.basename(path), path)
    except OSError as error:
        found.problems.append(f"error loading {_quoted(path)}, open {path}: {(error.strerror or '').lower()}")
    except UnitFileError as error:
        found.problems.append(f"error loading {_quoted(path)}, {error}")
    return None


def _quoted(path: str) -> str:
    return f'"{path}"'


def _drop_ins(unit: UnitFile, places: list[str], found: Found) -> list[str]:
    """Return the paths of a file's drop-ins in the order of their names; of two with one name the more special one counts."""
    paths: dict[str, str] = {}
    for folder in drop_in_folders(unit):
        for place in places:
            for name in _names(f"{place}/{folder}", found):
                if name.endswith(".conf"):
                    paths.setdefault(name, f"{place}/{folder}/{name}")
    return [paths[name] for name in sorted(paths)]


def drop_in_folders(unit: UnitFile) -> list[str]:
    """Return the names of folders with a file's drop-ins, the most special first.

    For a-b@c.container: a-b@c.container.d, a-b@.container.d, a-@.container.d, a-.container.d, container.d.
    """
    base, instance = unit.template()
    extension = os.path.splitext(unit.name)[1]
    names = [f"{unit.name}.d"]
    if instance:
        names.append(f"{base}@{extension}.d")
    parts = base.split("-")
    for count in range(len(parts) - 1, 0, -1):
        shortened = "-".join(parts[:count]) + "-"
        names += [f"{shortened}@{extension}.d"] if instance is not None else []
        names.append(f"{shortened}{extension}.d")
    return [*names, f"{extension[1:]}.d"]
