"""Carry out a play: network, config maps and secrets, volumes, services, then pods side by side.

All is checked before anything is made. What a failed play made goes again; what a killed one left is known by its rows:
pods not complete are made anew by the next play, or go with `down`.
"""

from __future__ import annotations

import os

from kube_yaml.play.image_facts import finish_containers
from kube_yaml.play.jobs import go_on_with_job, set_deadline
from kube_yaml.play.objects import (
    claim,
    forget_object,
    keep_object,
    kept_objects,
    kept_pods,
    let_go,
    mark_complete,
    read_sources,
)
from kube_yaml.play.plan import CREATE, KEEP, Plan, Present, make_plan
from kube_yaml.play.readiness import wait_until_ready
from kube_yaml.quantity import page_size
from kube_yaml.read.names import play_name
from kube_yaml.translate.plans import Play, PodPlan
from kube_yaml.translate.sources import Sources, config_map_entries, secret_entries
from kube_yaml.translate.workloads import Translator, in_namespace
from pods.catalogue import find_pod, list_pods
from pods.create import create_pod
from pods.life import start_pod
from pods.members import member_spec, sandbox_of
from pods.remove import remove_pod
from pods.side_by_side import try_side_by_side
from pods.volumes import write_files
from pycman.containers.catalogue import find_id
from pycman.containers.create.create import create_container
from pycman.containers.mounts.steps import pod_volume
from pycman.errors import InvalidInput, NotFound, PycmanError, RuntimeFailed, Unsupported
from pycman.images.transfer.ensure_image import ensure_image
from pycman.linux.files import make_directory
from pycman.linux.host_limits import has_huge_pages
from pycman.network.create import create_network
from pycman.network.networks import find_network
from pycman.network.reconcile.in_child import refresh
from pycman.network.services import create_service, list_services, planned_address, remove_service
from pycman.plan import crash_point
from pycman.record import Record
from pycman.runtime.host_facts import host_facts
from pycman.secrets.catalogue import create_secret, find_secret, remove_secret
from pycman.spec.image_reference import parse_image_reference
from pycman.spec.network import NetworkSpec
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.volumes.catalogue import create_volume, find_volume
from pycman.volumes.remove import remove_volume
from pycman.volumes.use import own_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document
    from kube_yaml.translate.play_options import PlayOptions
    from pycman.images.image import Image
    from pycman.state.session import Session

DEFAULT_NETWORK = "pycman-kube"


class PlayedPod(Record):
    """A pod of a play: its id, and those of its containers in the order of the YAML."""

    pod_id: str
    name: str
    containers: tuple[str, ...]
    created: bool


class PlayReport(Record):
    """What a play made, kept and changed."""

    plan: Plan
    pods: tuple[PlayedPod, ...] = ()
    volumes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def prepare(session: Session, documents: Sequence[Document], options: PlayOptions) -> tuple[Play, Plan]:
    """Return what documents ask for and what that changes, without changing anything. Raises what is wrong with them."""
    sources = with_documents(read_sources(session), documents)
    network = network_mode(options)
    name = options.name or play_name(documents)
    play = Translator(name, sources, options, network, _addresses(session, documents)).translate(documents)
    _check_host_paths(play)
    _check_huge_pages(session, play)
    present = Present(
        objects={kept_object.key: kept_object for kept_object in kept_objects(session)},
        pods={kept_pod.pod_name: kept_pod for kept_pod in kept_pods(session)},
        pod_ids={pod.name: pod.id for pod in list_pods(session)},
        volumes=frozenset(
            volume.spec.name for volume in play.volumes if find_volume(session, volume.spec.name) is not None
        ),
    )
    plan = make_plan(play, present, replace=options.replace_pods)
    _check_container_names(session, plan)
    return play, plan


def network_mode(options: PlayOptions) -> NetworkMode:
    """Return the network of the pods of a play: as said, else the one that all plays share."""
    if options.network is not None and options.network.kind:
        return options.network
    return NetworkMode(kind="bridge", attachments=(NetworkAttachment(name=DEFAULT_NETWORK),))


def with_documents(sources: Sources, documents: Sequence[Document]) -> Sources:
    """Return sources with what documents hold over what was there."""
    config_maps, secrets = dict(sources.config_maps), dict(sources.secrets)
    for document in documents:
        key = f"{document.namespace}/{document.name}"
        if document.kind == "ConfigMap":
            config_maps[key] = config_map_entries(document.value)
        elif document.kind == "Secret":
            secrets[key] = secret_entries(document.value)
    return sources.replace(config_maps=config_maps, secrets=secrets)


