"""Choose the storage driver, which makes one root file system of layers and a writable directory: by trying, once per boot."""

from __future__ import annotations

import sys

from pycman.errors import InvalidInput, Unsupported
from pycman.state.boot_cache import cached
from pycman.state.settings import storage_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from pycman.state.session import Session

    class Driver(Protocol):
        """One way to mount layers. `why` is the reason it was chosen, for `info`."""

        name: str
        why: str

        def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
            """Mount `lowers` (top first) with the writable `upper` ("": read-only) at `merged`. Raises MountFailed."""

        def unmount(self, merged: str) -> None:
            """Unmount `merged`; do nothing if it is not mounted."""


_MODULES = {
    "overlay": "pycman.storage.overlay",
    "fuse-overlayfs": "pycman.storage.fuse_overlay",
    "copies": "pycman.storage.copies",
}
_OTHER_NAMES = {"vfs": "copies", "overlay2": "overlay", "fuse": "fuse-overlayfs"}


def choose_driver(session: Session) -> Driver:
    """Return the driver of --storage-driver, else the first that works of those in storage.conf, or of overlay,
    fuse-overlayfs, copies.

    Raises InvalidInput for an unknown name, Unsupported if none of the requested ones works on this host.
    """
    named = session.options.storage_driver
    conf = storage_conf(session)
    requested = (_OTHER_NAMES.get(named, named),) if named else conf.drivers if conf is not None else ()
    if named and requested[0] not in _MODULES:
        raise InvalidInput("no such storage driver", subject=named, hint=f"use one of {', '.join(_MODULES)}")
    name = "-".join(requested) or "default"
    key = [session.paths.root, conf.mount_program if conf is not None else ""]
    choice = cached(session.paths, f"driver-{name}", key, lambda: _try(session, requested))
    return _make(session, choice["name"], choice["why"])


def driver_named(session: Session, name: str) -> Driver:
    """Return the driver a container was created with, so that its files are found after the default has changed.

    "" is the default driver. Raises InvalidInput.
    """
    if not name:
        return choose_driver(session)
    if name not in _MODULES:
        raise InvalidInput("no such storage driver", subject=name, hint=f"use one of {', '.join(_MODULES)}")
    return _make(session, name, "the container was made with it")


def _try(session: Session, requested: Sequence[str]) -> dict[str, str]:
    session.enter_namespaces()
    session.paths.prepare()
    refusals: list[str] = []
    for name in requested or _MODULES:
        problem = _load(name).probe(session)
        if not problem:
            return {
                "name": name,
                "why": "; ".join(refusals) or ("asked for" if requested else "the fastest, and it works here"),
            }
        refusals.append(f"{name} does not work: {problem}")
    raise Unsupported("; ".join(refusals), subject="storage driver", hint="run pycman doctor")


def _make(session: Session, name: str, why: str) -> Driver:
    module = _load(name)
    driver: Driver = module.make(session, why)
    return driver


def _load(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a module
    __import__(_MODULES[name])  # not importlib, which imports warnings: 0.4 ms
    return sys.modules[_MODULES[name]]
