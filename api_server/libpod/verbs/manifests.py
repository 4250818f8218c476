"""/libpod/manifests: manifest lists."""

from __future__ import annotations

from api_server.libpod.query import switch
from api_server.libpod.verbs.bodies import answer_json
from api_server.libpod.verbs.transfer import Stream, push_options, registry_options, registry_reference
from api_server.translate.fields import Fields
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from pycman.errors import InvalidInput, NotFound, PycmanError, Unsupported
from pycman.images.lists.entry import index_object
from pycman.images.lists.push import ListPushOptions
from pycman.images.lists.sources import SourceOptions, fetch_manifest
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Call
    from pycman.images.lists.entry import ManifestList

_LOCAL = "containers-storage:"
_ENTRY = {"os": "os", "arch": "architecture", "variant": "variant", "os_version": "os_version"}


def create(call: Call) -> Answer:
    """Create a list of images."""
    request = call.request
    name = request.names.get("name") or request.text("name")
    images = [each for key in ("images", "image") for text in request.texts(key) for each in text.split(",") if each]
    body = Fields(request.json)
    annotations = _annotations(body, "annotation", "annotations")
    options = SourceOptions(all=switch(request, "all"), **registry_options(request))
    made = call.engine.manifests.create(
        name, [_source(image) for image in images], options, annotations=annotations, amend=switch(request, "amend")
    )
    if body.texts("images"):
        made = _add(call, made.name, body)
    status = 200 if request.version < (4, 0) else 201
    return json_answer({"Id": made.id}, status)


def _source(name: str) -> str:
    """Return an image's name as the engine has it: one of the store without its transport."""
    return name.removeprefix(_LOCAL) if name.startswith(_LOCAL) else name


def _annotations(fields: Fields, listed: str, named: str) -> dict[str, str]:
    """Return annotations, KEY=VALUE in a list or by name, but not both. Raises InvalidInput."""
    pairs, by_name = fields.texts(listed), fields.pairs(named)
    if pairs and by_name:
        raise InvalidInput(f"can not set both {listed} and {named}", subject=listed, hint="leave one out")
    for pair in pairs:
        if "=" not in pair:
            raise InvalidInput("no value given for annotation", subject=pair[:80], hint="write it as KEY=VALUE")
    return {**by_name, **dict(pair.partition("=")[::2] for pair in pairs)}


def exists(call: Call) -> Answer:
    """Say whether there is a list."""
    if call.engine.manifests.find(call.name) is None:
        raise NotFound("no such manifest list", subject=call.name)
    return NO_CONTENT


def inspect(call: Call) -> Answer:
    """Return a list as its index, or what a registry has under the name: an index, or the manifest of one image. Raises NotFound."""
    found = call.engine.manifests.find(call.name)
    if found is not None:
        return json_answer(index_object(found))
    try:
        raw = fetch_manifest(call.session, call.name.removeprefix("docker://"), registry_options(call.request))
    except PycmanError as error:
        raise NotFound("no such manifest list", subject=call.name) from error
    document = parse_json(raw.decode(), subject=call.name)
    return json_answer(document)


def add(call: Call) -> Answer:
    """Add images to a list."""
    return json_answer({"Id": _add(call, call.name, Fields(call.request.json)).id})


def _add(call: Call, name: str, body: Fields) -> ManifestList:
    manifests = call.engine.manifests
    list_ = manifests.get(name)
    options = SourceOptions(all=body.switch("all"), **registry_options(call.request))
    annotations = _annotations(body, "annotation", "annotations")
    features = body.texts("features")
    for image in body.texts("images"):
        entries = manifests.entries_of(_source(image), options)
        changes: dict[str, Any] = {"annotations": annotations} if annotations else {}
        changes |= {ours: body.text(theirs) for theirs, ours in _ENTRY.items() if body.text(theirs)}
        if features:
            changes["features"] = features
        list_ = manifests.add(name, [entry.replace(**changes) for entry in entries])
    return list_


