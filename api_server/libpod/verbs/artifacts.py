"""/libpod/artifacts: what needs no files of the client."""

from __future__ import annotations

from api_server.libpod.query import switch
from api_server.libpod.verbs.transfer import registry_options
from api_server.verbs.call import Answer, json_answer
from pycman.errors import NotFound, PycmanError
from pycman.images.transfer.pull import PullOptions
from pycman.images.transfer.registry_access import RegistryOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call


def list_artifacts(call: Call) -> Answer:
    """List artifacts."""
    return json_answer([each.inspected() for each in call.engine.artifacts.list()])


def inspect(call: Call) -> Answer:
    """Describe an artifact."""
    return json_answer(call.engine.artifacts.inspect(call.name))


def pull(call: Call) -> Answer:
    """Pull an artifact."""
    options = PullOptions(**registry_options(call.request))
    return json_answer({"ArtifactDigest": call.engine.artifacts.pull(call.request.text("name"), options)})


def push(call: Call) -> Answer:
    """Push an artifact."""
    digest = call.engine.artifacts.push(call.name, "", RegistryOptions(**registry_options(call.request)))
    return json_answer({"ArtifactDigest": digest})


def remove(call: Call) -> Answer:
    """Remove an artifact."""
    return json_answer({"ArtifactDigests": [call.engine.artifacts.remove(call.name)]})


def remove_several(call: Call) -> Answer:
    """Remove artifacts, with `all` every one."""
    request = call.request
    names = [name for name in request.texts("artifacts") if name]
    if switch(request, "all"):
        names = [each.digest for each in call.engine.artifacts.list()]
    removed: list[str] = []
    failed: PycmanError | None = None
    for name in names:
        try:
            removed.append(call.engine.artifacts.remove(name))
        except NotFound as error:
            failed = failed if switch(request, "ignore") else error
    if failed is not None and not removed:
        raise failed
    return json_answer({"ArtifactDigests": removed})
