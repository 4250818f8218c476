"""X-Registry-Auth and X-Registry-Config: a client's logins for one request, which are kept nowhere. Pure."""

from __future__ import annotations

import base64
import binascii

from pycman.errors import Corrupt, InvalidInput
from pycman.jsontext import parse_json
from pycman.registry.auth import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HUB = "https://index.docker.io/v1/"


def credentials_of(header: str) -> Credentials | None:
    """Return the login in X-Registry-Auth, base64 (of either alphabet) of JSON; None for none. Raises InvalidInput."""
    return _credentials(_decoded(header, "X-Registry-Auth"))


def auth_document(header: str) -> dict[str, Any]:
    """Return X-Registry-Config (logins by registry) as an auth file. Raises InvalidInput."""
    auths: dict[str, Any] = {}
    for registry, values in _decoded(header, "X-Registry-Config").items():
        login = _credentials(values if isinstance(values, dict) else {})
        if login is not None and login.username:
            text = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
            auths["docker.io" if registry == _HUB else registry] = {"auth": text}
    return {"auths": auths} if auths else {}


def _decoded(header: str, name: str) -> dict[str, Any]:
    if not header:
        return {}
    text = header.strip().replace("-", "+").replace("_", "/")
    try:
        value = parse_json(
            base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode() or "{}", subject=name
        )
    except (ValueError, binascii.Error, Corrupt):
        raise InvalidInput("it is not base64 of JSON", subject=name) from None
    return value if isinstance(value, dict) else {}


def _credentials(values: dict[str, Any]) -> Credentials | None:
    username, password = str(values.get("username") or ""), str(values.get("password") or "")
    if values.get("auth") and not username:
        try:
            username, _, password = base64.b64decode(str(values["auth"])).decode().partition(":")
        except (ValueError, binascii.Error):
            raise InvalidInput("auth is not base64", subject="login") from None
    identity, token = str(values.get("identitytoken") or ""), str(values.get("registrytoken") or "")
    if not (username or identity or token):
        return None
    return Credentials(username=username, password=password, identity_token=identity, registry_token=token)