def _addresses(session: Session, documents: Sequence[Document]) -> dict[tuple[str, str], str]:
    """Return the virtual address each Service has, or shall have if it is still free then."""
    known = {(service.spec.namespace, service.spec.name): service.spec.address for service in list_services(session)}
    found: dict[tuple[str, str], str] = {}
    for document in documents:
        if document.kind != "Service":
            continue
        spec = document.value.get("spec") or {}
        said = str(spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), ""))
        key = (document.namespace, document.name)
        found[key] = said or known.get(key, "") or planned_address(session, found.values())
    return found


def _check_host_paths(play: Play) -> None:
    kinds: dict[str, tuple[Callable[[str], bool], str]] = {
        "Directory": (os.path.isdir, "directory"),
        "File": (os.path.isfile, "file"),
        "Socket": (lambda path: _is(path, 0o140000), "socket"),
        "CharDevice": (lambda path: _is(path, 0o020000), "character device"),
        "BlockDevice": (lambda path: _is(path, 0o060000), "block device"),
    }
    for pod in play.pods:
        for host_path in pod.host_paths:
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
                    hint="make it, or say type: DirectoryOrCreate",
                )


def _check_huge_pages(session: Session, play: Play) -> None:
    """Raise Unsupported for limits of huge pages that nothing here counts; without cgroups no limit is kept, and that is told."""
    for container in (each for pod in play.pods for each in pod.containers if each.spec.resources.huge_pages):
        host = host_facts(session)
        for size in container.spec.resources.huge_pages if host.cgroups != "none" else ():
            page_bytes = page_size(f"hugepages-{size.replace('B', 'i')}")[1]
            if "hugetlb" not in host.controllers:
                raise Unsupported("this host has no hugetlb controller", subject=f"{container.where}.resources.limits")
            if not has_huge_pages(page_bytes):
                raise Unsupported(f"this host has no pages of {size}", subject=f"{container.where}.resources.limits")


def _is(path: str, kind: int) -> bool:
    try:
        return os.stat(path).st_mode & 0o170000 == kind
    except OSError:
        return False


def _check_container_names(session: Session, plan: Plan) -> None:
    going = {row["id"] for name in plan.remove for row in session.db.rows(
        "SELECT c.id FROM containers c JOIN pods p ON p.id = c.pod_id WHERE p.name = ?", (name,))}  # fmt: skip
    for pod in plan.create:
        names = {container.spec.name for container in pod.containers}
        for container in pod.containers:
            for source in (volume.partition(":")[0] for volume in container.spec.volumes_from):
                if source not in names and find_id(session, source) is None:
                    raise NotFound("there is no container to take volumes from", subject=source, hint=container.where)
            holder = session.db.value("SELECT id FROM containers WHERE name = ?", (container.spec.name,))
            if holder is not None and holder not in going:
                raise InvalidInput(
                    f"another container has the name {container.spec.name}",
                    subject=f"pod {pod.name}",
                    hint="remove it first",
                )


