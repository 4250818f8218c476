"""/libpod/images and /libpod/commit: everything but what passes images in or out."""

from __future__ import annotations

from api_server.libpod.query import filters_of, switch
from api_server.libpod.shapes.images import history_object, image_object, image_summary, removal
from api_server.libpod.verbs.containers import prune_reports
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from pycman.errors import InUse, InvalidInput, NotFound, PycmanError
from pycman.images.make.commit import CommitOptions
from pycman.images.transfer.search import SearchOptions
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.http.request import Request
    from api_server.verbs.call import Call
    from pycman.engine.images import Images
    from pycman.images.image import Image

_KINDS = {"C": 0, "A": 1, "D": 2}
_EMPTY: tuple[object, ...] = (None, "", [], {}, False, 0)


def list_images(call: Call) -> Answer:
    """List images."""
    images = call.engine.images
    found = images.list(filters_of(call.request), all=switch(call.request, "all"))
    return json_answer([image_summary(each, _history(images, each)) for each in found])


def _history(images: Images, image: Image) -> list[str]:
    """Return the names that an image has and had; those of a list are only the present ones."""
    return list(image.names) if image.is_list else [*image.names, *images.former_names(image.id)]


def inspect(call: Call) -> Answer:
    """Describe an image."""
    return json_answer(image_object(call.engine.images.inspect(call.name)))


def exists(call: Call) -> Answer:
    """Say whether there is an image or a manifest list."""
    if not call.engine.images.exists(call.name):
        raise NotFound("no such image", subject=call.name)
    return NO_CONTENT


def tree(call: Call) -> Answer:
    """Draw the layers of an image."""
    drawn = call.engine.images.tree(call.name, what_requires=switch(call.request, "whatrequires"))
    return json_answer({"Tree": drawn})


def history(call: Call) -> Answer:
    """List the steps of an image."""
    return json_answer([history_object(entry) for entry in call.engine.images.history(call.name)])


def changes(call: Call) -> Answer:
    """List what the top layer of an image changes, or how it differs from `parent`."""
    found = call.engine.images.diff(call.name, call.request.text("parent"))
    return json_answer([{"Path": each.path, "Kind": _KINDS[each.kind]} for each in found])


def resolve(call: Call) -> Answer:
    """Return the full names that a short name may mean. Raises InvalidInput."""
    from pycman.images.transfer.short_names import candidates  # only for this endpoint

    reference = parse_image_reference(call.name)
    return json_answer({"Names": [str(each.with_default_tag()) for each in candidates(call.session, reference)]})


def _target(request: Request) -> str:
    """Return repo and tag of a query as one name. Raises InvalidInput for a tag alone."""
    repository, tag = request.text("repo"), request.text("tag")
    if not repository:
        if tag:
            raise InvalidInput("repo parameter is required to tag an image", subject="repo")
        return ""
    return f"{repository}:{tag or 'latest'}"


def tag(call: Call) -> Answer:
    """Give an image another name."""
    target = _target(call.request)
    if not target:
        raise InvalidInput("repo parameter is required to tag an image", subject="repo")
    call.engine.images.tag(call.name, [target])
    return Answer(status=201)


def untag(call: Call) -> Answer:
    """Take a name, or all names, from an image."""
    target = _target(call.request)
    call.engine.images.untag(call.name, [target] if target else [])
    return Answer(status=201)


def remove(call: Call) -> Answer:
    """Remove a name, or an image; `force` removes its containers first."""
    deleted: list[str] = []
    untagged: list[str] = []
    try:
        removal(call.engine.images.remove(call.name, force=switch(call.request, "force")), deleted, untagged)
    except NotFound:
        if not switch(call.request, "ignore"):
            raise
    return json_answer(_report(deleted, untagged, [], 0))


def remove_several(call: Call) -> Answer:
    """Remove images; errors are told in the answer, as podman does."""
    request = call.request
    images = call.engine.images
    names = [name for text in request.texts("images") for name in text.split(",") if name]
    if switch(request, "all"):
        names += [image.id for image in images.list(all=True) if image.id not in names]
    deleted: list[str] = []
    untagged: list[str] = []
    errors: list[PycmanError] = []
    force, prune_parents = switch(request, "force"), not switch(request, "noprune")
    for name in names:
        try:
            removal(images.remove(name, force=force, prune=prune_parents), deleted, untagged)
        except NotFound as error:
            if not (switch(request, "ignore") or switch(request, "all")):
                errors.append(error)
        except PycmanError as error:
            errors.append(error)
    return json_answer(_report(deleted, untagged, errors, _status(errors)))


def _status(errors: list[PycmanError]) -> int:
    """Return podman's exit status: 1 if an image is not there, 2 if one is used, 125 for other errors."""
    if any(isinstance(error, InUse) for error in errors):
        return 2
    if errors and all(isinstance(error, NotFound) for error in errors):
        return 1
    return 125 if errors else 0


def _report(deleted: list[str], untagged: list[str], errors: list[PycmanError], status: int) -> dict[str, Any]:
    texts = [f"{error.subject}: image not known" if isinstance(error, NotFound) else str(error) for error in errors]
    removed = {name: values for name, values in (("Deleted", deleted), ("Untagged", untagged)) if values}
    return {**removed, "ExitCode": status, "Errors": texts}


def prune(call: Call) -> Answer:
    """Remove dangling images, or with `all` unused ones."""
    filters = [(key, value) for key, value in filters_of(call.request) if key not in ("dangling", "all")]
    every = switch(call.request, "all") or ("all", "true") in filters_of(call.request)
    removed, freed = call.engine.images.prune(filters, all=every)
    return json_answer(prune_reports([each.removeprefix("sha256:") for each in removed], freed))


def search(call: Call) -> Answer:
    """Search registries."""
    request = call.request
    term = request.text("term")
    if not term:
        raise InvalidInput("no term was given", subject="term")
    options: dict[str, Any] = {"limit": request.number("limit", 25), "filters": tuple(filters_of(request))}
    if switch(request, "listTags"):
        options["list_tags"] = True
    verify = request.text("tlsVerify")
    if verify:
        options["tls_verify"] = switch(request, "tlsVerify")
    found = call.engine.images.search(term, SearchOptions(**options))
    return json_answer(
        [
            {
                "Index": each.index,
                "Name": each.name,
                "Description": each.description,
                "Stars": each.stars,
                "Official": "[OK]" if each.official else "",
                "Automated": "",
                "Tag": each.tag,
            }
            for each in found
        ]
    )


def commit(call: Call) -> Answer:
    """Make an image of a container."""
    request = call.request
    container = request.text("container")
    repository = request.text("repo")
    form = request.text("format") or "oci"
    if form not in ("oci", "docker"):
        raise InvalidInput(f"unrecognized image format {form[:40]!r}", subject="format", hint="use oci or docker")
    if form == "oci" and request.text("comment"):
        raise InvalidInput("messages are only compatible with the docker image format (-f docker)", subject="comment")
    config = {name: value for name, value in request.json.items() if value not in _EMPTY}
    options = CommitOptions(
        reference=f"{repository}:{request.text('tag') or 'latest'}" if repository else "",
        author=request.text("author"),
        message=request.text("comment"),
        changes=tuple(line for text in request.texts("changes") for line in text.split("\n") if line.strip()),
        pause=switch(request, "pause"),
        format=form,
        squash=switch(request, "squash"),
        config=config,
    )
    made = call.engine.containers.commit(container, options).removeprefix("sha256:")
    if switch(request, "stream"):
        return json_answer({"stream": made})
    return json_answer({"Id": made})
