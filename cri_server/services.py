"""The RPCs of both services (cri-api, runtime/v1/api.proto): reading ones are answered from the database, others by a worker.

    request ──▶ queries.py ──▶ answer          request ──▶ `_do`: a worker's verb (work/worker_entry.py) ──▶ answer

Errors become gRPC statuses (rpc.py).
"""

from __future__ import annotations

import time

from google.protobuf.json_format import MessageToDict

from cri_server import lists, queries
from cri_server.answers import Answers
from cri_server.container_events import EventFeed
from cri_server.metrics.collect import pod_metrics
from cri_server.metrics.table import descriptors
from cri_server.proto import api_pb2 as api
from cri_server.readiness import Readiness
from cri_server.stats.layers import Layers
from cri_server.stats.messages import container_stats, directories, pod_stats
from cri_server.stats.sampler import Sampler
from pycman.errors import InvalidInput, NotFound, WrongState
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import is_alive
from pycman.linux.watched_processes import WatchedProcesses
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from cri_server.config import CriConfig
    from cri_server.streaming.listener import Streams
    from pycman.containers.states import Lives
    from pycman.pool.pool import Pool
    from pycman.state.session import Session

_RUN_S = 240.0
_SHORT_S = 120.0
_CHECKPOINT_S = 600.0
_LONG_S = 24 * 3600.0
_GRACE_S = 30.0
_BATCH = 500


def as_dict(message: Any) -> dict[str, Any]:
    """Return a message as JSON-shaped values under the field names of the .proto; unset fields are left out."""
    return MessageToDict(message, preserving_proto_field_name=True)


class Service:
    """The base of both services: the store, the workers, the settings."""

    def __init__(self, session: Session, pool: Pool, settings: CriConfig) -> None:
        self._session = session
        self._pool = pool
        self._settings = settings
        self._processes = WatchedProcesses()
        self._answers = Answers(session, self._processes)

    def _do(self, context: Any, verb: str, limit_s: float, **arguments: Any) -> Any:
        """Have a worker do a verb and return its result; it is killed after `limit_s`, or at the client's deadline."""
        left = context.time_remaining()
        limit = limit_s if left is None else min(limit_s, left)
        return self._pool.call(verb, arguments, timeout_s=limit, is_cancelled=lambda: not context.is_active())


