"""auth.json and docker's config.json: their paths, and the logins stored in them for a registry (containers-auth.json(5)).

An entry is looked up under host/path/…, then under the host alone; docker.io has several spellings. Credential helpers are
named here and run by `registry/credentials.py`.
"""

from __future__ import annotations

import base64
import os

from pycman.config.bounded_file import read_bounded
from pycman.errors import Corrupt, InvalidInput, from_os_error
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_DOCKER_KEYS = ("docker.io", "index.docker.io", DOCKER_HUB_KEY, "registry-1.docker.io")


class StoredLogin(Record):
    """The entry of a file for a host: a login, or (with `helper`) the credential helper to ask under `key`."""

    key: str
    username: str = ""
    password: str = ""
    identity_token: str = ""
    helper: str = ""


def auth_files(home: str, uid: int, authfile: str = "") -> list[str]:
    """Return the files to read, first to last; the first is the one to write."""
    chosen = authfile or os.environ.get("REGISTRY_AUTH_FILE", "")
    if chosen:
        return [chosen]
    if os.environ.get("DOCKER_CONFIG"):
        return [f"{os.environ['DOCKER_CONFIG']}/config.json"]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    first = f"{runtime}/containers/auth.json" if runtime else f"/run/containers/{uid}/auth.json"
    config = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    return [first, f"{config}/containers/auth.json", f"{home}/.docker/config.json", f"{home}/.dockercfg"]


def read_auth_file(path: str) -> dict[str, Any]:
    """Return a file's document; {} if it does not exist. Raises InvalidInput naming the file, Denied."""
    try:
        text = read_bounded(path).decode()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        raise _wrong(path, f"not UTF-8: {error}") from error
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read the logins") from error
    try:
        document = parse_json(text, subject=path) if text.strip() else {}
    except Corrupt as error:
        raise _wrong(path, error.problem) from error
    if not isinstance(document, dict):
        raise _wrong(path, "not a JSON object")
    if path.endswith(".dockercfg"):
        document = {"auths": document}  # docker's first format consists of the entries only
    for key in ("auths", "credHelpers"):
        if document.get(key) is None:
            document.pop(key, None)  # Go programs write an empty map as null
        elif not isinstance(document[key], dict):
            raise _wrong(path, f"{key} is not an object")
    return document


def keys_of(host: str, path: str = "") -> list[str]:
    """Return the keys under which a login for the repository `path` at `host` may be stored, most specific first."""
    parts = path.split("/") if path else []
    keys = [f"{host}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)]
    keys += [host, f"https://{host}", f"http://{host}"]
    return [*keys, *(key for key in _DOCKER_KEYS if key != host)] if host in _DOCKER_KEYS else keys


def stored_logins(document: dict[str, Any], host: str, path: str = "") -> list[StoredLogin]:
    """Return the entries of a document for a host, most specific first. Raises InvalidInput for a malformed login."""
    helpers, auths = document.get("credHelpers") or {}, document.get("auths") or {}
    keys = keys_of(host, path)
    logins = []
    for key in [*keys, *(key for key in auths if key not in keys and _host_of(key) == host)]:
        if helpers.get(key):
            logins.append(StoredLogin(key=key, helper=str(helpers[key])))
        entry = auths.get(key)
        if isinstance(entry, dict) and (entry.get("auth") or entry.get("identitytoken") or entry.get("username")):
            logins.append(_decode(entry, key))
    if document.get("credsStore"):
        logins += [StoredLogin(key=key, helper=str(document["credsStore"])) for key in keys]
    return logins


def _host_of(key: str) -> str:
    """Return the host of a key that is a URL, as older engines wrote them (https://host/v1/); "" for other keys."""
    _, scheme, rest = key.partition("://")
    return rest.partition("/")[0] if scheme else ""


def _decode(entry: dict[str, Any], key: str) -> StoredLogin:
    token = str(entry.get("identitytoken") or "")
    if not entry.get("auth"):
        return StoredLogin(
            key=key,
            username=str(entry.get("username") or ""),
            password=str(entry.get("password") or ""),
            identity_token=token,
        )
    try:
        text = base64.b64decode(str(entry["auth"]), validate=True).decode()
    except ValueError as error:
        raise InvalidInput("the stored login cannot be read", subject=key, hint="run pycman login again") from error
    username, colon, password = text.partition(":")
    if not colon:
        raise InvalidInput("the stored login has no password", subject=key, hint="run pycman login again")
    return StoredLogin(key=key, username=username, password=password.rstrip("\0"), identity_token=token)


def encode_login(username: str, password: str) -> dict[str, str]:
    """Return the entry of `auths` for a login."""
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


def _wrong(path: str, problem: str) -> InvalidInput:
    return InvalidInput(problem, subject=path, hint="correct the file, or log in again")
