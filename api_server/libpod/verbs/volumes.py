"""/libpod/volumes."""

from __future__ import annotations

from api_server.libpod.query import count, filters_of, switch
from api_server.libpod.verbs.containers import prune_reports
from api_server.translate.fields import Fields
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from api_server.verbs.piped_output import begin, begin_file
from pycman.errors import InvalidInput, NotFound
from pycman.volumes.volume import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call


_PRUNED_BY = ("label", "label!", "until", "all", "anonymous")


def list_volumes(call: Call) -> Answer:
    """List volumes."""
    found = call.engine.volumes.list(filters_of(call.request))
    return json_answer([call.engine.volumes.inspect(volume.name) for volume in found])


def create(call: Call) -> Answer:
    """Create a volume."""
    fields = Fields(call.request.json)
    spec = VolumeSpec(
        name=fields.text("Name"),
        driver=fields.text("Driver") or "local",
        options=fields.pairs("Options"),
        labels={**fields.pairs("Label"), **fields.pairs("Labels")},
        uid=fields.number("UID") if fields.given("UID") else -1,
        gid=fields.number("GID") if fields.given("GID") else -1,
    )
    name = call.engine.volumes.create(spec, ignore=fields.switch("IgnoreIfExists"))
    return json_answer(call.engine.volumes.inspect(name), 201)


def inspect(call: Call) -> Answer:
    """Describe a volume."""
    return json_answer(call.engine.volumes.inspect(call.name))


def exists(call: Call) -> Answer:
    """Say whether there is a volume."""
    if call.engine.volumes.find(call.name) is None:
        raise NotFound("no such volume", subject=call.name)
    return NO_CONTENT


def remove(call: Call) -> Answer:
    """Remove a volume, with `force` after its containers."""
    request = call.request
    call.engine.volumes.remove(call.name, force=switch(request, "force"), timeout_s=count(request, "timeout"))
    return NO_CONTENT


def prune(call: Call) -> Answer:
    """Remove unused volumes. Raises InvalidInput for a filter of listings."""
    for key, _ in filters_of(call.request):
        if key not in _PRUNED_BY:
            raise InvalidInput(
                "is an invalid volume filter", subject=f'"{key[:40]}"', hint=f"use {', '.join(_PRUNED_BY)}"
            )
    names, freed = call.engine.volumes.prune(filters_of(call.request))
    return json_answer(prune_reports(names, freed))


def export(call: Call) -> None:
    """Send the content of a volume as a tar."""
    call.engine.volumes.get(call.name)
    with begin_file(call.output, "application/x-tar") as file:
        call.engine.volumes.export(call.name, file)


def import_tar(call: Call) -> None:
    """Unpack a tar into a volume."""
    with call.source() as source:
        call.engine.volumes.import_tar(call.name, source)
        while source.read(1 << 16):
            pass
    begin(call.output, {}, 204)
