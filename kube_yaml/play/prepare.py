"""What a play would do, found without changing anything: documents into a Play, checked against this host, and its Plan.

    documents ──▶ Sources + addresses ──▶ Translator ──▶ Play ──▶ checks of the host ──▶ make_plan ──▶ Plan
                                                                 (paths, huge pages)       (what the database has)

`carry_out.py` carries the result out; `kube play --dry-run` prints it.
"""

from __future__ import annotations

import os
import stat

from kube_yaml.check.kinds import playable
from kube_yaml.play.objects import stored_objects, stored_pods
from kube_yaml.play.plan import Existing, Plan, make_plan
from kube_yaml.play.stored_sources import read_sources
from kube_yaml.quantity import page_size
from kube_yaml.read.names import play_name
from kube_yaml.translate.plans import Play
from kube_yaml.translate.sources import Sources, binary_keys, config_map_entries, secret_entries
from kube_yaml.translate.standing import Standing
from kube_yaml.translate.workloads import Translator
from pods.catalogue import list_pods
from pycman.containers.catalogue import find_id
from pycman.errors import InvalidInput, NotFound, Unsupported
from pycman.jsontext import parse_json
from pycman.linux.host_limits import has_huge_pages
from pycman.network.services import list_services, planned_address
from pycman.runtime.host_facts import host_facts
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.volumes.catalogue import find_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kube_yaml.read.documents import Document
    from kube_yaml.translate.play_options import PlayOptions
    from pycman.spec.service import ServiceSpec
    from pycman.state.session import Session

DEFAULT_NETWORK = "pycman-kube"
"""The network of pods for which `kube play` names none; created by the first play, shared by all."""


def prepare(session: Session, documents: Sequence[Document], options: PlayOptions) -> tuple[Play, Plan]:
    """Return what documents ask for, and the changes that this needs, without changing anything.

    Raises NotFound, InvalidInput, Unsupported (a reference, path, name or limit that this host does not have), AlreadyExists (pods
    that differ, unless they may be replaced).
    """
    name = options.name or play_name(documents)
    documents, _ = playable(documents)
    sources = with_documents(read_sources(session), documents)
    network = network_mode(options)
    play = Translator(name, sources, options, network, _standing(session, documents)).translate(documents)
    _check_host_paths(play)
    _check_huge_pages(session, play)
    existing = Existing(
        objects={stored_object.key: stored_object for stored_object in stored_objects(session)},
        pods={stored_pod.pod_name: stored_pod for stored_pod in stored_pods(session)},
        pod_ids={pod.name: pod.id for pod in list_pods(session)},
        volumes=frozenset(
            volume.spec.name for volume in play.volumes if find_volume(session, volume.spec.name) is not None
        ),
    )
    plan = make_plan(
        play, existing, replace=options.replace_pods, always_new=options.always_new or bool(options.service_container)
    )
    _check_immutable(session, play, existing)
    _check_container_names(session, plan)
    session.warnings += play.warnings
    session.warnings += dict.fromkeys(warning for pod in plan.create for warning in pod.warnings)
    session.warnings += [
        warning for pod in plan.create for container in pod.containers for warning in container.warnings
    ]
    return play, plan


def _check_immutable(session: Session, play: Play, existing: Existing) -> None:
    """Raise InvalidInput for a stored config map or secret that is immutable and differs (core/v1, ConfigMap.immutable)."""
    for planned in play.objects:
        stored = existing.objects.get((planned.kind, planned.namespace, planned.name))
        if stored is None or stored.hash == planned.hash or planned.kind not in ("ConfigMap", "Secret"):
            continue
        manifest = session.db.value(
            "SELECT manifest FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", stored.key
        )
        if parse_json(str(manifest)).get("immutable"):
            raise InvalidInput(
                "it is immutable and differs from the file",
                subject=f"{planned.kind} {planned.name}",
                hint="give the new one another name, or remove this one with kube down",
            )


def network_mode(options: PlayOptions) -> NetworkMode:
    """Return the network of a play's pods: that of --network, else DEFAULT_NETWORK."""
    if options.network is not None and options.network.kind:
        return options.network
    return NetworkMode(kind="bridge", attachments=(NetworkAttachment(name=DEFAULT_NETWORK),))


def with_documents(sources: Sources, documents: Sequence[Document]) -> Sources:
    """Return sources with the config maps and secrets of documents added; those replace stored ones of the same name."""
    config_maps, secrets, binary = dict(sources.config_maps), dict(sources.secrets), dict(sources.binary)
    for document in documents:
        key = f"{document.namespace}/{document.name}"
        if document.kind == "ConfigMap":
            config_maps[key] = config_map_entries(document.value)
            binary[key] = binary_keys(document.value)
        elif document.kind == "Secret":
            secrets[key] = secret_entries(document.value)
    return sources.replace(config_maps=config_maps, secrets=secrets, binary=binary)


