"""The service container of a play: the one process that a service manager follows (podman's `kube play --service-container`).

It is made when the pods are, and ends with the last of them (`pycman/containers/end/play_service.py`); `kube down` removes it.
"""

from __future__ import annotations

from pods.infra import pause_root
from pycman.containers.catalogue import row_of
from pycman.containers.create.create import create_container
from pycman.containers.end.play_service import end_service_if_over
from pycman.containers.end.remove import remove_container
from pycman.containers.start.notify import send
from pycman.containers.start.start import start_in_background
from pycman.contexts import suppress
from pycman.errors import NotFound, PycmanError
from pycman.spec.container import ContainerSpec, LogConfig, Security
from pycman.spec.network_attachment import NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.state.session import Session

_OF_PLAY = "SELECT id FROM containers WHERE json_extract(spec, '$.serves_play') = ? AND row_state = 'ready'"


def service_spec(session: Session, name: str, play: str, propagation: str) -> ContainerSpec:
    """Return the spec of a service container: a program that only waits, on the root that infra containers share."""
    return ContainerSpec(
        name=name,
        rootfs=pause_root(session),
        entrypoint=("/catatonit", "-P"),
        network=NetworkMode(kind="none"),
        security=Security(cap_drop=("all",), no_new_privileges=True, seccomp_profile="unconfined", read_only=True),
        log=LogConfig(driver="none"),
        sdnotify="ignore",
        http_proxy=False,
        conf_defaults=False,
        serves_play=play,
        exit_propagation=propagation,
    )


def start_service(session: Session, name: str, play: str, propagation: str) -> None:
    """Make and start a play's service container in place of older ones, and tell the service manager that the play is ready.

    If the pods have ended already, so does it. Raises what creating and starting raise.
    """
    remove_services(session, (play,))
    with suppress(NotFound):
        remove_container(session, name, force=True)
    container_id = create_container(session, service_spec(session, name, play, propagation))
    try:
        start_in_background(session, container_id)
        if session.options.notify_socket:
            row = row_of(session, container_id)
            send(session.options.notify_socket, f"MAINPID={row['conmon_pid']}\nREADY=1")
    except PycmanError:
        remove_container(session, container_id, force=True)
        raise
    end_service_if_over(session, play)


def remove_services(session: Session, plays: Iterable[str]) -> None:
    """Remove the service containers of plays. Raises what removing raises."""
    for play in plays:
        for row in session.db.rows(_OF_PLAY, (play,)):
            try:
                remove_container(session, row["id"], force=True, timeout_s=0)
            except NotFound:
                continue
