"""A pull in a service's start: systemd gives the start more time meanwhile, which 90 seconds seldom are for a large image."""

from __future__ import annotations

import threading

from pycman.contexts import contextmanager, suppress
from pycman.linux.service_manager import notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.images.transfer.registry_access import Progress
    from pycman.state.session import Session

_EXTENSION_S = 30
_EVERY_S = 25.0
_TIMES = 10
"""Five minutes in all, as podman: then TimeoutStartSec= of the service says how long it takes at most."""


@contextmanager
def more_time_to_start(session: Session) -> Iterator[None]:
    """While an image is pulled in this block, tell the service manager of this command that its start takes longer
    (EXTEND_TIMEOUT_USEC= of sd_notify(3)). Does nothing where none waits.
    """
    address = session.options.start_timeout_socket
    if not address:
        yield
        return
    done = threading.Event()
    _extend(address)
    teller = threading.Thread(target=_keep_extending, args=(address, done), name="start-timeout", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def tell_of_more_time(session: Session, name: str, progress: Progress) -> None:
    """Report how long the pull of `name` may take in the start of a service; nothing elsewhere."""
    if session.options.start_timeout_socket:
        minutes = _EXTENSION_S * _TIMES // 60
        progress.message(f"Pulling image //{name} inside systemd: setting pull timeout to {minutes}m0s")


def _keep_extending(address: str, done: threading.Event) -> None:
    for _ in range(_TIMES - 1):
        if done.wait(_EVERY_S):
            return
        _extend(address)


def _extend(address: str) -> None:
    with suppress(OSError):  # a manager that is gone has no timeout
        notify(address, f"EXTEND_TIMEOUT_USEC={_EXTENSION_S * 1_000_000}")
