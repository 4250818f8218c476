"""/libpod/version, /info, /system."""

from __future__ import annotations

import os

from api_server.libpod.query import filters_of, switch
from api_server.libpod.shapes.containers import STATES
from api_server.libpod.shapes.images import usage_row
from api_server.libpod.shapes.system import info_object, programs_of, version_object
from api_server.libpod.verbs.containers import prune_reports
from api_server.verbs.call import Answer, json_answer
from pods.api import Pods
from pycman import version as own_version
from pycman.errors import InvalidInput
from pycman.state.times import format_rfc3339
from pycman.storage.check import CheckOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call


def version(_call: Call) -> Answer:
    """Say which versions are here."""
    installed_ns = os.stat(own_version.__file__).st_mtime_ns
    return json_answer(version_object(os.uname(), own_version.__version__, format_rfc3339(installed_ns)))


def info(call: Call) -> Answer:
    """Describe host and engine."""
    found = call.engine.system.info()
    packages = call.engine.system.packages_of(programs_of(found))
    return json_answer(info_object(found, packages, os.uname().machine))


def disk_usage(call: Call) -> Answer:
    """Tell what images, containers and volumes take."""
    usage = call.engine.system.disk_usage()
    return json_answer(
        {
            "ImagesSize": usage.images.size_bytes,
            "Images": [usage_row(row, name) for row in usage.image_rows for name in row.names or ("",)],
            "Containers": [
                {
                    "ContainerID": row.id,
                    "Image": row.image or row.image_id,
                    "Command": list(row.command),
                    "LocalVolumes": row.volumes,
                    "Size": row.size_bytes,
                    "RWSize": row.size_bytes,
                    "Created": format_rfc3339(row.created_at_ns),
                    "Status": STATES.get(row.state, row.state),
                    "Names": row.name,
                }
                for row in usage.container_rows
            ],
            "Volumes": [
                {
                    "VolumeName": row.name,
                    "Links": row.links,
                    "Size": row.size_bytes,
                    "ReclaimableSize": 0 if row.links else row.size_bytes,
                }
                for row in usage.volume_rows
            ],
        }
    )


def prune(call: Call) -> Answer:
    """Remove stopped pods and containers and what nothing uses then."""
    request = call.request
    filters, every = filters_of(request), switch(request, "all")
    if switch(request, "build") and (every or switch(request, "volumes")):
        raise InvalidInput("it cannot be used with all or volumes", subject="build", hint="leave one out")
    pods = [] if filters else Pods(call.engine).prune()
    done = call.engine.system.prune(filters, all=every, volumes=switch(request, "volumes"))
    return json_answer(
        {
            "PodPruneReport": [{"Err": None, "Id": each} for each in pods],
            "ContainerPruneReports": prune_reports(list(done.containers), 0),
            "ImagePruneReports": prune_reports([each.removeprefix("sha256:") for each in done.images], 0),
            "NetworkPruneReports": [{"Name": each, "Error": None} for each in done.networks],
            "VolumePruneReports": prune_reports(list(done.volumes), 0),
            "ReclaimedSpace": done.freed_bytes,
        }
    )


def check(call: Call) -> Answer:
    """Verify the store and, with `repair`, fix it."""
    request = call.request
    lossy = switch(request, "repair_lossy")
    options = CheckOptions(quick=switch(request, "quick"), repair=lossy or switch(request, "repair"), force=lossy)
    report = call.engine.system.check(options)
    layers: dict[str, list[str]] = {}
    for each in report.problems:
        layers.setdefault(each.subject, []).append(each.problem)
    empty: dict[str, object] = {name: {} for name in ("ROLayers", "Images", "ROImages", "Containers")}
    removed = [each.subject for each in report.problems if each.repaired]
    return json_answer(
        {
            "Errors": bool(report.problems), "Layers": layers, **empty, "RemovedLayers": removed, "RemovedImages": {},
            "RemovedContainers": {},
        }
    )  # fmt: skip