class RuntimeService(Service):
    """runtime.v1.RuntimeService."""

    def __init__(self, session: Session, pool: Pool, settings: CriConfig, streams: Streams) -> None:
        super().__init__(session, pool, settings)
        self._streams = streams
        self.events = EventFeed(session)
        """Closed when the server stops: that ends the streams that would otherwise never end."""
        self._sampler = Sampler()
        self._readiness = Readiness(session, settings)

    def Version(self, _request: Any, _context: Any) -> Any:
        """Return the runtime's name and version; the kubelet requires "0.1.0" as `version`."""
        return api.VersionResponse(
            version="0.1.0", runtime_name="pycman", runtime_version=__version__, runtime_api_version="v1"
        )

    def Status(self, request: Any, _context: Any) -> Any:
        """Return the conditions RuntimeReady and NetworkReady, with the reason if one is false."""
        info = {"config": format_json(self._settings.to_dict())} if request.verbose else None
        return self._readiness.status(self._pool.problem, info)

    def RuntimeConfig(self, _request: Any, _context: Any) -> Any:
        """Return the cgroup driver: that of pods whose cgroup parent the kubelet leaves open."""
        program = choose_runtime(self._session).program
        by_systemd = host_facts(self._session, runtime=program).cgroup_manager == "systemd"
        driver = api.SYSTEMD if by_systemd else api.CGROUPFS
        return api.RuntimeConfigResponse(linux=api.LinuxRuntimeConfiguration(cgroup_driver=driver))

    def UpdateRuntimeConfig(self, _request: Any, _context: Any) -> Any:
        """Do nothing: the pod CIDR in the request is for runtimes without a CNI configuration of their own."""
        return api.UpdateRuntimeConfigResponse()

    # -- sandboxes --------------------------------------------------------------------------------------------------

    def RunPodSandbox(self, request: Any, context: Any) -> Any:
        """Create and start a sandbox, and connect it to the network."""
        pod_id = self._do(
            context, "run_sandbox", _RUN_S, config=as_dict(request.config), handler=request.runtime_handler
        )
        return api.RunPodSandboxResponse(pod_sandbox_id=pod_id)

    def StopPodSandbox(self, request: Any, context: Any) -> Any:
        """Stop a sandbox and disconnect it from the network."""
        self._do(context, "stop_sandbox", _SHORT_S, pod_id=request.pod_sandbox_id)
        return api.StopPodSandboxResponse()

    def RemovePodSandbox(self, request: Any, context: Any) -> Any:
        """Remove a sandbox and its containers."""
        self._do(context, "remove_sandbox", _SHORT_S, pod_id=request.pod_sandbox_id)
        return api.RemovePodSandboxResponse()

    def PodSandboxStatus(self, request: Any, _context: Any) -> Any:
        """Return the status of a sandbox and of its containers. Raises NotFound."""
        pod_id = _required(request.pod_sandbox_id, "pod_sandbox_id")
        if request.verbose:
            answer = self._sandbox_status(pod_id, is_alive, verbose=True)
        else:
            answer = self._answers.answer(
                ("PodSandboxStatus", pod_id), lambda: self._sandbox_status(pod_id, self._processes.is_alive)
            )
        return answer + api.PodSandboxStatusResponse(timestamp=time.time_ns()).SerializeToString()

    def _sandbox_status(self, pod_id: str, lives: Lives, *, verbose: bool = False) -> bytes:
        status, row = queries.sandbox_status(self._session, pod_id, lives)
        members = queries.containers(self._session, pod_id=status.id)
        info = {"info": format_json({"pid": row["pid"], "infraID": row["infra_id"]})} if verbose else {}
        return api.PodSandboxStatusResponse(
            status=status,
            info=info,
            containers_statuses=[queries.status_of(self._session, member, lives)[0] for member in members],
        ).SerializeToString()

    def UpdatePodSandboxResources(self, request: Any, _context: Any) -> Any:
        """Store the pod's new resources. Its cgroup belongs to the kubelet, which has changed it already."""
        _, row = queries.sandbox_status(self._session, _required(request.pod_sandbox_id, "pod_sandbox_id"))
        config = parse_json(row["config"])
        linux = config.setdefault("linux", {})
        for part in ("overhead", "resources"):
            if request.HasField(part):
                linux[part] = as_dict(getattr(request, part))
        self._session.db.change(
            "UPDATE cri_sandboxes SET config = ? WHERE pod_id = ?", (format_json(config), row["pod_id"])
        )
        return api.UpdatePodSandboxResourcesResponse()

    def ListPodSandbox(self, request: Any, _context: Any) -> Any:
        """List sandboxes."""
        wanted = request.filter
        return self._answers.answer(
            ("ListPodSandbox", wanted.SerializeToString()),
            lambda: lists.sandbox_list(self._session, wanted, self._processes.is_alive),
        )

    # -- containers -------------------------------------------------------------------------------------------------

    def CreateContainer(self, request: Any, context: Any) -> Any:
        """Create a container in a sandbox."""
        container_id = self._do(
            context, "create_container", _SHORT_S,
            pod_id=_required(request.pod_sandbox_id, "pod_sandbox_id"), config=as_dict(request.config),
        )  # fmt: skip
        return api.CreateContainerResponse(container_id=container_id)

    def StartContainer(self, request: Any, context: Any) -> Any:
        """Start a container."""
        self._do(context, "start_container", _SHORT_S, container_id=_required(request.container_id, "container_id"))
        return api.StartContainerResponse()

    def StopContainer(self, request: Any, context: Any) -> Any:
        """Stop a container."""
        seconds = max(0, int(request.timeout))
        self._do(context, "stop_container", seconds + _SHORT_S, container_id=request.container_id, timeout_s=seconds)
        return api.StopContainerResponse()

    def RemoveContainer(self, request: Any, context: Any) -> Any:
        """Remove a container."""
        self._do(context, "remove_container", _SHORT_S, container_id=request.container_id)
        return api.RemoveContainerResponse()

    def CheckpointContainer(self, request: Any, context: Any) -> Any:
        """Write the archive of a container's checkpoint; the container runs on. A `timeout` of 0 is the server's own."""
        limit = int(request.timeout) if request.timeout > 0 else _CHECKPOINT_S
        container_id = _required(request.container_id, "container_id")
        location = _required(request.location, "location")
        self._do(context, "checkpoint_container", limit, container_id=container_id, location=location)
        return api.CheckpointContainerResponse()

    def ListContainers(self, request: Any, _context: Any) -> Any:
        """List containers."""
        wanted = request.filter
        return self._answers.answer(
            ("ListContainers", wanted.SerializeToString()),
            lambda: lists.container_list(self._session, wanted, self._processes.is_alive),
        )

    def _rows(self, wanted: Any) -> list[Any]:
        """Return the rows that match a ContainerStatsFilter."""
        rows = queries.containers(self._session, container_id=wanted.id, pod_id=wanted.pod_sandbox_id)
        selector = dict(wanted.label_selector)
        if selector:
            rows = [row for row in rows if queries.matches(parse_json(row["config"]).get("labels") or {}, selector)]
        return rows

    def ContainerStatus(self, request: Any, _context: Any) -> Any:
        """Return the status of a container. Raises NotFound."""
        container_id = _required(request.container_id, "container_id")
        if not request.verbose:
            return self._answers.answer(("ContainerStatus", container_id), lambda: self._container_status(container_id))
        status, row = queries.container_status(self._session, container_id)
        info = {"info": format_json(queries.container_info(self._session, row))}
        return api.ContainerStatusResponse(status=status, info=info)

    def _container_status(self, container_id: str) -> bytes:
        status, _row = queries.container_status(self._session, container_id, self._processes.is_alive)
        return api.ContainerStatusResponse(status=status).SerializeToString()

    def UpdateContainerResources(self, request: Any, context: Any) -> Any:
        """Change a container's limits."""
        self._do(
            context, "update_container", _SHORT_S, container_id=request.container_id, resources=as_dict(request.linux)
        )
        return api.UpdateContainerResourcesResponse()

    def ReopenContainerLog(self, request: Any, context: Any) -> Any:
        """Have the container's monitor open its log again, after a rotation."""
        self._do(context, "reopen_log", _SHORT_S, container_id=request.container_id)
        return api.ReopenContainerLogResponse()

    def ExecSync(self, request: Any, context: Any) -> Any:
        """Run a command in a container until it ends, and return its output and exit status."""
        seconds = max(0, int(request.timeout))
        found = self._do(
            context, "exec_sync", seconds + _GRACE_S if seconds else _LONG_S,
            container_id=_required(request.container_id, "container_id"), command=list(request.cmd), timeout_s=seconds,
        )  # fmt: skip
        return api.ExecSyncResponse(stdout=found["stdout"], stderr=found["stderr"], exit_code=found["exit_code"])

    # -- streams of messages ----------------------------------------------------------------------------------------

    def GetContainerEvents(self, _request: Any, context: Any, send: Callable[[Any], None]) -> None:
        """Stream the events of sandboxes and containers, until the client closes the stream. Returns at once; `send` is called later."""
        self.events.add(context, send)

    def StreamPodSandboxes(self, request: Any, context: Any) -> Iterator[Any]:
        """List sandboxes in batches."""
        yield from _batches(
            api.StreamPodSandboxesResponse,
            api.ListPodSandboxResponse.FromString(self.ListPodSandbox(request, context)).items,
        )

    def StreamContainers(self, request: Any, context: Any) -> Iterator[Any]:
        """List containers in batches."""
        yield from _batches(
            api.StreamContainersResponse,
            api.ListContainersResponse.FromString(self.ListContainers(request, context)).containers,
        )

    def StreamContainerStats(self, request: Any, context: Any) -> Iterator[Any]:
        """Return the stats of running containers in batches."""
        yield from _batches(api.StreamContainerStatsResponse, self.ListContainerStats(request, context).stats)

    def StreamPodSandboxStats(self, request: Any, context: Any) -> Iterator[Any]:
        """Return the stats of sandboxes in batches."""
        yield from _batches(api.StreamPodSandboxStatsResponse, self.ListPodSandboxStats(request, context).stats)

    def StreamPodSandboxMetrics(self, request: Any, context: Any) -> Iterator[Any]:
        """Return metrics in batches."""
        found = self.ListPodSandboxMetrics(request, context).pod_metrics
        yield from _batches(api.StreamPodSandboxMetricsResponse, found)

    # -- streaming --------------------------------------------------------------------------------------------------

    def Exec(self, request: Any, _context: Any) -> Any:
        """Return the one-time URL that runs a command in a container."""
        row = self._running(request.container_id)
        if not request.cmd:
            raise InvalidInput("it is empty", subject="cmd")
        if not (request.stdin or request.stdout or request.stderr):
            raise InvalidInput("at least one of them is needed", subject="stdin, stdout, stderr")
        if request.tty and request.stderr:
            raise InvalidInput("a terminal has no standard error of its own", subject="stderr")
        command = {"command": list(request.cmd), "terminal": request.tty}
        return api.ExecResponse(
            url=self._streams.url({"kind": "exec", "id": row["id"], **command, **_streams_of(request)})
        )

    def Attach(self, request: Any, _context: Any) -> Any:
        """Return the one-time URL that attaches to a container's own streams."""
        row = self._running(request.container_id)
        if not (request.stdin or request.stdout or request.stderr):
            raise InvalidInput("at least one of them is needed", subject="stdin, stdout, stderr")
        terminal = bool(parse_json(row["config"]).get("tty"))
        if terminal and request.stderr:
            raise InvalidInput("a terminal has no standard error of its own", subject="stderr")
        attachment = {"kind": "attach", "id": row["id"], "terminal": terminal}
        return api.AttachResponse(url=self._streams.url({**attachment, **_streams_of(request)}))

    def PortForward(self, request: Any, _context: Any) -> Any:
        """Return the one-time URL that forwards ports of a pod."""
        status, row = queries.sandbox_status(self._session, _required(request.pod_sandbox_id, "pod_sandbox_id"))
        if status.state != api.SANDBOX_READY:
            raise WrongState("the sandbox is not ready", subject=request.pod_sandbox_id)
        for port in request.port:
            if not 0 < port < 1 << 16:
                raise InvalidInput("not a port", subject=str(port))
        on_host = status.linux.namespaces.options.network == api.NODE
        forward = {"id": row["pod_id"], "ports": list(request.port), "host_network": on_host}
        return api.PortForwardResponse(url=self._streams.url({"kind": "portforward", **forward}))

    def _running(self, container_id: str) -> Any:
        """Return the row of a running container. Raises NotFound, WrongState."""
        status, row = queries.container_status(self._session, _required(container_id, "container_id"))
        if status.state != api.CONTAINER_RUNNING:
            raise WrongState("the container does not run", subject=container_id)
        return row

    # -- statistics -------------------------------------------------------------------------------------------------

    def ContainerStats(self, request: Any, _context: Any) -> Any:
        """Return the stats of a container. Raises NotFound."""
        rows = queries.containers(self._session, container_id=_required(request.container_id, "container_id"))
        if len(rows) != 1:
            raise NotFound("no such container", subject=request.container_id, code="no-such-container")
        return api.ContainerStatsResponse(stats=next(iter(container_stats(self._session, self._sampler, rows)), None))

    def ListContainerStats(self, request: Any, _context: Any) -> Any:
        """Return the stats of running containers."""
        rows = self._rows(request.filter)
        return api.ListContainerStatsResponse(stats=container_stats(self._session, self._sampler, rows))

    def PodSandboxStats(self, request: Any, _context: Any) -> Any:
        """Return the stats of a sandbox. Raises NotFound, WrongState."""
        status, row = queries.sandbox_status(self._session, _required(request.pod_sandbox_id, "pod_sandbox_id"))
        if status.state != api.SANDBOX_READY:
            raise WrongState("the sandbox is not ready", subject=request.pod_sandbox_id)
        (stats,) = pod_stats(self._session, self._sampler, self._pool, [row])
        return api.PodSandboxStatsResponse(stats=stats)

    def ListPodSandboxStats(self, request: Any, _context: Any) -> Any:
        """Return the stats of the sandboxes that are ready."""
        wanted = request.filter
        rows = self._ready(wanted.id, wanted.label_selector)
        return api.ListPodSandboxStatsResponse(stats=pod_stats(self._session, self._sampler, self._pool, rows))

    def ListMetricDescriptors(self, _request: Any, _context: Any) -> Any:
        """Return the names, help texts and labels of all metrics."""
        return api.ListMetricDescriptorsResponse(descriptors=descriptors())

    def ListPodSandboxMetrics(self, _request: Any, _context: Any) -> Any:
        """Return the metrics of sandboxes that are ready, and of their running containers."""
        found = pod_metrics(self._session, self._sampler, self._pool, self._ready("", {}))
        return api.ListPodSandboxMetricsResponse(pod_metrics=found)

    def _ready(self, pod_id: str, selector: Any) -> list[Any]:
        """Return the rows of sandboxes that are ready."""
        rows = [row for row in queries.sandboxes(self._session, pod_id) if queries.is_ready(row)]
        wanted = dict(selector)
        return [row for row in rows if queries.matches(parse_json(row["config"]).get("labels") or {}, wanted)]