def _standing(session: Session, documents: Sequence[Document]) -> Standing:
    """Return what exists already and the play of these documents keeps."""
    services = {(service.spec.namespace, service.spec.name): service.spec for service in list_services(session)}
    return Standing(
        addresses=_addresses(session, documents, services),
        services=services,
        pod_names={(*pod.owner, pod.number): pod.pod_name for pod in stored_pods(session)},
        persistent_volumes=tuple(
            parse_json(str(row["manifest"]))
            for row in session.db.rows("SELECT manifest FROM kube_objects WHERE kind = 'PersistentVolume'")
        ),
    )


def _addresses(
    session: Session, documents: Sequence[Document], services: Mapping[tuple[str, str], ServiceSpec]
) -> dict[tuple[str, str], str]:
    """Return the virtual address of each Service by namespace and name: that of its clusterIP, else the one it has, else a free one.

    A free address is not reserved: if another command takes it meanwhile, `create_service` raises InUse.
    """
    addresses: dict[tuple[str, str], str] = {}
    for document in documents:
        if document.kind != "Service":
            continue
        spec = document.value.get("spec") or {}
        requested = str(spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), ""))
        key = (document.namespace, document.name)
        known = services[key].address if key in services else ""
        addresses[key] = requested or known or planned_address(session, addresses.values())
    return addresses


def _check_host_paths(play: Play) -> None:
    kinds: dict[str, tuple[Callable[[str], bool], str]] = {
        "Directory": (os.path.isdir, "directory"),
        "File": (os.path.isfile, "file"),
        "Socket": (lambda path: _has_type(path, stat.S_IFSOCK), "socket"),
        "CharDevice": (lambda path: _has_type(path, stat.S_IFCHR), "character device"),
        "BlockDevice": (lambda path: _has_type(path, stat.S_IFBLK), "block device"),
    }
    volumes = [volume.host_path for volume in play.volumes if volume.host_path is not None]
    for paths in (volumes, *(pod.host_paths for pod in play.pods)):
        for host_path in paths:
            if host_path.kind in kinds and not kinds[host_path.kind][0](host_path.path):
                raise NotFound(
                    f"there is no such {kinds[host_path.kind][1]} on this host",
                    subject=host_path.path,
                    hint=host_path.where,
                )
            if host_path.kind == "" and not os.path.lexists(host_path.path):
                raise NotFound(
                    "there is no such path on this host",
                    subject=host_path.path,
                    hint="create it, or set type: DirectoryOrCreate",
                )


def _check_huge_pages(session: Session, play: Play) -> None:
    """Raise Unsupported for limits of huge pages that this host cannot enforce.

    Without cgroups no limit is enforced anyway, so nothing is checked.
    """
    for container in (one for pod in play.pods for one in pod.containers if one.spec.resources.huge_pages):
        host = host_facts(session)
        for size in container.spec.resources.huge_pages if host.cgroups != "none" else ():
            page_bytes = page_size(f"hugepages-{size.replace('B', 'i')}")[1]
            if "hugetlb" not in host.controllers:
                raise Unsupported("this host has no hugetlb controller", subject=f"{container.where}.resources.limits")
            if not has_huge_pages(page_bytes):
                raise Unsupported(f"this host has no pages of {size}", subject=f"{container.where}.resources.limits")


def _has_type(path: str, file_type: int) -> bool:
    try:
        return stat.S_IFMT(os.stat(path).st_mode) == file_type
    except OSError:
        return False


def _check_container_names(session: Session, plan: Plan) -> None:
    """Raise InvalidInput for container names that are taken, NotFound for volumes-from a container that does not exist."""
    to_remove = {row["id"] for name in plan.remove for row in session.db.rows(
        "SELECT c.id FROM containers c JOIN pods p ON p.id = c.pod_id WHERE p.name = ?", (name,))}  # fmt: skip
    for pod in plan.create:
        names = {container.spec.name for container in pod.containers}
        for container in pod.containers:
            for source in (volume.partition(":")[0] for volume in container.spec.volumes_from):
                if source not in names and find_id(session, source) is None:
                    raise NotFound("there is no container to take volumes from", subject=source, hint=container.where)
            holder = session.db.value("SELECT id FROM containers WHERE name = ?", (container.spec.name,))
            if holder is not None and holder not in to_remove:
                raise InvalidInput(
                    f"the container name {container.spec.name} is already in use",
                    subject=f"pod {pod.name}",
                    hint="remove that container, or rename one of the two",
                )
