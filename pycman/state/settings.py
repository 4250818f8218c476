"""The settings of the configuration files, parsed once and cached below the run root until one of the files changes.

The command that parses a changed file warns about unknown keys and keys without effect; later commands read the cache and do not.
"""

from __future__ import annotations

import os

from pycman.config.containers_conf import ContainersConf, containers_conf_files
from pycman.config.toml_file import storage_conf_files
from pycman.errors import Denied
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
    """Return the settings of containers.conf for this user. Raises InvalidInput for a broken file."""

    def load(files: Sequence[str]) -> tuple[ContainersConf, list[str]]:
        from pycman.config.containers_conf_parse import (
            load_containers_conf,
        )  # 20 ms (tomllib and all checks), only imported after a change

        return load_containers_conf(files)

    uid, modules = session.user.uid if session.rootless else 0, session.options.modules
    name = f"containers-conf{'-modules' if modules else ''}"
    kept = session.kept
    if kept is not None and name in kept:
        return kept[name]  # type: ignore[no-any-return]
    files = containers_conf_files(session.user.home, uid, modules)
    if not session.rootless and "CONTAINERS_CONF" not in os.environ:
        _refuse_others([path for path in files if path not in modules])
    found = _cached_settings(session, name, ContainersConf, files, load)
    if kept is not None:
        kept[name] = found
    return found


def _refuse_others(files: Sequence[str]) -> None:
    """Raise Denied for a file of another user's, found by a variable that root has inherited: such files name programs to run."""
    for path in files:
        if not path.startswith(("/usr/", "/etc/", "/var/")):
            try:
                owner = os.stat(path).st_uid
            except OSError:
                continue
            if owner:
                hint = (
                    "unset XDG_CONFIG_HOME and HOME, or name the file by CONTAINERS_CONF or CONTAINERS_REGISTRIES_CONF"
                )
                raise Denied("it belongs to another user, and root would obey it", subject=path, hint=hint)


def registries_conf(session: Session) -> RegistriesConf:
    """Return the settings of registries.conf for this user. Raises InvalidInput for a broken file."""
    from pycman.config.registries_conf import (  # only imported by commands that resolve image names
        RegistriesConf,
        load_registries_conf,
        registries_conf_files,
    )

    files = registries_conf_files(session.user.home, rootless=session.rootless)
    if not session.rootless and not (
        "CONTAINERS_REGISTRIES_CONF" in os.environ or "REGISTRIES_CONFIG_PATH" in os.environ
    ):
        _refuse_others(files)
    return _cached_settings(session, "registries-conf", RegistriesConf, files, load_registries_conf)


def storage_conf(session: Session) -> StorageConf | None:
    """Return the settings of storage.conf for this user, None if no such file exists. Raises InvalidInput for a broken one."""
    shared, own = storage_files(session)
    if not any(map(os.path.exists, (*shared, *own))) and "CONTAINERS_STORAGE_CONF" not in os.environ:
        return None
    from pycman.config.storage_conf import StorageConf, load_storage_conf  # only imported where the file exists

    return _cached_settings(
        session, "storage-conf", StorageConf, [*shared, *own], lambda _files: load_storage_conf(shared, own)
    )


def storage_files(session: Session) -> tuple[list[str], list[str]]:
    """Return the files of storage.conf that engines share, and those of pycman's own."""
    home, rootless = session.user.home, session.rootless
    return storage_conf_files(home, rootless=rootless), own_storage_conf_files(home, rootless=rootless)


def engine_environment(session: Session, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the engine's environment: the caller's variables, and those of `env` in [engine] that the caller does not set."""
    settings = containers_conf(session)
    if not settings.engine_env:
        return environment
    return {**{name: value for name, _, value in map(_split, settings.engine_env)}, **environment}


def settings_files(session: Session) -> list[str]:
    """Return the existing configuration files of this user, in the order they are read."""
    from pycman.config.containers_conf_parse import files_read  # only imported when settings are shown or have changed
    from pycman.config.policy_json import policy_file  # only imported when settings are shown or have changed
    from pycman.config.registries_conf import (
        registries_conf_files,  # only imported when settings are shown or have changed
    )
    from pycman.config.registries_d import registries_d_files, registries_d_folder  # the same

    rootless = session.rootless
    shared, own = storage_files(session)
    return files_read(
        [
            *containers_conf_files(session.user.home, session.user.uid if rootless else 0, session.options.modules),
            *shared,
            *own,
            *registries_conf_files(session.user.home, rootless=rootless),
            *registries_d_files(registries_d_folder(session.user.home)),
            *filter(None, [policy_file(session.user.home)]),
        ]
    )


def settings_warnings(session: Session) -> list[str]:
    """Parse all configuration files again and return the warnings about unknown keys and keys without effect. Raises InvalidInput."""
    from pycman.config.containers_conf_parse import (
        load_containers_conf,  # only imported when settings are shown or have changed
    )
    from pycman.config.registries_conf import (  # only imported when settings are shown or have changed
        load_registries_conf,
        registries_conf_files,
    )
    from pycman.config.storage_conf import load_storage_conf  # only imported when settings are shown or have changed

    home, rootless, modules = session.user.home, session.rootless, session.options.modules
    return [
        *load_containers_conf(containers_conf_files(home, session.user.uid if rootless else 0, modules))[1],
        *load_storage_conf(*storage_files(session))[1],
        *load_registries_conf(registries_conf_files(home, rootless=rootless))[1],
    ]


def _split(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")


def _cached_settings(session: Session, name: str, kind: type[Kind], files: list[str], load: Load[Kind]) -> Kind:
    """Return the settings of these files: from this process's memory, from the cache below the run root, or parsed now."""
    key = [__version__, list(kind._fields), *file_key(files)]
    known: Any = session.settings.get(name)
    if known is not None and known[0] == key:
        return known[1]  # type: ignore[no-any-return]

    def compute() -> dict[str, Any]:
        parsed, warnings = load(files)
        session.warnings += warnings
        return parsed.to_dict()

    settings = kind.from_dict(cached(session.paths, name, key, compute))
    session.settings[name] = (key, settings)
    for path in key[2::3]:
        session.log_step(f"settings: {name.replace('-', '.')} from {path}")
    return settings