class ImageService(Service):
    """runtime.v1.ImageService."""

    def __init__(self, session: Session, pool: Pool, settings: CriConfig) -> None:
        super().__init__(session, pool, settings)
        self._layers = Layers()

    def ListImages(self, request: Any, _context: Any) -> Any:
        """List images."""
        name = request.filter.image.image
        if name:  # how it is read depends on files of settings
            return self._list(name)
        return self._answers.answer("ListImages", lambda: self._list("").SerializeToString())

    def _list(self, name: str) -> api.ListImagesResponse:
        return api.ListImagesResponse(images=[self._item(image) for image in queries.images(self._session, name)])

    def StreamImages(self, request: Any, _context: Any) -> Iterator[Any]:
        """List images in batches."""
        yield from _batches(api.StreamImagesResponse, self._list(request.filter.image.image).images)

    def ImageStatus(self, request: Any, _context: Any) -> Any:
        """Return an image; an answer without an image, and no error, if it is not in the store."""
        name = _required(request.image.image, "image.image")
        if not queries.is_whole_name(name):  # how it is read depends on files of settings
            return self._image_status(name)
        return self._answers.answer(("ImageStatus", name), lambda: self._image_status(name).SerializeToString())

    def _image_status(self, name: str) -> api.ImageStatusResponse:
        images = queries.images(self._session, name)
        return api.ImageStatusResponse(image=self._item(images[0]) if images else None)

    def _item(self, image: Any) -> Any:
        return queries.image_item(self._session, image, self._settings.pause_image)

    def PullImage(self, request: Any, context: Any) -> Any:
        """Pull an image and return its id."""
        image_id = self._do(context, "pull_image", _LONG_S, name=request.image.image, auth=as_dict(request.auth))
        return api.PullImageResponse(image_ref=image_id)

    def RemoveImage(self, request: Any, context: Any) -> Any:
        """Remove an image with all its names."""
        self._do(context, "remove_image", _SHORT_S, name=_required(request.image.image, "image.image"))
        return api.RemoveImageResponse()

    def ImageFsInfo(self, _request: Any, _context: Any) -> Any:
        """Return the disk usage of images and of containers' writable layers."""
        paths = self._session.paths
        written = [
            paths.upper(row["id"]) for row in self._session.db.rows("SELECT id FROM containers WHERE pinned = 0")
        ]
        return api.ImageFsInfoResponse(
            image_filesystems=[directories(self._layers, [paths.layers, paths.blobs], within=paths.layers)],
            container_filesystems=[directories(self._layers, written, within=paths.containers)],
        )


def _batches(answer: Any, items: Sequence[Any]) -> Iterator[Any]:
    """Yield answers with at most _BATCH items each, in the one field such an answer has."""
    (field,) = answer.DESCRIPTOR.fields
    for place in range(0, len(items), _BATCH):
        yield answer(**{field.name: items[place : place + _BATCH]})


def _streams_of(request: Any) -> dict[str, bool]:
    return {name: getattr(request, name) for name in ("stdin", "stdout", "stderr")}


def _required(value: str, field: str) -> str:
    if not value:
        raise InvalidInput("it is missing", subject=field)
    return value