def modify(call: Call) -> Answer:
    """Add, remove or annotate images of a list, as `operation` says."""
    body = Fields(call.request.json)
    operation = body.text("operation").lower()
    found = call.engine.manifests.get(call.name)
    for name in ("artifact_files", "artifact_type", "artifact_subject", "index_subject"):
        if body.raw(name):
            raise Unsupported("lists have images only", subject=name, hint="leave it out")
    if operation not in ("update", "remove", "annotate"):
        raise InvalidInput("illegal operation", subject=f'"{operation[:40]}"', hint="use update, remove or annotate")
    done: list[str] = []
    errors: list[str] = []
    list_id = found.id
    if operation == "annotate":
        _annotations(body, "annotation", "annotations")
    images = list(body.texts("images")) or ([""] if operation == "annotate" else [])
    for image in images:
        try:
            list_id = _modified(call, operation, image, body).id
        except PycmanError as error:
            errors.append(str(error))
            continue
        if image:
            done.append(image)
    if errors and not done:
        raise InvalidInput("; ".join(errors), subject=found.name)
    answer: dict[str, Any] = {"Id": list_id, **({"images": done} if done else {})}
    if errors:
        return json_answer({**answer, "errors": errors}, 409)
    return json_answer(answer)


def _modified(call: Call, operation: str, image: str, body: Fields) -> ManifestList:
    manifests = call.engine.manifests
    if operation == "update":
        index = _annotations(body, "index_annotation", "index_annotations")
        if index:
            manifests.annotate(call.name, index)
        fields = {
            name: body.raw(name)
            for name in ("all", "arch", "os", "variant", "os_version", "features", "annotation", "annotations")
        }
        return _add(call, call.name, Fields({**fields, "images": [image]}))
    if operation == "remove":
        return manifests.remove_entry(call.name, image)
    annotations = _annotations(body, "annotation", "annotations")
    index = _annotations(body, "index_annotation", "index_annotations")
    if not image:
        return manifests.annotate(call.name, {**annotations, **index})
    changes: dict[str, Any] = {ours: body.text(theirs) for theirs, ours in _ENTRY.items() if body.text(theirs)}
    if annotations:
        changes["annotations"] = annotations
    for name in ("features", "os_features"):
        if body.texts(name):
            changes[name] = body.texts(name)
    if index:
        manifests.annotate(call.name, index)
    return manifests.change(call.name, _digest(call, image), changes)


def _digest(call: Call, image: str) -> str:
    """Return the digest of an entry that is named by it, or by an image of the store."""
    if image.startswith("sha256:"):
        return image
    found = call.engine.images.find(_source(image))
    return found.manifest_digest if found is not None else image


def remove(call: Call) -> Answer:
    """Remove a list, or with `digest` (before podman 4) an entry of it."""
    request = call.request
    if request.text("digest"):
        return json_answer({"Id": call.engine.manifests.remove_entry(call.name, request.text("digest")).id})
    deleted: list[str] = []
    untagged: list[str] = []
    try:
        removed, names = call.engine.manifests.remove(call.name)
        deleted.append(removed.id)
        untagged += names
    except NotFound:
        if not switch(request, "ignore"):
            raise
    found = {name: values for name, values in (("Deleted", deleted), ("Untagged", untagged)) if values}
    return json_answer({**found, "ExitCode": 0, "Errors": []})


def push(call: Call) -> None:
    """Push a list and its images."""
    request = call.request
    destination = registry_reference(request.names.get("destination") or request.text("destination"))
    options = ListPushOptions(
        compression=request.text("compressionFormat"),
        add_compression=tuple(text for text in request.texts("addCompression") if text),
        images=switch(request, "all", default=True),
        **push_options(request),
    )
    manifests = call.engine.manifests
    if switch(request, "quiet", default=True):
        try:
            report = manifests.push(call.name, destination, options)
        except NotFound:
            raise
        except PycmanError as error:
            raise InvalidInput(f"pushing image: {error}", subject=destination or call.name) from error
        answer_json(call, {"Id": report.digest})
        return
    stream = Stream(call)
    try:
        report = manifests.push(call.name, destination, options)
    except PycmanError as error:
        stream.line(Id="", error=str(error))
        return
    stream.line(Id=report.digest)
