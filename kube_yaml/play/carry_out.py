"""Carry out a play: network, config maps and secrets, volumes, services, then pods in parallel.

`prepare.py` has checked everything before the first change. A play that fails removes what it created, newest first, but no volume with
something in it. What happens in pods is no such failure: their restart policies hold (`in_order.py`). What a killed play left is visible
in its rows: the next play re-creates pods that are not complete, and `kube down` removes them.
"""

from __future__ import annotations

from kube_yaml.play.built_images import build_if_wanted
from kube_yaml.play.image_facts import apply_image_facts
from kube_yaml.play.make_pod import PlayedPod, make_host_path, make_pod, start_made, write_pod_files
from kube_yaml.play.make_volumes import make_volumes
from kube_yaml.play.objects import delete_object, release_pod, store_object, stored_objects
from kube_yaml.play.plan import CREATE, KEEP, Plan
from kube_yaml.play.prepare import DEFAULT_NETWORK, network_mode
from kube_yaml.read.names import in_namespace
from kube_yaml.translate.plans import Play, PodPlan
from pods.catalogue import find_pod
from pods.on_members import InitFailed
from pods.side_by_side import try_side_by_side
from pycman.contexts import contextmanager
from pycman.errors import NotFound, PycmanError, RuntimeFailed
from pycman.images.transfer.ensure_image import ensure_image
from pycman.network.networks import find_network
from pycman.network.reconcile.in_child import refresh
from pycman.network.services import create_service, list_services, remove_service
from pycman.plan import crash_point
from pycman.record import Record
from pycman.secrets.catalogue import create_secret, find_secret, remove_secret
from pycman.spec.image_reference import parse_image_reference
from pycman.spec.network import CLUSTER_DOMAIN, NetworkSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from kube_yaml.translate.play_options import PlayOptions
    from pycman.images.image import Image
    from pycman.state.session import Session


_RUNS = ("running", "degraded")


class PlayReport(Record):
    """The plan that was carried out, its pods, and the names of volumes and secrets that were created.

    `errors`: pods that were made and failed, as their init containers did, or are not ready.
    """

    plan: Plan
    pods: tuple[PlayedPod, ...] = ()
    volumes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    errors: tuple[PycmanError, ...] = ()
    service_id: str = ""
    """Id of the service container, "" if none was asked for."""


