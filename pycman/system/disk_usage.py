"""Measure the disk space of images, containers and volumes, and what could be reclaimed, as `system df` counts it."""

from __future__ import annotations

from pycman.containers.catalogue import list_containers
from pycman.containers.inspect.size import upper_size
from pycman.images.catalogue import list_images
from pycman.record import Record
from pycman.storage.usage import tree_size
from pycman.volumes.catalogue import list_volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pycman.containers.container import Container
    from pycman.images.image import Image
    from pycman.state.session import Session


class Usage(Record):
    """One line of the summary: `total` objects, `active` ones in use, their size, and what removing the others would free."""

    kind: str
    total: int = 0
    active: int = 0
    size_bytes: int = 0
    reclaimable_bytes: int = 0


class ImageUsage(Record):
    """One image. `shared_bytes` are of layers that other images have too; `containers` counts the containers that use it."""

    id: str
    names: tuple[str, ...] = ()
    created_at_ns: int = 0
    size_bytes: int = 0
    shared_bytes: int = 0
    unique_bytes: int = 0
    containers: int = 0


class ContainerUsage(Record):
    """One container. `size_bytes` is its writable layer's; `volumes` counts its named and anonymous volumes; the first
    `entrypoint_words` of `command` are the entry point's.
    """

    id: str
    name: str
    image: str = ""
    image_id: str = ""
    command: tuple[str, ...] = ()
    entrypoint_words: int = 0
    is_infra: bool = False
    volumes: int = 0
    size_bytes: int = 0
    created_at_ns: int = 0
    state: str = ""


class VolumeUsage(Record):
    """One volume. `links` counts the containers that use it."""

    name: str
    links: int = 0
    size_bytes: int = 0


class DiskUsage(Record):
    """The whole report. `blobs_bytes` are the compressed layers as pulled, kept beside the unpacked ones for pushes."""

    images: Usage
    containers: Usage
    volumes: Usage
    image_rows: tuple[ImageUsage, ...] = ()
    container_rows: tuple[ContainerUsage, ...] = ()
    volume_rows: tuple[VolumeUsage, ...] = ()
    blobs_bytes: int = 0


def disk_usage(session: Session) -> DiskUsage:
    """Return the disk usage. Layer sizes are in the database; writable layers and volumes are measured by walking them."""
    session.enter_namespaces()
    chains = _chains(session)
    sizes = _layer_sizes(session)
    in_several = _in_several(chains)
    images = [_image(image, chains, in_several, sizes) for image in list_images(session, all=True)]
    counts = session.db.rows("SELECT container_id, COUNT(*) AS links FROM container_volumes GROUP BY container_id")
    links = {row["container_id"]: int(row["links"]) for row in counts}
    containers = [
        _container(session, container, links.get(container.id, 0)) for container in list_containers(session, all=True)
    ]
    volumes = _volumes(session)
    running = [row for row in containers if row.state in ("running", "paused", "stopping")]
    used = [row for row in volumes if row.links]
    return DiskUsage(
        images=_image_total(images, chains, sizes),
        containers=_total("Containers", containers, running),
        volumes=_total("Local Volumes", volumes, used),
        image_rows=tuple(images),
        container_rows=tuple(containers),
        volume_rows=tuple(volumes),
        blobs_bytes=int(session.db.value("SELECT COALESCE(SUM(size_bytes), 0) FROM blobs")),
    )


def image_sizes(session: Session) -> dict[str, tuple[int, int]]:
    """Return (shared, unique) bytes of each image, by its id."""
    chains, sizes = _chains(session), _layer_sizes(session)
    in_several = _in_several(chains)
    return {
        image.id: (row.shared_bytes, row.unique_bytes)
        for image in list_images(session, all=True)
        for row in (_image(image, chains, in_several, sizes),)
    }


def _chains(session: Session) -> dict[str, set[str]]:
    """Return the chain ids of each image's layers, by image id."""
    chains: dict[str, set[str]] = {}
    for row in session.db.rows("SELECT image_id, chain_id FROM image_layers"):
        chains.setdefault(row["image_id"], set()).add(row["chain_id"])
    return chains


def _layer_sizes(session: Session) -> dict[str, int]:
    rows = session.db.rows("SELECT chain_id, MAX(size_bytes) AS size FROM layers GROUP BY chain_id")
    return {row["chain_id"]: int(row["size"]) for row in rows}


def _in_several(chains: Mapping[str, set[str]]) -> set[str]:
    """Return the chain ids that more than one image has."""
    seen: set[str] = set()
    several: set[str] = set()
    for layers in chains.values():
        several |= layers & seen
        seen |= layers
    return several


def _image(image: Image, chains: Mapping[str, set[str]], in_several: set[str], sizes: Mapping[str, int]) -> ImageUsage:
    own = chains.get(image.id, set())
    shared = sum(sizes.get(chain, 0) for chain in own & in_several)
    return ImageUsage(
        id=image.id,
        names=image.names,
        created_at_ns=image.created_at_ns,
        size_bytes=image.size_bytes,
        shared_bytes=shared,
        unique_bytes=sum(sizes.get(chain, 0) for chain in own - in_several),
        containers=image.containers,
    )


def _image_total(rows: Sequence[ImageUsage], chains: Mapping[str, set[str]], sizes: Mapping[str, int]) -> Usage:
    """Return the total of all images: each layer counts once, and layers that no image in use has can be reclaimed."""
    active = [row for row in rows if row.containers]
    all_chains = {chain for row in rows for chain in chains.get(row.id, ())}
    needed = {chain for row in active for chain in chains.get(row.id, ())}
    return Usage(
        kind="Images",
        total=len(rows),
        active=len(active),
        size_bytes=sum(sizes.get(chain, 0) for chain in all_chains),
        reclaimable_bytes=sum(sizes.get(chain, 0) for chain in all_chains - needed),
    )


def _total(
    kind: str, rows: Sequence[ContainerUsage | VolumeUsage], active: Sequence[ContainerUsage | VolumeUsage]
) -> Usage:
    size = sum(row.size_bytes for row in rows)
    return Usage(
        kind=kind,
        total=len(rows),
        active=len(active),
        size_bytes=size,
        reclaimable_bytes=size - sum(row.size_bytes for row in active),
    )


def _container(session: Session, container: Container, links: int) -> ContainerUsage:
    return ContainerUsage(
        id=container.id,
        name=container.name,
        image=container.image_name or container.image_id,
        image_id=container.image_id,
        command=container.command,
        entrypoint_words=container.entrypoint_words,
        is_infra=container.is_infra,
        volumes=links,
        size_bytes=upper_size(session, container.id),
        created_at_ns=container.created_at_ns,
        state=container.state,
    )


def _volumes(session: Session) -> list[VolumeUsage]:
    counts = session.db.rows("SELECT volume_name, COUNT(*) AS links FROM container_volumes GROUP BY volume_name")
    links = {row["volume_name"]: int(row["links"]) for row in counts}
    return [
        VolumeUsage(name=volume.name, links=links.get(volume.name, 0), size_bytes=tree_size(volume.mountpoint))
        for volume in list_volumes(session)
    ]
