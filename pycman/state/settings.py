"""Settings, parsed once and kept below the run root until one of their files changes.

The command that parses a changed file warns of the keys in it that are unknown or without effect; later ones say nothing.
"""

from __future__ import annotations

import os

from pycman.config.containers_conf import ContainersConf, containers_conf_files
from pycman.config.toml_file import storage_conf_files
from pycman.state.boot_cache import cached, file_key
from pycman.state.paths import own_storage_conf_files
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from pycman.config.registries_conf import RegistriesConf
    from pycman.config.storage_conf import StorageConf
    from pycman.record import Record
    from pycman.state.session import Session

    Kind = TypeVar("Kind", bound=Record)
    Load = Callable[[Sequence[str]], tuple[Kind, list[str]]]


def containers_conf(session: Session) -> ContainersConf:
    """Return containers.conf as it holds for this user. Raises InvalidInput for a broken file."""

    def load(files: Sequence[str]) -> tuple[ContainersConf, list[str]]:
        from pycman.config.containers_conf_parse import load_containers_conf  # tomllib and all checks: 20 ms

        return load_containers_conf(files)

    files = containers_conf_files(session.user.home, session.user.uid if session.rootless else 0)
    return _kept(session, "containers-conf", ContainersConf, files, load)


def registries_conf(session: Session) -> RegistriesConf:
    """Return registries.conf as it holds for this user. Raises InvalidInput for a broken file."""
    from pycman.config.registries_conf import RegistriesConf, load_registries_conf, registries_conf_files  # rarely

    files = registries_conf_files(session.user.home, rootless=session.rootless)
    return _kept(session, "registries-conf", RegistriesConf, files, load_registries_conf)


def storage_conf(session: Session) -> StorageConf | None:
    """Return storage.conf as it holds for this user, None where there is no such file. Raises InvalidInput for a broken one."""
    shared, own = storage_files(session)
    if not any(map(os.path.exists, (*shared, *own))) and "CONTAINERS_STORAGE_CONF" not in os.environ:
        return None
    from pycman.config.storage_conf import StorageConf, load_storage_conf  # hosts without the file need neither

    return _kept(session, "storage-conf", StorageConf, [*shared, *own], lambda _files: load_storage_conf(shared, own))


def storage_files(session: Session) -> tuple[list[str], list[str]]:
    """Return the files of storage.conf that engines share, and those of pycman's own."""
    home, rootless = session.user.home, session.rootless
    return storage_conf_files(home, rootless=rootless), own_storage_conf_files(home, rootless=rootless)


def engine_environment(session: Session, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that hold for the engine: the caller's, and those of `env` in [engine] that it does not set."""
    settings = containers_conf(session)
    if not settings.engine_env:
        return environment
    return {**{name: value for name, _, value in map(_split, settings.engine_env)}, **environment}


def settings_files(session: Session) -> list[str]:
    """Return the files of settings that are there and hold for this user, in the order they are read."""
    from pycman.config.containers_conf_parse import files_read  # only imported when settings are shown or have changed
    from pycman.config.policy_json import policy_file  # only imported when settings are shown or have changed
    from pycman.config.registries_conf import (
        registries_conf_files,  # only imported when settings are shown or have changed
    )

    rootless = session.rootless
    shared, own = storage_files(session)
    return files_read(
        [
            *containers_conf_files(session.user.home, session.user.uid if rootless else 0),
            *shared,
            *own,
            *registries_conf_files(session.user.home, rootless=rootless),
            *filter(None, [policy_file(session.user.home)]),
        ]
    )


def settings_warnings(session: Session) -> list[str]:
    """Return what the files of settings say that has no effect or is unknown, from a fresh parse. Raises InvalidInput."""
    from pycman.config.containers_conf_parse import (
        load_containers_conf,  # only imported when settings are shown or have changed
    )
    from pycman.config.registries_conf import (  # only imported when settings are shown or have changed
        load_registries_conf,
        registries_conf_files,
    )
    from pycman.config.storage_conf import load_storage_conf  # only imported when settings are shown or have changed

    home, rootless = session.user.home, session.rootless
    return [
        *load_containers_conf(containers_conf_files(home, session.user.uid if rootless else 0))[1],
        *load_storage_conf(*storage_files(session))[1],
        *load_registries_conf(registries_conf_files(home, rootless=rootless))[1],
    ]


def _split(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")


def _kept(session: Session, name: str, kind: type[Kind], files: list[str], load: Load[Kind]) -> Kind:
    """Return the settings of these files: as this process has them, as kept below the run root, or parsed now."""
    key = [__version__, list(kind._fields), *file_key(files)]
    known: Any = session.settings.get(name)
    if known is not None and known[0] == key:
        return known[1]  # type: ignore[no-any-return]

    def compute() -> dict[str, Any]:
        found, warnings = load(files)
        session.warnings += warnings
        return found.to_dict()

    found = kind.from_dict(cached(session.paths, name, key, compute))
    session.settings[name] = (key, found)
    for path in key[2::3]:
        session.log_step(f"settings: {name.replace('-', '.')} from {path}")
    return found