class Player:
    """Carries out a plan, and records how to undo what it created."""

    def __init__(self, session: Session, play: Play, plan: Plan, options: PlayOptions, progress: Any = None) -> None:
        self._session = session
        self._play = play
        self._plan = plan
        self._options = options
        self._progress = progress
        self._built: set[str] = set()
        self._undo: list[Callable[[], object]] = []
        self._volumes: list[str] = []
        self._secrets: list[str] = []
        self._errors: list[PycmanError] = []
        self._pending: dict[str, str] = {}
        self._changed_services = False
        self._service_id = ""
        self._jobs = {pod.name for pod in play.pods if pod.spec.owner and pod.spec.owner.kind in ("Job", "CronJob")}

    def run(self) -> PlayReport:
        """Carry out the plan. On an error, remove what was created, newest first, and raise the error."""
        self._session.enter_namespaces()
        try:
            pods = self._carry_out()
        except BaseException:
            self._roll_back()
            raise
        return PlayReport(
            plan=self._plan,
            pods=pods,
            volumes=tuple(self._volumes),
            secrets=tuple(self._secrets),
            errors=tuple(self._errors),
            service_id=self._service_id,
        )

    def _carry_out(self) -> tuple[PlayedPod, ...]:
        plans = [self._with_image_facts(pod) for pod in self._plan.create]
        self._make_network()
        self._store_secrets_and_maps()
        crash_point("kube-play:maps")
        self._volumes = make_volumes(self._session, self._play, self._plan, self._undo)
        self._make_services()
        crash_point("kube-play:services")
        self._remove_pods()
        self._make_host_paths()
        self._store_workloads()
        with self._made_service():
            created = self._make_pods([self._with_service(plan) for plan in plans])
        crash_point("kube-play:pods")
        kept = [self._update_kept(pod) for pod in self._plan.keep]
        if self._changed_services:
            refresh(self._session)
        if self._options.start:
            if any(plan.waits for plan in self._play.pods):
                self._start_sets({pod.name: pod for pod in (*created, *kept)})
            if self._pending:
                from kube_yaml.play.in_order import wait_for_init_containers  # only imported for pods that have some

                notes, errors = wait_for_init_containers(self._session, self._pending)
                self._session.warnings += notes
                self._errors += errors
        for pod in (*created, *kept):
            if self._options.start and pod.name in self._jobs:
                from kube_yaml.play.jobs import advance_job  # only imported for Jobs

                # the pod may have ended while its row still said that it is being started
                advance_job(self._session, pod.pod_id)
        order = {pod.name: number for number, pod in enumerate(self._play.pods)}
        return tuple(sorted((*created, *kept), key=lambda pod: order[pod.name]))

    @contextmanager
    def _made_service(self) -> Iterator[None]:
        """Make the service container that the options ask for; it is not over before all its pods have been made and started."""
        if not self._options.service_container:
            yield
            return
        from kube_yaml.play.service_container import (  # plays of systemd
            make_service_container,
            remove_service_container,
        )
        from pycman.containers.end.service_end import end_service_if_over  # as above
        from pycman.containers.end.service_pods import service_is_made  # as above

        self._service_id = make_service_container(self._session, self._options)
        self._undo.append(lambda: remove_service_container(self._session, self._service_id))
        with service_is_made(self._session, self._service_id):
            yield
        end_service_if_over(self._session, self._service_id)

    def _with_service(self, plan: PodPlan) -> PodPlan:
        return plan.replace(spec=plan.spec.replace(service_container=self._service_id)) if self._service_id else plan

    def _roll_back(self) -> None:
        for undo in reversed(self._undo):
            try:
                undo()
            except PycmanError as error:
                self._session.warnings.append(f"while undoing: {error}")

    def _with_image_facts(self, pod: PodPlan) -> PodPlan:
        """Pull the images of a pod, before anything is created, and return its plan completed by what their configs say."""
        images = {}
        for container in pod.containers:
            spec = container.spec
            if spec.image not in self._built and build_if_wanted(
                self._session, spec.image, self._options, self._progress
            ):
                self._built.add(spec.image)
            policy = "never" if spec.image in self._built else spec.pull or "missing"
            images[spec.image] = self._image(spec.image, policy, pod)
            images |= {name: self._image(name, "missing", pod) for name in container.image_volumes}
        for name, policy in pod.images.items():
            self._image(name, policy, pod)
        return pod.replace(containers=apply_image_facts(pod, images))

    def _image(self, name: str, policy: str, pod: PodPlan) -> Image:
        """Return an image, pulling it by `policy`. Flags of `kube play` win over the pod's imagePullSecrets for that registry."""
        registry = parse_image_reference(name).domain or "docker.io"
        access: dict[str, Any] = {"creds": pod.credentials[registry]} if registry in pod.credentials else {}
        access |= self._options.registry
        return ensure_image(self._session, name, policy=policy, platform="", progress=self._progress, access=access)

    def _make_network(self) -> None:
        for attachment in network_mode(self._options).attachments:
            if attachment.name == DEFAULT_NETWORK and find_network(self._session, DEFAULT_NETWORK) is None:
                from pycman.network.create import create_network  # only imported for the first play

                create_network(self._session, NetworkSpec(name=DEFAULT_NETWORK, domain=CLUSTER_DOMAIN), ignore=True)

    def _store_secrets_and_maps(self) -> None:
        actions = {(change.kind, change.name): change.action for change in self._plan.changes}
        contents = {(secret.namespace, secret.name): secret for secret in self._play.secrets}
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
            store_object(self._session, plan, self._play.name, reference)
            if action == CREATE:
                key = (plan.kind, plan.namespace, plan.name)
                self._undo.append(lambda key=key: delete_object(self._session, key))  # type: ignore[misc]

    def _store_workloads(self) -> None:
        """Store workloads before their pods are started: when a pod of a Job ends, `jobs.py` reads the Job."""
        known = {stored_object.key for stored_object in stored_objects(self._session)}
        for plan in self._play.objects:
            if plan.kind not in ("ConfigMap", "Secret", "Service"):
                store_object(self._session, plan, self._play.name)
                key = (plan.kind, plan.namespace, plan.name)
                if key not in known:
                    self._undo.append(lambda key=key: delete_object(self._session, key))  # type: ignore[misc]

    def _make_services(self) -> None:
        known = {(service.spec.namespace, service.spec.name): service for service in list_services(self._session)}
        objects = {(plan.namespace, plan.name): plan for plan in self._play.objects if plan.kind == "Service"}
        for spec in self._play.services:
            old = known.get((spec.namespace, spec.name))
            if old is not None and old.spec == spec:
                continue
            if old is not None:
                remove_service(self._session, old.id)
            service = create_service(self._session, spec)
            self._changed_services = True
            store_object(self._session, objects[(spec.namespace, spec.name)], self._play.name, service.id)
            if old is None:
                key = ("Service", spec.namespace, spec.name)
                self._undo.append(lambda key=key: delete_object(self._session, key))  # type: ignore[misc]
                self._undo.append(lambda service=service: remove_service(self._session, service.id))  # type: ignore[misc]

    def _remove_pods(self) -> None:
        if not self._plan.remove:
            return
        from pods.remove import remove_pod  # only imported to replace pods

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
                make_host_path(host_path)

    def _make_pods(self, plans: Sequence[PodPlan]) -> list[PlayedPod]:
        by_name = {plan.name: plan for plan in plans}
        for name in by_name:
            self._undo.append(lambda name=name: self._remove_made(name))  # type: ignore[misc]

        def create(name: str) -> tuple[str, tuple[str, ...], str, str]:
            with self._session.db.waiting_together():
                return self._make_and_start(by_name[name])

        results, errors = try_side_by_side(self._session, list(by_name), create)
        for error in errors.values():
            raise error
        for name, (pod_id, _, pending, failure) in results.items():
            self._note(pod_id, name, pending, failure)
        return [
            PlayedPod(pod_id=results[name][0], name=name, containers=tuple(results[name][1]), created=True)
            for name in by_name
        ]

    def _make_and_start(self, plan: PodPlan) -> tuple[str, tuple[str, ...], str, str]:
        """Make a pod, and start it if it is to run now; return its id, its containers, the init container it is at, and why it failed ("": not)."""
        starts = self._options.start and plan.starts and not plan.waits
        pod_id, containers, connections = make_pod(self._session, plan, starts=starts)
        pending = failure = ""
        if starts:
            if plan.name in self._jobs:
                from kube_yaml.play.jobs import set_deadline  # only imported for Jobs

                set_deadline(self._session, pod_id)
            try:
                pending = start_made(self._session, pod_id, connections)
            except InitFailed as error:
                failure = str(error)
        release_pod(self._session, pod_id)
        return pod_id, containers, pending, failure

    def _note(self, pod_id: str, name: str, pending: str, failure: str) -> None:
        """Remember a pod that is still at its init containers, or one that has failed there; a Job has its own way to go on."""
        if pending and name not in self._jobs:
            self._pending[pod_id] = name
        if failure and name not in self._jobs:
            self._errors.append(RuntimeFailed(failure))

    def _start_sets(self, pods: Mapping[str, PlayedPod]) -> None:
        """Start the pods of StatefulSets in their order, those that are kept too if they do not run."""
        from kube_yaml.play.in_order import SetMember, start_sets  # only imported for StatefulSets

        sets: dict[object, list[SetMember]] = {}
        for plan in self._play.pods:
            if plan.waits and plan.spec.owner is not None:
                pod = pods[plan.name]
                starts = pod.created or not self._runs(pod.pod_id)
                owner = plan.spec.owner
                member = SetMember(pod_id=pod.pod_id, name=plan.name, starts=starts)
                sets.setdefault((owner.namespace, owner.name), []).append(member)
        self._errors += start_sets(self._session, sets, lambda pod_id: start_made(self._session, pod_id))

    def _runs(self, name: str) -> bool:
        pod = find_pod(self._session, name)
        return pod is not None and pod.state in _RUNS

    def _remove_made(self, name: str) -> None:
        from pods.remove import remove_pod  # only imported after a failure

        pod = find_pod(self._session, name)
        if pod is not None:
            remove_pod(self._session, pod.id, force=True, timeout_s=0)

    def _update_kept(self, plan: PodPlan) -> PlayedPod:
        """Write the files of an unchanged pod again (config maps may have changed), and start it if it does not run."""
        pod = find_pod(self._session, plan.name)
        if pod is None:
            raise NotFound("the pod was removed while the play ran", subject=plan.name)
        write_pod_files(self._session, pod.id, plan)
        # pods of a Job are started by advance_job, as far as the Job still needs them
        runs = pod.state in _RUNS
        needs_start = plan.starts and not plan.waits and not runs and plan.name not in self._jobs
        if self._options.start and needs_start:
            try:
                self._note(pod.id, plan.name, start_made(self._session, pod.id), "")
            except InitFailed as error:
                self._errors.append(error)
        containers = tuple(worker.id for worker in pod.workers)
        return PlayedPod(pod_id=pod.id, name=plan.name, containers=containers, created=False)
