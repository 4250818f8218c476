"""/libpod/secrets."""

from __future__ import annotations

from api_server.libpod.query import filters_of, switch
from api_server.libpod.shapes.secrets import secret_object
from api_server.libpod.verbs.bodies import answer_json, read_body
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.http.request import Request
    from api_server.verbs.call import Call

_MOST_BYTES = 1 << 20
"""Above the engine's own limit, so that its error is told."""


def list_secrets(call: Call) -> Answer:
    """List secrets."""
    secrets = call.engine.secrets
    return json_answer([secret_object(secrets.inspect(each.id)) for each in secrets.list(filters_of(call.request))])


def create(call: Call) -> None:
    """Create a secret of the bytes of the body."""
    request = call.request
    secret_id = call.engine.secrets.create(
        request.text("name"),
        read_body(call, _MOST_BYTES),
        labels=_pairs(request, "labels"),
        driver=request.text("driver") or "file",
        options=_pairs(request, "driveropts"),
        replace=switch(request, "replace"),
        ignore=switch(request, "ignore"),
    )
    answer_json(call, {"ID": secret_id})


def _pairs(request: Request, name: str) -> dict[str, str]:
    """Return a parameter that is JSON of texts by name. Raises InvalidInput."""
    text = request.text(name)
    if not text:
        return {}
    try:
        value = parse_json(text, subject=name)
    except Corrupt as error:
        raise InvalidInput(error.problem, subject=name) from error
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise InvalidInput("it is not JSON of texts by name", subject=name)
    return value


def inspect(call: Call) -> Answer:
    """Describe a secret, with `showsecret` its value too."""
    found = call.engine.secrets.inspect(call.name, show_secret=switch(call.request, "showsecret"))
    return json_answer(secret_object(found))


def exists(call: Call) -> Answer:
    """Say whether there is a secret."""
    if call.engine.secrets.find(call.name) is None:
        raise NotFound("no such secret", subject=call.name)
    return NO_CONTENT


def remove(call: Call) -> Answer:
    """Remove a secret."""
    call.engine.secrets.remove(call.name)
    return NO_CONTENT
