"""Modules of containers.conf (podman(1), --module): files of its form that one command reads after all others.

A name is looked up below containers.conf.modules of $XDG_CONFIG_HOME/containers (ordinary users), /etc/containers and
/usr/share/containers, in this order; an absolute path is the file itself.
"""

from __future__ import annotations

import os

from pycman.errors import NotFound


def module_folders(home: str, *, rootless: bool) -> list[str]:
    """Return the folders where modules are looked for, the first that has one counts."""
    config = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    parents = [config, "/etc", "/usr/share"] if rootless else ["/etc", "/usr/share"]
    return [f"{parent}/containers/containers.conf.modules" for parent in parents]


def find_module(name: str, folders: list[str]) -> str:
    """Return the absolute path of a module. Raises NotFound naming the places where it is not."""
    places = [name] if name.startswith("/") else [f"{folder}/{name}" for folder in folders]
    for path in places:
        if os.path.isfile(path):
            return path
    raise NotFound(
        "no such module of containers.conf",
        subject=name,
        hint=f"create {' or '.join(places)}",
        code="no-such-module",
        facts={"places": ":".join(places)},
    )


def known_modules(folders: list[str]) -> list[str]:
    """Return the names of the files that lie in these folders, those of the first folder first."""
    names: dict[str, None] = {}
    for folder in filter(os.path.isdir, folders):
        names.update(dict.fromkeys(name for name in sorted(os.listdir(folder)) if os.path.isfile(f"{folder}/{name}")))
    return list(names)
