"""Credentials: auth.json, docker's config.json and credential helpers (containers-auth.json(5), docker-credential-helpers)."""

from __future__ import annotations

import base64
import os

from pycman.errors import Corrupt, InvalidInput, Unavailable, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import locked, make_directory, write_atomic
from pycman.linux.processes import find_program, run
from pycman.record import Record
from pycman.registry.auth import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_DOCKER_KEYS = ("docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io")


class LoginOptions(Record):
    """What `login` and `logout` take; `tls_verify` None is what registries.conf says."""

    username: str = ""
    password: str = ""
    get_login: bool = False
    all: bool = False
    authfile: str = ""
    cert_dir: str = ""
    tls_verify: bool | None = None


def auth_files(session: Session, authfile: str = "") -> list[str]:
    """Return the files to read, first to last; the first is the one to write."""
    chosen = authfile or os.environ.get("REGISTRY_AUTH_FILE", "")
    if chosen:
        return [chosen]
    if os.environ.get("DOCKER_CONFIG"):
        return [f"{os.environ['DOCKER_CONFIG']}/config.json"]
    home = session.user.home
    uid = session.user.uid
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    first = f"{runtime}/containers/auth.json" if runtime else f"/run/containers/{uid}/auth.json"
    config = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    return [first, f"{config}/containers/auth.json", f"{home}/.docker/config.json", f"{home}/.dockercfg"]


def read_auth_file(path: str) -> dict[str, Any]:
    """Return a file's document; {} if it does not exist. Raises Corrupt naming the file."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    found = parse_json(text, subject=path) if text.strip() else {}
    if not isinstance(found, dict):
        raise Corrupt("not a JSON object", subject=path)
    return found


def find_credentials(session: Session, host: str, path: str = "", *, authfile: str = "") -> Credentials | None:
    """Return what to log in with at `host` (for the repository `path` there), or None.

    The most specific entry wins: host/path/…, then host. Raises Corrupt for a broken file, Unavailable for a helper that fails.
    """
    for file in auth_files(session, authfile):
        document = read_auth_file(file)
        found = _from_document(document, host, path)
        if found is not None:
            return found
    return None


def _keys(host: str, path: str) -> list[str]:
    parts = path.split("/") if path else []
    keys = [f"{host}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)] + [
        host,
        f"https://{host}",
        f"http://{host}",
    ]
    return [*keys, *_DOCKER_KEYS] if host in _DOCKER_KEYS else keys


def _from_document(document: dict[str, Any], host: str, path: str) -> Credentials | None:
    helpers = document.get("credHelpers") or {}
    auths = document.get("auths") or {}
    for key in _keys(host, path):
        if key in helpers:
            return _ask_helper(str(helpers[key]), key)
        if key in auths and (auths[key].get("auth") or auths[key].get("identitytoken")):
            return _decode(auths[key], key)
    if document.get("credsStore"):
        for key in _keys(host, path):
            found = _ask_helper(str(document["credsStore"]), key)
            if found is not None:
                return found
    return None


def _decode(entry: dict[str, Any], key: str) -> Credentials:
    try:
        text = base64.b64decode(entry.get("auth") or "").decode()
    except ValueError as error:
        raise Corrupt("the stored login cannot be read", subject=key, hint="log in again") from error
    username, _, password = text.partition(":")
    return Credentials(
        username=username, password=password.rstrip("\0"), identity_token=entry.get("identitytoken") or ""
    )


def _ask_helper(name: str, host: str) -> Credentials | None:
    finished = _run_helper(name, "get", host)
    if finished is None:
        return None
    answer = parse_json(finished, subject=f"docker-credential-{name}")
    username, secret = str(answer.get("Username", "")), str(answer.get("Secret", ""))
    if username == "<token>":
        return Credentials(identity_token=secret)
    return Credentials(username=username, password=secret)


def _run_helper(name: str, verb: str, text: str) -> bytes | None:
    """Run a credential helper; None if it knows no such login."""
    program = find_program(f"docker-credential-{name}")
    if not program:
        raise Unavailable("the credential helper is not installed", subject=f"docker-credential-{name}")
    finished = run([program, verb], stdin=text.encode(), timeout_s=30)
    if finished.status:
        reason = (finished.stdout + finished.stderr).decode("utf-8", "replace").strip()
        if "not found" in reason:
            return None
        raise Unavailable(f"the credential helper failed: {reason}", subject=f"docker-credential-{name}")
    return finished.stdout


def store_credentials(session: Session, host: str, credentials: Credentials, *, authfile: str = "") -> str:
    """Keep a login in the file (or helper) that is to be written, and return which."""
    path = auth_files(session, authfile)[0]
    make_directory(os.path.dirname(os.path.abspath(path)), 0o700)
    with locked(path + ".lock"):
        document = read_auth_file(path)
        helper = (document.get("credHelpers") or {}).get(host) or document.get("credsStore")
        if helper:
            entry = {"ServerURL": host, "Username": credentials.username, "Secret": credentials.password}
            _run_helper(str(helper), "store", format_json(entry))
            return f"docker-credential-{helper}"
        text = base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()
        document.setdefault("auths", {})[host] = {"auth": text}
        write_atomic(path, format_json(document, indent=8), mode=0o600)
    return path


def forget_credentials(session: Session, host: str, *, authfile: str = "") -> list[str]:
    """Remove logins of `host` ("" for all) from every file that is ours to write; return the hosts. Raises InvalidInput."""
    forgotten: list[str] = []
    for path in auth_files(session, authfile):
        document = read_auth_file(path)
        auths = document.get("auths") or {}
        keys = list(auths) if not host else [key for key in _keys(host, "") if key in auths]
        helper = (document.get("credHelpers") or {}).get(host) or (document.get("credsStore") if host else None)
        if helper:
            _run_helper(str(helper), "erase", host)
            forgotten.append(host)
        if keys:
            with locked(path + ".lock"):
                for key in keys:
                    del auths[key]
                write_atomic(path, format_json(document, indent=8), mode=0o600)
            forgotten += keys
    if host and not forgotten:
        raise InvalidInput("not logged in", subject=host)
    return list(dict.fromkeys(forgotten))
