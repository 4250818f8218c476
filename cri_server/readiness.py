"""What `Status` says: whether pods can be run, and by which runtimes. A kubelet asks every few seconds, so what was found is kept for
as long as the files it was found in are the same.
"""

from __future__ import annotations

import os

from cri_server.proto import api_pb2 as api
from cri_server.translate.runtime_features import MAPS_MOUNTS, MOUNTS_READ_ONLY
from pycman.config.containers_conf import containers_conf_files
from pycman.errors import PycmanError
from pycman.network.cni.conf import get_network
from pycman.runtime.oci_runtimes import find_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cri_server.config import CriConfig
    from pycman.state.session import Session


class Readiness:
    """The state of the node. Threads may share it: each replaces what another has kept by the same."""

    def __init__(self, session: Session, settings: CriConfig) -> None:
        self._session = session
        self._settings = settings
        self._programs: dict[str, tuple[object, str]] = {}
        """OCI runtimes by name: what containers.conf and the program were when it was found, and its path."""
        self._network: tuple[object, str] = (None, "")
        """What the CNI directory was, and what was wrong with it."""

    def conf(self) -> object:
        """Return what changes when a file of containers.conf does, for `runtime_problem` and `handlers` of one answer."""
        files = containers_conf_files(self._session.user.home, self._session.user.uid if self._session.rootless else 0)
        return tuple((path, _identity(path)) for path in files)

    def runtime_problem(self, conf: object) -> str:
        """Return why no container can be started; "" if nothing is wrong."""
        try:
            self._program(self._settings.default_runtime, conf)
        except PycmanError as error:
            return str(error)
        return ""

    def network_problem(self) -> str:
        """Return why pods cannot be connected; "" if nothing is wrong."""
        if self._session.rootless:
            return "an ordinary user's CNI plugins cannot make interfaces on the host: only pods with hostNetwork can be run"
        folder = self._settings.cni_conf_dir
        files = _identities(folder)
        if files is None or self._network[0] != files:
            self._network = (files, self._find_network(folder))
        return self._network[1]

    def handlers(self, conf: object) -> Iterator[Any]:
        """Yield the handlers whose runtimes are installed, with their features (translate/runtime_features.py)."""
        for name in ("", *self._settings.runtimes):
            try:
                program = os.path.basename(self._program(self._settings.runtime_of(name), conf))
            except PycmanError:
                continue
            features = api.RuntimeHandlerFeatures(
                recursive_read_only_mounts=program in MOUNTS_READ_ONLY, user_namespaces=program in MAPS_MOUNTS
            )
            yield api.RuntimeHandler(name=name, features=features)

    def _program(self, runtime: str, conf: object) -> str:
        """Return the path of a runtime; one that was not found before is looked for again. Raises NotFound, InvalidInput."""
        known = self._programs.get(runtime)
        if known is not None and known[0] == (conf, _identity(known[1])):
            return known[1]
        path = find_runtime(self._session, runtime)[1]
        self._programs[runtime] = ((conf, _identity(path)), path)
        return path

    def _find_network(self, folder: str) -> str:
        try:
            get_network(folder)
        except PycmanError as error:
            return str(error)
        return ""


def _identity(path: str) -> tuple[int, int, int] | None:
    """Return what changes when a file is written, replaced or removed."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _identities(folder: str) -> tuple[object, ...] | None:
    """Return the same of all files in a directory; None if it cannot be read."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    return tuple((name, _identity(f"{folder}/{name}")) for name in names)
