"""Settings, parsed once and kept below the run root until one of their files changes."""

from __future__ import annotations

from pycman.config.containers_conf import ContainersConf, containers_conf_files, load_containers_conf
from pycman.state.boot_cache import cached, file_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.registries_conf import RegistriesConf
    from pycman.state.session import Session


def containers_conf(session: Session) -> ContainersConf:
    """Return containers.conf as it holds for this user. Raises InvalidInput for a broken file."""
    files = containers_conf_files(session.user.home)
    found = cached(session.paths, "containers-conf", file_key(files), lambda: load_containers_conf(files).to_dict())
    return ContainersConf.from_dict(found)


def registries_conf(session: Session) -> RegistriesConf:
    """Return registries.conf as it holds for this user. Raises InvalidInput for a broken file."""
    from pycman.config.registries_conf import RegistriesConf, load_registries_conf, registries_conf_files  # rarely

    files = registries_conf_files(session.user.home)
    found = cached(session.paths, "registries-conf", file_key(files), lambda: load_registries_conf(files).to_dict())
    return RegistriesConf.from_dict(found)
