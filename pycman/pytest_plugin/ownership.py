"""Whose a test's containers, networks and volumes are: a label names the process, so that what a killed run left can be told and removed.

    io.pycman.pytest = BOOT:PID NAMESPACE:PID:START TIME

A process of another pid namespace cannot be looked up; what it owns is left alone until the host has booted again.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.namespaces import namespace_id
from pycman.linux.processes import boot_id, is_alive, start_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.engine import Engine

LABEL = "io.pycman.pytest"


def owner() -> str:
    """Return the value of the label for this process."""
    return f"{boot_id()}:{namespace_id(os.getpid(), 'pid')}:{os.getpid()}:{start_time(os.getpid())}"


def has_ended(value: str) -> bool:
    """Say whether the process that a label names is known to have ended; a value that this module did not write never has."""
    fields = value.split(":")
    if len(fields) != 4 or not all(field.isascii() and field.isdigit() for field in fields[1:]):
        return False
    boot, namespace, pid, started = fields
    if boot != boot_id():
        return True
    return namespace == namespace_id(os.getpid(), "pid") and not is_alive(int(pid), int(started))


def sweep(engine: Engine) -> None:
    """Remove what runs that have ended left: containers with their volumes, then networks and volumes.

    Two runs may sweep at once, and a user may remove the same things: what is gone already is no error.
    """
    wanted = [("label", LABEL)]
    for container in engine.containers.list(wanted, all=True):
        if _is_left(container.labels):
            with suppress(PycmanError):
                engine.containers.remove(container.id, force=True, volumes=True, timeout_s=0)
    for network in engine.networks.list(wanted):
        if _is_left(network.labels):
            with suppress(PycmanError):
                engine.networks.remove(network.name)
    for volume in engine.volumes.list(wanted):
        if _is_left(volume.labels):
            with suppress(PycmanError):
                engine.volumes.remove(volume.name)


def _is_left(labels: Mapping[str, str]) -> bool:
    return has_ended(labels.get(LABEL, ""))
