"""Names of images as docker means them, and what a request says about their registry."""

from __future__ import annotations

from api_server.translate.fields import Fields
from api_server.translate.words import full_name
from api_server.verbs.registry_auth import credentials_of
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.verbs.call import Call

_LOCAL = ("localhost", "127.")


def named(repository: str, tag: str = "") -> str:
    """Return the full name of a repository with a tag or digest, unless it has one."""
    name = full_name(repository)
    if not tag or "@" in name or ":" in name.rpartition("/")[2]:
        return name
    return f"{name}@{tag}" if ":" in tag else f"{name}:{tag}"


def require_platform(call: Call, name: str) -> None:
    """Check that an image is for the platforms in the query ({"os", "architecture"}), if there are any. Raises NotFound, InvalidInput."""
    for text in call.request.texts("platform"):
        try:
            wanted = Fields(parse_json(text, subject="platform"), "platform")
        except Corrupt as error:
            raise InvalidInput(error.problem, subject="platform", hint='write it as {"os": "linux", …}') from error
        found = call.engine.images.inspect(name)
        for field, key in (("os", "Os"), ("architecture", "Architecture"), ("variant", "Variant")):
            if wanted.text(field) and wanted.text(field) != found.get(key, ""):
                raise NotFound(f"the image is not for the platform {text[:80]}", subject=name)


def registry_options(call: Call, name: str) -> dict[str, Any]:
    """Return fields of RegistryOptions for a full name: the request's login, and docker's trust in registries of this host."""
    options: dict[str, Any] = {}
    credentials = credentials_of(call.request.headers.get("x-registry-auth", ""))
    if credentials is not None:
        options["credentials"] = credentials
    if name.startswith(_LOCAL):
        options["tls_verify"] = False
    return options
