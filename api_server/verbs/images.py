"""/images, /commit and /distribution: everything but what passes images in or out."""

from __future__ import annotations

from api_server.translate.summaries import image_object, image_summary
from api_server.translate.versions import image_of, image_summary_of
from api_server.translate.words import familiar_name, full_name, image_id
from api_server.verbs.call import Answer, json_answer
from api_server.verbs.names import named, registry_options, require_platform
from pycman.digest import digest_bytes
from pycman.errors import InvalidInput, Unsupported
from pycman.images.lists.sources import SourceOptions, entries_of, fetch_manifest
from pycman.images.make.commit import CommitOptions
from pycman.images.transfer.search import SearchOptions
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call

_SECOND_NS = 10**9


def list_images(call: Call) -> Answer:
    """List images."""
    request = call.request
    filters = request.filters()
    if request.text("filter"):
        filters.append(("reference", request.text("filter")))
    images = call.engine.images.list(filters, all=request.flag("all"))
    return json_answer([image_summary_of(image_summary(image), request.version) for image in images])


def inspect(call: Call) -> Answer:
    """Describe an image."""
    require_platform(call, call.name)
    return json_answer(image_of(image_object(call.engine.images.inspect(call.name)), call.request.version))


def history(call: Call) -> Answer:
    """List the steps of an image."""
    require_platform(call, call.name)
    return json_answer(
        [
            {
                "Id": image_id(entry.id) or "<missing>",
                "Created": entry.created_at_ns // _SECOND_NS,
                "CreatedBy": entry.created_by,
                "Tags": [familiar_name(name) for name in entry.tags] or None,
                "Size": entry.size_bytes,
                "Comment": entry.comment,
            }
            for entry in call.engine.images.history(call.name)
        ]
    )


def tag(call: Call) -> Answer:
    """Give an image another name."""
    repository = call.request.text("repo")
    if not repository:
        raise InvalidInput("no repository was named", subject="repo")
    call.engine.images.tag(call.name, [named(repository, call.request.text("tag") or "latest")])
    return Answer(status=201)


def remove(call: Call) -> Answer:
    """Remove a name, or an image; `force` keeps the containers of the image, as docker does."""
    request = call.request
    if request.text("platforms"):
        raise Unsupported("an image is of one platform", subject="platforms", hint="leave it out")
    report = call.engine.images.remove(
        call.name, force=request.flag("force"), prune=not request.flag("noprune"), keep_containers=True
    )
    untagged = [{"Untagged": familiar_name(name)} for name in report.untagged]
    return json_answer([*untagged, *({"Deleted": image_id(each)} for each in report.deleted)])


def attestations(call: Call) -> Answer:
    """List what an image's registry says about how it was built: nothing, as it is not kept."""
    call.engine.images.inspect(call.name)
    return json_answer([])


def prune(call: Call) -> Answer:
    """Remove dangling images, or with the filter dangling=false all unused ones."""
    filters = call.request.filters()
    every = any(key == "dangling" and value in ("false", "0") for key, value in filters)
    names = {image.id: image.names for image in call.engine.images.list(all=True)}
    removed, freed = call.engine.images.prune([pair for pair in filters if pair[0] != "dangling"], all=every)
    entries = [
        entry
        for each in removed
        for entry in (*({"Untagged": familiar_name(name)} for name in names.get(each, ())), {"Deleted": image_id(each)})
    ]
    return json_answer({"ImagesDeleted": entries or None, "SpaceReclaimed": freed})


def search(call: Call) -> Answer:
    """Search registries."""
    request = call.request
    if not request.text("term"):
        raise InvalidInput("no term was given", subject="term")
    options = SearchOptions(limit=request.number("limit", 25), filters=tuple(request.filters()))
    return json_answer(
        [
            {
                "name": result.name,
                "description": result.description,
                "star_count": result.stars,
                "is_official": result.official,
                "is_automated": False,
            }
            for result in call.engine.images.search(request.text("term"), options)
        ]
    )


def commit(call: Call) -> Answer:
    """Make an image of a container; the body's fields replace those of the image's configuration."""
    request = call.request
    repository = request.text("repo")
    config = {name: value for name, value in request.json.items() if value not in (None, "", [], {}, False, 0)}
    options = CommitOptions(
        reference=named(repository, request.text("tag") or "latest") if repository else "",
        author=request.text("author"),
        message=request.text("comment"),
        changes=tuple(line for text in request.texts("changes") for line in text.split("\n") if line.strip()),
        pause=request.flag("pause", default=True),
        config=config,
    )
    container = request.text("container")
    if not container:
        raise InvalidInput("no container was named", subject="container")
    return json_answer({"Id": image_id(call.engine.containers.commit(container, options))}, 201)


def distribution(call: Call) -> Answer:
    """Describe an image as its registry has it, without pulling it."""
    name = full_name(call.name)
    options = registry_options(call, name)
    raw = fetch_manifest(call.session, name, options)
    document = parse_json(raw.decode(), subject=name)
    entries = entries_of(call.session, f"docker://{name}", SourceOptions(**options, all=True))
    platforms = [
        {"architecture": entry.architecture, "os": entry.os, **({"variant": entry.variant} if entry.variant else {})}
        for entry in entries
    ]
    descriptor = {"mediaType": document.get("mediaType", ""), "digest": digest_bytes(raw), "size": len(raw)}
    return json_answer({"Descriptor": descriptor, "Platforms": platforms})
