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
from pycman.runtime.oci_runtimes import find_runtime, runtime_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cri_server.config import CriConfig
    from pycman.state.session import Session


class Readiness:
    """The state of the node. Threads may share it: each replaces what another has kept by the same."""

    def __init__(self, session: Session, settings: CriConfig) -> None:
        self._session = session
        self._settings = settings
        self._programs: dict[str, _Found] = {}
        """What was found of OCI runtimes, by name."""
        self._network: tuple[object, str] = (None, "")
        """What the CNI directory was, and what was wrong with it."""
        self._status: tuple[object, bytes] = (None, b"")
        """The state of the node, and the answer that tells it."""

    def status(self, problem: str, info: Mapping[str, str] | None = None) -> bytes:
        """Return a StatusResponse, with `info` if there is some. `problem` is why no worker can do anything, "" if they can."""
        conf = self._conf()
        handlers = tuple(self._handlers(conf))
        state = problem or self._runtime_problem(conf), self._network_problem(), handlers
        if self._status[0] != state:
            self._status = (state, _answer(*state))
        return self._status[1] + (api.StatusResponse(info=info).SerializeToString() if info else b"")

    def _conf(self) -> object:
        """Return what changes when a file of containers.conf does, for `_runtime_problem` and `_handlers` of one answer."""
        files = containers_conf_files(self._session.user.home, self._session.user.uid if self._session.rootless else 0)
        return tuple((path, _identity(path)) for path in files)

    def _runtime_problem(self, conf: object) -> str:
        """Return why no container can be started; "" if nothing is wrong."""
        return self._program(self._settings.default_runtime, conf).problem

    def _network_problem(self) -> str:
        """Return why pods cannot be connected; "" if nothing is wrong."""
        if self._session.rootless:
            return "an ordinary user's CNI plugins cannot make interfaces on the host: only pods with hostNetwork can be run"
        folder = self._settings.cni_conf_dir
        files = _identities(folder)
        if files is None or self._network[0] != files:
            self._network = (files, self._find_network(folder))
        return self._network[1]

    def _handlers(self, conf: object) -> Iterator[tuple[str, str]]:
        """Yield the handlers whose runtimes are installed, with the names of these runtimes' programs."""
        for name in ("", *self._settings.runtimes):
            found = self._program(self._settings.runtime_of(name), conf)
            if not found.problem:
                yield name, os.path.basename(found.path)

    def _program(self, runtime: str, conf: object) -> _Found:
        """Return the runtime as it was found before, as long as nothing changes at the places where it was looked for."""
        known = self._programs.get(runtime)
        if known is not None and known.conf == conf and known.places == _places(known.places):
            return known
        try:
            path = find_runtime(self._session, runtime)[1]
            found = _Found(conf, _places([path]), path, "")
        except PycmanError as error:
            found = _Found(conf, _places(runtime_places(self._session, runtime)), "", str(error))
        self._programs[runtime] = found
        return found

    def _find_network(self, folder: str) -> str:
        try:
            get_network(folder)
        except PycmanError as error:
            return str(error)
        return ""


class _Found:
    """An OCI runtime, or the problem that there is none; `places` are the files where it was looked for, as they were then."""

    __slots__ = ("conf", "path", "places", "problem")

    def __init__(self, conf: object, places: dict[str, object], path: str, problem: str) -> None:
        self.conf = conf
        self.places = places
        self.path = path
        self.problem = problem


def _answer(runtime_problem: str, network_problem: str, handlers: tuple[tuple[str, str], ...]) -> bytes:
    """Return a StatusResponse."""
    return api.StatusResponse(
        status=api.RuntimeStatus(
            conditions=[
                _condition("RuntimeReady", "RuntimeNotReady", runtime_problem),
                _condition("NetworkReady", "NetworkPluginNotReady", network_problem),
            ]
        ),
        runtime_handlers=[
            api.RuntimeHandler(
                name=name,
                features=api.RuntimeHandlerFeatures(
                    recursive_read_only_mounts=program in MOUNTS_READ_ONLY, user_namespaces=program in MAPS_MOUNTS
                ),
            )
            for name, program in handlers
        ],
        features=api.RuntimeFeatures(supplemental_groups_policy=True),
    ).SerializeToString()


def _condition(kind: str, reason: str, problem: str) -> api.RuntimeCondition:
    """Return a condition, which is true if there is no problem."""
    return api.RuntimeCondition(type=kind, status=not problem, reason=reason if problem else "", message=problem)


def _places(paths: Iterable[str]) -> dict[str, object]:
    return {path: _identity(path) for path in paths}


def _identity(path: str) -> tuple[int, int, int] | None:
    """Return what changes when a file is written, replaced, removed or made executable; None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns, status.st_size


def _identities(folder: str) -> tuple[object, ...] | None:
    """Return the same of all files in a directory; None if it cannot be read."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    return tuple((name, _identity(f"{folder}/{name}")) for name in names)
