"""/libpod/containers/NAME/checkpoint and /restore: answers are reports, or the archive itself."""

from __future__ import annotations

import tempfile
import time

from api_server.libpod.query import switch
from api_server.libpod.spec.ports import published_port
from api_server.libpod.verbs.bodies import answer_json
from api_server.verbs.piped_output import begin_file
from pycman.containers.checkpoint.imported import Checkpoint, ImportOptions
from pycman.containers.checkpoint.options import CheckpointOptions, RestoreOptions
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from api_server.http.request import Request
    from api_server.verbs.call import Call
    from pycman.spec.container import ContainerSpec

_PIECE_BYTES = 1 << 16


def checkpoint(call: Call) -> None:
    """Checkpoint a container; with `export` the answer is the archive, which is whole before its first byte is sent."""
    request = call.request
    container_id = call.engine.containers.get(call.name).id
    options = CheckpointOptions(
        keep=switch(request, "keep"),
        leave_running=switch(request, "leaveRunning"),
        tcp_established=switch(request, "tcpEstablished"),
        file_locks=switch(request, "fileLocks"),
        pre=switch(request, "preCheckpoint"),
        with_previous=switch(request, "withPrevious"),
        rootfs=not switch(request, "ignoreRootFS"),
        volumes=not switch(request, "ignoreVolumes"),
    )
    began = time.monotonic()
    export, reference = switch(request, "export"), request.text("createImage")
    if not export and not reference:
        criu = call.engine.containers.checkpoint(container_id, options)
        return answer_json(call, _report(container_id, "runtime_checkpoint_duration", began, criu))
    with tempfile.TemporaryFile(dir=call.session.paths.tmp) as archive:
        criu = call.engine.containers.checkpoint(container_id, options, archive)
        archive.seek(0)
        if reference:
            call.engine.containers.image_of_checkpoint(container_id, archive, reference)
            archive.seek(0)
        if not export:
            return answer_json(call, _report(container_id, "runtime_checkpoint_duration", began, criu))
        with begin_file(call.output, "application/octet-stream") as file:
            while piece := archive.read(_PIECE_BYTES):
                file.write(piece)
    return None


def restore(call: Call) -> None:
    """Restore a container, or with `import` the one in the archive that is the body, or the one in an image."""
    request = call.request
    options = RestoreOptions(
        keep=switch(request, "keep"),
        tcp_established=switch(request, "tcpEstablished"),
        tcp_close=switch(request, "tcpClose"),
        file_locks=switch(request, "fileLocks"),
        address=not switch(request, "ignoreStaticIP"),
        mac=not switch(request, "ignoreStaticMAC"),
    )
    began = time.monotonic()
    containers = call.engine.containers
    with call.source() as source:
        if switch(request, "import"):
            found = _restore_imported(call, options, archive=source)
        elif containers.find(call.name) is None and containers.holds_checkpoint(call.name):
            found = _restore_imported(call, options, image=call.name)
        else:
            found = containers.restore(call.name, options)
        while source.read(_PIECE_BYTES):
            pass
    answer_json(call, _report(found[0], "runtime_restore_duration", began, found[1]))


def _restore_imported(
    call: Call, options: RestoreOptions, *, archive: BinaryIO | None = None, image: str = ""
) -> tuple[str, dict[str, int]]:
    request, name = call.request, call.request.text("name")
    imported = ImportOptions(rootfs=not switch(request, "ignoreRootFS"), volumes=not switch(request, "ignoreVolumes"))
    with Checkpoint(call.session, archive=archive, image=image, subject="" if image else "the archive") as checkpoint:
        spec = _placed(call, request, checkpoint)
        if name:
            options = options.replace(address=False, mac=False)
        return checkpoint.restore(spec, options, imported, same_id=not name)


def _placed(call: Call, request: Request, checkpoint: Checkpoint) -> ContainerSpec:
    """Return the spec under the name, with the ports and in the pod of the query. Raises InvalidInput, NotFound."""
    spec, pod, name = checkpoint.container.spec, request.text("pod"), request.text("name")
    if bool(pod) != checkpoint.container.in_pod:
        problem = "its container was in no pod" if pod else "its container was in a pod"
        raise InvalidInput(problem, subject="pod", hint="leave it out" if pod else "name a pod for it")
    texts = [text for value in request.texts("publishPorts") for text in value.replace(",", " ").split()]
    spec = checkpoint.placed(spec, name=name, ports=[published_port(text) for text in texts])
    if pod:
        from pods.api import Pods  # only for members of pods

        spec = Pods(call.engine).member(pod, spec)
    return spec


def _report(container_id: str, duration: str, began: float, criu: dict[str, int]) -> dict[str, Any]:
    return {"Id": container_id, duration: int((time.monotonic() - began) * 1e6), "criu_statistics": criu}
