"""/volumes."""

from __future__ import annotations

from api_server.translate.fields import Fields
from api_server.translate.summaries import volume_object
from api_server.verbs.call import NO_CONTENT, json_answer
from pycman.volumes.volume import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Answer, Call


def list_volumes(call: Call) -> Answer:
    """List volumes."""
    found = call.engine.volumes.list(call.request.filters())
    objects = [volume_object(call.engine.volumes.inspect(volume.name)) for volume in found]
    return json_answer({"Volumes": objects, "Warnings": None})


def create(call: Call) -> Answer:
    """Create a volume; one that is there with this name is no error, as with docker."""
    fields = Fields(call.request.json)
    spec = VolumeSpec(
        name=fields.text("Name"),
        driver=fields.text("Driver") or "local",
        options=fields.pairs("DriverOpts"),
        labels=fields.pairs("Labels"),
        anonymous=not fields.text("Name"),
    )
    fields.finish()
    name = call.engine.volumes.create(spec, ignore=True)
    return json_answer(volume_object(call.engine.volumes.inspect(name)), 201)


def inspect(call: Call) -> Answer:
    """Describe a volume."""
    return json_answer(volume_object(call.engine.volumes.inspect(call.name)))


def remove(call: Call) -> Answer:
    """Remove a volume; with `force` one that is not there is no error."""
    force = call.request.flag("force")
    if force and call.engine.volumes.find(call.name) is None:
        return NO_CONTENT
    call.engine.volumes.remove(call.name, force=False)
    return NO_CONTENT


def prune(call: Call) -> Answer:
    """Remove unused anonymous volumes, or with the filter all=true every unused one."""
    filters = call.request.filters()
    every = any(key == "all" and value in ("true", "1") for key, value in filters) or call.request.version < (1, 42)
    names, freed = call.engine.volumes.prune([pair for pair in filters if pair[0] != "all"], all=every)
    return json_answer({"VolumesDeleted": names or None, "SpaceReclaimed": freed})
