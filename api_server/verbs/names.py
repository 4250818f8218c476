"""Names of images as docker means them, and what a request says about their registry."""

from __future__ import annotations

from api_server.translate.words import full_name
from api_server.verbs.registry_auth import credentials_of

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


def registry_options(call: Call, name: str) -> dict[str, Any]:
    """Return fields of RegistryOptions for a full name: the request's login, and docker's trust in registries of this host."""
    options: dict[str, Any] = {}
    credentials = credentials_of(call.request.headers.get("x-registry-auth", ""))
    if credentials is not None:
        options["credentials"] = credentials
    if name.startswith(_LOCAL):
        options["tls_verify"] = False
    return options