class Player:
    """Does what a plan says, and knows what it has made, so that it can take it away again."""

    def __init__(self, session: Session, play: Play, plan: Plan, options: PlayOptions, progress: Any = None) -> None:
        self._session = session
        self._play = play
        self._plan = plan
        self._options = options
        self._progress = progress
        self._undo: list[Callable[[], object]] = []
        self._volumes: list[str] = []
        self._secrets: list[str] = []
        self._changed_services = False
        self._jobs = {pod.name for pod in play.pods if pod.spec.owner and pod.spec.owner.kind in ("Job", "CronJob")}

    def run(self) -> PlayReport:
        """Do it all. On an error what was made goes again, newest first, and the error is raised."""
        self._session.enter_namespaces()
        try:
            pods = self._run()
        except BaseException:
            self._take_away()
            raise
        return PlayReport(plan=self._plan, pods=pods, volumes=tuple(self._volumes), secrets=tuple(self._secrets))

    def _run(self) -> tuple[PlayedPod, ...]:
        plans = [self._finished(pod) for pod in self._plan.create]
        self._make_network()
        self._keep_secrets_and_maps()
        crash_point("kube-play:maps")
        self._make_volumes()
        self._make_services()
        crash_point("kube-play:services")
        self._remove_old()
        self._make_host_paths()
        self._keep_workloads()
        made = self._make_pods(plans)
        crash_point("kube-play:pods")
        kept = [self._refreshed(pod) for pod in self._plan.keep]
        if self._changed_services:
            refresh(self._session)
        for pod in (*made, *kept):
            if self._options.start and pod.name in self._jobs:
                go_on_with_job(self._session, pod.pod_id)  # it may have ended while it still counted as being started
        order = {pod.name: number for number, pod in enumerate(self._play.pods)}
        return tuple(sorted((*made, *kept), key=lambda pod: order[pod.name]))

    def _take_away(self) -> None:
        for undo in reversed(self._undo):
            try:
                undo()
            except PycmanError as error:
                self._session.warnings.append(f"while undoing: {error}")

    def _finished(self, pod: PodPlan) -> PodPlan:
        """Return a pod's plan with what only images can tell; they are pulled now, before anything is made."""
        images = {}
        for container in pod.containers:
            spec = container.spec
            images[spec.image] = self._image(spec.image, spec.pull or "missing", pod)
            images |= {name: self._image(name, "missing", pod) for name in container.image_volumes}
        for name, policy in pod.images.items():
            self._image(name, policy, pod)
        return pod.replace(containers=finish_containers(pod, images))

    def _image(self, name: str, policy: str, pod: PodPlan) -> Image:
        """Return an image, pulled as the caller says, else with the pod's own credentials where they are for its registry."""
        registry = parse_image_reference(name).domain or "docker.io"
        access: dict[str, Any] = {"creds": pod.credentials[registry]} if registry in pod.credentials else {}
        access |= self._options.registry
        return ensure_image(self._session, name, policy=policy, platform="", progress=self._progress, access=access)

    def _make_network(self) -> None:
        for attachment in network_mode(self._options).attachments:
            if attachment.name == DEFAULT_NETWORK and find_network(self._session, DEFAULT_NETWORK) is None:
                create_network(self._session, NetworkSpec(name=DEFAULT_NETWORK), ignore=True)

    def _keep_secrets_and_maps(self) -> None:
        actions = {(change.kind, change.name): change.action for change in self._plan.changes}
        contents = {(each.namespace, each.name): each for each in self._play.secrets}
        for plan in self._play.objects:
            if plan.kind not in ("ConfigMap", "Secret"):
                continue
            action = actions[(plan.kind, plan.name)]
            if action == KEEP:
                continue
            reference = ""
            if plan.kind == "Secret":
                secret = contents[(plan.namespace, in_namespace(plan.namespace, plan.name))]
                reference = secret.name
                is_new = find_secret(self._session, secret.name) is None
                create_secret(self._session, secret.name, secret.content, labels={}, replace=True)
                self._secrets.append(secret.name)
                if is_new:
                    self._undo.append(lambda name=secret.name: remove_secret(self._session, name))  # type: ignore[misc]
            keep_object(self._session, plan, self._play.name, reference)
            if action == CREATE:
                key = (plan.kind, plan.namespace, plan.name)
                self._undo.append(lambda key=key: forget_object(self._session, key))  # type: ignore[misc]

    def _keep_workloads(self) -> None:
        """Write workloads down before their pods are started: the end of a Job's pod asks for the Job."""
        known = {kept_object.key for kept_object in kept_objects(self._session)}
        for each in self._play.objects:
            if each.kind not in ("ConfigMap", "Secret", "Service"):
                keep_object(self._session, each, self._play.name)
                key = (each.kind, each.namespace, each.name)
                if key not in known:
                    self._undo.append(lambda key=key: forget_object(self._session, key))  # type: ignore[misc]

    def _make_volumes(self) -> None:
        for plan in self._play.volumes:
            name = plan.spec.name
            if find_volume(self._session, name) is not None:
                continue
            create_volume(self._session, plan.spec, ignore=True)
            self._volumes.append(name)
            self._undo.append(lambda name=name: remove_volume(self._session, name))  # type: ignore[misc]
            if plan.import_source:
                self._import(name, plan.import_source)
        for pod in self._plan.create:
            for name in pod.claims if pod.claim_gid >= 0 else ():
                own_volume(self._session.paths.volume(name), -1, pod.claim_gid)

    def _import(self, name: str, source: str) -> None:
        from pycman.volumes.transfer import import_volume  # only imported for volumes with contents

        with open(source, "rb") as archive:
            import_volume(self._session, name, archive)

    def _make_services(self) -> None:
        known = {(service.spec.namespace, service.spec.name): service for service in list_services(self._session)}
        objects = {(each.namespace, each.name): each for each in self._play.objects if each.kind == "Service"}
        for spec in self._play.services:
            old = known.get((spec.namespace, spec.name))
            if old is not None and old.spec == spec:
                continue
            if old is not None:
                remove_service(self._session, old.id)
            made = create_service(self._session, spec)
            self._changed_services = True
            keep_object(self._session, objects[(spec.namespace, spec.name)], self._play.name, made.id)
            if old is None:
                key = ("Service", spec.namespace, spec.name)
                self._undo.append(lambda key=key: forget_object(self._session, key))  # type: ignore[misc]
                self._undo.append(lambda made=made: remove_service(self._session, made.id))  # type: ignore[misc]

    def _remove_old(self) -> None:
        def remove(name: str) -> None:
            try:
                remove_pod(self._session, name, force=True)
            except NotFound:
                return

        _, errors = try_side_by_side(self._session, self._plan.remove, remove)
        for error in errors.values():
            raise error

    def _make_host_paths(self) -> None:
        for pod in self._plan.create:
            for host_path in pod.host_paths:
                if host_path.kind == "DirectoryOrCreate" and not os.path.lexists(host_path.path):
                    make_directory(host_path.path, 0o755)
                elif host_path.kind == "FileOrCreate" and not os.path.lexists(host_path.path):
                    make_directory(os.path.dirname(host_path.path), 0o755)
                    os.close(os.open(host_path.path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))

    def _make_pods(self, plans: Sequence[PodPlan]) -> list[PlayedPod]:
        by_name = {plan.name: plan for plan in plans}
        for name in by_name:
            self._undo.append(lambda name=name: self._remove_made(name))  # type: ignore[misc]

        def make(name: str) -> list[Any]:
            plan = by_name[name]
            made = make_pod(self._session, plan)
            if self._options.start and plan.starts and not plan.waits:
                claim(self._session, made[0])
                if plan.name in self._jobs:
                    set_deadline(self._session, made[0])
                _start(self._session, made[0])
            let_go(self._session, made[0])
            return [made[0], list(made[1])]

        results, errors = try_side_by_side(self._session, list(by_name), make)
        for error in errors.values():
            raise error
        found = [
            PlayedPod(pod_id=results[name][0], name=name, containers=tuple(results[name][1]), created=True)
            for name in by_name
        ]
        for pod in found:
            if self._options.start and by_name[pod.name].waits:
                _start(self._session, pod.pod_id)
                wait_until_ready(self._session, pod.pod_id)
        return found

    def _remove_made(self, name: str) -> None:
        pod = find_pod(self._session, name)
        if pod is not None:
            remove_pod(self._session, pod.id, force=True, timeout_s=0)

    def _refreshed(self, plan: PodPlan) -> PlayedPod:
        """Bring the files of a pod that stays up to date, and start it if it does not run."""
        pod = find_pod(self._session, plan.name)
        if pod is None:
            raise NotFound("the pod was removed meanwhile", subject=plan.name)
        _write_files(self._session, pod.id, plan)
        waits = (
            pod.state in ("running", "degraded") or plan.name in self._jobs
        )  # a Job knows itself what it still needs
        if self._options.start and plan.starts and not waits:
            _start(self._session, pod.id)
        containers = tuple(worker.id for worker in pod.workers)
        return PlayedPod(pod_id=pod.id, name=plan.name, containers=containers, created=False)


def make_pod(session: Session, plan: PodPlan) -> tuple[str, tuple[str, ...]]:
    """Create a pod with its files and containers, unstarted; return its id and theirs."""
    pod_id = create_pod(session, plan.spec)
    crash_point("kube-play:pod")
    _write_files(session, pod_id, plan)
    sandbox = sandbox_of(session, pod_id)
    specs = [
        member_spec(sandbox, container.spec.replace(pull="missing")) for container in plan.containers
    ]  # pulled already
    containers = tuple(create_container(session, spec) for spec in specs)
    mark_complete(session, pod_id)
    return pod_id, containers


def _write_files(session: Session, pod_id: str, plan: PodPlan) -> None:
    for file in plan.files:
        write_files(pod_volume(session, pod_id, file.volume), file.files, gid=file.gid)


def _start(session: Session, pod_id: str) -> None:
    """Start a pod; a container that does not start is an error of the whole."""
    report = start_pod(session, pod_id)
    for name, error in report.errors.items():
        raise RuntimeFailed(f"container {name} did not start: {error}", subject=f"pod {pod_id[:12]}") from error
