"""/secrets: those of the engine, which needs no swarm for them."""

from __future__ import annotations

import base64
import binascii

from api_server.translate.fields import Fields
from api_server.translate.summaries import secret_object
from api_server.verbs.call import NO_CONTENT, json_answer
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Answer, Call


def list_secrets(call: Call) -> Answer:
    """List secrets."""
    found = call.engine.secrets.list(call.request.filters())
    return json_answer([secret_object(call.engine.secrets.inspect(secret.name)) for secret in found])


def create(call: Call) -> Answer:
    """Create a secret of a name and base64."""
    fields = Fields(call.request.json)
    try:
        data = base64.b64decode(fields.text("Data"), validate=True)
    except (ValueError, binascii.Error):
        raise InvalidInput("it is not base64", subject="Data") from None
    driver = fields.below("Driver")
    secret_id = call.engine.secrets.create(
        fields.text("Name"),
        data,
        labels=fields.pairs("Labels"),
        driver=driver.text("Name") or "file",
        options=driver.pairs("Options"),
    )
    fields.finish()
    return json_answer({"ID": secret_id}, 201)


def inspect(call: Call) -> Answer:
    """Describe a secret."""
    return json_answer(secret_object(call.engine.secrets.inspect(call.name)))


def remove(call: Call) -> Answer:
    """Remove a secret."""
    call.engine.secrets.remove(call.name)
    return NO_CONTENT
