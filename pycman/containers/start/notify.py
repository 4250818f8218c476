"""Tell the service manager that a container runs (sd_notify(3), `--sdnotify`).

Modes, as podman has them: "container": the process itself says READY=1, over a socket in the container that conmon passes on;
"conmon": it is ready once it has been started; "healthy": once its health check has passed; "ignore": nothing is said. In all
but the last the service's main process becomes conmon, which lives as long as the container.
"""

from __future__ import annotations

import os
import time

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.engine_command import start_engine_command
from pycman.errors import Unavailable, WrongState
from pycman.linux.folder import Folder
from pycman.linux.service_manager import notify
from pycman.runtime.bundle_input import RuntimeMount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_POLL_S = 0.05
_INSIDE = "/run/notify"
SOCKET_INSIDE = f"{_INSIDE}/notify.sock"
"""$NOTIFY_SOCKET of the container's process; conmon makes the socket in the bundle's folder `notify` (conmon(8), --sdnotify-socket)."""


def host_socket(session: Session, spec: ContainerSpec) -> str:
    """Return the socket to which the container's own messages are passed on, "" if nobody waits for them."""
    listens = spec.sdnotify in ("", "container") and not spec.is_infra
    return session.options.notify_socket if listens else ""


def notify_mount(bundle: str) -> RuntimeMount:
    """Make the folder of the socket in the bundle and return its bind."""
    with Folder(f"{bundle}/notify", 0o755):
        pass
    return RuntimeMount(
        kind="bind",
        source=f"{bundle}/notify",
        target=_INSIDE,
        options=("bind", "rprivate", "nosuid", "nodev", "noexec"),
    )


def notify_started(session: Session, row: Mapping[str, Any]) -> None:
    """Say which process is the service's main one and, in mode "conmon", that it is ready. Raises Unavailable."""
    mode = spec_of(row).sdnotify
    if mode == "ignore" or row["is_infra"] or row["pinned"]:
        return
    lines = [f"MAINPID={row['conmon_pid']}"]
    if mode == "conmon":
        lines.append("READY=1")
    send(session.options.notify_socket, "\n".join(lines))


def notify_healthy(session: Session, container_id: str, *, attached: bool = False) -> None:
    """In mode "healthy" wait until the container's health check has passed, and say that it is ready.

    `attached`: another process waits, as this one passes the container's output on. The caller holds no lock. Raises
    WrongState if the container ends before, NotFound if it is removed, Unavailable.
    """
    if spec_of(row_of(session, container_id)).sdnotify != "healthy":
        return
    if attached:
        start_engine_command(session, "__notify_healthy", container_id, session.options.notify_socket)
    else:
        wait_and_notify(session, container_id, session.options.notify_socket)


def wait_and_notify(session: Session, container_id: str, address: str) -> None:
    """Wait until a container is healthy, and tell the service manager. Raises WrongState, NotFound, Unavailable."""
    while (row := row_of(session, container_id))["health_status"] != "healthy":
        if states.observe(session, row)[0] not in states.ALIVE:
            raise WrongState("it ended before it was healthy", subject=row["name"], hint="see pycman logs")
        time.sleep(_POLL_S)
    send(address, "READY=1")


def send(address: str, text: str) -> None:
    """Send one message to the service manager at a socket's path, or name that begins with "@". Raises Unavailable."""
    try:
        notify(address, text)
    except OSError as error:
        raise Unavailable(
            f"the service manager does not listen: {os.strerror(error.errno or 0)}",
            subject=f"NOTIFY_SOCKET={address}",
            hint="unset it, or use --sdnotify=ignore",
        ) from error
