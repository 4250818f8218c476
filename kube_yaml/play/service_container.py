"""Make the service container of a play, which runs as long as its pods (`pycman/containers/end/service_end.py`)."""

from __future__ import annotations

from pods.infra import pause_root
from pycman.containers.catalogue import find_id
from pycman.containers.create.create import create_container
from pycman.containers.end.remove import remove_container
from pycman.containers.end.service_pods import pods_of_service
from pycman.errors import NotFound
from pycman.spec.container import ContainerSpec, LogConfig, Security
from pycman.spec.network_attachment import NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kube_yaml.translate.play_options import PlayOptions
    from pycman.state.session import Session


def make_service_container(session: Session, options: PlayOptions) -> str:
    """Create the service container and return its id. One that a play left without pods is removed first.

    Raises AlreadyExists (another container has its name).
    """
    name = options.service_container
    old = find_id(session, name)
    if old is not None and session.db.value(
        "SELECT json_extract(spec, '$.service_exit') FROM containers WHERE id = ?", (old,)
    ):
        remove_service_container(session, old)
    spec = ContainerSpec(
        rootfs=pause_root(session),
        name=name,
        entrypoint=("/catatonit", "-P"),
        network=NetworkMode(kind="none"),
        security=Security(
            cap_drop=("all",),
            no_new_privileges=True,
            seccomp_profile="unconfined",
            read_only=True,
            read_only_tmpfs=False,
        ),
        stop_signal="INT",
        http_proxy=False,
        conf_defaults=False,  # mounts and devices of containers.conf have no place in its root
        log=LogConfig(driver="none"),
        sdnotify="ignore",  # the play tells
        service_exit=options.service_exit,
    )
    return create_container(session, spec)


def remove_service_container(session: Session, service_id: str) -> None:
    """Remove a service container that no pod has (any more)."""
    if pods_of_service(session, service_id):
        return
    try:
        remove_container(session, service_id, force=True)
    except NotFound:
        return
