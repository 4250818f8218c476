"""Remove what nothing uses (`system prune`): stopped containers, then anonymous volumes if asked for, networks, unused images."""

from __future__ import annotations

from pycman.containers.end.prune import prune_containers
from pycman.errors import InvalidInput
from pycman.images.remove import prune_images
from pycman.network.remove import prune_networks
from pycman.record import Record
from pycman.volumes.remove import prune_volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_KEYS = ("label", "label!", "until")


class SystemPruned(Record):
    """What was removed: ids of containers and images (hex), names of volumes and networks, and the bytes freed."""

    containers: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    """Keys of cached steps of builds, and names of cache mounts; the engine adds them."""
    freed_bytes: int = 0


def system_prune(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, volumes: bool = False
) -> SystemPruned:
    """Remove stopped containers, then what no container uses any more. `all`: also images that have names.

    `volumes`: also anonymous volumes; named ones are kept, because a user named them to keep them (docker). Raises
    InvalidInput for a filter other than label, label! and until.
    """
    for key, _ in filters:
        if key.strip().lower() == "until" and volumes:
            raise InvalidInput(
                "it cannot be used with volumes, which have no time of their last use",
                subject="until",
                hint="leave one out",
            )
        if key.strip().lower() not in _KEYS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(_KEYS)}", code="not-a-filter-key"
            )
    containers, freed = prune_containers(session, filters)
    names: list[str] = []
    if volumes:
        labels = [(key, value) for key, value in filters if key.strip().lower() != "until"]
        names, bytes_of_volumes = prune_volumes(session, labels, all=False)
        freed += bytes_of_volumes
    networks = prune_networks(session, filters)
    images, bytes_of_images = prune_images(session, filters, all=all)
    return SystemPruned(
        containers=tuple(containers),
        images=tuple(images),
        volumes=tuple(names),
        networks=tuple(networks),
        freed_bytes=freed + bytes_of_images,
    )
