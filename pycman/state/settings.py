"""Settings, parsed once and kept below the run root until one of their files changes."""

from __future__ import annotations

from pycman.config.containers_conf import ContainersConf, containers_conf_files, load_containers_conf
from pycman.state.boot_cache import cached, file_key
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.registries_conf import RegistriesConf
    from pycman.config.storage_conf import StorageConf
    from pycman.record import Record
    from pycman.state.session import Session


def containers_conf(session: Session) -> ContainersConf:
    """Return containers.conf as it holds for this user. Raises InvalidInput for a broken file."""
    files = containers_conf_files(session.user.home, session.user.uid if session.rootless else 0)
    key = _key(ContainersConf, files)
    found = cached(session.paths, "containers-conf", key, lambda: load_containers_conf(files).to_dict())
    return ContainersConf.from_dict(found)


def registries_conf(session: Session) -> RegistriesConf:
    """Return registries.conf as it holds for this user. Raises InvalidInput for a broken file."""
    from pycman.config.registries_conf import RegistriesConf, load_registries_conf, registries_conf_files  # rarely

    files = registries_conf_files(session.user.home, rootless=session.rootless)
    key = _key(RegistriesConf, files)
    found = cached(session.paths, "registries-conf", key, lambda: load_registries_conf(files).to_dict())
    return RegistriesConf.from_dict(found)


def storage_conf(session: Session) -> StorageConf:
    """Return storage.conf as it holds for this user. Raises InvalidInput for a broken file."""
    from pycman.config.storage_conf import StorageConf, load_storage_conf, storage_conf_files  # rarely

    files = storage_conf_files(session.user.home, rootless=session.rootless)
    key = _key(StorageConf, files)
    found = cached(session.paths, "storage-conf", key, lambda: load_storage_conf(files).to_dict())
    return StorageConf.from_dict(found)


def _key(kind: type[Record], files: list[str]) -> list[object]:
    """Return what tells a kept parse stale: another pycman (which may know other fields), other files or contents."""
    return [__version__, len(kind._fields), *file_key(files)]
